"""Labels of items: naming one by the nearest of the labels' words (zero-shot), and whether neighbours share theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.measuring.bootstrap import interval
from encoders.spec import Floats

LEAST_ITEMS = 5  # of a label: a class of fewer tells little
NEIGHBOURS = 10
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


def neighbours_share_labels(similarity: Floats, labels: Sequence[str], seed: int = 0) -> dict[str, object] | None:
    """Of each item's ten nearest other items, the share that carries its label: float32[n, n] similarities.

    Only items whose label occurs at least twice ask; None if there are none.
    """
    names = np.array(labels)
    counts = Counter(labels)
    asks = np.array([bool(label) and counts[label] > 1 for label in labels])
    if not asks.any() or len(labels) <= NEIGHBOURS:
        return None
    scores = similarity.copy()
    np.fill_diagonal(scores, -np.inf)
    nearest = np.argsort(-scores[asks], axis=1, kind="stable")[:, :NEIGHBOURS]
    share = (names[nearest] == names[asks][:, None]).mean(axis=1)
    key = f"precision@{NEIGHBOURS}"
    return {key: float(share.mean()), f"{key}.interval": list(interval(share, seed)), "n": int(asks.sum())}
