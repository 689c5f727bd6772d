"""The job itself, shared by both peers so that they differ only in how they stream: pure, no IO.

Keep each user's last acts, never count an event twice, search once per list with the decayed mean of what the user
engaged with, drop what was seen, cap each tag, and say for each place which of the user's items it is most like.
Upwell does more per list than this (six sources, several interests, diversity), which counts against it here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.events import (
    Action,
    BehaviourEvent,
    EncodedItem,
    ItemCard,
    Lineage,
    Reason,
    RecommendationList,
    RecommendedItem,
)

WEIGHTS: dict[Action, float] = {
    Action.IMPRESSION: 0.0,
    Action.VIEW: 0.5,
    Action.CLICK: 1.0,
    Action.LIKE: 3.0,
    Action.SAVE: 3.0,
    Action.PURCHASE: 5.0,
    Action.SKIP: -0.5,
    Action.DISLIKE: -3.0,
    Action.HIDE: -5.0,
}
HISTORY = 50
LIST_SIZE = 10
SEARCHED = 60
CAP_PER_TAG = 4
HALF_LIFE_S = 14 * 86_400.0


class Act(msgspec.Struct, array_like=True, frozen=True):
    """One counted act. `event_id` lets a repeated delivery be recognised while the act is in the history."""

    event_id: str
    item_id: str
    weight: float
    at: float


class Profile(msgspec.Struct, array_like=True):
    """A user's last acts, oldest first. Serialised with msgpack as the state of both peers."""

    acts: list[Act] = []

    def fold(self, event: BehaviourEvent) -> bool:
        """Count the event; False when it was counted before."""
        if any(act.event_id == event.event_id for act in self.acts):
            return False
        self.acts.append(Act(event.event_id, event.item_id, weight_of(event), event.occurred_at))
        del self.acts[:-HISTORY]
        return True


def weight_of(event: BehaviourEvent) -> float:
    if event.action is Action.RATING:
        return (event.value if event.value is not None else 2.5) - 2.5
    return WEIGHTS[event.action]


class Catalogue:
    """Every item's card and unit vector, in memory: float32[n, d] that grows by doubling."""

    def __init__(self, dimension: int) -> None:
        self._vectors = np.zeros((1024, dimension), dtype=np.float32)
        self._rows: dict[str, int] = {}
        self.cards: dict[str, ItemCard] = {}

    def __len__(self) -> int:
        return len(self.cards)

    def put(self, item: EncodedItem) -> None:
        self.put_vector(item.card, np.frombuffer(item.vector, dtype="<f2").astype(np.float32))

    def put_vector(self, card: ItemCard, vector: NDArray[np.float32]) -> None:
        row = self._rows.setdefault(card.item_id, len(self._rows))
        if row == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        self._vectors[row] = vector
        self.cards[card.item_id] = card

    def drop(self, item_id: str) -> None:
        self.cards.pop(item_id, None)

    def known(self, item_ids: Sequence[str]) -> list[str]:
        return [item_id for item_id in item_ids if item_id in self.cards]

    def vectors(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d] of ids that are known."""
        found: NDArray[np.float32] = self._vectors[[self._rows[item_id] for item_id in item_ids]]
        return found


def interest(profile: Profile, catalogue: Catalogue, now: float) -> NDArray[np.float32] | None:
    """The decayed, weighted mean of the history, unit float32[d]; None when there is nothing to go by."""
    acts = [act for act in profile.acts if act.weight and act.item_id in catalogue.cards]
    if not acts:
        return None
    weights = np.array([act.weight * 0.5 ** ((now - act.at) / HALF_LIFE_S) for act in acts], dtype=np.float32)
    mean: NDArray[np.float32] = weights @ catalogue.vectors([act.item_id for act in acts])
    norm = float(np.linalg.norm(mean))
    return mean / norm if norm > 0 else None


def make_list(
    user_id: str,
    profile: Profile,
    catalogue: Catalogue,
    hits: Sequence[tuple[str, float]],
    *,
    partition: int,
    offset: int,
    event_at: float,
    now: float,
) -> RecommendationList:
    """The list of one user from the hits of the search for the user's interest (item id, cosine), best first."""
    chosen = _choose(profile, catalogue, hits, now)
    return RecommendationList(
        list_id=hashlib.blake2b(f"{user_id}/{partition}/{offset}".encode(), digest_size=12).hexdigest(),
        user_id=user_id,
        made_at=now,
        trigger="behaviour",
        items=_places(chosen, profile, catalogue),
        encoder_version="peer",
        ranker_version="cosine",
        lineage=Lineage(behaviour_partition=partition, behaviour_offset=offset, items_seen=len(catalogue)),
        event_at=event_at,
        freshness_s=now - event_at,
    )


def _choose(
    profile: Profile, catalogue: Catalogue, hits: Sequence[tuple[str, float]], now: float
) -> list[tuple[ItemCard, float]]:
    seen = {act.item_id for act in profile.acts}
    per_tag: dict[str, int] = {}
    chosen: list[tuple[ItemCard, float]] = []
    over_cap: list[tuple[ItemCard, float]] = []
    for item_id, score in hits:
        card = catalogue.cards.get(item_id)
        if card is None or item_id in seen or (card.expires_at is not None and card.expires_at <= now):
            continue
        tag = card.tags[0] if card.tags else ""
        per_tag[tag] = per_tag.get(tag, 0) + 1
        (chosen if per_tag[tag] <= CAP_PER_TAG else over_cap).append((card, score))
        if len(chosen) == LIST_SIZE:
            break
    # Better too much of one kind than an empty place.
    return [*chosen, *over_cap][:LIST_SIZE]


def _places(
    chosen: list[tuple[ItemCard, float]], profile: Profile, catalogue: Catalogue
) -> tuple[RecommendedItem, ...]:
    liked = catalogue.known([act.item_id for act in profile.acts if act.weight > 0])
    if not chosen or not liked:
        return ()
    nearest = np.argmax(catalogue.vectors([card.item_id for card, _ in chosen]) @ catalogue.vectors(liked).T, axis=1)
    return tuple(
        RecommendedItem(
            item_id=card.item_id,
            title=card.title,
            score=round(score, 4),
            source="interest",
            reason=Reason("because", f"because you liked {catalogue.cards[liked[cause]].title}", (liked[cause],)),
        )
        for (card, score), cause in zip(chosen, nearest.tolist(), strict=True)
    )
