"""Upwell under the variants of the user's experiments: what each would do to lists, before any user meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from streams.core.experiments.definition import NOTHING, Changes, Experiment

PREFIX: Final = "upwell-trying-"


def trials(experiments: Iterable[Experiment]) -> Mapping[str, Changes]:
    """What to change, by the method's name: `upwell-trying-EXPERIMENT:VARIANT`. A variant that changes nothing is
    `upwell` itself, and left out.
    """
    return {
        f"{PREFIX}{one.name}:{variant.name}": variant.set
        for one in experiments
        for variant in one.variant
        if variant.set != NOTHING
    }
