"""Makes the changelog topics before the worker joins: with the right partitions, compacted, replicated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from streams.engine.tables import changelog_config

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streams.engine.tables import BytesTable


class ChangelogMismatch(RuntimeError):
    """A changelog has another number of partitions than its table: its state would be looked up in the wrong place."""


async def create_changelogs(bootstrap: Sequence[str], tables: Sequence[BytesTable], replication: int) -> None:
    """Creates what is missing and checks the partition counts of what is there. Raises ChangelogMismatch."""
    if not tables:
        return
    admin = AIOKafkaAdminClient(bootstrap_servers=list(bootstrap))
    await admin.start()
    try:
        wanted = {table.changelog_topic_name: int(table.partitions or 1) for table in tables}
        response = await admin.create_topics(
            [NewTopic(name, count, replication, topic_configs=changelog_config()) for name, count in wanted.items()]
        )
        for name, code, message in response.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"cannot create the changelog {name}: {message}")
        for description in await admin.describe_topics(list(wanted)):
            name, found = description["topic"], len(description["partitions"])
            if found and found != wanted[name]:
                raise ChangelogMismatch(
                    f"{name} has {found} partitions, its source topic {wanted[name]}: "
                    f"set UPWELL_PARTITIONS={found}, or delete the changelog and replay the source."
                )
    finally:
        await admin.close()


async def find_compacted(bootstrap: Sequence[str], topics: Collection[str]) -> frozenset[str]:
    """Those of `topics` whose cleanup policy names compaction; a topic that does not exist is not among them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=list(bootstrap))
    await admin.start()
    try:
        present = set(await admin.list_topics())
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics if name in present]
        answers = await admin.describe_configs(wanted) if wanted else []
    finally:
        await admin.close()
    return frozenset(
        name
        for answer in answers
        for _code, _message, _type, name, entries in answer.resources
        if any(entry[0] == "cleanup.policy" and "compact" in entry[1] for entry in entries)
    )
