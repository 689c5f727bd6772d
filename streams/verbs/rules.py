"""`upwell rules`: look at a file of business rules before workers do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.verbs._checked import checked
from streams.verbs._connect import JsonOption
from streams.verbs._output import out, print_json, printable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Check a file of business rules (UPWELL_RULES_FILE).",
)


@app.callback()
def _group() -> None:
    """Keeps `check` a sub-verb, though it is the only one."""


@app.command(epilog="Example: upwell rules check rules.toml")
def check(file: Annotated[Path, typer.Argument(help="The TOML file.")], *, as_json: JsonOption = False) -> None:
    """Say which rules the file holds, or what is wrong with it (exit code 1). Workers read it as this does."""
    from streams.core.business import BusinessRulesError, read_rules
    from streams.views.business import read_file

    rules = checked(file, lambda path: read_rules(read_file(path)), BusinessRulesError)
    if as_json:
        print_json(rules)
        return
    for rule in rules:
        meant = rule.where or ", ".join(rule.items)
        surfaces = ", ".join(rule.surfaces) or "every surface"
        out().print(printable(f"{rule.name}: {rule.do.value} {meant} on {surfaces}"))
    out().print(f"{len(rules)} rules, all usable")
