"""The published contract: JSON Schema and AsyncAPI documents, made from the classes of streams.events and topics.py."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import msgspec

from streams import events
from streams.topics import SPECS, Topic, TopicSpec

PAYLOADS: dict[Topic, type[msgspec.Struct]] = {
    Topic.CONTENT: events.ContentEvent,
    Topic.BEHAVIOUR: events.BehaviourEvent,
    Topic.ITEMS: events.EncodedItem,
    Topic.SIGNALS: events.Signal,
    Topic.ITEM_STATISTICS: events.ItemStatistics,
    Topic.RANKER: events.RankerWeights,
    Topic.RECOMMENDATIONS: events.RecommendationList,
    Topic.REQUESTS: events.RecommendationRequest,
    Topic.DEAD_LETTERS: events.DeadLetter,
    Topic.ERASURES: events.Erasure,
    Topic.ERASURE_RECEIPTS: events.ErasureReceipt,
    Topic.VECTORS: events.ItemVector,
    Topic.ENCODERS: events.EncoderState,
    Topic.ENCODER_COMMANDS: events.EncoderCommand,
    Topic.EXPERIMENTS: events.ExperimentCounts,
    Topic.NEWS: events.ItemNews,
    Topic.PUSHES: events.Push,
}

# What a team sends to Upwell; it reads the rest.
INPUTS = frozenset({Topic.CONTENT, Topic.BEHAVIOUR, Topic.REQUESTS, Topic.ERASURES, Topic.ENCODER_COMMANDS})


def json_schema(topic: Topic | None = None) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the values of one topic, or of every topic under `$defs`."""
    kinds = [PAYLOADS[topic]] if topic is not None else list(PAYLOADS.values())
    references, definitions = _components(kinds, "#/$defs/{name}")
    head: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if topic is not None:
        return head | references[0] | {"$defs": definitions}
    topics = {name.value: reference for name, reference in zip(PAYLOADS, references, strict=True)}
    return head | {"title": "Upwell events", "x-topics": topics, "$defs": definitions}


def asyncapi(prefix: str, partitions: int) -> dict[str, Any]:
    """AsyncAPI 3.0 document: each topic as a channel with its key, its value and its settings on the broker."""
    references, definitions = _components(list(PAYLOADS.values()), "#/components/schemas/{name}")
    payload_of = dict(zip(PAYLOADS, references, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Upwell",
            "version": version("upwell"),
            "description": "Content and behaviour in, fresh recommendations with reasons out.",
        },
        "defaultContentType": "application/json",
        "channels": {spec.topic.value: _channel(spec, prefix, partitions) for spec in SPECS},
        "operations": {f"{_action(spec.topic)}_{spec.topic.value}": _operation(spec.topic) for spec in SPECS},
        "components": {
            "messages": {_name(spec.topic): _message(spec, payload_of[spec.topic]) for spec in SPECS},
            "schemas": definitions,
        },
    }


def _components(kinds: list[type[msgspec.Struct]], template: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    references, definitions = msgspec.json.schema_components(kinds, ref_template=template)
    return list(references), {name: _with_plain_description(schema) for name, schema in definitions.items()}


def _with_plain_description(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the line breaks and indents of the docstring that the description comes from."""
    return schema | {"description": re.sub(r"\s+", " ", schema.get("description", "")).strip()}


def _name(topic: Topic) -> str:
    return PAYLOADS[topic].__name__


def _action(topic: Topic) -> str:
    """Seen from Upwell, as AsyncAPI wants it: what a team sends, Upwell receives."""
    return "receive" if topic in INPUTS else "send"


def _channel(spec: TopicSpec, prefix: str, partitions: int) -> dict[str, Any]:
    name = _name(spec.topic)
    kept = {"cleanup.policy": ["compact"]}
    if spec.retention_ms is not None:
        kept = {"cleanup.policy": ["delete"], "retention.ms": spec.retention_ms}  # type: ignore[dict-item]  # JSON
    configuration = kept | {"max.message.bytes": spec.max_message_bytes}
    return {
        "address": spec.topic.under(prefix),
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"partitions": partitions, "topicConfiguration": configuration}},
    }


def _operation(topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{topic.value}"
    return {
        "action": _action(topic),
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_name(topic)}"}],
    }


def _message(spec: TopicSpec, payload: dict[str, Any]) -> dict[str, Any]:
    key = {"type": "string", "description": f"the value's {spec.key}, UTF-8"}
    return {"name": _name(spec.topic), "payload": payload, "bindings": {"kafka": {"key": key}}}
