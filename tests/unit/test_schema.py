"""The published contract: documents that validators accept, and that agree with what is really sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from streams.core.intake import RejectCode
from streams.event_docs import REJECT_REMEDIES, render
from streams.events import Action, BehaviourEvent, ContentEvent
from streams.schema import PAYLOADS, asyncapi, json_schema
from streams.settings import Settings
from streams.topics import SPECS, Topic

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_schema_of_every_topic_is_a_valid_schema() -> None:
    for topic in Topic:
        jsonschema.Draft202012Validator.check_schema(plain(json_schema(topic)))
    jsonschema.Draft202012Validator.check_schema(plain(json_schema()))


def test_what_is_sent_satisfies_its_schema_and_what_is_refused_does_not() -> None:
    validator = jsonschema.Draft202012Validator(plain(json_schema(Topic.BEHAVIOUR)))
    good = plain(BehaviourEvent(event_id="e", user_id="u", item_id="i", action=Action.LIKE, occurred_at=1.0))
    assert validator.is_valid(good)
    for broken in ({**good, "action": "adore"}, {**good, "user_id": ""}, {**good, "occurred_at": "now"}, {}):
        assert not validator.is_valid(broken)


def test_every_field_of_an_event_is_in_its_schema() -> None:
    described = json_schema(Topic.CONTENT)["$defs"]["ContentEvent"]["properties"]
    assert set(described) == set(ContentEvent.__struct_fields__)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = plain(asyncapi("shop", 8))
    references = list(found_references(document))
    assert references
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_asyncapi_document_names_topics_as_they_are_on_the_broker() -> None:
    document = asyncapi("shop", 8)
    assert {channel["address"] for channel in document["channels"].values()} == {
        spec.topic.under("shop") for spec in SPECS
    }
    assert document["operations"]["receive_behaviour"]["action"] == "receive"
    assert document["operations"]["send_recommendations"]["action"] == "send"
    bindings = document["channels"]["behaviour"]["bindings"]["kafka"]
    assert bindings["partitions"] == 8
    assert bindings["topicConfiguration"]["cleanup.policy"] == ["delete"]


def test_every_topic_has_a_payload_and_every_reject_code_a_remedy() -> None:
    assert set(PAYLOADS) == set(Topic) == {spec.topic for spec in SPECS}
    assert set(REJECT_REMEDIES) == set(RejectCode)


def test_the_page_on_events_is_in_step_with_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == render(page), "run `python -m streams.event_docs docs/events.md`"


def test_settings_named_on_the_page_exist() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("max_event_bytes", "media_roots", "media_timeout_s", "media_max_bytes", "future_tolerance_s"):
        assert f"`{name}`" in page
        assert name in Settings.model_fields


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="once, it holds it 0 times"):
        render("# Events")


def plain(value: object) -> Any:
    """As JSON carries it: tuples become lists."""
    return msgspec.json.decode(msgspec.json.encode(value))


def found_references(node: Any) -> Any:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from found_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from found_references(child)
