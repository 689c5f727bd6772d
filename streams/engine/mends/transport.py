"""Faust's transport with the mended consumer and producer."""

from __future__ import annotations

from faust.transport.drivers.aiokafka import Transport

from streams.engine.mends.consumer import MendedConsumer
from streams.engine.mends.producer import MendedProducer


class MendedTransport(Transport):
    """Kafka through aiokafka; see mends/__init__.py for what is mended."""

    Consumer = MendedConsumer
    Producer = MendedProducer
