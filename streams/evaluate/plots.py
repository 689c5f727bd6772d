"""Pictures of a report: how recall goes over time and over a user's first acts, and what recall of cold items costs."""

from __future__ import annotations

import math
from operator import itemgetter
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Report = dict[str, Any]
_SMOOTH = 5  # windows averaged, for the eye
_VARIANT = "upwell-"
_KEEPING, _LIFTING = "upwell-keeping-", "upwell-lifting-"


def draw(report: Report, folder: Path) -> list[Path]:
    """Writes `over-time.png`, `first-acts.png` and `trade-off.png`; which were written."""
    drawn = {"over-time.png": _over_time, "first-acts.png": _first_acts, "trade-off.png": _trade_off}
    return [picture(report, folder / name) for name, picture in drawn.items()]


def _over_time(report: Report, path: Path) -> Path:
    k, options = report["options"]["k"], report["options"]
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    for name, figures in report["methods"].items():
        if name.startswith(_VARIANT):
            continue
        values = [value for value in figures["over_time"] if value is not None]
        smooth = [
            sum(part) / len(part) for part in (values[max(0, at - _SMOOTH + 1) : at + 1] for at in range(len(values)))
        ]
        start = options["warmup"] if options["protocol"] == "prequential" else 0.0
        times = [start + (1 - start) * (at + 1) / len(values) for at in range(len(values))]
        axes.plot(times, smooth, label=name, linewidth=2.5 if name == "upwell" else 1.2)
    axes.set(xlabel="share of the events", ylabel=f"recall@{k}, mean of {_SMOOTH} windows", ylim=(0, None))
    axes.legend()
    return _saved(figure, path)


def _first_acts(report: Report, path: Path) -> Path:
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    for name, figures in report["methods"].items():
        if not name.startswith(_VARIANT):
            values = [math.nan if value is None else value for value in figures["first_acts"]]
            axes.plot(range(len(values)), values, label=name, linewidth=2.5 if name == "upwell" else 1.2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="acts of the user before the list", ylabel=f"recall@{report['options']['k']}", ylim=(0, None))
    axes.legend()
    return _saved(figure, path)


def _trade_off(report: Report, path: Path) -> Path:
    k = report["options"]["k"]
    key = f"recall@{k}"
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    points = {
        name: _point(report, name, key)
        for name in report["methods"]
        if not name.startswith(_VARIANT) or name.startswith((_KEEPING, _LIFTING))
    }
    for kind, label in ((_KEEPING, "upwell, 0 to 5 places kept"), (_LIFTING, "upwell, cold items lifted")):
        curve = [point for name, point in points.items() if name.startswith(kind) or name == "upwell"]
        if len(curve) > 1:
            axes.plot(*zip(*sorted(curve, key=itemgetter(1)), strict=True), marker="o", label=label)
    for name, point in points.items():
        if not name.startswith(_VARIANT):
            axes.plot(*point, marker="s", linestyle="", label=name)
    axes.set(xlabel=f"{key} of cold items", ylabel=f"{key} of all", xlim=(-0.002, None), ylim=(0, None))
    axes.legend()
    return _saved(figure, path)


def _point(report: Report, name: str, key: str) -> tuple[float, float]:
    """Recall of cold items and of all. A variant may have been tested on fewer users than Upwell: what it differs by,
    on those, is what tells.
    """
    figures, gaps = report["methods"][name], report["comparisons"].get(name)
    if not name.startswith(_VARIANT) or gaps is None:
        return figures["cold"][key] or 0.0, figures[key] or 0.0
    main = report["methods"]["upwell"]
    return (
        (main["cold"][key] or 0.0) - (gaps["cold"][key]["difference"] or 0.0),
        (main[key] or 0.0) - (gaps[key]["difference"] or 0.0),
    )


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=120)
    return path
