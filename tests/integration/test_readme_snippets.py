"""The lines of Python in the README do what it says, against a real broker."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer

from streams.admin import create_topics, open_admin
from streams.core.intake import Intake, Rejection
from streams.events import (
    BehaviourEvent,
    ContentEvent,
    Lineage,
    Reason,
    RecommendationList,
    RecommendedItem,
)
from streams.settings import Settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def prefix(kafka: str) -> str:
    """A prefix whose topics exist."""
    made = f"readme-{uuid4().hex[:8]}"
    with open_admin(kafka) as admin:
        create_topics(admin, Settings(kafka=kafka, topic_prefix=made, partitions=1))
    return made


def here(snippet: str, kafka: str, prefix: str) -> str:
    """The snippet, pointed at the tests' broker and topics."""
    return snippet.replace("127.0.0.1:9092", kafka).replace('"upwell.', f'"{prefix}.')


def first(kafka: str, topic: str) -> tuple[bytes, bytes]:
    consumer = KafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    try:
        record = next(consumer)
        return record.key, record.value
    finally:
        consumer.close()


def test_the_lines_that_send_make_events_upwell_can_use(kafka: str, prefix: str) -> None:
    content, behaviour, _ = SNIPPETS
    code = here(content + behaviour, kafka, prefix)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    item = Intake(ContentEvent, "item_id", 10_000).read(*first(kafka, f"{prefix}.content"))
    act = Intake(BehaviourEvent, "user_id", 10_000).read(*first(kafka, f"{prefix}.behaviour"))
    assert not isinstance(item, Rejection), item
    assert not isinstance(act, Rejection), act
    assert act.item_id == item.item_id


def test_the_lines_that_subscribe_print_a_list(kafka: str, prefix: str) -> None:
    place = RecommendedItem("song-1", "Blue in Green", 0.5, "fresh", Reason("new", "new"))
    pushed = RecommendationList("id", "ann", 1.0, "behaviour", (place,), "e", "r", Lineage(0, 0))
    producer = KafkaProducer(bootstrap_servers=kafka)
    # The loop has no end of its own, and it begins at the end of the topic: send until it has printed.
    lines = [sys.executable, "-u", "-c", here(SNIPPETS[2], kafka, prefix)]
    with subprocess.Popen(lines, stdout=subprocess.PIPE, text=True) as running:
        try:
            printed = ""
            for _ in range(60):
                producer.send(f"{prefix}.recommendations", msgspec.json.encode(pushed), b"ann").get(timeout=10)
                printed = line_within(running, 0.5)
                if printed:
                    break
        finally:
            running.kill()
            producer.close()
    assert "Blue in Green" in printed


def line_within(running: subprocess.Popen[str], seconds: float) -> str:
    """A line of its output if one comes in time."""
    import select

    assert running.stdout is not None
    ready, _, _ = select.select([running.stdout], [], [], seconds)
    return running.stdout.readline() if ready else ""


def test_sending_and_subscribing_take_three_lines_each() -> None:
    content, behaviour, subscribing = (snippet.strip().splitlines() for snippet in SNIPPETS)
    assert (len(content), len(behaviour), len(subscribing)) == (3, 1, 3)
