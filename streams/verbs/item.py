"""`upwell item`: shows what is known of an item."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.verbs._connect import JsonOption, WorkerOption, connect

EPILOG = "Example: upwell item film-1"


def item(
    item_id: Annotated[str, typer.Argument(metavar="ITEM", help="The item's id.")],
    *,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of an item: its card, what it was encoded from, its statistics."""
    from rich.table import Table

    from streams.verbs._http import ask_worker
    from streams.verbs._output import out, print_json, printable

    found = ask_worker(connect(worker).workers, "/items", item_id)
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    card, statistics = found.pop("card", {}), found.pop("statistics", {})
    for name, value in {**card, **found, **statistics}.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        table.add_row(name.replace("_", " "), printable(shown))
    out().print(table)
