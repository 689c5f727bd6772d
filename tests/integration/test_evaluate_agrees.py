"""The harness measures what is served: for the same events, the agents on the real broker push the lists it judges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from evaluate_kit import THEMES
from kit.stream import Stream, behaviour, running

from streams.core.profile import EMPTY
from streams.core.tuning import Tuning
from streams.evaluate.methods import upwell
from streams.evaluate.methods.base import Asked
from streams.evaluate.setup import Setup
from streams.evaluate.shelf import Shelf
from streams.events import Action, BehaviourEvent, ContentEvent, EncodedItem, RecommendationList
from streams.local.ports import Ports
from streams.topics import Topic

USERS = 3
ACTIONS = (Action.LIKE, Action.CLICK, Action.RATING, Action.LIKE, Action.HIDE, Action.SAVE, Action.IMPRESSION)


def catalogue() -> list[ContentEvent]:
    return [
        ContentEvent(
            f"{theme}-{n}",
            title=f"{theme} {theme} {n}",
            language=(None, "en", "de-AT")[n % 3],
            tags=(theme, f"kind {n % 3}"),
            creator=f"c{n % 4}",
        )
        for n in range(12)
        for theme in THEMES
    ]


def act(number: int) -> BehaviourEvent:
    """Everybody keeps to a theme for a while, then goes on to the next; nobody takes an item twice. One acts on a
    surface of their own.
    """
    user, step = number % USERS, number // USERS
    action = ACTIONS[(step + user) % len(ACTIONS)]
    item = f"{THEMES[(user + step // 6) % 4]}-{(step + 5 * user) % 12}"
    made = behaviour(f"user-{user}", item, action, value=4.5 if action is Action.RATING else None)
    return made if user else msgspec.structs.replace(made, context={"surface": "mail"})


def test_agents_and_evaluate_make_the_same_lists(kafka: str, tmp_path: Path, ports: Ports) -> None:
    # A search that is given up makes a list of its own kind, so none is.
    with running(kafka, tmp_path, ports, partitions=1, statistics_wait_ms=1.0, index_timeout_s=10.0) as stream:
        stream.publish(*catalogue())
        stream.wait_for_catalogue(len(catalogue()))
        events = [act(number) for number in range(12 * USERS)]
        pushed = [fed(stream, number, event) for number, event in enumerate(events)]
        items = [
            msgspec.json.decode(value, type=EncodedItem)
            for _, value in stream.records(Topic.ITEMS)
            if value is not None
        ]
        tuning = Tuning.of(stream.settings)
    lists = [made for made in pushed if made is not None]
    assert len(lists) == sum(event.action is not Action.IMPRESSION for event in events) > 2 * USERS
    served = [[item.item_id for item in made.items] for made in lists]
    assert replay(items, events, pushed, tuning) == served
    assert replay(items, events, pushed, tuning, counting=False) != served, "lists that ignore others agree by chance"
    assert len({tuple(ids) for ids in served}) > len(lists) // 2, "lists that hardly change agree by chance"


def fed(stream: Stream, number: int, event: BehaviourEvent) -> RecommendationList | None:
    """Sends one event; the list it pushed, None for an impression. Returns when its statistics are in the view."""
    stream.publish(event)
    made = None
    if event.action is not Action.IMPRESSION:
        made = stream.wait_for_list(event.user_id, lambda one: one.lineage.behaviour_offset == number)
        assert made.lineage.statistics_seen == number, "the list knew more, or less, than all events before it"
    stream.until(
        lambda: stream.get("/recommendations/probe")["lineage"].get("statistics_seen", 0) == number + 1,
        otherwise="the statistics have not come",
    )
    return made


def replay(
    items: Sequence[EncodedItem],
    events: Sequence[BehaviourEvent],
    pushed: Sequence[RecommendationList | None],
    tuning: Tuning,
    *,
    counting: bool = True,
) -> list[list[str]]:
    """The lists of the harness's Upwell, each at the time at which the agents made theirs; without `counting`, what
    they would be if nothing were learned from the other users.
    """
    state = upwell.Stream({item.card.item_id: item for item in items}, Setup(tuning))
    shelf = Shelf([item.card.item_id for item in items], 0, unseen=True)
    method = upwell.Upwell(shelf, state)
    for item in items:
        state.arrive(item.card.item_id, item.encoded_at)
    lists = []
    for number, (event, made) in enumerate(zip(events, pushed, strict=True)):
        state.teaching.acted(event, state.profiles.get(event.user_id, EMPTY), 0, lambda *_: None)
        signal = state.fold(event, number)
        if made is not None:  # the agent pushes before its signals have been counted
            rows = method.recommend(Asked(0, event.user_id, made.made_at), tuning.list_size)
            lists.append([shelf.ids[row] for row in rows])
        assert signal is not None
        if counting:
            state.count(signal)
    assert state.ranker.state.lessons > 0, "a ranker that learned nothing would agree by chance"
    return lists
