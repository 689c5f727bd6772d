"""Makes the topics of topics.py exist on the broker, and says how what is there differs from what should be."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from streams.settings import Settings
from streams.topics import SPECS, TopicSpec


@dataclass(frozen=True, slots=True)
class Difference:
    """One way a topic is not as it should be; `remedy` says what to do about it."""

    topic: str
    property: str
    found: str
    wanted: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.property} is {self.found}, should be {self.wanted}: {self.remedy}"


def open_admin(bootstrap: str, *, timeout_s: float = 5.0) -> KafkaAdminClient:
    """A connected admin client (a context manager). Raises kafka.errors.KafkaTimeoutError when no broker answers."""
    return KafkaAdminClient(
        bootstrap_servers=bootstrap.split(","),
        client_id="upwell-admin",
        bootstrap_timeout_ms=int(timeout_s * 1000),
        request_timeout_ms=30_000,
    )


def create_topics(admin: KafkaAdminClient, settings: Settings, specs: Sequence[TopicSpec] = SPECS) -> list[str]:
    """Create what is missing and return the names made; a topic that is there is left as it is.

    Returns once every partition has a leader. Two callers at once are fine: whoever comes second makes nothing.
    """
    present = _descriptions(admin, [spec.topic.under(settings.topic_prefix) for spec in specs])
    wanted = {
        name: {
            "num_partitions": settings.partitions,
            "replication_factor": settings.replication,
            "configs": spec.config,
        }
        for spec in specs
        if (name := spec.topic.under(settings.topic_prefix)) not in present
    }
    made = [name for name, options in wanted.items() if _create(admin, name, options)]
    admin.wait_for_topics(list(wanted), timeout_ms=30_000)
    return made


def _create(admin: KafkaAdminClient, name: str, options: dict[str, Any]) -> bool:
    try:
        admin.create_topics({name: options})
    except TopicAlreadyExistsError:  # another worker was quicker
        return False
    return True


def check_topics(admin: KafkaAdminClient, settings: Settings, specs: Sequence[TopicSpec] = SPECS) -> list[Difference]:
    """Every difference between the broker's topics and the specifications; empty when all is well."""
    names = [spec.topic.under(settings.topic_prefix) for spec in specs]
    present = _descriptions(admin, names)
    configs = _configs(admin, [name for name in names if name in present])
    found: list[Difference] = []
    for spec, name in zip(specs, names, strict=True):
        if name not in present:
            found.append(Difference(name, "the topic", "missing", "present", "run `upwell topics create`"))
            continue
        found.extend(_shape_differences(name, present[name], settings))
        found.extend(
            Difference(name, key, configs[name].get(key, "unset"), value, "run `upwell topics create --alter`")
            for key, value in spec.config.items()
            if configs[name].get(key) != value
        )
    return found


def alter_topics(admin: KafkaAdminClient, differences: Iterable[Difference], specs: Sequence[TopicSpec] = SPECS) -> int:
    """Set the configuration values that differ; returns how many. Partitions and replicas are left alone.

    Adding partitions would send a user's next event to another worker than the one that holds the profile.
    """
    settable = {key for spec in specs for key in spec.config}
    wanted: dict[str, dict[str, str]] = {}
    for difference in differences:
        if difference.property in settable:
            wanted.setdefault(difference.topic, {})[difference.property] = difference.wanted
    if wanted:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, values) for name, values in wanted.items()])
    return sum(len(values) for values in wanted.values())


class TopicsMissing(Exception):
    """Topics that a worker needs are not on the broker."""


def require_topics(admin: KafkaAdminClient, settings: Settings, specs: Sequence[TopicSpec] = SPECS) -> None:
    """Raise TopicsMissing, with what to do, unless every topic is there with the wanted number of partitions."""
    wrong = [
        difference
        for difference in check_topics(admin, settings, specs)
        if difference.property in {"the topic", "partition count"}
    ]
    if wrong:
        raise TopicsMissing("; ".join(map(str, wrong)))


def topic_epoch(admin: KafkaAdminClient, topic: str) -> int:
    """A number (uint32) that changes when the topic is deleted and made again, so that old offsets are not trusted.

    It is the CRC-32 of the topic's id (KIP-516). Raises UnknownTopicOrPartitionError when there is no such topic.
    """
    description = _descriptions(admin, [topic]).get(topic)
    if description is None:
        raise UnknownTopicOrPartitionError(topic)
    return zlib.crc32(UUID(str(description["topic_id"])).bytes)


def _shape_differences(name: str, description: dict[str, Any], settings: Settings) -> Iterable[Difference]:
    partitions = len(description["partitions"])
    if partitions != settings.partitions:
        remedy = (
            f"set UPWELL_PARTITIONS={partitions}, or make the topic again: events cannot be moved between partitions"
        )
        yield Difference(name, "partition count", str(partitions), str(settings.partitions), remedy)
    replicas = min((len(partition["replica_nodes"]) for partition in description["partitions"]), default=0)
    if replicas != settings.replication:
        remedy = "reassign its replicas (kafka-reassign-partitions), or set UPWELL_REPLICATION"
        yield Difference(name, "replication", str(replicas), str(settings.replication), remedy)


def _descriptions(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {topic["name"]: topic for topic in admin.describe_topics(list(names)) if topic["error_code"] == 0}


def _configs(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Topic name to its effective configuration, the broker's defaults included."""
    if not names:
        return {}
    answer = admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in names], config_filter="all"
    )
    return {
        name: {key: str(entry["value"]) for key, entry in entries.items()} for name, entries in answer["topic"].items()
    }
