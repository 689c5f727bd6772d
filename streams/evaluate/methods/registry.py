"""Every method. A new one is a file beside this and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

import numpy as np

from streams.core.experiments.definition import Changes
from streams.core.experiments.worlds import Worlds
from streams.core.vectors import vector_of
from streams.evaluate.encoded import MODALITIES
from streams.evaluate.methods.ablation import PARTS, without
from streams.evaluate.methods.base import Method, Scores
from streams.evaluate.methods.content import Content
from streams.evaluate.methods.decayed_popularity import DecayedPopularity
from streams.evaluate.methods.factorisation import Factorisation
from streams.evaluate.methods.item_knn import ItemKnn
from streams.evaluate.methods.next_after import NextAfter
from streams.evaluate.methods.popularity import Popularity
from streams.evaluate.methods.random import Random
from streams.evaluate.methods.trying import trials
from streams.evaluate.methods.upwell import Stream, Upwell
from streams.evaluate.options import Options
from streams.evaluate.setup import Setup
from streams.evaluate.shelf import Shelf
from streams.events import EncodedItem

Items = Mapping[str, EncodedItem]

KEPT = (1, 2, 3, 4, 5)
"""Places kept for cold items along the trade-off curve; it starts with none, which is `upwell`."""
LIFTED = (0.0, 0.25, 1.0, 2.0, 3.0)
"""Nats of `cold_lift` along the other trade-off curve."""


@dataclass(frozen=True)
class Kit:
    """What methods are made of. `items` has by modality the items encoded by it alone, and under "" those encoded by
    all they have; only what the methods need is there. `setup` is that of Upwell and its variants.
    """

    shelf: Shelf
    seed: int
    options: Options
    items: Mapping[str, Items]
    setup: Setup

    def vectors(self, modality: str = "") -> Scores:
        """float32[n, d] by row of the shelf; zeros without one."""
        items = self.items[modality]
        dimension = next((len(item.vector) // 2 for item in items.values()), 1)
        found = np.zeros((len(self.shelf), dimension), dtype=np.float32)
        for item_id, item in items.items():
            found[self.shelf.row_of[item_id]] = vector_of(item)
        return found

    @cached_property
    def stream(self) -> Stream:
        """One for Upwell and its variants: they learn the same and differ in the lists they make."""
        return Stream(self.items[""], self.setup, frozen=self.options.frozen)


def _upwell(kit: Kit) -> Method:
    return Upwell(kit.shelf, kit.stream, keep_cold=kit.options.keep_cold)


def _content(modality: str, kit: Kit) -> Method:
    return Content(kit.shelf, kit.vectors(modality), f"content-{modality}" if modality else "content")


def _without(part: str, kit: Kit) -> Method:
    world = without(PARTS[part], kit.stream.world)
    return Upwell(kit.shelf, kit.stream, f"upwell-without-{part}", world, kit.options.keep_cold)


def _keeping(places: int, kit: Kit) -> Method:
    return Upwell(kit.shelf, kit.stream, f"upwell-keeping-{places}", keep_cold=places)


def _lifting(nats: float, kit: Kit) -> Method:
    world = kit.stream.world
    lifted = replace(world, tuning=replace(world.tuning, cold_lift=nats))
    return Upwell(kit.shelf, kit.stream, f"upwell-lifting-{nats:g}", lifted)


def _trying(name: str, changes: Changes, kit: Kit) -> Method:
    world = Worlds(kit.stream.world).of(changes)
    return Upwell(kit.shelf, kit.stream, name, world, kit.options.keep_cold)


BASELINES: Final[Mapping[str, Callable[[Kit], Method]]] = {
    "random": lambda kit: Random(kit.shelf, kit.seed),
    "popularity": lambda kit: Popularity(kit.shelf),
    "decayed-popularity": lambda kit: DecayedPopularity(kit.shelf),
    "item-knn": lambda kit: ItemKnn(kit.shelf),
    "next-after": lambda kit: NextAfter(kit.shelf),
    "factorisation": lambda kit: Factorisation(kit.shelf, kit.seed),
    "content": partial(_content, ""),
}
ALONE: Final[Mapping[str, Callable[[Kit], Method]]] = {
    f"content-{modality}": partial(_content, modality) for modality in MODALITIES
}
ABLATION: Final[Mapping[str, Callable[[Kit], Method]]] = {
    f"upwell-without-{part}": partial(_without, part) for part in PARTS
}
KEEPING: Final[Mapping[str, Callable[[Kit], Method]]] = {
    f"upwell-keeping-{places}": partial(_keeping, places) for places in KEPT
}
LIFTING: Final[Mapping[str, Callable[[Kit], Method]]] = {
    f"upwell-lifting-{nats:g}": partial(_lifting, nats) for nats in LIFTED
}
METHODS: Final[Mapping[str, Callable[[Kit], Method]]] = {
    **BASELINES,
    **ALONE,
    "upwell": _upwell,
    **ABLATION,
    **KEEPING,
    **LIFTING,
}
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": (*BASELINES, "upwell", *ABLATION, *KEEPING, *LIFTING),
    "baselines": tuple(BASELINES),
    "modalities": ("content", *ALONE),
    "ablation": ("upwell", *ABLATION),
    "trade-off": ("upwell", *KEEPING, *LIFTING, "content"),
}
"""Names for several methods at once."""


def methods_of(setup: Setup) -> Mapping[str, Callable[[Kit], Method]]:
    """Every method, those of the user's experiments too."""
    tried = {name: partial(_trying, name, changes) for name, changes in trials(setup.experiments).items()}
    return {**METHODS, **tried}


def items_needed(name: str) -> str | None:
    """The modality whose items a method reads, "" for items by all they have, None when it reads none."""
    if name in ALONE:
        return name.removeprefix("content-")
    return "" if name == "content" or name.startswith("upwell") else None
