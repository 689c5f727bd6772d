"""Follows the topics for the screen, as any subscriber of a team would."""

from __future__ import annotations

import time

import msgspec
from aiokafka import AIOKafkaConsumer

from streams.demo.board import Board
from streams.events import BehaviourEvent, DeadLetter, ExperimentCounts, RecommendationList
from streams.topics import Topic

_act = msgspec.json.Decoder(BehaviourEvent)
_list = msgspec.json.Decoder(RecommendationList)
_dead = msgspec.json.Decoder(DeadLetter)
_counts = msgspec.json.Decoder(ExperimentCounts)


async def listen(kafka: str, prefix: str, board: Board) -> None:
    """Keep the board up to date until cancelled. The topics are read from their start, without a consumer group."""
    names = {
        topic.under(prefix): topic
        for topic in (Topic.BEHAVIOUR, Topic.ITEMS, Topic.RECOMMENDATIONS, Topic.DEAD_LETTERS, Topic.EXPERIMENTS)
    }
    consumer = AIOKafkaConsumer(
        *names,
        bootstrap_servers=kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=32 * 1024 * 1024,
    )
    await consumer.start()
    try:
        async for record in consumer:
            note(board, names[record.topic], record.value, time.time(), record.key)
    finally:
        await consumer.stop()


def note(board: Board, topic: Topic, value: bytes | None, now: float, key: bytes | None = None) -> None:
    """One record. A behaviour event that is none of ours to read still counts as one that came in."""
    if topic is Topic.ITEMS:
        board.items_encoded += value is not None
    elif value is None:
        return
    elif topic is Topic.RECOMMENDATIONS:
        board.saw_list(_list.decode(value), now)
    elif topic is Topic.EXPERIMENTS:
        board.saw_counts(key or b"", _counts.decode(value))
    elif topic is Topic.DEAD_LETTERS:
        letter = _dead.decode(value)
        board.saw_dead_letter(letter.stage, letter.code)
    else:
        try:
            board.saw_act(_act.decode(value), now)
        except (msgspec.DecodeError, UnicodeDecodeError):
            board.events_in += 1  # anybody may send rubbish to the demo; its dead letter says what was wrong
