"""Confusion matrices of zero-shot classification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from encoders.measuring.plots.plot import Plot, framed, named
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log


def confusion(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set, for the shipped row (or the last measured): one matrix per modality, rows summing to one."""
    for data, measured in evaluation.figures["datasets"].items():
        rows = {name: row["zero_shot"] for name, row in measured["rows"].items() if row.get("zero_shot")}
        if not rows:
            continue
        name = shipped if (shipped := evaluation.figures["shipped"]) in rows else list(rows)[-1]
        for modality, told in rows[name].items():
            matrix = np.array(told["confusion"], np.float64)
            occurs = matrix.sum(axis=1) > 0
            shares = matrix[occurs] / matrix[occurs].sum(axis=1, keepdims=True)
            size = max(4.0, 0.28 * len(told["names"]))
            title = f"{data}, {name}: {modality} called by name, accuracy {told['accuracy']:.2f}"
            figure, axes = framed(title, size + 1.5, max(3.0, 0.28 * int(occurs.sum()) + 1.5))
            image = axes.imshow(shares, vmin=0.0, vmax=1.0, cmap="Blues", aspect="auto")
            axes.set_xticks(range(len(told["names"])), told["names"], rotation=90, fontsize=7)
            truth = [label for label, there in zip(told["names"], occurs, strict=True) if there]
            axes.set_yticks(range(len(truth)), truth, fontsize=7)
            axes.set_xlabel("called")
            axes.set_ylabel("is")
            figure.colorbar(image, ax=axes, label="share of the class")
            yield Plot(f"confusion-{named(data)}-{modality}", f"{data}: what {modality} is taken for ({name})", figure)
