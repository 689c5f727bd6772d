"""Puts the demo's events on the topics, as any producer of a team would."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import msgspec
from aiokafka import AIOKafkaProducer

from streams.demo.board import Board
from streams.demo.replay import moved_to
from streams.events import BehaviourEvent, ContentEvent
from streams.topics import Topic


class Sender:
    """A producer that stamps each event with the present moment. Use as `async with`; leaving waits for the broker."""

    def __init__(self, kafka: str, prefix: str, board: Board) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=1)
        self._content = Topic.CONTENT.under(prefix)
        self._behaviour = Topic.BEHAVIOUR.under(prefix)
        self._board = board

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(self, event: ContentEvent | BehaviourEvent) -> None:
        """Hand the event over; raises KafkaError when the broker cannot take it."""
        value = msgspec.json.encode(moved_to(event, time.time()))
        if isinstance(event, ContentEvent):
            await self._producer.send(self._content, value, event.item_id.encode())
            self._board.items_sent += 1
            self._board.titles[event.item_id] = event.title or event.item_id
        else:
            await self._producer.send(self._behaviour, value, event.user_id.encode())
            self._board.events_sent += 1
