"""A small job to prove the engine with: folds each user's event numbers into a table and passes each event on.

Run as a process (`python -m bench.counting`), killed and joined by bench/rebalance.py and by the fault tests, which
compare what it saw with what was produced.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from streams.engine.app import make_app
from streams.engine.batches import Record
from streams.engine.jobs import consume
from streams.engine.outbox import Outbox
from streams.engine.runner import run_worker
from streams.engine.tables import bytes_table
from streams.settings import Settings


def events_topic(name: str) -> str:
    return f"{name}.events"


def passed_on_topic(name: str) -> str:
    return f"{name}.passed-on"


def table_name() -> str:
    return "seen"


def partitions_file(home: Path, worker: str) -> Path:
    """Where a worker writes how many partitions it owns, each time it has recovered their tables."""
    return home / f"{worker}.partitions"


def fold(state: bytes | None, numbers: Sequence[int]) -> bytes | None:
    """The sorted set of numbers with `numbers` added; None when all were there (a repeat changes nothing)."""
    seen: list[int] = [] if state is None else msgspec.msgpack.decode(state, type=list[int])
    new = set(numbers).difference(seen)
    return msgspec.msgpack.encode(sorted([*seen, *new])) if new else None


def main(  # noqa: PLR0917 - typer makes an option of each
    kafka: str,
    name: str,
    home: Path,
    worker: Annotated[str, typer.Option(help="the worker's folder; kept over a restart")] = "0",
    store: Annotated[str, typer.Option(help="rocksdb or memory")] = "rocksdb",
    partitions: Annotated[int, typer.Option(help="partitions of every topic")] = 4,
    session_timeout_s: Annotated[float, typer.Option(help="as in the settings (s)")] = 6.0,
    fetch_wait_ms: Annotated[int, typer.Option(help="as in the settings (ms)")] = 10,
) -> None:
    """Runs until SIGTERM."""
    settings = Settings.model_validate(
        {
            "kafka": kafka,
            "app_id": name,
            "home": home,
            "store": store,
            "partitions": partitions,
            "session_timeout_s": session_timeout_s,
            "fetch_wait_ms": fetch_wait_ms,
        }
    )
    app = make_app(settings, worker=worker)
    outbox = Outbox(app)
    table = bytes_table(app, table_name(), partitions).through(outbox)

    async def count(records: Sequence[Record]) -> None:
        by_user: dict[tuple[bytes, int], list[int]] = {}
        for record in records:
            by_user.setdefault((record.key or b"", record.partition), []).append(int(record.value or b"0"))
            outbox.send(passed_on_topic(name), record.key, record.value, partition=record.partition)
        for (user, partition), numbers in by_user.items():
            state = fold(table.get(user, partition), numbers)
            if state is not None:
                table.set(user, state, partition)

    @app.on_rebalance_complete.connect
    async def note_partitions(*_: object, **__: object) -> None:
        mine = [tp for tp in app.consumer.assignment() if tp.topic == events_topic(name)]
        partitions_file(home, worker).write_text(str(len(mine)))

    consume(app, events_topic(name), count, name="count", outbox=outbox, size=64)
    sys.exit(run_worker(app))


if __name__ == "__main__":
    typer.run(main)
