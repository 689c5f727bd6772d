"""Labels of items: naming one by the nearest of the labels' words (zero-shot), and whether neighbours share theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.measuring.bootstrap import interval
from encoders.spec import Floats

LEAST_ITEMS = 5  # of a label: a class of fewer tells little
NEIGHBOURS = 10
TIES = 0  # seed of the order in which equal scores stand
Integers = NDArray[np.int64]


def classes_of(labels: Sequence[str]) -> list[str]:
    """The labels that are frequent enough to be classes, in alphabetical order."""
    return sorted(label for label, count in Counter(labels).items() if label and count >= LEAST_ITEMS)


def zero_shot(
    vectors: Floats, prompts: Floats, truth: Integers, names: Sequence[str], seed: int = 0
) -> dict[str, object]:
    """Unit rows float32[n, d] against the labels' float32[c, d]; `truth` int64[n] indexes `names`.

    Accuracy, macro-averaged precision, recall and F1 over the classes that occur, each class's own, and the confusion
    matrix: `confusion[i][j]` items of class i were called j.
    """
    guessed = (vectors @ prompts.T).argmax(axis=1)
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (truth, guessed), 1)
    hits, had, called = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    occurs = had > 0
    precision = hits / np.maximum(called, 1)
    recall = hits / np.maximum(had, 1)
    f1 = 2 * hits / np.maximum(had + called, 1)
    return {
        "accuracy": float(hits.sum() / len(truth)),
        "accuracy.interval": list(interval((guessed == truth).astype(np.float64), seed)),
        "precision": float(precision[occurs].mean()),
        "recall": float(recall[occurs].mean()),
        "f1": float(f1[occurs].mean()),
        "n": len(truth),
        "classes": int(occurs.sum()),
        "per_class": {
            name: {"precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "n": int(had[i])}
            for i, name in enumerate(names)
            if occurs[i]
        },
        "names": list(names),
        "confusion": confusion.tolist(),
    }


def neighbours_share_labels(
    similarity: Floats, labels: Sequence[str], seed: int = 0, asking: NDArray[np.bool_] | None = None
) -> dict[str, Any] | None:
    """Of each item's ten nearest other items, the share that carries its label: float32[n, n] similarities.

    Where fewer than ten others carry it, of as many nearest as do, so that 1 can be had. Only items whose label occurs
    at least twice ask (and of these, those of `asking`); None if there are none.
    """
    names = np.array(labels)
    counts = Counter(labels)
    asks = np.array([bool(label) and counts[label] > 1 for label in labels])
    if asking is not None:
        asks &= asking
    if not asks.any() or len(labels) <= NEIGHBOURS:
        return None
    scores = similarity.copy()
    np.fill_diagonal(scores, -np.inf)
    # Equal scores (items that a row knows nothing of) go in an order drawn once: a file's is often by label.
    order = np.random.default_rng(TIES).permutation(len(names))
    nearest = order[np.argsort(-scores[asks][:, order], axis=1, kind="stable")[:, :NEIGHBOURS]]
    others = np.minimum([counts[label] - 1 for label in names[asks]], NEIGHBOURS)
    counted = np.arange(NEIGHBOURS) < others[:, None]
    share = ((names[nearest] == names[asks][:, None]) & counted).sum(axis=1) / others
    key = f"precision@{NEIGHBOURS}"
    return {key: float(share.mean()), f"{key}.interval": list(interval(share, seed)), "n": int(asks.sum())}
