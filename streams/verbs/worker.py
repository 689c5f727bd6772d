"""`upwell worker`: one worker against parts that are already up."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer


def worker(
    name: Annotated[
        str, typer.Option(help="Folder of its state under UPWELL_HOME/state; two workers never share one.")
    ] = "0",
) -> None:
    """Run one worker. Where the parts are comes from UPWELL_* variables or upwell.toml; see `upwell up` for all of it.

    Example: UPWELL_KAFKA=kafka-1:9092 UPWELL_MILVUS=http://milvus:19530 upwell worker
    """
    from streams.app import run_worker
    from streams.local.worker import RESTARTS_VARIABLE
    from streams.observe import metrics
    from streams.settings import Settings

    # The launcher says how often this place was filled anew: the process itself cannot know.
    for cause, times in json.loads(os.environ.get(RESTARTS_VARIABLE, "{}")).items():
        metrics.RESTARTS.labels(cause=cause).inc(times)
    raise typer.Exit(run_worker(Settings(), name))
