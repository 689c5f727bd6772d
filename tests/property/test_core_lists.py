"""Whatever the catalogue, the user and the answers: nothing forbidden, no repeats, the same list twice."""

from __future__ import annotations

import msgspec
from core_builders import NOW, ask, direction, encoded, event, folded, ids, listed, visits, world_of
from hypothesis import given
from hypothesis import strategies as st

from streams.core.actions import consumes
from streams.core.profile import Profile
from streams.core.recommend import World
from streams.core.rules import Limits
from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent, RecommendationList

TIGHT = Tuning(history_size=5, source_candidates=6, fresh_items=8, list_size=5, interest_candidates=5)
NAMES = [f"item-{n}" for n in range(20)]

acts = st.lists(
    st.tuples(st.sampled_from([*NAMES, "unknown"]), st.sampled_from(list(Action)), st.integers(0, 50)), max_size=12
).map(lambda made: [event(f"e{n}", i, a, NOW + t, 4.0) for n, (i, a, t) in enumerate(made)])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    present = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=20))
    world = world_of(
        (
            encoded(
                name,
                direction(draw(st.integers(0, 5)), 0.1, at),
                tags=(f"tag {draw(st.integers(0, 2))}",),
                expires_at=draw(st.sampled_from([None, NOW, NOW + 1e6])),
                version=draw(st.sampled_from(["v1", "v1", "v1", "v2"])),
            )
            for at, name in enumerate(present)
        ),
        TIGHT,
    )
    visits(world, draw(st.lists(st.lists(st.sampled_from(NAMES), max_size=5), max_size=3)))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        world.catalogue.delete(name)
    return world


def eligible(world: World, events: list[BehaviourEvent], limits: Limits) -> set[str]:
    """By plain definition: live, not expired, not used up, not excluded, tagged as wanted."""
    used = {one.item_id for one in events if consumes(one.action)}
    found = set()
    for name in NAMES:
        card = world.catalogue.card(world.catalogue.rows.find(name))
        if card is None or (card.expires_at is not None and card.expires_at <= NOW + 100):
            continue
        if name not in used and name not in limits.exclude and (not limits.tags or set(card.tags) & set(limits.tags)):
            found.add(name)
    return found


@given(
    worlds(),
    acts,
    st.sets(st.sampled_from(NAMES), max_size=3),
    st.sampled_from([(), ("tag 1",), ("nowhere",)]),
    st.integers(1, 30),
)
def test_a_list_is_allowed_full_and_the_same_again(
    world: World, events: list[BehaviourEvent], exclude: set[str], tags: tuple[str, ...], places: int
) -> None:
    profile: Profile = folded(events, TIGHT)
    limits = Limits(tags, exclude)
    asked = ask(places=places, limits=limits)
    made = listed(world, profile, asked)
    allowed = eligible(world, events, limits)
    assert set(ids(made)) <= allowed
    assert len(set(ids(made))) == len(ids(made)) == min(places, len(allowed))
    assert listed(world, profile, asked) == made
    assert msgspec.json.decode(msgspec.json.encode(made), type=RecommendationList) == made
