"""The `upwell` command: one line per verb; each verb is a file of streams/verbs, imported when it is asked for."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from streams.verbs._explain import explain
from streams.verbs._failure import MEANINGS, ExitCode


class Verb(NamedTuple):
    """A verb's place in the help.

    `streams/verbs/NAME.py` exports the function NAME, with an EPILOG for its help, or a typer `app` of sub-verbs.
    """

    panel: str
    summary: str


RUN, DATA, ASK, KEEP = "Run", "Send events", "Look", "Maintain"
VERBS: dict[str, Verb] = {
    "up": Verb(RUN, "Start Kafka, Milvus, Triton, Prometheus and workers on this machine."),
    "demo": Verb(RUN, "Run everything on real input and watch one user's list change."),
    "worker": Verb(RUN, "Run one worker against parts that are already up."),
    "publish": Verb(DATA, "Send events from a JSONL file, a dataset folder or standard input."),
    "convert": Verb(DATA, "Make a dataset of MovieLens, Tux Paint stamps or ESC-10."),
    "tail": Verb(ASK, "Print recommendations as they come."),
    "recommend": Verb(ASK, "Ask for a user's list now and print the answer."),
    "profile": Verb(ASK, "Show what is known of a user."),
    "item": Verb(ASK, "Show what is known of an item."),
    "explain": Verb(ASK, "Say why an item is, or is not, in a user's list now."),
    "evaluate": Verb(ASK, "Test lists on a dataset, beside simpler methods, event by event."),
    "experiments": Verb(ASK, "Show how experiments on lists stand; check a file of them."),
    "status": Verb(ASK, "Show parts, lag, versions and counts."),
    "topics": Verb(KEEP, "Create the topics, or say how they differ from what they should be."),
    "rules": Verb(KEEP, "Check a file of business rules."),
    "reindex": Verb(KEEP, "Rebuild the vector index from the items topic, without encoding."),
    "encoders": Verb(KEEP, "List encoder versions; change to another one live, and back."),
    "schema": Verb(KEEP, "Print the events' JSON Schema or AsyncAPI document."),
}


class LazyGroup(TyperGroup):
    """Lists every verb from the table; imports only the one that runs, so `upwell --help` stays quick."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, verb in VERBS.items():
            self.add_command(TyperCommand(name, help=verb.summary, rich_help_panel=verb.panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does, with the verb's real command in place of the table's line."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and load(name), rest


def load(name: str) -> Any:
    """The typer command of a verb: its module's `app` (a group of sub-verbs) or the function of its name."""
    module = import_module(f"streams.verbs.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name, epilog=getattr(module, "EPILOG", None))(getattr(module, name))
    command = typer.main.get_command(app)
    command.name = name
    return command


EXIT_CODES = "; ".join(f"[bold]{code:d}[/bold] {MEANINGS[code]}" for code in ExitCode)

root = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Events in from Kafka, fresh recommendations with reasons out.",
    epilog=f"Exit codes: {EXIT_CODES}.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"upwell {version('upwell')}")
        raise typer.Exit


@root.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print the trace of an error (any place on the line).")
    ] = False,
) -> None:
    """Options of the program itself; their work is done by the callback and by `main`."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Every error becomes one line on standard error."""
    before, separator, after = _partition(arguments)
    debug = "--debug" in before
    line = [*(word for word in before if word != "--debug"), *separator, *after]
    try:
        result = typer.main.get_command(root).main(line, prog_name="upwell", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  the one boundary where any error becomes a line for people
        if debug:
            traceback.print_exc()
        message, code = explain(error)
        if message:
            typer.secho(f"upwell: {message}", fg=typer.colors.RED, err=True)
        return code
    return result if isinstance(result, int) else ExitCode.OK


def _partition(arguments: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Words before `--`, the `--` itself, and what follows it, which is data and never an option."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    return words[:end], words[end : end + 1], words[end + 1 :]


def main() -> None:
    """Entry point of the `upwell` command."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
