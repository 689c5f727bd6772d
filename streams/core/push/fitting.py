"""How well an item fits a user as they are now, and whether it may be in their list at all."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Context
from streams.core.profile import Profile
from streams.core.recommend import Ask, Plan, World
from streams.core.rows import UNKNOWN
from streams.core.rules import Limits, allowed
from streams.core.segments import Segments


def last_act_at(profile: Profile) -> float:
    """Unix s of the newest act; 0 without any."""
    return profile.acts[-1].ms / 1000 if profile.acts else 0.0


def cosine_to(item_id: str, made: Plan, world: World) -> float:
    """The item's best cosine to an interest of the plan; -1 without an interest or a vector of the version in use."""
    vector = world.catalogue.vector(item_id, made.encoder_version)
    if vector is None or not made.interests:
        return -1.0
    return float((made.vectors() @ vector).max())


def may_be_listed(item_id: str, made: Plan, ask: Ask, world: World) -> bool:
    """Whether no rule keeps it out of the list that `ask` gets now. To be asked at once after the plan was made."""
    catalogue = world.catalogue
    row = catalogue.rows.find(item_id)
    if row == UNKNOWN:
        return False
    context = Context(
        made.profile, made.taste, made.interests, (), catalogue, world.statistics, world.tuning, ask.made_at, 0
    )
    limits = Limits(business=world.business.on(ask.surface, ask.made_at))
    return bool(allowed(np.array([row], dtype=np.int32), Segments.one(1), [context], [limits])[0])
