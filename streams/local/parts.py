"""The parts as places that a supervisor keeps filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from streams.local.process import Child


class Part(Protocol):
    """A server of somebody else's. Started again it uses the same ports and data, so its clients find it again."""

    @property
    def child(self) -> Child: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def ready(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PartPlace:
    """A part with the name and address that people see; it may take `within_s` seconds to be ready."""

    name: str
    address: str
    part: Part
    within_s: float = 120.0

    @property
    def child(self) -> Child:
        return self.part.child

    def start(self, restarts: Mapping[str, int]) -> None:
        """`restarts` is what a worker's metrics want; a part has no use for it."""
        del restarts
        self.part.start()

    def stop(self) -> None:
        self.part.stop()

    def ready(self) -> bool:
        return self.part.ready()
