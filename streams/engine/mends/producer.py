"""Mend L: the right to send is looked at again where a request is written (see mends/__init__.py for the cause)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.protocol.produce import ProduceRequest
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

    A request with records that may not go fails with LeaseLost, all of it: who sent the others sends them again.
    Nothing is awaited between the question and the write to the socket.
    """
    sender, client = producer._sender, producer.client
    produce, send = sender._send_produce_req, client.send
    since: dict[int, float] = {}  # by node; aiokafka has one request at a time on its way to each

    async def noted(node: int, batches: Mapping[Any, Any]) -> None:
        since[node] = min(batch._ctime for batch in batches.values())
        await produce(node, batches)

    async def fenced(node: int, request: Any, **where: Any) -> Any:
        if isinstance(request, ProduceRequest):
            if not await client.ready(node, **where):  # or `send` would connect, and wait, after the question
                raise NodeNotReadyError(f"node {node} is not ready")
            if not may_go(since[node]):
                raise LeaseLost("the worker was away for longer than its lease")
        return await send(node, request, **where)

    sender._send_produce_req, client.send = noted, fenced
