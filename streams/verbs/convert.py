"""`upwell convert …`: makes a dataset of something that is not one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from streams.datasets.report import DatasetError, Progress, Report
from streams.events import BehaviourEvent, ContentEvent
from streams.verbs._failure import ExitCode, Failure

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Make a dataset: a folder with content.jsonl, behaviour.jsonl and media. "
    "Exit codes: 0 done, 1 done but some of the input was refused, or failed, 2 wrong usage.",
)

Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write: new, empty, or an older dataset.")]
CopyMedia = Annotated[bool, typer.Option("--copy-media", help="Copy pictures and sounds instead of linking them.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


@app.command(epilog="Example: upwell convert movielens ml-latest-small films")
def movielens(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with movies.csv and ratings.csv.")],
    out: Out,
    copy_media: CopyMedia = False,
    as_json: Json = False,
) -> None:
    """Films and ratings of MovieLens; posters/ID.jpg and plots.csv are used when they are there."""
    from streams.datasets.movielens import convert_movielens

    _need(source)
    _finish(lambda progress: convert_movielens(source, out, copy_media=copy_media, progress=progress), out, as_json)


@app.command(epilog="Example: upwell convert stamps stamps --visitors 50 --events 2000")
def stamps(  # noqa: PLR0917  typer passes each option by name
    out: Out,
    package: Annotated[
        Path | None, typer.Option(metavar="DIR|.deb", help="The package or its files, instead of fetching it.")
    ] = None,
    visitors: Annotated[int, typer.Option(min=0, help="Simulated visitors (0: no behaviour).")] = 0,
    events: Annotated[int, typer.Option(min=1, help="Acts of the simulated visitors.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    copy_media: CopyMedia = False,
    as_json: Json = False,
) -> None:
    """Tux Paint's stamps, fetched as Debian's package tuxpaint-stamps-default (no root needed, 161 MB, once)."""
    from streams.datasets.stamps import PUBLISHED_AT, convert_stamps, stamps_folder
    from streams.demo.visitors import Shown, simulate
    from streams.settings import Settings

    def behaviour(items: Sequence[ContentEvent]) -> list[BehaviourEvent]:
        shown = [Shown(item.item_id, item.tags) for item in items]
        return simulate(shown, visitors=visitors, events=events, seed=seed, start=PUBLISHED_AT)

    def convert(progress: Progress) -> Report:
        folder = stamps_folder(Settings().home / "packages", package, progress)
        return convert_stamps(
            folder, out, copy_media=copy_media, simulate=behaviour if visitors else None, progress=progress
        )

    _finish(convert, out, as_json)


@app.command(epilog="Example: upwell convert esc10 ESC-10 sounds")
def esc10(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with '001 - Dog bark' and so on.")],
    out: Out,
    copy_media: CopyMedia = False,
    as_json: Json = False,
) -> None:
    """Environmental sounds and their labels; no behaviour."""
    from streams.datasets.esc10 import convert_esc10

    _need(source)
    _finish(lambda progress: convert_esc10(source, out, copy_media=copy_media, progress=progress), out, as_json)


def _need(source: Path) -> None:
    if not source.exists():
        raise Failure(f"{source}: no such folder; give the folder the data was unpacked into", ExitCode.NOT_FOUND)


def _finish(convert: Callable[[Progress], Report], out: Path, as_json: bool) -> None:
    """Run a conversion with a progress bar, say what it did, and exit by what it refused."""
    try:
        with progress_bar() as progress:
            report = convert(progress)
    except DatasetError as error:
        raise Failure(str(error), ExitCode.FAILED) from error
    if as_json:
        typer.echo(json.dumps({"out": str(out), **report.as_json()}, ensure_ascii=False))
    else:
        typer.echo(describe(report, out))
    if report.refused:
        raise typer.Exit(ExitCode.FAILED)


def describe(report: Report, out: Path) -> str:
    """The summary for people."""
    simulated = " (simulated visitors)" if report.simulated else ""
    lines = [f"{out}: {report.items} items, {report.events} events by {report.users} users{simulated}"]
    lines += [f"  {note}: {count}" for note, count in sorted(report.notes.items()) if count]
    lines += [f"  refused, {reason}: {count}" for reason, count in sorted(report.refused.items())]
    lines += [f"    e.g. {example}" for example in report.examples]
    return "\n".join(lines)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A rich progress display on standard error, one line per task; silent when that is no terminal."""
    from rich import progress as bars
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TextColumn("{task.fields[count]}"),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=console, disable=not console.is_terminal) as display:
        tasks: dict[str, bars.TaskID] = {}

        def progress(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = display.add_task(what, total=total, count="")
            count = f"{done:,} / {total:,}" if total else f"{done:,}"
            display.update(tasks[what], completed=done, total=total, count=count)

        yield progress
