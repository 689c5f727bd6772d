"""What an experiment has counted so far."""

from __future__ import annotations

import msgspec


class VariantCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was counted of one variant: `users` and `lists` exposed to it, `acts` of those users scored against these
    lists, `active` users with such an act. A hit is an act whose item stood in the list's first ten places.
    `X_squared`, `X_acts`: sums over users of X², X times acts. `popularity_hits`: popularity's; `cold_*`: cold items'.
    """

    users: int = 0
    lists: int = 0
    active: int = 0
    acts: int = 0
    acts_squared: int = 0
    hits: float = 0.0
    hits_squared: float = 0.0
    hits_acts: float = 0.0
    ndcg: float = 0.0
    ndcg_squared: float = 0.0
    ndcg_acts: float = 0.0
    popularity_hits: int = 0
    cold_acts: int = 0
    cold_hits: float = 0.0
    hits_by_source: dict[str, int] = {}


class ExperimentCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one behaviour partition has counted of an edition of an experiment (topic experiments, key
    `experiment/edition/partition`). Names no user.

    `weights`: by variant, the control first. `paired`, of interleaved lists: the second variant's credits less the
    first's. `since`: the first list's time. Acts up to `epoch` and `offset` are in.
    """

    experiment: str
    edition: str
    kind: str
    partition: int
    weights: dict[str, float]
    planned_acts: int
    since: float
    variants: dict[str, VariantCounts]
    paired: VariantCounts | None = None
    epoch: int = -1
    offset: int = -1
