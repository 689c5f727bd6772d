"""In which order a dataset is played."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.demo.replay import Pace, interleave, moved_to
from streams.events import Action, BehaviourEvent, ContentEvent

TIMES = st.lists(st.integers(0, 50), max_size=30).map(sorted)


def item(number: int, at: float | None) -> ContentEvent:
    return ContentEvent(f"i{number}", published_at=at)


def act(number: int, at: float) -> BehaviourEvent:
    return BehaviourEvent(f"e{number}", "u", "i0", Action.CLICK, at)


@given(TIMES, TIMES, st.integers(0, 10), st.integers(0, 10))
def test_everything_is_played_once_and_each_stream_keeps_its_order(
    published: list[int], acted: list[int], first: int, lead: int
) -> None:
    content = [item(n, at) for n, at in enumerate(published)]
    behaviour = [act(n, at) for n, at in enumerate(acted)]
    played = list(interleave(content, behaviour, first=first, lead=lead))
    assert [event for event in played if isinstance(event, ContentEvent)] == content
    assert [event for event in played if isinstance(event, BehaviourEvent)] == behaviour


@given(TIMES, TIMES, st.integers(0, 10), st.integers(0, 10))
def test_an_item_is_there_before_any_act_of_its_time(
    published: list[int], acted: list[int], first: int, lead: int
) -> None:
    content = [item(n, at) for n, at in enumerate(published)]
    behaviour = [act(n, at) for n, at in enumerate(acted)]
    played = list(interleave(content, behaviour, first=first, lead=lead))
    for place, event in enumerate(played):
        if isinstance(event, BehaviourEvent):
            there = {other.item_id for other in played[:place] if isinstance(other, ContentEvent)}
            assert {i.item_id for i in content if (i.published_at or 0) <= event.occurred_at} <= there


def test_an_item_comes_as_many_acts_ahead_as_asked() -> None:
    content = [item(0, 0.0), item(1, 5.0)]
    behaviour = [act(n, float(n)) for n in range(10)]
    played = list(interleave(content, behaviour, first=0, lead=3))
    before = played[: played.index(content[1])]
    assert sum(isinstance(event, BehaviourEvent) for event in before) == 5 - 3


def test_the_first_items_go_ahead_of_everything() -> None:
    content = [item(n, 100.0) for n in range(5)]
    played = list(interleave(content, [act(0, 1.0)], first=2, lead=0))
    assert played[:3] == [content[0], content[1], act(0, 1.0)]


def test_an_event_is_moved_to_now_and_otherwise_unchanged() -> None:
    moved = moved_to(act(1, 900.0), 5000.0)
    assert moved == act(1, 5000.0)
    published = moved_to(ContentEvent("i", title="t", published_at=1.0, expires_at=2.0), 5000.0)
    assert published == ContentEvent("i", title="t", published_at=5000.0)


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 2), max_size=50))
def test_the_pace_never_exceeds_its_rate(rate: float, steps: list[float]) -> None:
    pace, now, sent = Pace(rate, 0.0), 0.0, 0
    for step in steps:
        now += step
        sent += pace.due(now)
    assert sent <= rate * now + 1


def test_a_pace_sends_what_is_due_and_no_flood_after_a_pause() -> None:
    pace = Pace(10.0, 0.0, burst=20)
    assert pace.due(1.0) == 10
    assert pace.due(100.0) == 20
    pace.spend(5)
    assert pace.due(101.0) == 5
