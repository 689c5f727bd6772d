"""A candidate that few liked is known by the company in its own list, however strong the others' lists are."""

from __future__ import annotations

import numpy as np
from core_builders import ask, event, folded, listed, themed, visits, world_of

from streams.core.features import COLUMN
from streams.core.recommend import World, plan, rank
from streams.core.tuning import Tuning


def crowded(neighbours: int = 3) -> World:
    """Everybody likes t0-0 with well-known items; one visitor came from it to t3-9."""
    world = world_of(themed(), Tuning(neighbours_published=neighbours, explore_places=0))
    popular = [f"t1-{n}" for n in range(8)]
    visits(world, [["t0-0", *popular]] * 6 + [["t0-0", "t3-9"]])
    return world


def test_a_little_known_item_is_found_beside_well_known_ones() -> None:
    world = crowded()
    profile = folded([event("e", "t0-0")])
    assert "t3-9" in [item.item_id for item in listed(world, profile).items]
    made = plan(profile, world)
    pool = rank(made, [None] * len(made.interests), ask(), world).scored
    ids = [world.catalogue.rows.id_of(row) for row in pool.pool.rows.tolist()]
    features = pool.features[ids.index("t3-9")]
    assert features[COLUMN["after_all"]] > 0
    assert features[COLUMN["with_all"]] >= features[COLUMN["after_all"]]


def test_items_that_were_never_met_with_the_likes_have_no_company() -> None:
    world = crowded()
    made = plan(folded([event("e", "t2-5")]), world)
    scored = rank(made, [None] * len(made.interests), ask(), world).scored
    columns = [COLUMN[name] for name in ("after_all", "with_all", "with_cosine", "with_last")]
    assert not np.any(scored.features[:, columns])
