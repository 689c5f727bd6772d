"""`upwell status`: parts, lag, versions and counts of the running system."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table

from streams.events import EncoderPhase, EncoderState
from streams.upgrade.comparison import Comparison, merged
from streams.verbs._connect import Connection, JsonOption, KafkaOption, PrefixOption, WorkerOption, connect
from streams.verbs._encoders_shown import sentences
from streams.verbs._output import out, print_json

if TYPE_CHECKING:
    from rich.console import Console


class WorkerStatus(msgspec.Struct):
    """What a worker says of itself (GET /status). Times are Unix s."""

    items: int
    users: int
    encoder_version: str
    ranker_version: str = ""
    newest_event_at: float | None = None
    encoders: EncoderState | None = None
    shadow: Comparison | None = None


class Lag(msgspec.Struct):
    """Where the consumer group stands in one partition; `lag` is events not yet committed."""

    topic: str
    partition: int
    committed: int
    lag: int


class Shown(msgspec.Struct):
    """One part or worker. `state`: running, gone, or (only a worker) silent: its process is there, HTTP is not."""

    name: str
    address: str
    state: str
    pid: int | None = None
    restarts: dict[str, int] = {}


class Status(msgspec.Struct):
    """All that `upwell status` prints. Counts are None when no worker answers; ages in seconds."""

    upwell: str
    kafka: str
    topic_prefix: str
    parts: list[Shown]
    lag: list[Lag]
    encoder_version: str | None
    ranker_version: str | None
    items: int | None
    users: int | None
    newest_event_age_s: float | None
    encoders: EncoderState | None = None
    shadow: Comparison | None = None


def status(
    kafka: KafkaOption = None, prefix: PrefixOption = None, worker: WorkerOption = None, as_json: JsonOption = False
) -> None:
    """Show what runs, how far behind it is, which versions it uses and how much it knows.

    Example: upwell status --json
    """
    connection = connect(worker, kafka=kafka, topic_prefix=prefix)
    found = gather(connection)
    if as_json:
        print_json(found)
    else:
        _print(found, out())


def gather(connection: Connection) -> Status:
    """Ask the run file, the broker and every worker. Raises kafka.errors.KafkaError when no broker answers."""
    from streams.admin import open_admin
    from streams.local import commits, runfile

    settings = connection.settings
    with open_admin(settings.kafka) as admin:
        progress = commits.progress(admin, settings.app_id)
    answers = {url: _ask(url) for url in connection.workers}
    said = [answer for answer in answers.values() if answer is not None]
    newest = max((answer.newest_event_at for answer in said if answer.newest_event_at is not None), default=None)
    return Status(
        upwell=version("upwell"),
        kafka=settings.kafka,
        topic_prefix=settings.topic_prefix,
        parts=_parts(runfile.read(settings.home), answers),
        lag=[
            Lag(topic, partition, offset, progress.lag[topic, partition])
            for (topic, partition), offset in sorted(progress.committed.items())
        ],
        encoder_version=_versions([answer.encoder_version for answer in said]),
        ranker_version=_versions([answer.ranker_version for answer in said]),
        items=max((answer.items for answer in said), default=None),  # every worker follows all items
        users=sum(answer.users for answer in said) if said else None,  # but holds its own users only
        newest_event_age_s=None if newest is None else round(max(0.0, time.time() - newest), 3),
        encoders=max((one.encoders for one in said if one.encoders is not None), key=_revision, default=None),
        shadow=merged([one.shadow for one in said if one.shadow is not None]),
    )


def _revision(state: EncoderState) -> int:
    return state.revision


def _ask(url: str) -> WorkerStatus | None:
    from streams.local import probe

    answer = probe.text(f"{url}/status")
    return None if answer is None else msgspec.json.decode(answer, type=WorkerStatus)


def _parts(run: Any, answers: dict[str, WorkerStatus | None]) -> list[Shown]:
    """Parts and workers of `upwell up`; without it, just the workers that were asked."""
    import psutil

    if run is None:
        return [Shown("worker", url, "running" if answer else "silent") for url, answer in answers.items()]
    shown = [
        Shown(part.name, part.address, "running" if psutil.pid_exists(part.pid) else "gone", part.pid, part.restarts)
        for part in (*run.parts, *run.workers)
    ]
    silent = {url.removeprefix("http://") for url, answer in answers.items() if answer is None}
    for part in shown:
        if part.state == "running" and part.address in silent:
            part.state = "silent"
    return shown


def _versions(found: Sequence[str]) -> str | None:
    """One version, or all of them while a change is under way."""
    return ", ".join(sorted({one for one in found if one})) or None


def _print(found: Status, console: Console) -> None:
    parts = Table("part", "address", "state", "pid", "restarts", box=None, pad_edge=False)
    for part in found.parts:
        restarts = ", ".join(f"{times} {cause}" for cause, times in part.restarts.items())
        parts.add_row(part.name, part.address, part.state, str(part.pid or ""), restarts or "0")
    lag = Table("topic", "partition", "committed", "lag", box=None, pad_edge=False)
    for one in found.lag:
        lag.add_row(one.topic, str(one.partition), str(one.committed), str(one.lag))
    age = "none yet" if found.newest_event_age_s is None else f"{found.newest_event_age_s:.1f} s old"
    console.print(parts, "", lag, "", sep="\n")
    console.print(f"items {_or_unknown(found.items)}, users {_or_unknown(found.users)}, newest event {age}")
    if found.encoders is not None and found.encoders.phase is not EncoderPhase.STEADY:
        console.print(*sentences(found.encoders, found.shadow), sep="\n", soft_wrap=True)
    console.print(
        f"upwell {found.upwell}, encoder {_or_unknown(found.encoder_version)}, "
        f"ranker {_or_unknown(found.ranker_version)}, topics {found.topic_prefix}.* on {found.kafka}"
    )


def _or_unknown(value: object) -> str:
    return "unknown" if value is None else str(value)
