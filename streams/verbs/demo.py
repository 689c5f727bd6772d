"""`upwell demo`: everything on this machine, real input, and one user's list seen changing."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from streams.verbs._failure import ExitCode, Failure

EPILOG = (
    "Example: upwell demo --data ml-latest-small --seconds 120. "
    "Exit codes: 0 lists were pushed, 1 none was or a part failed, 3 no such data, 130 stopped while starting."
)
REPLAY_SPEED, VISITORS_SPEED = 50.0, 25.0


def demo(  # noqa: PLR0917  typer passes each option by name
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A dataset, or a folder of MovieLens or ESC-10. Default: Tux Paint's stamps."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End after this long, counted from when all parts are up.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.1, help=f"Acts per second (replay {REPLAY_SPEED:g}, simulated visitors {VISITORS_SPEED:g})."
        ),
    ] = None,
    user: Annotated[str | None, typer.Option(help="Whose list to show (default: the most active user's).")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Workers to run.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the simulated visitors.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON; the view goes to stderr.")
    ] = False,
) -> None:
    """Bring up Kafka, Milvus, Triton, Prometheus and workers, play real data, and watch a list change.

    A dataset's own acts are replayed in order with times moved to now; data without acts get simulated visitors, who
    are labelled simulated everywhere. Ctrl-C ends it, stops every part and prints a summary.
    """
    from streams.datasets.report import DatasetError
    from streams.demo.choose import choose_dataset
    from streams.demo.perform import Stage, perform
    from streams.demo.run import Play
    from streams.local.errors import LocalError
    from streams.settings import Settings
    from streams.verbs.convert import progress_bar

    began, settings = time.time(), Settings()
    if data is not None and not data.exists():
        raise Failure(f"{data}: no such folder; give a dataset, or a folder of MovieLens or ESC-10", ExitCode.NOT_FOUND)
    try:
        with progress_bar() as progress:
            dataset = choose_dataset(data, settings.home.absolute(), progress)
        play = Play(dataset, speed or (REPLAY_SPEED if dataset.has_behaviour else VISITORS_SPEED), seconds, seed)
        stage = Stage(settings, workers, user, sys.stderr if as_json else sys.stdout, began)
        summary = perform(play, stage)
    except (DatasetError, LocalError) as error:
        raise Failure(str(error)) from error
    typer.echo(json.dumps(summary.as_json(), ensure_ascii=False) if as_json else "\n".join(summary.lines()))
    if summary.lists_pushed == 0:
        raise Failure(f"no list was pushed; the workers' logs are in {stage.home / 'logs'}")
