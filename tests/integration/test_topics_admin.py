"""Topics on a real broker: made as specified, differences said, altered on request, told apart when made again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.errors import UnknownTopicOrPartitionError

from streams.admin import (
    TopicsMissing,
    alter_topics,
    check_topics,
    create_topics,
    open_admin,
    require_topics,
    topic_epoch,
)
from streams.cli import run
from streams.settings import Settings
from streams.topics import SPECS, Topic
from streams.verbs._failure import ExitCode


@pytest.fixture
def settings(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A prefix of its own, also for the command line."""
    prefix = f"admin{uuid4().hex[:8]}"
    for name, value in {"KAFKA": kafka, "TOPIC_PREFIX": prefix, "PARTITIONS": "2", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"UPWELL_{name}", value)
    return Settings()


@pytest.fixture
def admin(kafka: str) -> Iterator[KafkaAdminClient]:
    with open_admin(kafka) as opened:
        yield opened


def test_topics_are_made_once_and_then_nothing_differs(admin: KafkaAdminClient, settings: Settings) -> None:
    names = [spec.topic.under(settings.topic_prefix) for spec in SPECS]
    assert {difference.property for difference in check_topics(admin, settings)} == {"the topic"}
    with pytest.raises(TopicsMissing, match="upwell topics create"):
        require_topics(admin, settings)
    assert create_topics(admin, settings) == names
    assert create_topics(admin, settings) == []
    assert check_topics(admin, settings) == []
    require_topics(admin, settings)


def test_two_who_create_at_once_do_not_fail(settings: Settings) -> None:
    def create() -> list[str]:
        with open_admin(settings.kafka) as own:
            return create_topics(own, settings)

    with ThreadPoolExecutor() as pool:
        made = [name for names in pool.map(lambda _: create(), range(4)) for name in names]
    assert sorted(made) == sorted(spec.topic.under(settings.topic_prefix) for spec in SPECS)


def test_every_kind_of_difference_is_said_with_what_to_do(admin: KafkaAdminClient, settings: Settings) -> None:
    content, behaviour = (topic.under(settings.topic_prefix) for topic in (Topic.CONTENT, Topic.BEHAVIOUR))
    create_topics(admin, settings)
    admin.delete_topics([content])
    admin.create_topics({content: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
    said = {str(difference) for difference in check_topics(admin, settings)}
    assert any(
        line.startswith(f"{content}: partition count is 3, should be 2: set UPWELL_PARTITIONS=3") for line in said
    )
    assert f"{content}: cleanup.policy is delete, should be compact: run `upwell topics create --alter`" in said
    assert any(line.startswith(f"{content}: max.message.bytes is ") for line in said)
    assert not any(line.startswith(behaviour) for line in said)

    assert alter_topics(admin, check_topics(admin, settings)) == 2
    assert {difference.property for difference in check_topics(admin, settings)} == {"partition count"}


def test_too_few_replicas_are_a_difference(admin: KafkaAdminClient, settings: Settings) -> None:
    create_topics(admin, settings)
    wanted = settings.model_copy(update={"replication": 3})
    assert {difference.property for difference in check_topics(admin, wanted)} == {"replication"}


def test_a_topic_made_again_has_another_epoch(
    admin: KafkaAdminClient, settings: Settings, eventually: Callable[..., None]
) -> None:
    create_topics(admin, settings)
    name = Topic.BEHAVIOUR.under(settings.topic_prefix)
    first = topic_epoch(admin, name)
    assert topic_epoch(admin, name) == first
    assert 0 <= first < 2**32
    admin.delete_topics([name])
    eventually(lambda: name not in admin.list_topics())
    with pytest.raises(UnknownTopicOrPartitionError):
        topic_epoch(admin, name)
    create_topics(admin, settings)
    assert topic_epoch(admin, name) != first


def test_the_verb_creates_and_checks(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "check"]) == ExitCode.FAILED
    assert "run `upwell topics create`" in capsys.readouterr().out
    assert run(["topics", "create", "--json"]) == ExitCode.OK
    assert len(json.loads(capsys.readouterr().out)["created"]) == len(SPECS)
    assert run(["topics", "check", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {"differences": []}
    assert run(["topics", "check", "--partitions", "5"]) == ExitCode.FAILED
    assert f"set UPWELL_PARTITIONS={settings.partitions}" in capsys.readouterr().out
