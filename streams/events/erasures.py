"""The wish to be forgotten, and what was forgotten."""

from __future__ import annotations

import msgspec

from streams.events.identifiers import Identifier


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks to erase a user (topic erasures, key user_id)."""

    user_id: Identifier
    requested_at: float
    erasure_id: Identifier


class ErasureReceipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was erased where (topic erasure-receipts, key user_id)."""

    erasure_id: Identifier
    user_id: Identifier
    erased_at: float
    erased: dict[str, int] = {}
