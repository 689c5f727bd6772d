"""The in-process view of all items: cards as arrays, vectors of one encoder version, the fresh pool.

Folded from the `items` topic (`upsert`, `delete`) and, during an encoder upgrade, from `vectors` (`offer`). Vectors of
two versions lie in two tables and are never compared: every answer is of the version in use, which `keep` names. Before
it was called, that is the version most items have. An item without a vector of the version in use can still be
recommended by every source that needs none.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.edges import Lists
from streams.core.fresh_pool import FreshPool
from streams.core.growing import grown
from streams.core.hashing import content_mark, item_hash
from streams.core.kin import Kin
from streams.core.language import primary
from streams.core.number_table import NumberTable
from streams.core.rows import UNKNOWN, ItemRows, Rows
from streams.core.scratch import Scratch
from streams.core.tag_index import TagIndex
from streams.core.tuning import Tuning
from streams.core.vector_table import NO_SLOT, Vectors, VectorTable
from streams.core.vectors import vector_of
from streams.core.words import WordTable
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
        self._language: Rows = np.zeros(0, dtype=np.int32)
        self._tags: dict[str, int] = {}
        self._by_tag = TagIndex()
        self._creators: dict[str, int] = {}
        self._languages: dict[str, int] = {}
        self._words = WordTable()
        self._kin = Kin(self._words)
        self._numbers = NumberTable()
        self._tables: dict[str, VectorTable] = {}
        self._version = ""
        self._kept: frozenset[str] = frozenset()  # empty: every version that comes
        self._mark: NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self._early: dict[tuple[str, int], tuple[int, Vectors]] = {}  # vectors of content whose card has not come yet

    def __len__(self) -> int:
        """Live items."""
        return len(self._arrivals)

    @property
    def encoder_version(self) -> str:
        """The version in use; empty before the first item."""
        return self._version

    @property
    def span(self) -> int:
        """Above every row, and above every tag, creator and language shifted by one."""
        return max(self.rows.width, len(self._tags), len(self._creators), len(self._languages)) + 1

    def scratch(self) -> Scratch:
        """Buffers wide enough for every row."""
        self._scratch.fit(self.span)
        return self._scratch

    @property
    def dimension(self) -> int:
        table = self._tables.get(self._version)
        return 0 if table is None else table.dimension

    def keep(self, active: str, *others: str) -> None:
        """From now on `active` is the version in use, and only its vectors and those of `others` are held."""
        self._kept = frozenset((active, *others))
        self._tables = {version: table for version, table in self._tables.items() if version in self._kept}
        self._early = {key: early for key, early in self._early.items() if key[0] in self._kept}
        if active != self._version:
            self.edition += 1
            self._version = active
            self.fresh.renew(self.vectors(self.fresh.rows))

    @property
    def kept(self) -> frozenset[str]:
        """The versions that `keep` named; none before it was called."""
        return self._kept

    def under(self, version: str) -> Catalogue:
        """The catalogue as seen with another version's vectors. For reading at once: the next change spoils it."""
        self._make_room(self.rows.width)
        twin = copy.copy(self)
        twin._version = version
        twin.fresh = self.fresh.twin(twin.vectors(self.fresh.rows))
        return twin

    def lacking(self, version: str) -> list[str]:
        """Live items without a vector of a version that is of their present content."""
        return [self.rows.id_of(row) for row in self._lacking(version).tolist()]

    def count_lacking(self, version: str) -> int:
        """How many items `lacking` would name, at a hundredth of the price."""
        return len(self._lacking(version))

    def _lacking(self, version: str) -> Rows:
        live = np.flatnonzero(self._alive).astype(np.int32)
        table = self._tables.get(version)
        if table is not None:
            table.fit(len(self._alive))
            live = live[~table.has(live)]
        return live

    def live_ids(self) -> set[str]:
        """The ids of all live items."""
        return set(map(self.rows.id_of, self._arrivals))

    def vector(self, item_id: str, version: str) -> Vectors | None:
        """float32[d] under a version; None where there is none."""
        row, table = self.rows.find(item_id), self._tables.get(version)
        if row == UNKNOWN or table is None or table.mark(row) is None:
            return None
        found: Vectors = table.get(np.array([row], dtype=np.int32))[0]
        return found

    def expires_at(self, item_id: str) -> float:
        """When the item stops being recommendable, Unix s; 0 = never, or not known."""
        card = self.card(self.rows.find(item_id))
        return 0.0 if card is None or card.expires_at is None else card.expires_at

    def offer(self, version: str, item_id: str, vector: Vectors, media_hash: str) -> None:
        """A vector of another version than the item's record has. It counts while the item's content is that of
        `media_hash`; one that is ahead of the item, or behind it, waits, and a version that stands by has none of the
        item meanwhile: whoever reads the same topics from their beginning must come to the same vectors.
        """
        if self._kept and version not in self._kept:
            return
        row, mark = self.rows.touch(item_id), content_mark(media_hash)
        self._make_room(self.rows.width)
        if self._alive[row] and int(self._mark[row]) != mark:
            self._early[version, row] = mark, vector
            if version != self._version and version in self._tables:
                self._tables[version].drop(row)
        else:
            self._take(version, row, vector, mark)

    def withdraw(self, version: str, item_id: str) -> None:
        """A vector's tombstone. A live item keeps its vector: the tombstone may be older than the item."""
        row = self.rows.find(item_id)
        if row == UNKNOWN:
            return
        self._early.pop((version, row), None)
        if version in self._tables and not self._alive[row : row + 1].any():
            self._tables[version].drop(row)

    def _take(self, version: str, row: int, vector: Vectors, mark: int) -> None:
        self._table_of(version, vector).set(row, vector, mark)
        if version == self._version:
            self.edition += 1
            self.fresh.amend(row, vector)

    def _table_of(self, version: str, vector: Vectors) -> VectorTable:
        """The version's table, made at its first vector. Raises ValueError for a vector of the wrong size."""
        table = self._tables.get(version)
        if table is None:
            table = self._tables[version] = VectorTable(len(vector))
        if len(vector) != table.dimension or not np.isfinite(vector).all():
            raise ValueError(
                f"vector of {len(vector)} numbers under encoder {version}, "
                f"which makes {table.dimension} finite ones; re-encode the item"
            )
        return table

    def upsert(self, item: EncodedItem) -> int:
        """Take an item in, or its new state. Returns its row. Raises ValueError for a vector of the wrong size."""
        self.edition += 1
        vector, mark = vector_of(item), content_mark(item.media_hash)
        kept = not self._kept or item.encoder_version in self._kept
        table = self._table_of(item.encoder_version, vector) if kept else None
        card = item.card
        row = self.rows.touch(card.item_id)
        self._make_room(self.rows.width)
        self._drop_vectors(row, item.encoder_version, mark)
        self._by_tag.change(row, _tags_of(self._cards[row]), card.tags)
        self._cards[row] = card
        self._alive[row] = True
        self._expires[row] = np.inf if card.expires_at is None else card.expires_at
        self._published[row] = item.content_at if card.published_at is None else card.published_at
        self._hash[row] = item_hash(card.item_id)
        tags = [self._tags.setdefault(tag, len(self._tags)) for tag in card.tags[:TAGS]]
        self._tag[row] = tags + [NO_TAG] * (TAGS - len(tags))
        self._creator[row] = _label(self._creators, card.creator)
        self._language[row] = _label(self._languages, primary(card.language))
        self._kin.drop(row, self._words.drop(row))
        self._kin.put(row, self._words.put(row, card), self.rows.width)
        self._numbers.put(row, card.attributes)
        self._mark[row] = mark
        if table is not None:
            table.set(row, vector, mark)
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

    def titles(self, rows: Sequence[int]) -> list[str]:
        """The same for each of several rows that are known here."""
        cards, ids = self._cards, self.rows.ids_of(rows)
        return [(card.title if (card := cards[row]) else "") or name for row, name in zip(rows, ids, strict=True)]

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
        table = self._table()
        return np.zeros(len(rows), dtype=np.bool_) if table is None else table.has(rows)

    def vectors(self, rows: Rows) -> Vectors:
        """float32[n, d] unit vectors of the version in use; zeros where there is none."""
        table = self._table()
        return np.zeros((len(rows), 0), dtype=np.float32) if table is None else table.get(rows)

    def vector_slots(self) -> tuple[Vectors, Rows]:
        """The vectors of the version in use float32[slots, d], and by row which is its own, NO_SLOT without one."""
        table = self._table()
        if table is None:
            return np.zeros((0, 0), dtype=np.float32), np.full(self.span, NO_SLOT, dtype=np.int32)
        return table.slots()

    def labels(self) -> tuple[Rows, Rows]:
        """By row its first tags int32[rows, TAGS] and its creator int32[rows], NO_TAG where there are fewer."""
        return self._tag, self._creator

    def languages(self) -> Rows:
        """By row its language int32[rows], NO_TAG where none is named."""
        return self._language

    def wording(self) -> tuple[Rows, Vectors, float]:
        """By row the words an item goes by (WordTable.arrays)."""
        self._words.fit(self.rows.width)
        return self._words.arrays()

    def word_lengths(self) -> tuple[Vectors, NDArray[np.int64], int]:
        """By row the length of its words, where it was measured (WordTable.lengths)."""
        self._words.fit(self.rows.width)
        return self._words.lengths()

    def kin(self, rows: Rows) -> tuple[Rows, Vectors, Rows]:
        """Items that share rare words with each of `rows` (Kin.of)."""
        return self._kin.of(rows)

    def kin_lists(self) -> tuple[Lists, Lists, Rows]:
        """The same for every row, for compiled functions (Kin.lists)."""
        return self._kin.lists(self.rows.width)

    def numbers(self) -> tuple[Vectors, Vectors]:
        """By row the numbers among an item's attributes, and their spreads (NumberTable.arrays)."""
        self._numbers.fit(self.rows.width)
        return self._numbers.arrays()

    def live(self) -> Rows:
        """int32[n]: every live row, in order of arrival. Costs a pass over the catalogue: for the rare backfill."""
        return np.fromiter(self._arrivals, dtype=np.int32, count=len(self._arrivals))

    def _table(self) -> VectorTable | None:
        """Of the version in use; None before its first vector."""
        table = self._tables.get(self._version)
        if table is not None:
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
        self._mark = grown(self._mark, length)
        self._tag = grown(self._tag, length, NO_TAG)
        self._creator = grown(self._creator, length, NO_TAG)
        self._language = grown(self._language, length, NO_TAG)

    def _leave(self, row: int) -> None:
        if row not in self._arrivals:
            return
        del self._arrivals[row]
        self.fresh.drop(row)
        self._alive[row] = False
        self._by_tag.change(row, _tags_of(self._cards[row]), ())
        self._kin.drop(row, self._words.drop(row))
        self._numbers.drop(row)
        self._cards[row] = None
        self._drop_vectors(row)

    def _clear(self, row: int) -> None:
        """The row is about to belong to another item."""
        if row < len(self._cards):
            self.edition += 1
            self._leave(row)
            self._drop_vectors(row)  # one may have been offered for an item that never came

    def _drop_vectors(self, row: int, version: str | None = None, mark: int = 0) -> None:
        """Drop the row's vectors, but those of the content `mark` in the kept versions, and take in early ones of it.

        `version` is about to be written, so its vector stays; None drops all.
        """
        for other, table in self._tables.items():
            of_same_content = version is not None and other in self._kept and table.mark(row) == mark
            if other != version and not of_same_content:
                table.drop(row)
        if not self._early:
            return
        for other in [other for other, at in self._early if at == row]:
            early_mark, vector = self._early[other, row]
            if version is None or early_mark == mark:
                del self._early[other, row]
            if version is not None and early_mark == mark:
                self._table_of(other, vector).set(row, vector, mark)

    def _choose_version(self) -> None:
        """Use the version that most items have; on a tie the one in use stays. Forget versions without items."""
        if not self._tables or self._kept:
            return
        if len(self._tables) > 1:
            self._tables = {v: t for v, t in self._tables.items() if len(t)} or self._tables
        in_use = self._tables.get(self._version)
        best = max(self._tables, key=lambda version: len(self._tables[version]))
        if in_use is None or len(self._tables[best]) > len(in_use):
            self._version = best
            self.fresh.renew(self.vectors(self.fresh.rows))


def _label(known: dict[str, int], name: str | None) -> int:
    """The number of a label, the next one for a new label; NO_TAG for none."""
    return known.setdefault(name, len(known)) if name else NO_TAG


def _tags_of(card: ItemCard | None) -> tuple[str, ...]:
    return () if card is None else card.tags
