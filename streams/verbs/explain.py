"""`upwell explain`: why an item is, or is not, in a user's list now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from streams.verbs._connect import JsonOption, WorkerOption, connect

EPILOG = "Example: upwell explain u1 song-1"
MOST_FEATURES = 8


def explain(
    user: Annotated[str, typer.Argument(help="The user's id.")],
    item: Annotated[str, typer.Argument(help="The item's id.")],
    *,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why an item is, or is not, in a user's list now: at which stage it was decided, and by which figures."""
    from streams.verbs._http import ask_worker
    from streams.verbs._output import out, print_json, printable

    found = ask_worker(connect(worker).workers, "/explanations", user, item)
    if as_json:
        print_json(found)
        return
    console = out()
    title = found.get("title") or item
    place = found.get("place")
    console.print(f"{printable(title)}: " + (f"place {place}" if place else "not in the list"), style="bold")
    console.print(f"{found['stage'].replace('_', ' ')}: {printable(found['why'])}")
    if found.get("sources"):
        console.print("proposed by " + ", ".join(f"{name} ({score:g})" for name, score in found["sources"].items()))
    if found.get("rank") is not None:
        console.print(f"rank {found['rank']} of {found['candidates']} candidates, score {found['score']:g}", end="\n\n")
        console.print(_weighed(found["weighed"][:MOST_FEATURES]), end="\n\n")
    console.print(f"ranker {found['ranker_version']}, encoder {found['encoder_version']}")


def _weighed(weighed: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table("feature", "value", "added to the score", box=None, pad_edge=False)
    for one in weighed:
        table.add_row(one["feature"], f"{one['value']:.3f}", f"{one['added']:+.3f}")
    return table
