"""The one release of Faust that the mends were written against: another one must be tested before it is trusted."""

from __future__ import annotations

import os
from importlib.metadata import version

SUPPORTED = "0.15.3"
OVERRIDE = "UPWELL_UNTESTED_FAUST"


class UntestedFaust(RuntimeError):
    """The installed faust-streaming is not the release that this engine mends."""


def require_tested_faust(installed: str | None = None) -> None:
    """Raises UntestedFaust unless faust-streaming is 0.15.3, or UPWELL_UNTESTED_FAUST=1 allows another one (tests)."""
    found = installed if installed is not None else version("faust-streaming")
    if found != SUPPORTED and os.environ.get(OVERRIDE) != "1":
        raise UntestedFaust(
            f"faust-streaming {found} is installed, but the engine is tested with {SUPPORTED} only: "
            f"install faust-streaming=={SUPPORTED}, or set {OVERRIDE}=1 to try it."
        )
