"""`upwell reindex`: rebuilds the vector index from the items topic, without encoding."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.verbs._connect import JsonOption, KafkaOption, MilvusOption, PrefixOption, connect
from streams.verbs._failure import ExitCode, Failure

if TYPE_CHECKING:
    from streams.reindex import Tally
    from streams.settings import Settings

EPILOG = "Example: upwell reindex; or, into a fresh Milvus: upwell reindex --milvus http://milvus-2:19530"

BATCH_ROWS = 1_000


def reindex(
    *,
    encoder_version: Annotated[
        str | None, typer.Option(help="Which encoder's vectors; by default those that lists are made with.")
    ] = None,
    kafka: KafkaOption = None,
    milvus: MilvusOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the vector index equal to the items topic: write every item, remove what is no item any more.

    Workers may go on meanwhile: lists are made from the index as it is, and what arrives during the rebuild stays.
    """
    from dataclasses import asdict

    from streams.verbs._output import out, print_json

    settings = connect(kafka=kafka, milvus=milvus, topic_prefix=prefix).settings
    if settings.vector_index == "memory":
        message = "an index in memory lives inside its worker and reads `items` itself; restart the worker instead"
        raise Failure(message, ExitCode.USAGE)
    version, tally = asyncio.run(_rebuild(settings, encoder_version))
    if as_json:
        print_json({"encoder_version": version, **asdict(tally)})
        return
    out().print(
        f"{version}: {tally.written} rows written, {tally.removed} removed; "
        f"{tally.other_version} records of other encoder versions, {tally.unreadable} unreadable",
        soft_wrap=True,
    )


async def _rebuild(settings: Settings, encoder_version: str | None) -> tuple[str, Tally]:
    from streams.adapters.clock import SystemClock
    from streams.adapters.index_choice import make_vector_index
    from streams.reindex import Rebuild
    from streams.topics import Topic
    from streams.verbs._encoders import states
    from streams.verbs._kafka import open_reader

    with states(settings) as following:
        state = following.last
    version = encoder_version or (state.active if state is not None else _newest(settings))
    index = make_vector_index(settings, SystemClock())
    items = open_reader(settings, Topic.ITEMS, from_start=True)
    vectors = open_reader(settings, Topic.VECTORS, from_start=True)
    try:
        rebuild = Rebuild(index, version, alias=state is None or version == state.active)

        async def read(said: str = "") -> None:
            for reader, apply in ((items, rebuild.apply), (vectors, rebuild.apply_vectors)):
                ends = reader.ends()
                records = reader.until(ends)
                for batch in _batches(_watched(records, sum(ends.values()), said) if said else records):
                    await apply([(record.key, record.value) for record in batch])

        await read("writing rows")
        noted = await rebuild.noted()
        # See Rebuild: what came since, read after the ids were noted, is what makes removing safe.
        await read()
        await rebuild.remove_all_but_alive(noted)
        return version, rebuild.tally
    finally:
        items.close()
        vectors.close()
        await index.close()


def _newest(settings: Settings) -> str:
    from streams.reindex import newest_version
    from streams.topics import Topic
    from streams.verbs._kafka import open_reader

    reader = open_reader(settings, Topic.ITEMS, from_start=True)
    try:
        ends = reader.ends()
        records = _watched(reader.until(ends), sum(ends.values()), "finding the encoder version")
        version = newest_version(record.value for record in records)
    finally:
        reader.close()
    if version is None:
        name = Topic.ITEMS.under(settings.topic_prefix)
        message = f"{name} holds no items: nothing was changed; publish content, or see whether workers encode it"
        raise Failure(message, ExitCode.NOT_FOUND)
    return version


def _watched(records: Iterable[Any], total: int, what: str) -> Iterator[Any]:
    """The records, with a progress bar on a terminal. `total` counts offsets, some of which are compacted away."""
    from rich.progress import track

    from streams.verbs._output import err

    console = err()
    return iter(track(records, what, total=total, console=console, transient=True, disable=not console.is_terminal))


def _batches(records: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(records)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch
