"""The live view: one user's acts and list, the counters, and where everything is.

Whatever comes from an event is a `Text`: titles and ids are data, and brackets in them no markup.
"""

from __future__ import annotations

from itertools import groupby

from rich.console import Group
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.demo.board import Board
from streams.demo.experiment import words
from streams.demo.summary import caveat, percent
from streams.demo.view import View
from streams.events import Action, BehaviourEvent, RecommendationList

COLOURS: dict[Action, str] = {
    Action.LIKE: "green",
    Action.SAVE: "green",
    Action.PURCHASE: "green",
    Action.CLICK: "cyan",
    Action.RATING: "cyan",
    Action.HIDE: "red",
    Action.DISLIKE: "red",
    Action.SKIP: "yellow",
}


def render(board: Board, view: View, elapsed: float, now: float) -> Layout:
    """The whole screen; `elapsed` seconds since the first event, `now` in Unix seconds."""
    user = board.user_shown(now)
    layout, experiments = Layout(), words(board.experiments())
    layout.split_column(
        Layout(_header(view, elapsed), size=4),
        Layout(name="user"),
        Layout(_figures(board), size=5),
        *([Layout(_experiments(experiments, board), size=2 + len(experiments))] if experiments else []),
        Layout(_places(view), size=len(view.places) + 2),
    )
    layout["user"].split_row(
        Layout(_acts(board, user, now), ratio=2),
        Layout(_list(board, user, now), ratio=5),
    )
    return layout


def _header(view: View, elapsed: float) -> Panel:
    title = Text.assemble(("Upwell demo", "bold"), "  ", view.data, f"  {elapsed:.0f} s", ("  Ctrl-C ends", "dim"))
    return Panel(Group(title, Text(view.banner, style="bold black on yellow" if view.simulated else "yellow")))


def _acts(board: Board, user: str | None, now: float) -> Panel:
    table = Table(expand=True, box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column("ago", justify="right", no_wrap=True, width=5)
    table.add_column("act", no_wrap=True)
    table.add_column("item", overflow="ellipsis", no_wrap=True, ratio=1)
    for looked, group in groupby(board.acts_of(user) if user else (), lambda event: event.action is Action.IMPRESSION):
        events = list(group)
        if looked:
            table.add_row(_ago(events[0], now), Text(f"saw {len(events)}", style="dim"), Text("of a list", style="dim"))
            continue
        for event in events:
            table.add_row(_ago(event, now), _act(event), Text(board.title_of(event.item_id)))
    return Panel(table, title=Text(f"{user or 'nobody yet'}: last acts"), title_align="left")


def _ago(event: BehaviourEvent, now: float) -> str:
    return f"{max(0.0, now - event.occurred_at):.0f} s"


def _act(event: BehaviourEvent) -> Text:
    stars = f" {event.value:g}" if event.action is Action.RATING and event.value is not None else ""
    return Text(f"{event.action.value}{stars}", style=COLOURS.get(event.action, "dim"))


def _list(board: Board, user: str | None, now: float) -> Panel:
    made = board.list_of(user) if user else None
    if made is None:
        return Panel(Text("waiting for the first list", style="dim"), title="the pushed list", title_align="left")
    table = Table(expand=True, box=None, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("#", justify="right", width=2)
    table.add_column("title", overflow="ellipsis", no_wrap=True, ratio=3)
    table.add_column("score", justify="right", width=6)
    table.add_column("source", no_wrap=True, width=11)
    table.add_column("why", overflow="ellipsis", no_wrap=True, ratio=4)
    for place, item in enumerate(made.items, 1):
        title = item.title or board.title_of(item.item_id)
        words = (str(place), title, f"{item.score:.3f}", item.source, item.reason.text)
        table.add_row(*(Text(word) for word in words))
    return Panel(table, title=Text(list_title(made, now)), title_align="left")


def list_title(made: RecommendationList, now: float) -> str:
    """Age of the list, how long it took, and what was missing when it was made."""
    took = "" if made.freshness_s is None else f", {1000 * made.freshness_s:.0f} ms after the act"
    missing = f", without {', '.join(made.degraded)}" if made.degraded else ""
    return f"the pushed list, {max(0.0, now - made.made_at):.0f} s old{took}{missing}"


def _figures(board: Board) -> Panel:
    fresh = board.freshness_ms(recent=True)
    freshness = "no list yet" if fresh is None else f"p50 {fresh[0]:.0f} ms  p99 {fresh[1]:.0f} ms"
    codes = ", ".join(f"{code} x{count}" for code, count in board.dead_letters.most_common(2))
    dead = f"{sum(board.dead_letters.values())} dead letters{f' ({codes})' if codes else ''}"
    quality = board.quality
    lines = [
        f"{board.events_in} acts in    {board.items_encoded} of {board.items_sent} items encoded    "
        f"{board.lists_out} lists out to {len(board.users)} users    {dead}",
        f"freshness (act to list, last lists)  {freshness}",
        f"live hit rate@10  {percent(quality.hit_rate('upwell'))}    plain popularity  "
        f"{percent(quality.hit_rate('popularity'))}    ({quality.evaluated['upwell']} acts scored{caveat(board)})",
    ]
    return Panel(Text("\n".join(lines)), title="all users", title_align="left")


def _experiments(lines: list[str], board: Board) -> Panel:
    title = Text(f"experiments (`upwell experiments`){caveat(board)}")
    return Panel(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"), title=title, title_align="left")


def _places(view: View) -> Panel:
    table = Table.grid(padding=(0, 2))
    for label, address in view.places:
        table.add_row(Text(label, style="dim"), Text(address))
    return Panel(table)


def plain_lines(board: Board, elapsed: float, now: float) -> list[str]:
    """The same in a few lines, for a log or a pipe."""
    user = board.user_shown(now)
    fresh = board.freshness_ms(recent=True)
    freshness = "" if fresh is None else f" | freshness p50 {fresh[0]:.0f} ms p99 {fresh[1]:.0f} ms"
    quality = board.quality
    lines = [
        f"[{elapsed:5.0f} s] {board.events_in} acts in | {board.items_encoded}/{board.items_sent} items encoded | "
        f"{board.lists_out} lists out | {sum(board.dead_letters.values())} dead letters{freshness} | "
        f"hit rate@10 {percent(quality.hit_rate('upwell'))} (popularity {percent(quality.hit_rate('popularity'))})"
    ]
    lines += [f"          experiment {line}" for line in words(board.experiments())[::2]]
    acts, made = (board.acts_of(user), board.list_of(user)) if user else ((), None)
    if acts:
        lines.append(f"          {user}: {acts[0].action.value} {board.title_of(acts[0].item_id)}")
    if made is not None and made.items:
        first = made.items[0]
        lines.append(f"          -> {first.title} ({first.score:.3f}, {first.source}): {first.reason.text}")
    return lines
