"""From the experiments in force to what they do to one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from streams.core.experiments.dealing import dealt, takes_part
from streams.core.experiments.definition import NOTHING, Changes, Experiment, Kind, Variant, check
from streams.core.experiments.influence import Occasion, could_differ
from streams.events import Exposure

USUAL: Final = "default"
INTERLEAVED: Final = "interleaved"


@dataclass(frozen=True, slots=True)
class Trial:
    """What experiments do to one list: it is made with `sides[0]`, or made twice and interleaved when there are two.

    `exposures` are those to splits; that to `interleaved` depends on the two lists.
    """

    sides: tuple[Changes, ...] = (NOTHING,)
    exposures: tuple[Exposure, ...] = ()
    interleaved: Experiment | None = None

    @property
    def variant(self) -> str:
        """Names the variants in the list and its id, as `experiment:variant`; `default` without any."""
        named = [f"{one.experiment}:{one.variant}" for one in self.exposures]
        if self.interleaved is not None:
            named.append(f"{self.interleaved.name}:{INTERLEAVED}")
        return ",".join(named) or USUAL


UNTOUCHED: Final = Trial()


class Experiments:
    """The experiments in force; `replace` puts others in their place, for the lists made from then on."""

    def __init__(self, experiments: Sequence[Experiment] = ()) -> None:
        self.running: tuple[Experiment, ...] = ()
        self.replace(experiments)

    def __len__(self) -> int:
        return len(self.running)

    def replace(self, experiments: Sequence[Experiment]) -> None:
        """Raises ExperimentsError, and then the old ones stay."""
        check(experiments)
        self.running = tuple(experiments)

    def trial(self, occasion: Occasion) -> Trial:
        """What becomes of a list that is about to be made. A user to whom an experiment could make no difference gets
        the settings as they are, whatever the variant.
        """
        user_id, surface = occasion.ask.user_id, occasion.ask.surface
        changes, exposures, interleaved = NOTHING, [], None
        for one in self.running:
            if not one.on(surface) or not takes_part(one, user_id) or not could_differ(one, occasion):
                continue
            if one.kind is Kind.INTERLEAVE:
                interleaved = one
                continue
            variant = dealt(one, user_id)
            changes = _with(changes, variant)
            exposures.append(Exposure(one.name, one.edition, variant.name))
        sides = (changes,) if interleaved is None else tuple(_with(changes, one) for one in interleaved.variant)
        return Trial(sides, tuple(exposures), interleaved)


def _with(changes: Changes, variant: Variant) -> Changes:
    """Both together: experiments that meet set different things (definition.py)."""
    mine = {f: value for f in Changes.__struct_fields__ if (value := getattr(variant.set, f)) != getattr(NOTHING, f)}
    return replace(changes, **mine) if mine else changes
