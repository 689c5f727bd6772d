"""Every method. A new one is a file beside this and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from streams.core.tuning import Tuning
from streams.core.vectors import vector_of
from streams.evaluate.methods.base import Method, Scores
from streams.evaluate.methods.content import Content
from streams.evaluate.methods.decayed_popularity import DecayedPopularity
from streams.evaluate.methods.factorisation import Factorisation
from streams.evaluate.methods.item_knn import ItemKnn
from streams.evaluate.methods.next_after import NextAfter
from streams.evaluate.methods.popularity import Popularity
from streams.evaluate.methods.random import Random
from streams.evaluate.methods.upwell import Stream, Upwell
from streams.evaluate.options import Options
from streams.evaluate.shelf import Shelf
from streams.events import EncodedItem


@dataclass(frozen=True, slots=True)
class Kit:
    """What methods are made of. `items` has the encoded items by id; empty when no method needs them."""

    shelf: Shelf
    seed: int
    options: Options
    items: Mapping[str, EncodedItem]

    def vectors(self) -> Scores:
        """float32[n, d] by row of the shelf; zeros without one."""
        dimension = next((len(item.vector) // 2 for item in self.items.values()), 1)
        found = np.zeros((len(self.shelf), dimension), dtype=np.float32)
        for item_id, item in self.items.items():
            found[self.shelf.row_of[item_id]] = vector_of(item)
        return found


METHODS: Final[Mapping[str, Callable[[Kit], Method]]] = {
    "random": lambda kit: Random(kit.shelf, kit.seed),
    "popularity": lambda kit: Popularity(kit.shelf),
    "decayed-popularity": lambda kit: DecayedPopularity(kit.shelf),
    "item-knn": lambda kit: ItemKnn(kit.shelf),
    "next-after": lambda kit: NextAfter(kit.shelf),
    "factorisation": lambda kit: Factorisation(kit.shelf, kit.seed),
    "content": lambda kit: Content(kit.shelf, kit.vectors()),
    "upwell": lambda kit: Upwell(kit.shelf, Stream(kit.items, Tuning(list_size=kit.options.k))),
}
NEED_ITEMS: Final = frozenset({"content", "upwell"})
