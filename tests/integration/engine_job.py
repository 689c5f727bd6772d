"""A worker process for the engine's tests: notes what it is given, and misbehaves when told to.

Values: `raise` makes the handler raise, everything else is noted in `<home>/<worker>.seen` and kept in a table.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from streams.engine.app import make_app
from streams.engine.batches import Record
from streams.engine.jobs import consume
from streams.engine.outbox import Outbox
from streams.engine.runner import run_worker
from streams.engine.tables import bytes_table
from streams.settings import Settings


class Refused(RuntimeError):
    """What the handler raises when it is told to."""


def main(kafka: str, name: str, home: Path, worker: str, obedient: Annotated[bool, typer.Option()] = True) -> None:
    logging.basicConfig(level=logging.WARNING)
    settings = Settings.model_validate(
        {"kafka": kafka, "app_id": name, "home": home, "partitions": 1, "session_timeout_s": 4.0}
    )
    app = make_app(settings, worker=worker)
    outbox = Outbox(app)
    table = bytes_table(app, "kept", 1)
    view = table.through(outbox)

    @app.on_rebalance_complete.connect
    async def note_table(*_: object, **__: object) -> None:
        rows = sorted(f"{key.decode()}={value.decode()[:20]}" for key, value in table.items_here())
        (home / f"{worker}.recovered").write_text("\n".join(rows))

    async def handle(records: Sequence[Record]) -> None:
        for record in records:
            if record.value == b"raise" and obedient:
                raise Refused("told to")
            with (home / f"{worker}.seen").open("a") as seen:
                seen.write(f"{record.offset} {len(record.value or b'')}\n")
            if record.key is not None:
                view.set(record.key, (record.value or b"")[:20], record.partition)

    consume(app, f"{name}.events", handle, name="note", outbox=outbox, size=10)
    sys.exit(run_worker(app))


if __name__ == "__main__":
    typer.run(main)
