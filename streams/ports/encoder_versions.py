"""What an upgrade needs of the place where encoders run: several versions served side by side."""

from __future__ import annotations

from typing import Protocol

from streams.ports.item_encoder import EncoderUnavailable


class EncoderVersionUnknown(EncoderUnavailable):
    """The place is there and has no such version: trying again does not help, exporting it does."""


class EncoderVersions(Protocol):
    """Every call raises EncoderUnavailable when the place cannot be reached."""

    async def served(self) -> list[str]:
        """The encoder versions that answer now, e.g. `bridge-1a2b3c4d`."""

    async def serve(self, version: str) -> None:
        """Have this exported version answer beside those that do; returns when it does. Idempotent.

        Raises EncoderVersionUnknown when it was never exported there.
        """

    async def retire(self, version: str) -> None:
        """Stop answering for this version; nothing happens when it is not served."""

    async def close(self) -> None: ...
