"""A plot, and what all of them share: the colours of rows, and which rows are worth a colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from encoders.measuring.measure import Figures

# Told apart by people who see few colours too (Okabe and Ito, 2008).
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#999999")
GREY = "#bbbbbb"
# Beside checkpoints; the other rows are variants of these.
PLAIN = ("random", "unaligned", "bridge", "late", "everything", "adapted")


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """`name` is its file's name, without what follows the dot."""

    name: str
    title: str
    figure: Figure


def framed(title: str, width: float = 8.0, height: float = 4.5) -> tuple[Figure, Axes]:
    """An empty plot, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10)
    return figure, axes


def plain(axes: Axes) -> None:
    """No frame where there is nothing to read off."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)


def main_rows(rows: Mapping[str, Figures]) -> list[str]:
    """The rows that a plot of many bars is kept to; all, where a run has none of them."""
    chosen = [name for name in rows if name in PLAIN or name.startswith("checkpoint:")]
    return chosen or list(rows)


def whiskers(figures: Iterable[Mapping[str, Any]], name: str) -> list[list[float]]:
    """How far the 95 % intervals reach below and above the figures."""
    told = [(one[name], *one[f"{name}.interval"]) for one in figures]
    return [[max(0.0, value - low) for value, low, _ in told], [max(0.0, high - value) for value, _, high in told]]


def named(data: str) -> str:
    """A data set's name as part of a file's."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in data)
