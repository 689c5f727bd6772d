"""How far each score falls when the media of the measured items are spoilt and everything else stays as it was."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from encoders.learning.features import Features
from encoders.measuring import cold, labels
from encoders.measuring.disturbances import DISTURBANCES
from encoders.measuring.measure import LEAST_PAIRS, Bench, Figures
from encoders.measuring.retrieval import ranks
from encoders.measuring.space import Row, Space, space_of
from encoders.spec import Floats, Modality

RECALL = 10


def robustness(row: Row, bench: Bench, spoilt: Mapping[str, Features], temperature: float | None) -> Figures:
    """By disturbance: `items` that it touched, `lost` (the share of them whose medium is of no use any more), `scores`.

    Each score has `clean`, `disturbed` and `fall` (1 - disturbed / clean). Spoilt items ask among clean ones: one's
    picture for its own text, its vector for its neighbours; spoilt new items are recommended by clean histories.
    """
    clean = space_of(row, bench.test, fields=bench.fields)
    past = row(bench.whole.take(bench.cold[0].history))[0] if bench.cold is not None else None
    figures: Figures = {}
    for name, items in spoilt.items():
        modality = DISTURBANCES[name].modality
        touched = _touched(bench.test, items, modality)
        if int(touched.sum()) < LEAST_PAIRS:
            continue
        space = space_of(row, items)
        scores = retrievals(clean, space, modality, touched) | _neighbours(clean, space, bench, touched)
        if bench.cold is not None and past is not None and temperature is not None:
            scores |= _cold(bench.cold[0], past, clean.vectors, space.vectors, temperature)
        if scores:
            lost = touched & ~items.present[:, int(modality) - 1]
            figures[name] = {
                "modality": modality.name.lower(),
                "items": int(touched.sum()),
                "lost": float(lost.sum() / touched.sum()),
                "scores": scores,
            }
    return figures


def retrievals(clean: Space, spoilt: Space, modality: Modality, touched: NDArray[np.bool_]) -> Figures:
    """Recall@10 of the other modalities by the spoilt one, over the items that still have it."""
    own = modality.name.lower()
    figures: Figures = {}
    for other in (one.name.lower() for one in Modality if one is not modality):
        both = clean.has(own) & clean.has(other)
        asks = (both & touched & spoilt.has(own))[both]
        if int(asks.sum()) < LEAST_PAIRS:
            continue
        answers = clean.part(other)[both]
        before, after = (
            float(ranks(space.part(own)[both], answers).recall(RECALL)[asks].mean()) for space in (clean, spoilt)
        )
        figures[f"{own}->{other} recall@{RECALL}"] = fallen(before, after)
    return figures


def fallen(clean: float, disturbed: float) -> Figures:
    """`fall` is 0 where nothing was lost, 1 where all was, and negative where it got better."""
    return {"clean": clean, "disturbed": disturbed, "fall": 1.0 - disturbed / clean if clean > 0 else 0.0}


def _neighbours(clean: Space, spoilt: Space, bench: Bench, touched: NDArray[np.bool_]) -> Figures:
    key = f"precision@{labels.NEIGHBOURS}"
    before, after = (
        labels.neighbours_share_labels(space.similarity(clean), bench.test.labels, bench.seed, touched)
        for space in (clean, spoilt)
    )
    if before is None or after is None:
        return {}
    return {f"neighbours {key}": fallen(before[key], after[key])}


def _cold(task: cold.ColdTask, past: Floats, clean: Floats, spoilt: Floats, temperature: float) -> Figures:
    key = f"ndcg@{cold.PLACES}"
    before, after = (float(cold.recommend(task, past @ new.T, temperature)[key].mean()) for new in (clean, spoilt))
    return {f"cold {key}": fallen(before, after)}


def _touched(test: Features, items: Features, modality: Modality) -> NDArray[np.bool_]:
    """Which items the disturbance changed; one that got the same text is not among them."""
    column = int(modality) - 1
    if modality is Modality.TEXT:
        if "text" not in test.texts:
            return np.zeros(len(test), np.bool_)
        changed: NDArray[np.bool_] = np.abs(test.texts["text"] - items.texts["text"]).sum(axis=1) > 0
        return changed
    return test.present[:, column].copy()
