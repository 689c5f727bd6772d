"""`upwell up`: start everything on this machine and keep it up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from streams.verbs._failure import ExitCode, Failure

if TYPE_CHECKING:
    from streams.local.launcher import Step
    from streams.local.runfile import Run

UP_WITHIN_S = 300.0


def up(  # noqa: PLR0917  the words of a command line, given by name
    workers: Annotated[int, typer.Option(min=1, max=64, help="Workers to run.")] = 1,
    brokers: Annotated[Literal["1", "3"], typer.Option(help="Kafka brokers.")] = "1",
    vector_index: Annotated[
        Literal["milvus", "lite", "memory"] | None, typer.Option(help="Vector store (else UPWELL_VECTOR_INDEX).")
    ] = None,
    ports: Annotated[
        Literal["auto", "default"],
        typer.Option(help="auto: the usual ports where free, else free ones. default: the usual ones or an error."),
    ] = "auto",
    prometheus: Annotated[bool, typer.Option(help="Run Prometheus when its binary is there.")] = True,
    detach: Annotated[bool, typer.Option("--detach", help="Return once all is up; it goes on behind.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Once all is up, print what runs where as JSON.")] = False,
) -> None:
    """Start Kafka, Milvus, Triton, Prometheus and workers on this machine, and keep them up.

    Ctrl-C stops everything. Data stay in .upwell (UPWELL_HOME) and serve the next start.

    Example: upwell up --workers 2
    """
    from streams.local.errors import LocalError
    from streams.local.launcher import Launcher, Plan
    from streams.local.signals import one_interrupt
    from streams.settings import Settings

    settings = Settings() if vector_index is None else Settings(vector_index=vector_index)
    if detach:
        _detach(settings.home.absolute(), as_json)
        return
    running = False
    try:
        with one_interrupt(), Launcher(Plan(settings, workers, int(brokers), ports, prometheus), _say) as launcher:
            running = True
            show(launcher.run, as_json)
            while True:
                launcher.check()
                time.sleep(0.5)
    except LocalError as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        if not running:
            raise Failure("stopped before everything was up", ExitCode.INTERRUPTED) from None
        typer.echo("upwell: everything is stopped", err=True)


def show(run: Run, as_json: bool, stop: str = "stop with Ctrl-C") -> None:
    """What runs where, for people or for programs, on standard output; `stop` tells people how it ends."""
    if as_json:
        typer.echo(msgspec.json.encode(run).decode())
        return
    lines = [(part.name, part.address, part.pid) for part in run.parts]
    lines += [(worker.name, worker.url, worker.pid) for worker in run.workers]
    for name, address, pid in lines:
        typer.echo(f"  {name:<16} {address:<28} pid {pid}")
    typer.echo(f"  {'topics':<16} {run.topic_prefix}.* on {run.kafka}")
    typer.echo(f"Look with `upwell status` and `upwell tail`; {stop}.")


def _say(step: Step) -> None:
    if step.state == "up":
        typer.echo(f"upwell: {step.part} is up at {step.address} after {step.seconds:.1f} s", err=True)
    else:
        typer.echo(f"upwell: starting {step.part}", err=True)


def _detach(home: Path, as_json: bool) -> None:
    """Run the same command line without `--detach` in a session of its own, and wait until it is up or has failed."""
    from streams.local import runfile
    from streams.local.process import last_words

    home.mkdir(parents=True, exist_ok=True)
    log = home / "up.log"
    argv = [word for word in sys.argv[1:] if word not in {"--detach", "--json"}]
    with log.open("wb") as out:
        launcher = subprocess.Popen(  # noqa: S603  our own command line again, no shell
            [sys.executable, "-m", "streams.cli", *argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(os.environ),
            start_new_session=True,
        )
    deadline = time.monotonic() + UP_WITHIN_S
    while (run := runfile.read(home)) is None or run.launcher != launcher.pid:
        if launcher.poll() is not None:
            raise Failure(f"it did not come up: {last_words(log).removeprefix('upwell: ')}")
        if time.monotonic() > deadline:
            launcher.terminate()
            launcher.wait()
            raise Failure(f"it was not up after {UP_WITHIN_S:.0f} s and was stopped; see {log}", ExitCode.TIMED_OUT)
        time.sleep(0.1)
    show(run, as_json, f"it runs on behind, stop it with `kill {launcher.pid}`")
