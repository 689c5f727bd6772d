"""`upwell profile`: shows what is known of a user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from streams.verbs._connect import JsonOption, WorkerOption, connect

EPILOG = "Example: upwell profile u1"


def profile(
    user: Annotated[str, typer.Argument(help="The user's id.")],
    *,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of a user: the newest acts, the interests, how far events were folded in."""
    from streams.verbs._http import ask_worker
    from streams.verbs._output import out, print_json, printable

    found = ask_worker(connect(worker).workers, "/profiles", user)
    if as_json:
        print_json(found)
        return
    console = out()
    console.print(printable(user), style="bold")
    console.print(_acts(found.get("acts", [])), end="\n\n")
    for number, interest in enumerate(found.get("interests", []), 1):
        console.print(f"interest {number}: {interest['share']:.0%} from {printable(', '.join(interest['from_items']))}")
    for name, value in found.items():
        if name not in {"user_id", "acts", "interests"}:
            console.print(f"{name.replace('_', ' ')}: {value}")


def _acts(acts: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    from streams.verbs._output import printable

    table = Table("when", "item", "weight", box=None, pad_edge=False)
    for act in acts:
        when = datetime.fromtimestamp(act["occurred_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(when, printable(act.get("title") or act["item_id"]), f"{act['weight']:+.2f}")
    return table
