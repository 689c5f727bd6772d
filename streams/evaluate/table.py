"""The report for people: one line per method, then what each part of Upwell adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

Report = dict[str, Any]


def tables(report: Report) -> list[Table]:
    """Accuracy with intervals; the same by group; what else lists are like and cost; Upwell beside each method."""
    k = report["options"]["k"]
    return [_accuracy(report, k), _groups(report, k), _beyond(report, k), *_compared(report, k)]


def heading(report: Report) -> str:
    """What was run, in a few lines."""
    options = report["options"]
    lead = report["publication_lead_s"]
    lines = [
        f"{report['dataset']}: {report['events']:,} events of {report['users']:,} users on {report['items']:,} items; "
        f"{report['tested']:,} tested, {report['tested_cold']:,} of them of cold items",
        f"{options['protocol']}, positive: {options['positive']}"
        f"{', others dropped' if options['only_positive'] else ''}{', unseen' if options['unseen'] else ''}, "
        f"candidates: {options['candidates']}; leaks: {report['leaks']}",
    ]
    if lead is not None and options["candidates"] == "catalogue" and options["published"] == "auto":
        lines.append(
            f"items are there from the start: most say they came {lead:g} s before their first act, which leaks"
        )
    if report["settings"]:
        lines.append(
            "settings: " + ", ".join(f"{name} {_setting(value)}" for name, value in report["settings"].items())
        )
    if report["left_out"]:
        lines.append(f"left out, since no item has what they need: {', '.join(report['left_out'])}")
    if report["problems"]:
        told = ", ".join(f"{count:,} {problem}" for problem, count in report["problems"].items())
        lines.append(f"items made without a medium that could not be used: {told} (UPWELL_LOG_LEVEL=info names them)")
    if report["items_not_encoded"]:
        lines.append(f"{report['items_not_encoded']:,} items have nothing that could be encoded: no list has them")
    return "\n".join(lines)


def _setting(value: float | Sequence[str]) -> str:
    return f"{value:g}" if isinstance(value, int | float) else ", ".join(map(repr, value))


def _accuracy(report: Report, k: int) -> Table:
    table = _table(f"at {k} places, with 95 % intervals over users", ("recall", "NDCG", "MRR", "F1", "first"))
    for name, figures in report["methods"].items():
        sure = [_with_interval(figures, figures["intervals"], f"{one}@{k}") for one in ("recall", "ndcg")]
        table.add_row(name, *sure, *map(_plain, (figures[f"mrr@{k}"], figures[f"f1@{k}"], figures["accuracy@1"])))
    return table


def _groups(report: Report, k: int) -> Table:
    table = _table(f"recall at {k} by group", ("cold items", "new users", "the rest"))
    for name, figures in report["methods"].items():
        groups = ((figures[one], figures["intervals"][one]) for one in ("cold", "new_users", "rest"))
        table.add_row(name, *(_with_interval(values, bounds, f"recall@{k}") for values, bounds in groups))
    return table


def _beyond(report: Report, k: int) -> Table:
    names = ("coverage", "gini", "novelty", "diversity", "calibration")
    table = _table("beyond accuracy, and cost", (*(n[:8] for n in names), "events/s", "B/user", "B/item"))
    for name, figures in report["methods"].items():
        costs = (figures["events_per_second"], figures["bytes_per_user"], figures["bytes_per_item"])
        values = [_plain(figures[f"{one}@{k}"]) for one in names]
        table.add_row(name, *values, *("-" if cost is None else f"{cost:,.0f}" for cost in costs))
    return table


def _compared(report: Report, k: int) -> list[Table]:
    if not report["comparisons"]:
        return []
    table = _table("upwell minus each, on the same resampled users", ("recall", "NDCG", "recall, cold items"))
    for name, gaps in report["comparisons"].items():
        table.add_row(name, *map(_gap, (gaps[f"recall@{k}"], gaps[f"ndcg@{k}"], gaps["cold"][f"recall@{k}"])))
    return [table]


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("method", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _with_interval(values: Report, bounds: Report, key: str) -> str:
    low, high = bounds[key]
    return "-" if values[key] is None else f"{values[key]:.3f} ({_plain(low)}-{_plain(high)})"


def _gap(gap: Report) -> str:
    if gap["difference"] is None or None in gap["interval"]:
        return "-"
    low, high = gap["interval"]
    return f"{gap['difference']:+.3f} ({low:+.3f} to {high:+.3f})"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
