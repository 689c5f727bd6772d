"""What tests of encoder upgrades share: commands in, states and lists out."""

from __future__ import annotations

import time
from collections import Counter
from uuid import uuid4

import msgspec

from kit.stream import Stream
from streams.events import (
    EncoderCommand,
    EncoderOperation,
    EncoderPhase,
    EncoderState,
    ItemVector,
    RecommendationList,
    UpgradeOptions,
)
from streams.topics import Topic

LONG_S = 60.0


def order(stream: Stream, operation: EncoderOperation, version: str | None = None, **options: float | bool) -> None:
    """Sends a command to the stream's coordinator."""
    asked = UpgradeOptions(**options)  # type: ignore[arg-type]  # UpgradeOptions' own fields
    command = EncoderCommand(stream.prefix, uuid4().hex, operation, time.time(), version, asked)
    stream.send(Topic.ENCODER_COMMANDS, stream.prefix.encode(), msgspec.json.encode(command))
    stream.producer.flush()


def states(stream: Stream) -> list[EncoderState]:
    """Every state so far, oldest first."""
    return [msgspec.json.decode(value, type=EncoderState) for _, value in stream.records(Topic.ENCODERS) if value]


def wait_for(stream: Stream, phase: EncoderPhase, active: str, within_s: float = LONG_S) -> EncoderState:
    """Waits for a phase with a version in use."""
    found: list[EncoderState] = []

    def reached() -> bool:
        found[:] = states(stream)[-1:]
        return bool(found) and (found[0].phase, found[0].active) == (phase, active)

    stream.until(reached, within_s, f"the upgrade is not {phase} with {active}")
    return found[0]


def vectors_of(stream: Stream, version: str) -> dict[str, ItemVector]:
    """By item what `vectors` holds of a version, deleted ones left out."""
    last = dict(stream.records(Topic.VECTORS))
    found = [msgspec.json.decode(value, type=ItemVector) for value in last.values() if value]
    return {one.item_id: one for one in found if one.encoder_version == version}


def lists_pushed(stream: Stream) -> list[RecommendationList]:
    """Every list so far, in the order of each partition."""
    values = [value for _, value in stream.records(Topic.RECOMMENDATIONS) if value is not None]
    return [msgspec.json.decode(value, type=RecommendationList) for value in values]


def by_version(lists: list[RecommendationList]) -> Counter[str]:
    return Counter(made.encoder_version for made in lists)
