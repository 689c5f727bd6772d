"""The in-process view of all items: cards as arrays, vectors of one encoder version, the fresh pool.

Folded from the `items` topic (`upsert`, `delete`). While a new encoder version arrives item by item, the version in use
stays the one most items have: vectors of two versions are never compared. Items of the other version can still be
recommended by every source that needs no vector.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from streams.core.fresh_pool import FreshPool
from streams.core.growing import grown
from streams.core.hashing import item_hash
from streams.core.rows import UNKNOWN, ItemRows, Rows
from streams.core.scratch import Scratch
from streams.core.tag_index import TagIndex
from streams.core.tuning import Tuning
from streams.core.vector_table import Vectors, VectorTable
from streams.core.vectors import vector_of
from streams.events import EncodedItem, ItemCard

NO_TAG = -1
TAGS = 4
"""How many tags per item features and caps read (a request's tag filter reads them all)."""


class Catalogue:
    """Bounded: beyond `catalogue_items` the item that arrived first leaves."""

    def __init__(self, tuning: Tuning) -> None:
        self.rows = ItemRows(2 * tuning.catalogue_items)  # as many again that behaviour names before content does
        self.rows.on_forget(self._clear)
        self._most = tuning.catalogue_items
        self._scratch = Scratch()
        self.edition = 0  # rises with every change: rows read under one edition are valid while it lasts
        self._cards: list[ItemCard | None] = []
        self._arrivals: OrderedDict[int, None] = OrderedDict()  # live rows, first come first
        self.fresh = FreshPool(tuning.fresh_items)
        self._alive: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._expires: NDArray[np.float64] = np.zeros(0)
        self._published: NDArray[np.float64] = np.zeros(0)
        self._hash: NDArray[np.uint32] = np.zeros(0, dtype=np.uint32)
        self._tag: Rows = np.zeros((0, TAGS), dtype=np.int32)
        self._creator: Rows = np.zeros(0, dtype=np.int32)
        self._tags: dict[str, int] = {}
        self._by_tag = TagIndex()
        self._creators: dict[str, int] = {}
        self._tables: dict[str, VectorTable] = {}
        self._version = ""
        self._item_version: dict[int, str] = {}

    def __len__(self) -> int:
        """Live items."""
        return len(self._arrivals)

    @property
    def encoder_version(self) -> str:
        """The version in use; empty before the first item."""
        return self._version

    @property
    def span(self) -> int:
        """Above every row, and above every tag and creator shifted by one."""
        return max(self.rows.width, len(self._tags), len(self._creators)) + 1

    def scratch(self, lists: int = 1) -> Scratch:
        """Buffers wide enough for the `keys` of so many lists."""
        self._scratch.fit(self.span * lists)
        return self._scratch

    def keys(self, numbers: Rows, list_of: NDArray[np.intp]) -> NDArray[np.intp]:
        """int[n]: numbers that tell the rows (or shifted labels) of one list from those of another."""
        found: NDArray[np.intp] = numbers + list_of * self.span
        return found

    @property
    def dimension(self) -> int:
        return self._tables[self._version].dimension if self._version else 0

    def upsert(self, item: EncodedItem) -> int:
        """Take an item in, or its new state. Returns its row. Raises ValueError for a vector of the wrong size."""
        self.edition += 1
        vector = vector_of(item)
        table = self._tables.get(item.encoder_version)
        if table is None:
            table = self._tables[item.encoder_version] = VectorTable(len(vector))
        if len(vector) != table.dimension or not np.isfinite(vector).all():
            raise ValueError(
                f"vector of {len(vector)} numbers under encoder {item.encoder_version}, "
                f"which makes {table.dimension} finite ones; re-encode the item"
            )
        card = item.card
        row = self.rows.touch(card.item_id)
        self._make_room(self.rows.width)
        self._drop_vector(row, unless=item.encoder_version)
        self._by_tag.change(row, _tags_of(self._cards[row]), card.tags)
        self._cards[row] = card
        self._alive[row] = True
        self._expires[row] = np.inf if card.expires_at is None else card.expires_at
        self._published[row] = item.content_at if card.published_at is None else card.published_at
        self._hash[row] = item_hash(card.item_id)
        tags = [self._tags.setdefault(tag, len(self._tags)) for tag in card.tags[:TAGS]]
        self._tag[row] = tags + [NO_TAG] * (TAGS - len(tags))
        self._creator[row] = self._creators.setdefault(card.creator, len(self._creators)) if card.creator else NO_TAG
        table.set(row, vector)
        self._item_version[row] = item.encoder_version
        if row not in self._arrivals:
            self._arrivals[row] = None
            if len(self._arrivals) > self._most:
                self._leave(next(iter(self._arrivals)))
        self._choose_version()
        self.fresh.put(row, self.vectors(np.array([row], dtype=np.int32))[0])
        return row

    def delete(self, item_id: str) -> None:
        """A tombstone: the item is gone from every source. Unknown ids are fine."""
        self.edition += 1
        row = self.rows.find(item_id)
        if row != UNKNOWN:
            self._leave(row)
            self._choose_version()

    def card(self, row: int) -> ItemCard | None:
        """None for an id that only behaviour knows, and for a deleted item."""
        return self._cards[row] if 0 <= row < len(self._cards) else None

    def title(self, row: int) -> str:
        """The item's title; its id when it has none."""
        card = self.card(row)
        return (card.title if card else "") or self.rows.id_of(row)

    def alive(self, rows: Rows) -> NDArray[np.bool_]:
        """bool[n]: here and not deleted. UNKNOWN rows, and ids that only behaviour knows, are not."""
        return self.eligible(rows, -np.inf)

    def eligible(self, rows: Rows, now: float) -> NDArray[np.bool_]:
        """bool[n]: live and not expired at `now`. UNKNOWN rows are not."""
        self._make_room(self.rows.width)
        found: NDArray[np.bool_] = self._alive[rows] & (self._expires[rows] > now)
        return found

    def hashes(self, rows: Rows) -> NDArray[np.uint32]:
        """uint32[n] item hashes (hashing.py) of live rows."""
        return self._hash[rows]

    def tags(self, rows: Rows) -> Rows:
        """int32[n, TAGS]: the first tags of live rows, NO_TAG where an item has fewer."""
        return self._tag[rows]

    def has_any_tag(self, rows: Rows, tags: Collection[str]) -> NDArray[np.bool_]:
        """bool[n]: which rows carry one of `tags` anywhere on their card."""
        return np.isin(rows, self.tagged(tags))

    def tagged(self, tags: Collection[str]) -> Rows:
        """int32[n]: live rows that carry one of `tags` anywhere on their card."""
        return self._by_tag.any_of(tags)

    def creators(self, rows: Rows) -> Rows:
        """int32[n], NO_TAG where an item names none."""
        return self._creator[rows]

    def published(self, rows: Rows) -> NDArray[np.float64]:
        """float64[n], Unix s."""
        return self._published[rows]

    def searchable(self, rows: Rows) -> NDArray[np.bool_]:
        """bool[n]: has a vector of the version in use."""
        if not self._version:
            return np.zeros(len(rows), dtype=np.bool_)
        return self._table().has(rows)

    def vectors(self, rows: Rows) -> Vectors:
        """float32[n, d] unit vectors of the version in use; zeros where there is none."""
        if not self._version:
            return np.zeros((len(rows), 0), dtype=np.float32)
        return self._table().get(rows)

    def live(self) -> Rows:
        """int32[n]: every live row, in order of arrival. Costs a pass over the catalogue: for the rare backfill."""
        return np.fromiter(self._arrivals, dtype=np.int32, count=len(self._arrivals))

    def _table(self) -> VectorTable:
        table = self._tables[self._version]
        table.fit(self.rows.width)
        return table

    def _make_room(self, length: int) -> None:
        if length < len(self._alive):
            return
        self._alive = grown(self._alive, length)
        self._cards.extend([None] * (len(self._alive) - len(self._cards)))
        self._expires = grown(self._expires, length, np.inf)
        self._published = grown(self._published, length)
        self._hash = grown(self._hash, length)
        self._tag = grown(self._tag, length, NO_TAG)
        self._creator = grown(self._creator, length, NO_TAG)

    def _leave(self, row: int) -> None:
        if row not in self._arrivals:
            return
        del self._arrivals[row]
        self.fresh.drop(row)
        self._alive[row] = False
        self._by_tag.change(row, _tags_of(self._cards[row]), ())
        self._cards[row] = None
        self._drop_vector(row)

    def _clear(self, row: int) -> None:
        """The row is about to belong to another item."""
        if row < len(self._cards):
            self.edition += 1
            self._leave(row)

    def _drop_vector(self, row: int, unless: str = "") -> None:
        version = self._item_version.get(row)
        if version is not None and version != unless:
            self._tables[version].drop(row)
            del self._item_version[row]

    def _choose_version(self) -> None:
        """Use the version that most items have; on a tie the one in use stays. Forget versions without items."""
        if not self._tables:
            return
        if len(self._tables) > 1:
            self._tables = {v: t for v, t in self._tables.items() if len(t)} or self._tables
        in_use = self._tables.get(self._version)
        best = max(self._tables, key=lambda version: len(self._tables[version]))
        if in_use is None or len(self._tables[best]) > len(in_use):
            self._version = best
            self.fresh.renew(self.vectors(self.fresh.rows))


def _tags_of(card: ItemCard | None) -> tuple[str, ...]:
    return () if card is None else card.tags
