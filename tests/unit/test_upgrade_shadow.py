"""Lists made with both versions: for a share of users, only while shadowing, and scored against what they do next."""

from __future__ import annotations

import asyncio

import pytest
from core_builders import NOW, ask, direction, event, folded, listed, themed, world_of
from msgspec.structs import replace

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.core.recommend import World
from streams.core.tuning import Tuning
from streams.core.vectors import vector_of
from streams.events import EncoderPhase, EncoderState, UpgradeOptions
from streams.ports.vector_index import IndexedItem
from streams.upgrade.comparison import Comparison, merged
from streams.upgrade.shadow import Shadow, overlap

LIKED = folded([event("1", "t0-0"), event("2", "t0-1", at=NOW + 1)])


def state(share: float = 1.0, phase: EncoderPhase = EncoderPhase.SHADOWING) -> EncoderState:
    return EncoderState("s", 1, "v1", phase, NOW, "v2", UpgradeOptions(shadow_share=share))


async def indexed(world: World, version: str) -> MemoryIndex:
    """The collection of a version, as the catalogue has it."""
    index = MemoryIndex(ManualClock(NOW))
    await index.ensure(16, version)
    ids = sorted(world.catalogue.live_ids())
    found = {item: world.catalogue.vector(item, version) for item in ids}
    await index.upsert([IndexedItem(item, vector) for item, vector in found.items() if vector is not None])
    return index


async def shadowed(now: EncoderState, *, same: bool = True) -> tuple[Shadow, World]:
    """A world whose second version is the first one again, or (not `same`) knows nothing of themes."""
    items = themed()
    world = world_of(items, Tuning(cap_per_tag=10))  # as many of a theme as fit: a cap would hide what vectors tell
    world.catalogue.keep("v1", "v2")
    for n, item in enumerate(items):
        world.catalogue.offer("v2", item.card.item_id, vector_of(item) if same else direction(500 + n), "")
    doors = {version: await indexed(world, version) for version in ("v1", "v2")}
    shadow = Shadow(world, doors.get, lambda: now, 30)
    for user in range(40):
        asked = ask(f"user-{user}", offset=user)
        shadow.pushed([(LIKED, asked)], [listed(world, LIKED, asked)])
        await settle()
    return shadow, world


async def settle() -> None:
    """Lets the comparison that was started come to its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)


async def test_two_equal_versions_choose_the_same_items() -> None:
    shadow, _ = await shadowed(state())
    found = shadow.comparison
    assert found is not None
    assert (found.active, found.standby, found.lists, found.overlap) == ("v1", "v2", 40, 1.0)
    assert found.active_ms > 0
    assert found.standby_ms > 0


async def test_a_version_of_another_mind_chooses_other_items_and_is_hit_less() -> None:
    shadow, _ = await shadowed(state(), same=False)
    for user in range(40):
        for other in range(2, 10):
            shadow.acted(event(f"{user}-{other}", f"t0-{other}", user_id=f"user-{user}", at=NOW + 200), LIKED)
    found = shadow.comparison
    assert found is not None
    assert found.overlap < 0.8
    assert found.scored == 40 * 8
    assert found.active_hit_rate > found.standby_hit_rate


async def test_only_the_share_is_compared() -> None:
    shadow, _ = await shadowed(state(share=0.25))
    assert shadow.comparison is not None
    assert 2 <= shadow.comparison.lists <= 20, "a quarter of forty users, by a hash of their names"
    nobody, _ = await shadowed(state(share=0.0))
    assert nobody.comparison is None


@pytest.mark.parametrize("phase", [phase for phase in EncoderPhase if phase is not EncoderPhase.SHADOWING])
async def test_nothing_is_compared_in_any_other_phase(phase: EncoderPhase) -> None:
    shadow, _ = await shadowed(state(phase=phase))
    assert shadow.comparison is None


async def test_an_erased_user_is_not_remembered() -> None:
    shadow, _ = await shadowed(state())
    shadow.forget("user-1")
    shadow.acted(event("x", "t0-5", user_id="user-1", at=NOW + 200), LIKED)
    assert shadow.comparison is not None
    assert shadow.comparison.scored == 0


def test_overlap_is_of_the_longer_list() -> None:
    world = world_of(themed())
    whole = listed(world, LIKED)
    assert overlap(whole, whole) == 1.0

    assert overlap(whole, replace(whole, items=whole.items[:5])) == 0.5


def test_comparisons_of_workers_are_weighted_by_what_each_saw() -> None:
    one = Comparison("v1", "v2", 10, 0.5, 4, 0.5, 0.25, 10.0, 12.0)
    two = Comparison("v1", "v2", 30, 0.9, 0, 0.0, 0.0, 20.0, 24.0)
    third = Comparison("v0", "v1", 999, 0.1, 9, 0.1, 0.1, 1.0, 1.0)
    found = merged([one, two, third])
    assert found is not None
    assert (found.lists, found.overlap, found.scored, found.active_hit_rate) == (40, 0.8, 4, 0.5)
    assert (found.active_ms, found.standby_ms) == (17.5, 21.0)
    assert merged([]) is None
