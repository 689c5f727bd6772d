"""Where the running system is: options, then UPWELL_* variables, then what `upwell up` wrote, then the defaults."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import typer

from streams.local import runfile
from streams.settings import Settings
from streams.verbs._failure import ExitCode, Failure

KafkaOption = Annotated[
    str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Kafka, instead of UPWELL_KAFKA or what is running.")
]
PrefixOption = Annotated[str | None, typer.Option("--prefix", help="First part of every topic's name.")]
MilvusOption = Annotated[
    str | None, typer.Option("--milvus", metavar="URL", help="Milvus, instead of what is running.")
]
WorkerOption = Annotated[
    str | None, typer.Option("--worker", metavar="URL", help="A worker's HTTP server, instead of what is running.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True, slots=True)
class Connection:
    """Settings that reach the running system, and the HTTP servers of its workers (any of them answers)."""

    settings: Settings
    workers: tuple[str, ...]


def connect(worker: str | None = None, **options: Any) -> Connection:
    """Settings with `options` (names of settings; None = not given) first. Raises pydantic.ValidationError."""
    given = {name: value for name, value in options.items() if value is not None}
    home = Settings(**given).home
    try:
        run = runfile.read(home)
    except msgspec.DecodeError as error:
        raise Failure(f"{home / runfile.NAME} is damaged ({error}); remove it", ExitCode.USAGE) from error
    found = {} if run is None else _from_run(run)
    variables = {name.lower() for name in os.environ}
    unset = {name: value for name, value in found.items() if f"upwell_{name}" not in variables}
    settings = Settings(**(unset | given))
    if worker is not None:
        return Connection(settings, (worker.rstrip("/"),))
    urls = tuple(part.url.rstrip("/") for part in run.workers if part.url) if run is not None else ()
    return Connection(settings, urls or (f"http://{settings.web_host}:{settings.web_port}",))


def _from_run(run: runfile.Run) -> dict[str, Any]:
    """The settings that a run was started with, by name. Lists are JSON, as in variables."""
    named = {"kafka": run.kafka, "milvus": run.milvus, "triton": run.triton, "topic_prefix": run.topic_prefix}
    variables = {name.lower().removeprefix("upwell_"): value for name, value in run.env.items()}
    return {name: value for name, value in named.items() if value is not None} | {
        name: json.loads(value) if value.startswith("[") else value
        for name, value in variables.items()
        if name in Settings.model_fields
    }
