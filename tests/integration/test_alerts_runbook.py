"""The runbook's way to redrive dead letters works as it is printed."""

import base64
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import msgspec
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from streams.events import DeadLetter

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def letter(topic: str, code: str, value: bytes, *, truncated: bool = False) -> bytes:
    return msgspec.json.encode(
        DeadLetter(topic, 0, 7, "profile", code, "broken", 1, time.time(), b"ann", value, truncated=truncated)
    )


def test_letters_of_one_code_go_back_to_their_topic_with_key_and_bytes(kafka: str) -> None:
    prefix = f"redrive-{uuid.uuid4().hex[:8]}"
    source, letters = f"{prefix}.behaviour", f"{prefix}.dead-letters"
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(source, 1, 1), NewTopic(letters, 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=kafka)
    for body in (
        letter(source, "internal_error", b'{"event_id":"1"}'),
        letter(source, "not_json", b"{"),
        letter(source, "internal_error", b"half", truncated=True),
    ):
        producer.send(letters, key=b"ann", value=body)
    producer.close()

    code = re.search(r"```python\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    done = subprocess.run(
        [sys.executable, "-c", code[1]],
        env={**os.environ, "UPWELL_KAFKA": kafka, "UPWELL_TOPIC_PREFIX": prefix, "CODE": "internal_error"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == "1 events sent again\n", done.stderr
    consumer = KafkaConsumer(source, bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    record = next(consumer)
    consumer.close()
    assert (record.key, record.value) == (b"ann", b'{"event_id":"1"}')


def test_a_dead_letter_on_the_wire_is_what_the_runbook_takes_it_for() -> None:
    wire = json.loads(letter("t", "not_json", b"\xff"))
    assert base64.b64decode(wire["value"]) == b"\xff"
