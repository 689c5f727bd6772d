"""Mend L: the right to send is looked at again where a request is written (see mends/__init__.py for the cause)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import Producer

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer


class LeaseLost(KafkaError):
    """The record was not written: since it was handed over, its partition may have got another owner."""


class MendedProducer(Producer):
    """Writes only what was handed over since the last revocation, and only while the worker holds its lease."""

    def _new_producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        producer = super()._new_producer(transactional_id)
        fence(producer, self._may_go)
        return producer

    def _may_go(self, since: float) -> bool:
        consumer = self.app.consumer
        return bool(consumer.holds_lease and since > consumer.revoked_at)


def fence(producer: AIOKafkaProducer, may_go: Callable[[float], bool]) -> None:
    """Has `producer` ask `may_go` before it writes records kept since that time (time.monotonic()).

    Those that may not go fail with LeaseLost. Nothing is awaited between the question and the write to the socket.
    """
    sender = producer._sender
    write = sender._send_produce_req

    async def fenced(node: int, batches: Mapping[Any, Any]) -> None:
        await producer.client.ready(node)  # or the connection would be made between the question and the write
        going = {tp: batch for tp, batch in batches.items() if may_go(batch._ctime)}
        for tp in batches.keys() - going.keys():
            batches[tp].failure(LeaseLost("the worker was away for longer than its lease"))
            sender._muted_partitions.remove(tp)
        if going:
            await write(node, going)
        else:
            sender._in_flight.remove(node)

    sender._send_produce_req = fenced
