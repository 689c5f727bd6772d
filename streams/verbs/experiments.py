"""`upwell experiments`: how the experiments on lists stand, and whether a file of them can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streams.verbs._checked import checked
from streams.verbs._connect import JsonOption, WorkerOption, connect

if TYPE_CHECKING:
    from streams.core.experiments.report import ExperimentReport

app = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Show how experiments stand, or check a file of them (UPWELL_EXPERIMENTS_FILE).",
    epilog="Example: upwell experiments --json. With `check FILE`: say what is wrong with a file (exit code 1).",
)


@app.callback()
def experiments(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that have ended as well.")] = False,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show users, exposures, hit rates and what may be said of the difference, as all partitions have counted it."""
    if context.invoked_subcommand is not None:
        return
    from streams.core.experiments.report import ExperimentReport
    from streams.verbs._http import ask_worker
    from streams.verbs._output import out, print_json

    answer = ask_worker(connect(worker).workers, "/experiments")
    found = [one for one in msgspec.convert(answer, list[ExperimentReport]) if every or one.running]
    if as_json:
        print_json(found)
        return
    if not found:
        out().print("no experiment is in force: name a file of them in UPWELL_EXPERIMENTS_FILE (docs/experiments.md)")
    for one in found:
        _print(one)


@app.command(epilog="Example: upwell experiments check experiments.toml")
def check(file: Annotated[Path, typer.Argument(help="The TOML file.")], *, as_json: JsonOption = False) -> None:
    """Say which experiments the file holds, or what is wrong with it (exit code 1). Workers read it as this does."""
    from streams.core.experiments.dealing import shares_of
    from streams.core.experiments.definition import ExperimentsError, read_experiments
    from streams.verbs._output import out, print_json, printable
    from streams.views.experiments import read_file

    found = checked(file, lambda path: read_experiments(read_file(path)), ExperimentsError)
    if as_json:
        print_json([{"edition": one.edition, **msgspec.to_builtins(one)} for one in found])
        return
    for one in found:
        shares = shares_of(one.variant)
        variants = ", ".join(f"{v.name} {share:.0%}" for v, share in zip(one.variant, shares, strict=True))
        surfaces = ", ".join(one.surfaces) or "every surface"
        out().print(
            printable(f"{one.name} ({one.edition}): {one.kind} of {one.share:.0%} of users on {surfaces}: {variants}")
        )
    out().print(f"{len(found)} experiments, all usable")


def _print(one: ExperimentReport) -> None:
    from rich.table import Table

    from streams.core.experiments.shown import COLUMNS, row, title
    from streams.verbs._output import out

    table = Table(*COLUMNS, box=None, pad_edge=False)
    for variant in one.variants:
        table.add_row(*row(variant))
    out().print(title(one), table, one.verdict, "", sep="\n", soft_wrap=True)
