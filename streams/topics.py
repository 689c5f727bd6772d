"""The topics: names, keys, partition counts and retention. The only place that spells a topic's name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """Topic names without the prefix; `Topic.X.under(prefix)` is the name on the broker."""

    CONTENT = "content"
    BEHAVIOUR = "behaviour"
    ITEMS = "items"
    SIGNALS = "signals"
    ITEM_STATISTICS = "item-statistics"
    RANKER = "ranker"
    RECOMMENDATIONS = "recommendations"
    REQUESTS = "requests"
    DEAD_LETTERS = "dead-letters"
    ERASURES = "erasures"
    ERASURE_RECEIPTS = "erasure-receipts"
    VECTORS = "vectors"
    ENCODERS = "encoders"
    ENCODER_COMMANDS = "encoder-commands"
    EXPERIMENTS = "experiments"
    NEWS = "news"
    PUSHES = "pushes"

    def under(self, prefix: str) -> str:
        return f"{prefix}.{self.value}"


DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must look like on the broker. `retention_ms` None = compacted, kept for ever."""

    topic: Topic
    key: str
    retention_ms: int | None
    max_message_bytes: int = 1_048_588

    @property
    def config(self) -> dict[str, str]:
        kept = (
            {"cleanup.policy": "compact"}
            if self.retention_ms is None
            else {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}
        )
        return {**kept, "max.message.bytes": str(self.max_message_bytes)}


# Content may carry a picture as a data URI and a dead letter carries it once more as base64, hence the larger limits.
SPECS: tuple[TopicSpec, ...] = (
    TopicSpec(Topic.CONTENT, "item_id", None, 16 * 1024 * 1024),
    TopicSpec(Topic.BEHAVIOUR, "user_id", 30 * DAY_MS, 16 * 1024 * 1024),
    TopicSpec(Topic.ITEMS, "item_id", None),
    TopicSpec(Topic.SIGNALS, "item_id", 7 * DAY_MS),
    TopicSpec(Topic.ITEM_STATISTICS, "item_id", None),
    TopicSpec(Topic.RANKER, "partition of behaviour", None),
    TopicSpec(Topic.RECOMMENDATIONS, "user_id", None),
    TopicSpec(Topic.REQUESTS, "user_id", DAY_MS, 16 * 1024 * 1024),
    TopicSpec(Topic.DEAD_LETTERS, "as it was", 30 * DAY_MS, 32 * 1024 * 1024),
    TopicSpec(Topic.ERASURES, "user_id", 30 * DAY_MS),
    TopicSpec(Topic.ERASURE_RECEIPTS, "user_id", 30 * DAY_MS),
    TopicSpec(Topic.VECTORS, "encoder_version/item_id", None),
    TopicSpec(Topic.ENCODERS, "stream", None),
    TopicSpec(Topic.ENCODER_COMMANDS, "stream", 7 * DAY_MS),
    TopicSpec(Topic.EXPERIMENTS, "experiment/edition/partition", None),
    TopicSpec(Topic.NEWS, "item_id", DAY_MS),
    TopicSpec(Topic.PUSHES, "user_id", DAY_MS),
)
