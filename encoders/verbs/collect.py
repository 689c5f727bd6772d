"""`python -m encoders collect`: openly licensed pictures with names, as DATASET folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from encoders.verbs.ending import one_line


def collect(
    name: Annotated[str, typer.Argument(metavar="clipart|emoji", help="which collection")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="the folder to write")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
) -> None:
    """Fetch a collection's Debian packages at their pinned versions and write a DATASET folder to learn from.

    Example: python -m encoders collect emoji .upwell/data/emoji
    """
    from encoders.learning import named_data

    with one_line(named_data.NoSuchData, named_data.NotFetched):
        items = named_data.collect(name, out)
    typer.echo(json.dumps({"out": str(out), "items": items}) if as_json else f"{out}: {items} items")
