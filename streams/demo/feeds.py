"""The demo's two kinds of input: a dataset's own behaviour replayed, or simulated visitors who see the pushed lists."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from random import Random

from streams.datasets.folder import Dataset
from streams.demo.board import Board
from streams.demo.replay import Pace, interleave
from streams.demo.sender import Sender
from streams.demo.visitors import Shown, choose_visitor, make_visitors, to_events, visit
from streams.events import ContentEvent

FIRST_ITEMS = 200  # published before anybody acts
ENOUGH_ITEMS = 20  # encoded items after which the acts begin
WAIT_FOR_ITEMS_S = 60.0  # after this long they begin anyway: acts on unknown items are remembered
LEAD_S = 10.0  # an item is published about this long before its first act
TICK_S = 0.02
VISITORS = 40
ITEMS_PER_S = 5.0  # further items that visitors see arriving


async def replay(sender: Sender, board: Board, dataset: Dataset, speed: float) -> None:
    """Play the dataset at `speed` acts per second, items shortly before their first act. Returns at its end."""
    lead = max(1, int(speed * LEAD_S))
    pace: Pace | None = None
    budget = 0
    for event in interleave(dataset.content(), dataset.behaviour(), first=FIRST_ITEMS, lead=lead):
        if isinstance(event, ContentEvent):
            await sender.send(event)
            continue
        if pace is None:
            await _items_are_in(board)
            pace = Pace(speed, time.monotonic())
        while budget < 1:
            await asyncio.sleep(TICK_S)
            budget = pace.due(time.monotonic())
        budget -= 1
        await sender.send(event)


async def entertain(sender: Sender, board: Board, dataset: Dataset, speed: float, seed: int) -> None:
    """Let simulated visitors in, about `speed` acts per second, while items keep arriving. Goes on until cancelled."""
    random = Random(seed)
    items = list(dataset.content())
    random.shuffle(items)
    shown = {item.item_id: Shown(item.item_id, item.tags) for item in items}
    visitors = make_visitors(VISITORS, list(shown.values()), seed)
    waiting = deque(items[FIRST_ITEMS:])
    here: list[Shown] = []
    for item in items[:FIRST_ITEMS]:
        await sender.send(item)
        here.append(shown[item.item_id])
    await _items_are_in(board)
    acts, arrivals = Pace(speed, time.monotonic()), Pace(ITEMS_PER_S, time.monotonic())
    while True:
        await asyncio.sleep(TICK_S)
        now = time.monotonic()
        for _ in range(min(arrivals.due(now), len(waiting))):
            item = waiting.popleft()
            await sender.send(item)
            here.append(shown[item.item_id])
        due = acts.due(now)
        while due > 0:
            visitor = choose_visitor(visitors, random)
            made = board.list_of(visitor.user_id)
            pushed = [shown[place.item_id] for place in made.items if place.item_id in shown] if made else []
            events = to_events(visitor, visit(visitor, pushed, here, random), time.time(), seed)
            for event in events:
                await sender.send(event)
            due -= max(1, len(events))
        acts.spend(-due)


async def _items_are_in(board: Board) -> None:
    """Wait until some items are encoded, so that the first lists have something in them."""
    await until(lambda: board.items_encoded >= min(ENOUGH_ITEMS, board.items_sent), WAIT_FOR_ITEMS_S)


async def until(holds: Callable[[], bool], within_s: float) -> None:
    """Wait for what the board shows, no longer than `within_s`."""
    deadline = time.monotonic() + within_s
    while (  # noqa: ASYNC110  the board is plain state without events, looked at as the screen looks at it
        not holds() and time.monotonic() < deadline
    ):
        await asyncio.sleep(TICK_S)
