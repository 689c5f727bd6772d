"""Where an act was done or a list is shown: what is liked in a newsletter is not what is liked on a front page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from streams.events import DEFAULT_SURFACE, Attribute

CONTEXT_KEY: Final = "surface"
"""The key under which a behaviour event's `context` names its surface."""

LONGEST: Final = 64
"""A name has at most so many characters; what is longer is no name, and would grow every item's state."""

SURFACES: Final = 16
"""So many are told apart, the first that come: a product has a handful, and more would only thin out the counts."""


def surface_of(context: Mapping[str, Attribute]) -> str:
    """The surface that an act's context names; the default one where it names none that could be one."""
    named = context.get(CONTEXT_KEY)
    return named if isinstance(named, str) and 0 < len(named) <= LONGEST else DEFAULT_SURFACE


def told_apart(surface: str, known: Collection[str]) -> bool:
    """Whether the surface is one of those that are counted by themselves, or may become one."""
    return surface in known or len(known) < SURFACES


class SurfaceNumbers:
    """Numbers the surfaces as they come, for arrays."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, surface: str) -> int:
        """-1 for one that nothing is known of."""
        return self._numbers.get(surface, -1)

    def counts(self, likes: Mapping[str, int]) -> list[int]:
        """`likes` by the surfaces' numbers, SURFACES of them; those of further surfaces are left out. None of none."""
        found = [0] * SURFACES if likes else []
        for surface, count in likes.items():
            if told_apart(surface, self._numbers):
                found[self._numbers.setdefault(surface, len(self._numbers))] = count
        return found
