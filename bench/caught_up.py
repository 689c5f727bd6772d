"""Waits until a worker has committed all of a topic, by the broker's own offsets."""

from __future__ import annotations

import time
from typing import Any

from kafka.errors import KafkaError

from streams.admin import open_admin
from streams.local.commits import progress
from streams.local.process import Child, last_words
from streams.settings import Settings
from streams.topics import Topic

_EVERY_S = 0.5


def wait_until_read(worker: Child, settings: Settings, topic: Topic, within_s: float) -> None:
    """Return once every partition of the topic is committed to its end. Raises RuntimeError when it is not in time."""
    name = topic.under(settings.topic_prefix)
    deadline = time.monotonic() + within_s
    behind: int | None = None
    with open_admin(settings.kafka) as admin:
        while worker.running and time.monotonic() < deadline:
            behind = behind_by(admin, settings.app_id, name, settings.partitions)
            if behind == 0:
                return
            time.sleep(_EVERY_S)
    state = f"has {behind} events of {name} to go" if worker.running else "ended"
    raise RuntimeError(f"{worker.command.name} {state}; its log says: {last_words(worker.command.log)}")


def behind_by(admin: Any, group: str, topic: str, partitions: int) -> int | None:
    """Events of a topic (its name on the broker) the group has yet to commit; None while it has not all of them."""
    try:
        lag = [events for (name, _), events in progress(admin, group).lag.items() if name == topic]
    except KafkaError:  # the coordinator of a group is not there until its first member is
        return None
    return sum(lag) if len(lag) == partitions else None
