"""What a list is made from under a variant: the worker's world with some things in it exchanged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from streams.core.business import BusinessRules, Standing
from streams.core.candidates.base import Asked, Candidates, Context, Source
from streams.core.experiments.definition import NOTHING, TUNED, Changes
from streams.core.ranking import WEIGHTS, HandSetRanker
from streams.core.recommend import World


class Worlds:
    """The worlds of all changes that have been asked for, made once each over the same catalogue and statistics."""

    def __init__(self, usual: World) -> None:
        self._usual = usual
        self._made: dict[bytes, World] = {}

    def of(self, changes: Changes) -> World:
        """For lists to be made at once: another encoder version's vectors are those of now (Catalogue.under)."""
        if changes is NOTHING or changes == NOTHING:
            return self._usual
        world = self._made.get(changes.key)
        if world is None:
            world = self._made[changes.key] = _changed(self._usual, changes)
        catalogue, version = world.catalogue, changes.encoder_version
        if version is None or version == catalogue.encoder_version:
            return world
        return replace(world, catalogue=catalogue.under(version))

    def forget(self) -> None:
        """Other experiments are in force."""
        self._made.clear()


def _changed(world: World, changes: Changes) -> World:
    tuned = {name: value for name in TUNED if (value := getattr(changes, name)) is not None}
    made = replace(world, tuning=replace(world.tuning, **tuned))
    if changes.ranker == "hand-set":
        made = replace(made, ranker=HandSetRanker({**WEIGHTS, **changes.feature_weights}))
    if changes.without_sources:
        made = replace(made, sources=silenced(world.sources, changes.without_sources))
    if changes.business_rules is False:
        made = replace(made, business=BusinessRules())
    elif changes.without_rules:
        made = replace(made, business=SomeRules(world.business, changes.without_rules))
    return made


def silenced(sources: Sequence[Source], names: Collection[str]) -> tuple[Source, ...]:
    """The sources, those of some names without a word."""
    return tuple(Silent(one) if one.name in names else one for one in sources)


class Silent:
    """A source that proposes nothing: its place among the sources stays, since arrays are laid out by it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def name(self) -> str:
        return self._source.name

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        return [Candidates.none() for _ in contexts]

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        return self._source.causes(asked)


class SomeRules(BusinessRules):
    """The business rules in force, whatever they become, but for those of some names."""

    def __init__(self, rules: BusinessRules, without: Sequence[str]) -> None:
        super().__init__()
        self._rules = rules
        self._without = frozenset(without)
        self._left: dict[int, tuple[Standing, Standing | None]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def on(self, surface: str, now: float) -> Standing | None:
        standing = self._rules.on(surface, now)
        if standing is None:
            return None
        known = self._left.get(id(standing))
        if known is None or known[0] is not standing:  # an id may be used again once its owner is gone
            rules = tuple(one for one in standing.rules if one.rule.name not in self._without)
            known = self._left[id(standing)] = standing, Standing(rules) if rules else None
        return known[1]
