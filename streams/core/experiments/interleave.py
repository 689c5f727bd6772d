"""Team-draft interleaving: one list out of two, in which each place belongs to the list that chose it.

Radlinski, Kurup and Joachims, "How does clickthrough data reflect retrieval quality?", CIKM 2008. As captains choose
players: whoever has fewer chooses next, a coin says who when both have as many, and each takes the best of its list
that is left. What users take then speaks for one list or the other, within the same users and occasions, so far fewer
acts are needed than when users are split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.core.hashing import digest


class Pick(NamedTuple):
    """An item and the list that chose it, 0 or 1."""

    item_id: str
    team: int


def team_draft(first: Sequence[str], second: Sequence[str], places: int, seed: str) -> list[Pick]:
    """At most `places` picks out of two lists without repeats. `seed` names the occasion: it throws the coins."""
    lists, at, chosen = (first, second), [0, 0], [0, 0]
    picks: list[Pick] = []
    taken: set[str] = set()

    def best_left(team: int) -> str | None:
        ranked = lists[team]
        while at[team] < len(ranked) and ranked[at[team]] in taken:
            at[team] += 1
        return ranked[at[team]] if at[team] < len(ranked) else None

    while len(picks) < places:
        team = _coin(seed, len(picks)) if chosen[0] == chosen[1] else int(chosen[1] < chosen[0])
        item_id = best_left(team)
        if item_id is None:  # this list has no more: the other one fills up
            team = 1 - team
            item_id = best_left(team)
            if item_id is None:
                break
        picks.append(Pick(item_id, team))
        taken.add(item_id)
        chosen[team] += 1
    return picks


def _coin(seed: str, toss: int) -> int:
    return int(digest("team draft", seed, toss)[0], 16) & 1
