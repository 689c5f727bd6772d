"""`python -m bench …`: every claim about speed, measured on this machine. Progress on stderr, the result on stdout."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

from streams.datasets.report import DatasetError
from streams.local.errors import LocalError
from streams.local.signals import one_interrupt

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Items = Annotated[int, typer.Option(min=100, help="Items of the catalogue.")]
Users = Annotated[int, typer.Option(min=1, help="Users.")]
Skew = Annotated[float, typer.Option(min=0, max=2, help="0: all users act equally often; 1: Zipf's law.")]


@app.command()
def freshness(
    *,
    rate: Annotated[float, typer.Option(min=1, help="Behaviour events per second.")] = 500.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long they come.")] = 30.0,
    sustained: Annotated[float, typer.Option(min=0, help="Seconds a rate must be held; 0 skips the search.")] = 60.0,
    items: Items = 10_000,
    users: Users = 2_000,
    new_items: Annotated[float, typer.Option(min=0.1, help="New items per second meanwhile.")] = 1.0,
    skew: Skew = 0.0,
    profile: Annotated[Path | None, typer.Option(help="Write where the worker's time goes to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Behaviour to list, content to recommendable, the highest rate held, and what each part costs.

    Example: python -m bench freshness --rate 500 --seconds 30 --json
    """
    from bench.freshness import Sizes, measure

    sizes = Sizes(
        rate=rate,
        seconds=seconds,
        items=items,
        users=users,
        new_items_per_s=new_items,
        sustained_seconds=sustained,
        skew=skew,
        profile=None if profile is None else str(profile.absolute()),
    )
    _print(measure(sizes), as_json)


@app.command()
def peers(
    *,
    rate: Annotated[float, typer.Option(min=1, help="Events per second of the latency run.")] = 200.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long they come.")] = 15.0,
    backlog: Annotated[int, typer.Option(min=100, help="Events of the burst that is drained.")] = 5_000,
    repeats: Annotated[int, typer.Option(min=1, help="Bursts; the median counts.")] = 3,
    items: Items = 10_000,
    users: Users = 2_000,
    skew: Skew = 0.0,
    only: Annotated[list[str] | None, typer.Option(help="Only these: loop, quix, upwell.")] = None,
    as_json: Json = False,
) -> None:
    """The same job by a kafka-python loop, by Quix Streams and by Upwell, in one run.

    Example: python -m bench peers --json
    """
    from bench.peers.drive import NAMES, Sizes, compare

    if unknown := set(only or ()) - set(NAMES):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")
    sizes = Sizes(items=items, users=users, backlog=backlog, rate=rate, seconds=seconds, repeats=repeats, skew=skew)
    _print(compare(sizes, tuple(name for name in NAMES if not only or name in only)), as_json)


@app.command()
def encoders(
    *,
    seconds: Annotated[float, typer.Option(min=0.2, help="Per contestant, batch size and round.")] = 4.0,
    rounds: Annotated[int, typer.Option(min=1, help="Turns that the contestants take.")] = 3,
    batch: Annotated[list[int] | None, typer.Option(min=1, max=32, help="Batch sizes; 1, 8 and 32.")] = None,
    int8: Annotated[bool, typer.Option(help="The 8-bit towers as well.")] = True,
    as_json: Json = False,
) -> None:
    """Items of a text and a picture through plain torch, ONNX Runtime in process and Triton, in one run.

    Example: python -m bench encoders --json
    """
    from bench.encoders import BATCHES, Sizes, measure

    batches = tuple(sorted(batch or BATCHES))
    _print(measure(Sizes(seconds=seconds, rounds=rounds, batches=batches, int8=int8)), as_json)


@app.command()
def replay(
    *,
    batch: Annotated[int, typer.Option(min=1, help="Events per micro-batch.")] = 10,
    events: Annotated[int, typer.Option(min=1, help="Measured events.")] = 2_000,
    warm: Annotated[int, typer.Option(min=0, help="Events before the measured ones.")] = 5_000,
    items: Items = 4_000,
    users: Users = 1_000,
    as_json: Json = False,
) -> None:
    """The list-making agents without Kafka and Milvus: CPU per event, and a digest of all they sent.

    Example: python -m bench replay --batch 2 --json
    """
    import asyncio

    from bench.replay import Sizes, measure
    from streams.engine.interpreter import settle

    sizes = Sizes(batch=batch, events=events, warm=warm, items=items, users=users)
    settle()  # as in a worker
    _print(asyncio.run(measure(sizes)), as_json)


@app.command()
def news(
    folder: Annotated[Path, typer.Argument(help="Where the data set goes.")],
    *,
    days: Annotated[int, typer.Option(min=1, help="How long the simulation goes.")] = 30,
    readers: Annotated[int, typer.Option(min=1, help="Simulated readers.")] = 500,
    seed: Annotated[int, typer.Option(help="Another month for another number.")] = 7,
    as_json: Json = False,
) -> None:
    """A simulated month of news as a data set for `upwell evaluate`: items that are old after a day.

    Example: python -m bench news news
    """
    from dataclasses import asdict

    from bench.news import Month, write

    month = Month(days=days, readers=readers, seed=seed)
    about = write(month, folder)
    _print({"folder": str(folder), "items": about.items, "events": about.events, "parameters": asdict(month)}, as_json)


# These two have a command line of their own; their options are theirs to explain.
_AS_GIVEN = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(context_settings=_AS_GIVEN, add_help_option=False)
def rebalance(context: typer.Context) -> None:
    """Workers join and are killed under load: what is lost (nothing), and how long partitions stand still."""
    _run_module("bench.rebalance", context.args)


@app.command(context_settings=_AS_GIVEN, add_help_option=False)
def core(context: typer.Context) -> None:
    """The pure core alone: lists per second on one core, bytes per profile."""
    _run_module("bench.core", context.args)


def _run_module(module: str, arguments: list[str]) -> None:
    sys.argv = [module.rpartition(".")[2], *arguments]
    runpy.run_module(module, run_name="__main__")


def _print(report: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report, indent=2))
        return
    from rich.console import Console

    from bench.table import tables

    console = Console()
    for table in tables(report):
        console.print(table)


def main() -> None:
    """Run; an error of a part or a data set is one line and exit code 1. A signal still stops every part."""
    try:
        with one_interrupt():
            app()
    except (DatasetError, LocalError, RuntimeError, TimeoutError) as error:
        typer.secho(f"bench: {error}", fg=typer.colors.RED, err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
