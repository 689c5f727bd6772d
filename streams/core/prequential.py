"""Live quality: every positive act is scored against the list its user last had, before it is learned from.

Beside it, on the same acts, plain popularity's list. Hit rate@k is the share of acts whose item was in the first k
places, k = PLACES or the list's own length; NDCG@k gives 1 / log2(1 + place) of it (one relevant item, so the ideal is
1). Users without a list yet are not scored.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from streams.core.actions import is_positive
from streams.core.candidates.leaders import firsts
from streams.core.hashing import item_hash
from streams.core.profile import Profile
from streams.core.recommend import World
from streams.core.rows import UNKNOWN
from streams.events import BehaviourEvent, Exposure, RecommendationList

PLACES = 10
"""Of a list that count: a request may ask for two hundred, and would be a hit without merit."""
COLD_BELOW = 5.0
"""An item with fewer positive acts than this is cold."""


class Tally(msgspec.Struct):
    """Sums over scored acts."""

    scored: int = 0
    hits: int = 0
    ndcg: float = 0.0

    def add(self, listed: Sequence[str], item_id: str) -> bool:
        """Score one act against a list of ids; whether it was a hit."""
        self.scored += 1
        if item_id not in listed:
            return False
        self.hits += 1
        self.ndcg += 1 / math.log2(listed.index(item_id) + 2)
        return True

    @property
    def hit_rate(self) -> float:
        return self.hits / self.scored if self.scored else 0.0

    @property
    def mean_ndcg(self) -> float:
        return self.ndcg / self.scored if self.scored else 0.0


class Score(NamedTuple):
    """What one act told: ranks from 1, 0 when the item was not in the list; `source` brought the item ("" = none).

    `exposures` are those of the list.
    """

    rank: int
    popularity_rank: int
    cold: bool
    source: str
    exposures: tuple[Exposure, ...] = ()


class _Remembered(NamedTuple):
    """The ids and sources of a list's first places, and what it was exposed to."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    exposures: tuple[Exposure, ...]


class Prequential:
    """Remembers the last list of the `most` users that got one last; about 1 kB each."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._last: OrderedDict[str, _Remembered] = OrderedDict()
        self.upwell = Tally()
        self.popularity = Tally()
        self.cold = Tally()
        self.lists = 0
        self.places = 0
        self.cold_places = 0
        self._shown: dict[int, None] = {}

    def note(self, made: Sequence[RecommendationList], world: World) -> None:
        """Lists were sent: each user's next positive act will be scored against theirs."""
        for one in made:
            items = one.items[:PLACES]
            ids, sources = tuple([item.item_id for item in items]), tuple([item.source for item in items])
            self._last[one.user_id] = _Remembered(ids, sources, one.exposures)
            self._last.move_to_end(one.user_id)
            if len(self._last) > self._most:
                self._last.popitem(last=False)
        rows = world.catalogue.rows.find_all([item.item_id for one in made for item in one.items])
        self.lists += len(made)
        self.places += len(rows)
        self.cold_places += int(np.count_nonzero(world.statistics.acts(rows) < COLD_BELOW))
        self._shown.update(dict.fromkeys(rows.tolist()))

    def score(self, event: BehaviourEvent, before: Profile, world: World) -> Score | None:
        """Score a positive act, `before` being the profile without it. None when there is nothing to score: not
        positive, no list yet, or an item the user had before (it could not be in the list).
        """
        last = self._last.get(event.user_id)
        if last is None or not is_positive(event.action, event.value) or had(before, event.item_id):
            return None
        ids, sources, exposures = last
        listed = popular(before, world, len(ids), event.occurred_at)
        self.upwell.add(ids, event.item_id)
        self.popularity.add(listed, event.item_id)
        row = world.catalogue.rows.find(event.item_id)
        cold = row == UNKNOWN or bool(world.statistics.acts_by_row()[row] < COLD_BELOW)
        if cold:
            self.cold.add(ids, event.item_id)
        rank = ids.index(event.item_id) + 1 if event.item_id in ids else 0
        popularity_rank = listed.index(event.item_id) + 1 if event.item_id in listed else 0
        return Score(rank, popularity_rank, cold, sources[rank - 1] if rank else "", exposures)

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure)."""
        self._last.pop(user_id, None)

    def coverage(self, world: World) -> float:
        """Share of the live catalogue that any list has shown since the start."""
        return len(self._shown) / max(1, len(world.catalogue))

    @property
    def cold_share(self) -> float:
        """Share of places given to cold items."""
        return self.cold_places / self.places if self.places else 0.0


def had(profile: Profile, item_id: str) -> bool:
    """Whether the user did anything with the item before (impressions aside)."""
    return item_id in [act.item_id for act in profile.acts] or item_hash(item_id) in profile.seen


def popular(profile: Profile, world: World, k: int, now: float) -> list[str]:
    """Plain popularity's list: the most liked live items that the user has not had, at most `k` ids."""
    catalogue = world.catalogue
    top = world.statistics.all_time.top()
    mine = catalogue.rows.find_all([act.item_id for act in profile.acts])
    # The head nearly always does, and is a tenth of the work.
    for leaders in (top[: 2 * k + len(mine)], top):
        found = leaders[catalogue.eligible(leaders, now)]
        if len(profile.seen):
            found = found[~profile.seen.contains(catalogue.hashes(found))]
        listed = firsts(found, mine, k, catalogue)
        if len(listed) == k:
            break
    return catalogue.rows.ids_of(listed.tolist())
