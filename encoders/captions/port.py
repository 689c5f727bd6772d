"""What puts a medium into words. Anything that can is a captioner: a classifier's labels, or a captioning model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from encoders.spec import Floats, Pixels


@dataclass(frozen=True, slots=True)
class Caption:
    """`language`: two letters (BCP 47), or "" when unknown. `weight`: how much it counts, above 0."""

    text: str
    language: str = ""
    weight: float = 1.0


class Captioner(Protocol):
    """One list of captions per medium, in order; an empty one where nothing can be said.

    A captioner says which media it takes: UnsupportedMedium is raised for the other.
    """

    def pictures(self, pictures: Sequence[Pixels]) -> list[list[Caption]]:
        """uint8[h, w, 3] RGB each, of any size."""
        ...

    def sounds(self, sounds: Sequence[Floats]) -> list[list[Caption]]:
        """Mono samples in [-1, 1] at 16 kHz, float32[s] each."""
        ...


class Rewriter(Protocol):
    """Makes one fluent caption of several."""

    def rewrite(self, captions: Sequence[Sequence[Caption]]) -> list[list[Caption]]:
        """One list per item, in order; an item without captions stays without."""
        ...


class UnsupportedMedium(ValueError):
    """A captioner that cannot see, or cannot hear, was asked to."""
