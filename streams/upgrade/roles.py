"""Which encoder version this worker uses and which stands by. Agents ask; Follow sets."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from streams.ports.item_encoder import EncoderUnavailable, ItemEncoder

_BATCH_S = 60.0


class Roles:
    """`make` gives the encoder of a version, None standing for the default of wherever the encoders run."""

    def __init__(self, make: Callable[[str | None], ItemEncoder]) -> None:
        self._make = make
        self._encoders: dict[str, ItemEncoder] = {}
        self._retired: list[tuple[float, ItemEncoder]] = []
        self.active = make(None)
        self.standby: ItemEncoder | None = None

    @property
    def versions(self) -> tuple[str, ...]:
        """The one in use, then the one that stands by; none while the encoder has not told its version."""
        active = self.active_version
        if active is None:
            return ()
        return (active,) if self.standby is None else (active, self.standby.version)

    @property
    def active_version(self) -> str | None:
        try:
            return self.active.version
        except EncoderUnavailable:
            return None

    def dimension_of(self, version: str) -> int:
        """How many numbers the vectors of a version in one of the roles have."""
        standby = self.standby
        return standby.dimension if standby is not None and standby.version == version else self.active.dimension

    def assign(self, active: str, standby: str | None) -> None:
        """From now on. The encoder of a version that is in neither role any more is closed later, by `close_retired`:
        a batch may be with it.
        """
        before = {self.active_version or "": self.active, **self._encoders}
        self._encoders = {
            version: before.get(version) or self._make(version) for version in (active, standby) if version is not None
        }
        now = time.monotonic()
        self._retired += [(now, one) for version, one in before.items() if version not in self._encoders]
        self.active = self._encoders[active]
        self.standby = None if standby is None else self._encoders[standby]

    async def close_retired(self, now: float) -> None:
        """Closes those that have been in no role for longer than a batch can be with them (`now`: monotonic s)."""
        retired = [encoder for since, encoder in self._retired if now - since >= _BATCH_S]
        self._retired = [(since, encoder) for since, encoder in self._retired if encoder not in retired]
        for encoder in retired:
            await encoder.close()

    async def close(self) -> None:
        await self.close_retired(math.inf)
        for encoder in {id(one): one for one in (self.active, self.standby) if one is not None}.values():
            await encoder.close()
