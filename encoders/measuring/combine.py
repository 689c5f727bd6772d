"""The figures of several data sets as one: what stands under `rows` when more than one was measured.

A figure is the mean over the data sets that have it, each counting alike however many items it holds; a number of items
or users is their sum. An interval's half widths are combined as those of independent means. What belongs to one data
set alone (confusion matrices, names of classes, single classes) is left to `datasets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from encoders.measuring.measure import Figures

COUNTS = frozenset({"n", "users", "candidates", "items"})  # summed
OWN = frozenset({"per_class", "names", "confusion", "classes"})  # of one data set
INTERVAL = ".interval"


def combined(by_set: Sequence[Figures]) -> Figures:
    """Of a row on one data set: the same figures; on several: their combination."""
    return by_set[0] if len(by_set) == 1 else _joined(by_set)


def _joined(parts: Sequence[Figures]) -> Figures:
    figures: Figures = {}
    for name in dict.fromkeys(name for part in parts for name in part if name not in OWN):
        having = [part for part in parts if name in part]
        if name.endswith(INTERVAL):
            figures[name] = _interval(having, name.removesuffix(INTERVAL))
        else:
            figures[name] = _one(name, [part[name] for part in having])
    return {name: value for name, value in figures.items() if value is not None}


def _one(name: str, values: Sequence[Any]) -> Any:
    """None for values of no common meaning."""
    if all(isinstance(value, Mapping) for value in values):
        return _joined(values)
    if all(isinstance(value, int | float) for value in values):
        return sum(values) if name in COUNTS else sum(values) / len(values)
    return values[0] if all(value == values[0] for value in values) else None


def _interval(measured: Sequence[Figures], name: str) -> list[float]:
    mean = sum(one[name] for one in measured) / len(measured)
    below = math.sqrt(sum((one[name] - one[name + INTERVAL][0]) ** 2 for one in measured)) / len(measured)
    above = math.sqrt(sum((one[name + INTERVAL][1] - one[name]) ** 2 for one in measured)) / len(measured)
    return [mean - below, mean + above]
