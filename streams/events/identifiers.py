"""What every message names things by."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=512, description="opaque, unique, stable")]
Attribute = str | float | bool | None
DEFAULT_SURFACE: Final = "default"
"""Where an act was done, or a list is to be shown, when nobody says."""
