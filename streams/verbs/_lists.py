"""How a recommendation list looks to people."""

from __future__ import annotations

from datetime import datetime

from rich.table import Table

from streams.events import RecommendationList
from streams.verbs._output import printable


def as_table(made: RecommendationList) -> Table:
    """Places with title, score, source and reason, under what the list is and how fresh it was."""
    when = datetime.fromtimestamp(made.made_at).astimezone().strftime("%H:%M:%S")
    fresh = "" if made.freshness_s is None else f", {made.freshness_s * 1000:.0f} ms after the event"
    degraded = f", without {', '.join(made.degraded)}" if made.degraded else ""
    table = Table(
        title=printable(f"{made.user_id} at {when} for {made.trigger}{fresh}{degraded}"),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("", justify="right")
    table.add_column("item", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("source")
    table.add_column("reason", overflow="fold")
    for place, item in enumerate(made.items, 1):
        title, reason = printable(item.title or item.item_id), printable(item.reason.text)
        table.add_row(str(place), title, f"{item.score:.3f}", item.source, reason)
    return table
