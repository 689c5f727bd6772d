"""What was counted and learned: statistics of items, weights of the ranker."""

from __future__ import annotations

import msgspec

from streams.events.identifiers import Identifier


class ItemStatistics(msgspec.Struct, frozen=True, omit_defaults=True):
    """Decayed counts and neighbours of one item (topic item-statistics, key item_id).

    `popularity` maps a half-life in seconds (as text) to the decayed sum of weights as of `as_of`.
    `neighbours`: co-engagement weight with items engaged with before this one; `predecessors`: of the very last.
    `stages`: how many positive acts came from users at each stage (core/stages.py); `first_at`: the first one's time;
    `hours`: how many came in each part of the week (core/hours.py); `surfaces`: how many on each surface.
    """

    item_id: Identifier
    as_of: float
    counts: dict[str, int]
    popularity: dict[str, float]
    neighbours: dict[str, float] = {}
    predecessors: dict[str, float] = {}
    stages: tuple[int, ...] = ()
    first_at: float = 0.0
    hours: tuple[int, ...] = ()
    surfaces: dict[str, int] = {}


class RankerWeights(msgspec.Struct, frozen=True):
    """What the acts of one behaviour partition have taught the ranker (topic ranker, key the partition's number).

    `version` names the model; weights of another one mean nothing to it. `lessons` counts the acts. `arrays` are
    little-endian float32 by name, `losses` mean log losses of the model's two parts.
    """

    partition: int
    version: str
    lessons: int
    losses: list[float]
    arrays: dict[str, bytes]
