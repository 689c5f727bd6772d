"""Bars of how far each score falls when media are spoilt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from encoders.measuring.plots.plot import COLOURS, Plot, framed, main_rows, named
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

UNTAUGHT = ("unaligned",)  # scores near chance fall and rise by chance


def spoilt(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set: the share of each score that is lost, for the main rows."""
    for data, measured in evaluation.figures["datasets"].items():
        rows = {name: falls(row["robustness"]) for name, row in measured["rows"].items() if row.get("robustness")}
        chosen = [name for name in main_rows(rows) if name not in UNTAUGHT] or list(rows)
        scores = list(dict.fromkeys(score for name in chosen for score in rows[name]))
        if not scores:
            continue
        figure, axes = framed(f"{data}: share of the score that is lost", 8.0, max(3.0, 0.32 * len(scores) + 1.0))
        height = 0.8 / len(chosen)
        for number, name in enumerate(chosen):
            having = [(place, rows[name][score]) for place, score in enumerate(scores) if score in rows[name]]
            axes.barh(
                [place + number * height for place, _ in having],
                [fall for _, fall in having],
                height,
                color=COLOURS[number % len(COLOURS)],
                label=name,
            )
        axes.set_yticks([place + 0.4 - height / 2 for place in range(len(scores))], scores, fontsize=7)
        axes.invert_yaxis()
        axes.axvline(0.0, color="black", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8)
        yield Plot(f"spoilt-{named(data)}", f"{data}: how far each score falls when media are spoilt", figure)


def falls(robustness: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]) -> dict[str, float]:
    """`blur: image->text recall@10` and so on, to the share that is lost."""
    return {f"{how}: {score}": one["fall"] for how, told in robustness.items() for score, one in told["scores"].items()}
