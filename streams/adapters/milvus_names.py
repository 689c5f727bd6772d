"""Names of collections and aliases, which Milvus limits to letters, digits and underscores."""

from __future__ import annotations

import re


def alias_name(prefix: str, kind: str = "items") -> str:
    """The name that always points at the collection of the encoder version in use; `kind` says what its rows are."""
    return f"{_safe(prefix)}_{kind}"


def collection_name(prefix: str, encoder_version: str, kind: str = "items") -> str:
    """The collection that holds one encoder version's vectors: vectors of two versions are never compared."""
    return f"{alias_name(prefix, kind)}_{_safe(encoder_version)}"


def _safe(text: str) -> str:
    safe = re.sub(r"[^0-9A-Za-z]", "_", text)
    return safe if safe[:1].isalpha() else f"u{safe}"
