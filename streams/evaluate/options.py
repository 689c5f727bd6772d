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
    `sample`: share of the users that are tested; everybody is learned from. `keep_cold`: places of Upwell's list kept
    for cold items. `published`: when items of the catalogue come (see script.py).
    """

    positive: str = "rating>=4 or like or save or purchase"
    only_positive: bool = False
    warmup: float = 0.3
    k: int = 10
    unseen: bool = False
    candidates: Candidates = "catalogue"
    published: Published = "auto"
    sample: float = 1.0
    keep_cold: int = 0
    protocol: Protocol = "prequential"
    frozen: bool = False
