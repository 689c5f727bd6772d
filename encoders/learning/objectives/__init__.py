"""Alignment objectives, by the name a configuration calls them."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from encoders.learning.objectives.behaviour import Behaviour
from encoders.learning.objectives.distributions import Coral, Mmd
from encoders.learning.objectives.info_nce import InfoNce
from encoders.learning.objectives.mse import MeanSquaredError
from encoders.learning.objectives.relations import Relations
from encoders.learning.objectives.sigmoid import Sigmoid
from encoders.learning.objectives.triplet import Triplet

HARDNESS = 2.0  # of the `hard` variant: a negative at cosine 0.5 counts e times one at 0

# Between the modalities of one item. A new objective is one file and one line here.
OBJECTIVES: dict[str, Callable[[], nn.Module]] = {
    "info-nce": InfoNce,
    "info-nce-hard": lambda: InfoNce(HARDNESS),
    "sigmoid": Sigmoid,
    "mse": MeanSquaredError,
    "coral": Coral,
    "mmd": Mmd,
    "triplet": Triplet,
}

# Between whole items.
ITEM_OBJECTIVES: dict[str, Callable[[], nn.Module]] = {
    "views": InfoNce,
    "classes": InfoNce,
    "behaviour": Behaviour,
    "graph": Relations,
}


def make_objective(name: str) -> nn.Module:
    """An objective of either registry. Raises ValueError for a name neither has."""
    known = OBJECTIVES | ITEM_OBJECTIVES
    if name not in known:
        raise ValueError(f"no such objective: {name}; one of {', '.join(known)}")
    return known[name]()
