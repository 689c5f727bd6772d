"""What shadowing has shown: numbers on which somebody can decide, of one worker or of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec


class Comparison(msgspec.Struct, frozen=True):
    """What shadowing has shown so far, in one worker. `overlap`: mean share of a list's items that both versions chose;
    hit rates are of users' next positive acts, `scored` of them; times are medians per batch of lists, in ms.
    """

    active: str
    standby: str
    lists: int
    overlap: float
    scored: int
    active_hit_rate: float
    standby_hit_rate: float
    active_ms: float
    standby_ms: float


def merged(found: Sequence[Comparison]) -> Comparison | None:
    """Of several workers, weighted by what each has seen; of the versions that most workers compare."""
    pairs = [(one.active, one.standby) for one in found]
    if not pairs:
        return None
    pair = max(pairs, key=pairs.count)
    found = [one for one in found if (one.active, one.standby) == pair]
    lists, scored = sum(one.lists for one in found), sum(one.scored for one in found)

    def mean(value: Callable[[Comparison], float], weight: Callable[[Comparison], int], total: int) -> float:
        return round(sum(value(one) * weight(one) for one in found) / max(1, total), 4)

    return Comparison(
        *pair,
        lists=lists,
        overlap=mean(lambda one: one.overlap, lambda one: one.lists, lists),
        scored=scored,
        active_hit_rate=mean(lambda one: one.active_hit_rate, lambda one: one.scored, scored),
        standby_hit_rate=mean(lambda one: one.standby_hit_rate, lambda one: one.scored, scored),
        active_ms=mean(lambda one: one.active_ms, lambda one: one.lists, lists),
        standby_ms=mean(lambda one: one.standby_ms, lambda one: one.lists, lists),
    )
