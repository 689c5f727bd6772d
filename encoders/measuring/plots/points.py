"""The space as a map: t-SNE (van der Maaten and Hinton, 2008) of every item's modalities, and of its class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from encoders.measuring.measure import Bench
from encoders.measuring.plots.plot import COLOURS, GREY, Plot, named
from encoders.measuring.run import Evaluation
from encoders.measuring.space import Space
from encoders.measuring.trained_logs import Log
from encoders.spec import MODALITIES, Floats

MOST = 900  # vectors on one map: more take minutes and show no more
CLASSES = len(COLOURS)  # that get a colour of their own, the most frequent ones
PERPLEXITY = 30.0


def points(evaluation: Evaluation, logs: Mapping[str, Log]) -> Iterator[Plot]:
    """Per data set: each drawn row's parts coloured by modality (above) and by class (below)."""
    for data, bench in evaluation.benches.items():
        spaces = {row: space for (of, row), space in evaluation.spaces.items() if of == data}
        if not spaces:
            continue
        figure = Figure(figsize=(4.2 * len(spaces), 8.0), layout="constrained")
        axes: Any = figure.subplots(2, len(spaces), squeeze=False)
        for column, (row, space) in enumerate(spaces.items()):
            rows, modality, vectors = sample(space, evaluation.figures["seed"])
            places = flattened(vectors, evaluation.figures["seed"])
            _coloured(axes[0, column], places, np.array(MODALITIES)[modality], f"{row}: by modality", MODALITIES)
            names = np.array(bench.test.labels)[rows]
            _coloured(axes[1, column], places, names, f"{row}: by class", _frequent(bench))
        yield Plot(f"space-{named(data)}", f"{data}: the space, by modality and by class (t-SNE)", figure)


def sample(space: Space, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Up to MOST vectors of parts that are there: (row of the item, number of the modality from 0, vector)."""
    rows, modality = np.nonzero(np.abs(space.parts).sum(axis=2) > 0)
    if len(rows) > MOST:
        chosen = np.sort(np.random.default_rng(seed).choice(len(rows), MOST, replace=False))
        rows, modality = rows[chosen], modality[chosen]
    return rows, modality, space.parts[rows, modality]


def flattened(vectors: Floats, seed: int) -> Floats:
    """float32[n, d] to float32[n, 2]."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

    few = min(PERPLEXITY, max(2.0, (len(vectors) - 1) / 3))
    # Its threads wait for each other in busy loops: beside other work on the machine two are ten times slower than one.
    with threadpool_limits(1):
        places: Floats = TSNE(perplexity=few, init="pca", random_state=seed, metric="cosine").fit_transform(vectors)
    return places


def _frequent(bench: Bench) -> tuple[str, ...]:
    names, counts = np.unique([label for label in bench.test.labels if label], return_counts=True)
    return tuple(str(name) for name in names[np.argsort(-counts, kind="stable")[:CLASSES]])


def _coloured(axes: Axes, places: Floats, names: NDArray[np.str_], title: str, shown: tuple[str, ...]) -> None:
    rest = ~np.isin(names, shown)
    if rest.any():
        axes.scatter(places[rest, 0], places[rest, 1], s=5, color=GREY, linewidths=0, label="other")
    for number, name in enumerate(shown):
        here = names == name
        if here.any():
            axes.scatter(places[here, 0], places[here, 1], s=7, color=COLOURS[number], linewidths=0, label=name)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize=6, markerscale=2, loc="best")
