"""The worker that leads an upgrade is killed in the middle of filling: another goes on, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from kit.stream import Stream, behaviour, running
from kit.upgrade import lists_pushed, order, states, vectors_of, wait_for

from encoders.dummy import VERSION
from streams.cli import run as upwell
from streams.engine.partitions import partition_for
from streams.events import ContentEvent, EncoderOperation, EncoderPhase
from streams.local.ports import Ports
from streams.topics import Topic
from streams.verbs._failure import ExitCode

ITEMS = 120
NEXT = "dummy-next"


def content(number: int) -> ContentEvent:
    return ContentEvent(f"item-{number}", title=f"kind{number % 4} kind{number % 4} word{number}")


def leader(stream: Stream) -> int:
    """The worker that holds the partition of the commands."""
    topic = Topic.ENCODER_COMMANDS.under(stream.prefix)
    wanted = partition_for(stream.prefix.encode(), stream.settings.partitions)
    assert states(stream)[-1].phase is EncoderPhase.FILLING
    return next(number for number in stream.workers if wanted in _partitions(stream, number, topic))


def _partitions(stream: Stream, number: int, topic: str) -> set[int]:
    status = stream.get("/status", number) or {"partitions": []}
    return {part["partition"] for part in status["partitions"] if part["topic"] == topic}


@pytest.mark.timeout(200)
def test_another_worker_goes_on_where_the_leading_one_was_killed(
    kafka: str, tmp_path: Path, ports: Ports, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(kafka, tmp_path, ports, workers=2, session_timeout_s=3.0) as stream:
        stream.publish(*map(content, range(ITEMS)))
        stream.wait_for_catalogue(ITEMS)
        order(stream, EncoderOperation.UPGRADE, NEXT, items_per_s=20.0, shadow_s=0.0)
        stream.until(lambda: len(vectors_of(stream, NEXT)) >= ITEMS // 4, otherwise="nothing is filled")
        killed = leader(stream)
        stream.kill_worker(killed)
        filled = len(vectors_of(stream, NEXT))
        assert filled < ITEMS, "it must be killed in the middle"
        stream.publish(content(ITEMS))  # and what comes meanwhile gets both vectors too
        wait_for(stream, EncoderPhase.KEPT, NEXT)
        stream.start_worker(killed)
        stream.wait_ready(killed)
        assert stream.get("/status", killed)["encoder_version"] == NEXT
        written = Counter(key for key, value in stream.records(Topic.VECTORS) if value is not None)
        assert {key.decode() for key in written if key} == {f"{NEXT}/item-{n}" for n in range(ITEMS + 1)}
        # The batch that was in hand may be done again, and what the killed worker had sent is not.
        assert sum(count - 1 for count in written.values()) <= 32
        stream.publish(behaviour("somebody", "item-1"))
        assert stream.wait_for_list("somebody").encoder_version == NEXT
        assert [made.encoder_version for made in lists_pushed(stream)] == [NEXT]
        order(stream, EncoderOperation.ROLLBACK)
        wait_for(stream, EncoderPhase.KEPT, VERSION)
        order(stream, EncoderOperation.RETIRE)
        wait_for(stream, EncoderPhase.STEADY, VERSION)
        assert vectors_of(stream, NEXT) == {}
        # With one version left there is nothing to go back to, and a version that nobody has is given up at once.
        monkeypatch.setenv("UPWELL_HOME", str(tmp_path / "verbs"))
        where = ("--kafka", kafka, "--prefix", stream.prefix, "--worker", stream.workers[killed].url)
        assert upwell(("encoders", "rollback", *where)) == ExitCode.FAILED
        assert "there is no version to go back to" in capsys.readouterr().err
        assert upwell(("encoders", "upgrade", "nobody-1", *where)) == ExitCode.FAILED
        assert "versions are called dummy-" in capsys.readouterr().err
        assert upwell(("encoders", "status", *where)) == ExitCode.OK
        assert VERSION in capsys.readouterr().out
