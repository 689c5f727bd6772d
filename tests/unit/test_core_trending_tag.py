"""What is taken to now among items with the user's own tags, however little that is beside what all take to."""

from __future__ import annotations

from dataclasses import replace

from core_builders import NOW, ask, encoded, event, exact_hits, folded, themed, visits, world_of

from streams.core.candidates.base import Asked
from streams.core.candidates.trending_tag import TAGS, TrendingTagSource
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import World, plan, rank
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action

FEW = replace(Tuning(), leader_candidates=TAGS * 2)  # two of each tag


def busy(tuning: Tuning = FEW) -> World:
    """Theme 0 is what most people take to; of theme 1 a few items have been liked a little."""
    world = world_of(themed(), tuning)
    crowd = [[f"t0-{n % 10}", f"t0-{(n + 1) % 10}"] for n in range(30)]
    visits(world, [*crowd, ["t1-5"], ["t1-5"], ["t1-6"], ["t1-7"], ["t2-1"]], at=NOW - 100)
    return world


def proposed(world: World, profile: Profile, at: float = NOW) -> dict[str, str | None]:
    """What the source proposes, each with the item that is its cause."""
    context = rank(plan(profile, world), exact_hits(world, profile), ask(at=at), world).context
    source = TrendingTagSource()
    (given,) = source.propose([context])
    (causes,) = source.causes([Asked(given.rows.tolist(), given, context)])
    name = world.catalogue.rows.id_of
    return {name(row): name(cause) if cause >= 0 else None for row, cause in zip(given.rows, causes, strict=True)}


def test_the_leaders_of_a_users_own_tag_are_proposed_with_the_like_that_has_it() -> None:
    profile = folded([event("e", "t1-0", at=NOW), event("f", "t1-1", at=NOW + 1)])
    found = proposed(busy(), profile)
    assert list(found) == ["t1-5", "t1-6"], "two of the tag, the one taken to most first; none of the popular theme"
    assert set(found.values()) == {"t1-1"}, "the newest of the likes answers"


def test_the_tags_that_most_likes_carry_come_first() -> None:
    world = busy(replace(FEW, leader_candidates=TAGS))
    world.catalogue.upsert(encoded("t9-0", tags=("theme 9",)))
    likes = ["t1-0", "t1-1", "t0-0", "t0-1", "t2-0", "t2-2", "t9-0"]
    found = proposed(world, folded([event(f"e{n}", item, at=NOW + n) for n, item in enumerate(likes)]))
    assert {item[:2] for item in found} == {"t0", "t1", "t2"}


def test_what_the_user_had_leaves_its_place_to_the_next() -> None:
    acts = [event("e", "t1-0"), event("f", "t1-5", at=NOW + 1), event("g", "t1-6", Action.HIDE, at=NOW + 2)]
    assert list(proposed(busy(), folded(acts))) == ["t1-7"]


def test_nothing_is_proposed_to_who_likes_nothing_or_nothing_with_a_tag() -> None:
    world = busy()
    world.catalogue.upsert(encoded("plain"))
    assert proposed(world, EMPTY) == {}
    assert proposed(world, folded([event("e", "plain")])) == {}


def test_an_item_without_tags_and_one_that_nobody_touched_are_never_leaders() -> None:
    world = busy()
    profile = folded([event("e", "t3-0", at=NOW - DAY_S)])
    assert proposed(world, profile) == {}, "nobody has taken to anything of theme 3"
