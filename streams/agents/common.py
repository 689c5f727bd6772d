"""What every agent is given: records in, a way to emit, a way to refuse."""

from __future__ import annotations

from typing import Protocol

from streams.core.intake import Rejection
from streams.topics import Topic


class Record(Protocol):
    """A consumed record; `timestamp` is the broker's, in Unix seconds."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> float: ...


class Emit(Protocol):
    """Hands a record over to be sent; the batch is acknowledged only after the broker has it. None = tombstone."""

    def __call__(self, topic: Topic, key: bytes, value: bytes | None) -> None: ...


class Refuse(Protocol):
    """Writes a dead letter with the record's original bytes and counts it."""

    def __call__(self, record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None: ...


class Table(Protocol):
    """A changelogged table of bytes. Writes happen inside an agent's batch only, on keys of the batch's partitions."""

    def get(self, key: bytes, partition: int | None = None) -> bytes | None: ...
    def set(self, key: bytes, value: bytes, partition: int) -> None: ...
    def delete(self, key: bytes, partition: int) -> None: ...
