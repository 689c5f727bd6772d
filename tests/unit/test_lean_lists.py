"""A worker that many lists are waiting for makes leaner ones, and catches up."""

from __future__ import annotations

from core_builders import NOW, ask, crowded, event, folded
from prometheus_client import REGISTRY

from streams.adapters.clock import ManualClock
from streams.agents.lists import ListMaker, Sight
from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core.learning.ranker import LearnedRanker

LIKED = folded([event("1", "t0-0")])


def maker(lean_above: int) -> ListMaker:
    clock = ManualClock(NOW + 100)
    search = InterestSearch(lambda _: None, clock, k=30, reuse_cosine=0.985, fresh_items=1000)
    world = crowded()
    return ListMaker(world, search, lambda: Sight(1, 2), clock, Teaching(LearnedRanker()), lean_above=lean_above)


def value(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def proposed() -> float:
    return sum(
        value_of
        for value_of in (
            REGISTRY.get_sample_value("upwell_candidates_total", {"source": source}) or 0.0
            for source in ("neighbours", "trending", "popular", "fresh")
        )
    )


async def candidates_of(made_by: ListMaker, lists: int) -> float:
    """How many candidates each list was made from."""
    before = proposed()
    made = await made_by.make([(LIKED, ask(f"u{n}")) for n in range(lists)])
    assert all(one.items for one in made)
    return (proposed() - before) / lists


async def test_a_large_batch_is_made_from_fewer_candidates_and_counted() -> None:
    before = value("upwell_lean_lists_total")
    usual = await candidates_of(maker(lean_above=2), lists=2)
    assert value("upwell_lean_lists_total") == before
    lean = await candidates_of(maker(lean_above=2), lists=3)
    assert lean < usual
    assert value("upwell_lean_lists_total") == before + 3


async def test_switched_off_every_batch_is_made_alike() -> None:
    assert await candidates_of(maker(lean_above=0), lists=9) == await candidates_of(maker(lean_above=0), lists=1)
