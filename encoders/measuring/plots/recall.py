"""Bars of recall@10 by pair of modalities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from encoders.measuring.plots.plot import COLOURS, Plot, framed, main_rows, named, plain, whiskers
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

FIGURE = "recall@10"


def recall(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set: the main rows side by side, with 95 % intervals."""
    for data, measured in evaluation.figures["datasets"].items():
        rows = {name: row["retrieval"] for name, row in measured["rows"].items() if row.get("retrieval")}
        pairs = list(dict.fromkeys(pair for row in rows.values() for pair in row))
        chosen = main_rows(rows)
        if not pairs:
            continue
        figure, axes = framed(f"{data}: {FIGURE}, {measured['test_items']} held-out items", max(6.0, 0.9 * len(pairs)))
        width = 0.8 / len(chosen)
        for number, name in enumerate(chosen):
            having = [(place, rows[name][pair]) for place, pair in enumerate(pairs) if pair in rows[name]]
            axes.bar(
                np.array([place for place, _ in having]) + (number - (len(chosen) - 1) / 2) * width,
                [one[FIGURE] for _, one in having],
                width,
                yerr=whiskers([one for _, one in having], FIGURE),
                error_kw={"linewidth": 0.7},
                color=COLOURS[number % len(COLOURS)],
                label=name,
            )
        axes.set_xticks(range(len(pairs)), [pair.replace("->", " →\n") for pair in pairs], fontsize=8)
        axes.set_ylim(0.0, 1.05)
        axes.legend(fontsize=8, ncols=4)
        plain(axes)
        yield Plot(f"recall-{named(data)}", f"{data}: {FIGURE} by pair of modalities", figure)
