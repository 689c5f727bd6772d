"""The language of an item, as far as taste goes by it."""

from __future__ import annotations

import re
from typing import Final

_SUBTAGS: Final = re.compile(r"[-_]")


def primary(tag: str | None) -> str:
    """The primary subtag of a language tag (RFC 5646): who reads `de` reads `de-AT` and `de_CH` too. Empty for none."""
    return _SUBTAGS.split(tag.strip().lower(), maxsplit=1)[0] if tag else ""
