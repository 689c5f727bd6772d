"""What a run was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Protocol = Literal["prequential", "leave-one-out", "time-split"]
Candidates = Literal["known", "catalogue"]
Published = Literal["auto", "said", "start"]


@dataclass(frozen=True, slots=True)
class Options:
    """`positive`: see expression.py. `warmup`: share of the kept events, from the first on, that are only learned from.
    `published`: when items of the catalogue come (see script.py). `sample`: share of the users that are tested;
    everybody is learned from. `variant_tests`: of variants of Upwell, which are many, no more than about so many lists
    are judged, those of the same users for each. `keep_cold`: places of Upwell's list kept for cold items.
    """

    positive: str = "rating>=4 or like or save or purchase"
    only_positive: bool = False
    warmup: float = 0.3
    k: int = 10
    unseen: bool = False
    candidates: Candidates = "catalogue"
    published: Published = "auto"
    sample: float = 1.0
    variant_tests: int = 8_000
    keep_cold: int = 0
    protocol: Protocol = "prequential"
    frozen: bool = False
