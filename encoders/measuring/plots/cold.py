"""Bars of NDCG@10 on cold items, every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from encoders.measuring.plots.plot import COLOURS, Plot, framed, named, plain, whiskers
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

FIGURE = "ndcg@10"


def cold(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set with behaviour, the shipped row in another colour."""
    shipped = evaluation.figures["shipped"]
    for data, measured in evaluation.figures["datasets"].items():
        rows = {name: row["cold"] for name, row in measured["rows"].items() if "cold" in row}
        if not rows:
            continue
        title = f"{data}: {FIGURE} of {measured['test_items']} items unseen in training, {measured['cold_users']} users"
        figure, axes = framed(title, max(6.0, 0.55 * len(rows)))
        axes.bar(
            range(len(rows)),
            [row[FIGURE] for row in rows.values()],
            yerr=whiskers(rows.values(), FIGURE),
            error_kw={"linewidth": 0.7},
            color=[COLOURS[1] if name == shipped else COLOURS[0] for name in rows],
        )
        axes.set_xticks(range(len(rows)), list(rows), rotation=45, ha="right", fontsize=8)
        plain(axes)
        yield Plot(f"cold-{named(data)}", f"{data}: {FIGURE} of cold items, every row", figure)
