"""Curves of what is left of a score as items lose one modality, two, and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from matplotlib.ticker import MaxNLocator

from encoders.measuring.measure import Figures
from encoders.measuring.plots.plot import COLOURS, Plot, framed, main_rows, named, plain
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

SCORES = (
    ("neighbours", "precision@10", "share of the ten nearest with the same label"),
    ("cold", "ndcg@10", "NDCG@10 of cold items"),
)


def missing(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set and score: the mean over the subsets of a size as a line, the best and the worst as a band."""
    for data, measured in evaluation.figures["datasets"].items():
        for score, key, words in SCORES:
            rows = {name: row[score] for name, row in measured["rows"].items() if row.get(score, {}).get("missing")}
            if not rows:
                continue
            figure, axes = framed(f"{data}: {words}", 6.0, 4.0)
            for number, name in enumerate(main_rows(rows)):
                by_size = sizes(rows[name], key)
                colour = COLOURS[number % len(COLOURS)]
                means = [sum(values) / len(values) for values in by_size.values()]
                axes.plot(list(by_size), means, marker="o", color=colour, label=name)
                low, high = ([end(values) for values in by_size.values()] for end in (min, max))
                axes.fill_between(list(by_size), low, high, color=colour, alpha=0.12, linewidth=0)
            axes.set_xlabel("modalities missing (line: mean of the subsets; band: best and worst)")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_ylim(bottom=0.0)
            axes.legend(fontsize=8)
            plain(axes)
            yield Plot(f"missing-{score}-{named(data)}", f"{data}: {words}, with modalities missing", figure)


def sizes(figures: Figures, key: str) -> dict[int, list[float]]:
    """How many modalities are missing, to the scores of the subsets of that size; 0 is the whole."""
    found: dict[int, list[float]] = defaultdict(list, {0: [float(figures[key])]})
    for lost, less in figures["missing"].items():
        if less is not None and "," not in lost:
            found[lost.count(" and ") + 1].append(float(less[key]))
    return dict(sorted(found.items()))
