"""Rebalances under load: how long each partition stands still, and whether anything is lost. Prints JSON.

    python -m bench.rebalance --joins 20 --kills 20 --rate 500

One of two workers is killed with SIGKILL, alternately the older and the younger; then a worker joins again.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bench.machine import machine, today, versions
from bench.trial import Trial
from streams.local.kafka import BrokerPorts, Kafka
from streams.local.ports import Ports

_SETTLE_S = 1.5


def run(trial: Trial, joins: int, kills: int, say: Callable[[str], None]) -> dict[str, object]:
    """Runs the trial to its end. Needs its topics; closes everything."""
    joined: list[float] = []
    killed: list[float] = []
    fresh = iter(f"w{number}" for number in range(1_000_000))
    try:
        older, younger = next(fresh), ""
        trial.start_worker(older)
        trial.start()
        trial.wait_shared(1)
        trial.wait_progress()
        for cycle in range(max(joins, kills)):
            younger = younger or next(fresh)
            joined += _disturb(trial, partial(trial.start_worker, younger), 2)
            if cycle >= kills:
                break
            # A victim comes back under its own name, with the local store it had when it died.
            victim, older = (younger, older) if cycle % 2 else (older, younger)
            killed += _disturb(trial, partial(trial.kill, victim), 1)
            younger = victim
            join, kill = max(joined[-trial.partitions :]), max(killed[-trial.partitions :])
            say(f"cycle {cycle + 1}: longest standstill {join:.2f} s at the join, {kill:.2f} s at the kill")
        result = trial.finish()
    finally:
        trial.close()
    return {**result, "joins": _summary(joined), "kills": _summary(killed)}


def _disturb(trial: Trial, action: Callable[[], None], owners: int) -> list[float]:
    """Does it, waits until all is well again, and says how long each partition stood still."""
    since = time.monotonic()
    action()
    trial.wait_shared(owners)
    trial.wait_progress()
    time.sleep(_SETTLE_S)  # what the disturbance delays may come after the first sign of progress
    return trial.longest_gaps(since, time.monotonic())


def _summary(gaps: list[float]) -> dict[str, float]:
    if not gaps:
        return {"partitions_measured": 0}
    return {
        "partitions_measured": len(gaps),
        "still_s_p50": round(statistics.median(gaps), 3),
        "still_s_max": round(max(gaps), 3),
    }


def main(  # noqa: PLR0917 - typer makes an option of each
    joins: Annotated[int, typer.Option(help="workers that join")] = 20,
    kills: Annotated[int, typer.Option(help="workers killed with SIGKILL")] = 20,
    rate: Annotated[float, typer.Option(help="events per second")] = 500.0,
    session_timeout_s: Annotated[float, typer.Option(help="after which a dead worker is noticed (s)")] = 6.0,
    store: Annotated[str, typer.Option(help="rocksdb or memory")] = "rocksdb",
    kafka: Annotated[str, typer.Option(help="bootstrap servers; default: a broker of its own")] = "",
) -> None:
    """Exit code 1 when an event was lost or a table differs from an undisturbed run."""
    with tempfile.TemporaryDirectory(prefix="upwell-rebalance-") as folder:
        home = Path(folder)
        ports = Ports()
        broker = None if kafka else Kafka(home / "kafka", [BrokerPorts(ports.free(), ports.free())], heap_mb=512)
        try:
            if broker is not None:
                broker.start()
                broker.wait_ready()
                kafka = broker.bootstrap
            trial = Trial(
                kafka, f"rebalance-{int(time.time())}", home, rate, store, session_timeout_s=session_timeout_s
            )
            trial.create_topics()
            result = run(trial, joins, kills, lambda message: typer.echo(message, err=True))
        finally:
            if broker is not None:
                broker.stop()
    setup = {"rate": rate, "session_timeout_s": session_timeout_s, "store": store, "date": today()}
    report = {**result, **setup, "machine": machine(), "versions": versions()}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    raise typer.Exit(1 if result["missing"] or result["table_rows_that_differ"] else 0)


if __name__ == "__main__":
    typer.run(main)
