"""Training curves: the loss on the train split and the score on the validation split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.figure import Figure

from encoders.measuring.plots.plot import COLOURS, Plot, plain
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

DRAWN = (
    ("loss", "loss of the last batch, each objective's own"),
    ("score", "validation score (geometric mean of MRRs and cold NDCG@10)"),
)
STYLES = ("-", "--", ":")


def training(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Every row that was trained and kept its log, over the steps."""
    known = {name: log for name, log in logs.items() if "step" in log}
    if not known:
        return
    figure = Figure(figsize=(10.0, 4.5), layout="constrained")
    axes: Any = figure.subplots(1, len(DRAWN))
    for place, (column, words) in enumerate(DRAWN):
        for number, (name, log) in enumerate(known.items()):
            if column in log:
                style = STYLES[number // len(COLOURS) % len(STYLES)]
                axes[place].plot(log["step"], log[column], style, color=COLOURS[number % len(COLOURS)], label=name)
        axes[place].set_title(words, fontsize=9)
        axes[place].set_xlabel("step")
        plain(axes[place])
    axes[-1].legend(fontsize=6)
    yield Plot("training", "Training curves", figure)
