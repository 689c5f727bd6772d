"""What a smaller model costs in accuracy, and what it saves: measured beside the model that it stands in for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders import runtime
from encoders.batch import Batch, make_batches
from encoders.compress.prune import sent_size
from encoders.compress.quantise import agreement, file_size
from encoders.layout import MODEL_REPOSITORY
from encoders.measuring.retrieval import ranks
from encoders.pipeline import Pipeline
from encoders.served import aligner_folder, tower_folders
from encoders.spec import Floats, ItemTensors, Modality

Features = dict[str, NDArray[Any]]
Model = runtime.TextModel | runtime.SlotModel
Figures = dict[str, float | int | None]

TOWERS = ("text", "picture", "sound")
FILES = {"text": "text.onnx", "picture": "image.onnx", "sound": "audio.onnx"}
EMBEDDINGS = {"text": "text", "picture": "picture", "sound": "sound"}  # which of the features to compare
OTHERS = {"text": Modality.IMAGE, "picture": Modality.IMAGE, "sound": Modality.AUDIO}  # what texts are matched with
LEAST_PAIRS = 10
ROWS_TIMED, TURNS = 16, 7


def load(tower: str, graph: Path) -> Model:
    """A graph in the place of a tower, on one thread."""
    session = runtime.session(graph)
    if tower == "text":
        return runtime.TextModel(graph.parent, runner=session)
    make = runtime.picture_model if tower == "picture" else runtime.sound_model
    return make(graph.parent, runner=session)


def features_of(tower: str, model: Model, batch: Batch) -> Features:
    """What a tower makes of a batch, by the aligner's names."""
    if isinstance(model, runtime.TextModel):
        return {"text": model.run(list(batch.tokens))}
    if tower == "picture":
        classes, picture = model.run(batch.pictures, batch.picture_modality)
        return {"classes": classes, "picture": picture}
    tags, sound = model.run(batch.sounds, batch.sound_modality)
    return {"tags": tags, "sound": sound}


class Judge:
    """Holds what the encoder as exported makes of items, and measures replacements of one tower against it."""

    def __init__(
        self, items: Sequence[ItemTensors], repository: Path = MODEL_REPOSITORY, version: str | None = None
    ) -> None:
        """Raises NotExported."""
        folder = aligner_folder(repository, version)
        self.version = runtime.version(folder)
        self.graphs = {
            tower: of / FILES[tower] for tower, of in zip(TOWERS, tower_folders(repository, folder), strict=True)
        }
        self.aligner_graph = folder / "aligner.onnx"
        self._aligner = runtime.Aligner(folder)
        self._batches = make_batches(items)
        pipeline = Pipeline(repository, version=version)
        self._whole = [pipeline.features(batch) for batch in self._batches]
        self._vectors, self._parts = self._aligned([{} for _ in self._batches], self._aligner)

    @property
    def items(self) -> int:
        """How many items are measured on."""
        return len(self._vectors)

    def tower(self, tower: str, graph: Path) -> Figures:
        """A graph in a tower's place.

        agreement: mean cosine of its embeddings with the tower's own, both around the latter's mean; item_agreement: of
        the items' vectors, over items that have the medium; recall@10 and mrr: texts to pictures (texts to sounds for
        the sound tower) and back, meaned, by the encoder's aligner; None where fewer than ten items have both. bytes on
        disk; sent_bytes compressed; cpu_ms per picture, patch or text, one thread.
        """
        model = load(tower, graph)
        changed = [features_of(tower, model, batch) for batch in self._batches]
        vectors, parts = self._aligned(changed, self._aligner)
        ours, theirs = (self._embeddings(tower, features) for features in (self._whole, changed))
        centre = ours.mean(axis=0) if len(ours) else 0.0
        column = TOWERS.index(tower)
        has = np.abs(self._parts[:, column]).sum(axis=1) > 0
        return {
            "agreement": _mean(agreement(ours - centre, theirs - centre)),
            "item_agreement": _mean(agreement(self._vectors[has], vectors[has])),
            **_retrieval(parts, OTHERS[tower]),
            **_sizes(graph),
            "cpu_ms": self._cpu_ms(tower, model),
            "rows": len(ours),
        }

    def aligner(self, graph: Path) -> Figures:
        """A graph in the aligner's place: as `tower`, without embeddings of its own; cpu_ms per item."""
        model = runtime.Aligner(graph.parent, runner=runtime.session(graph))
        vectors, parts = self._aligned([{} for _ in self._batches], model)
        features = {name: self._whole[0][name] for name in runtime.ALIGNER_INPUTS}
        return {
            "agreement": None,
            "item_agreement": _mean(agreement(self._vectors, vectors)),
            **_retrieval(parts, Modality.IMAGE),
            **_sizes(graph),
            "cpu_ms": round(_least_cpu(lambda: model.run(features)) / len(features["text"]), 4),
            "rows": len(vectors),
        }

    def _aligned(self, changed: Sequence[Features], aligner: runtime.Aligner) -> tuple[Floats, Floats]:
        outs = [aligner.run({**whole, **new}) for whole, new in zip(self._whole, changed, strict=True)]
        return np.concatenate([out[0] for out in outs]), np.concatenate([out[1] for out in outs])

    def _embeddings(self, tower: str, features: Sequence[Features]) -> Floats:
        """Of every text, picture or patch that is there: float32[m, width]."""
        rows = []
        for batch, made in zip(self._batches, features, strict=True):
            there = {
                "text": (batch.tokens >= 0).any(axis=1),
                "picture": batch.picture_modality > 0,
                "sound": batch.sound_modality > 0,
            }[tower]
            rows.append(made[EMBEDDINGS[tower]][there])
        return np.concatenate(rows)

    def _cpu_ms(self, tower: str, model: Model) -> float | None:
        if isinstance(model, runtime.TextModel):
            texts = [line for batch in self._batches for line in batch.tokens if (line >= 0).any()][:ROWS_TIMED]
            return round(_least_cpu(lambda: model.run(texts)) / max(1, len(texts)), 4)
        slots = [
            slot
            for batch in self._batches
            for given, modality in [
                (batch.pictures, batch.picture_modality) if tower == "picture" else (batch.sounds, batch.sound_modality)
            ]
            for slot in given[modality > 0]
        ][:ROWS_TIMED]
        if not slots:
            return None
        stacked, used = np.stack(slots)[None], np.ones((1, len(slots)), np.int32)
        return round(_least_cpu(lambda: model.run(stacked, used)) / len(slots), 4)


def _retrieval(parts: Floats, other: Modality) -> Figures:
    texts, others = parts[:, 0], parts[:, int(other) - 1]
    both = (np.abs(texts).sum(axis=1) > 0) & (np.abs(others).sum(axis=1) > 0)
    if both.sum() < LEAST_PAIRS:
        return {"recall@10": None, "mrr": None, "pairs": int(both.sum())}
    ways = ranks(texts[both], others[both]), ranks(others[both], texts[both])
    return {
        "recall@10": round(float(np.mean([way.recall(10).mean() for way in ways])), 4),
        "mrr": round(float(np.mean([(1 / way.middle).mean() for way in ways])), 4),
        "pairs": int(both.sum()),
    }


def _sizes(graph: Path) -> Figures:
    return {"bytes": file_size(graph), "sent_bytes": sent_size(graph)}


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _least_cpu(work: Any) -> float:
    """Milliseconds of this thread's CPU, the least of several turns: another program's load hardly counts."""
    took = []
    for _ in range(TURNS):
        start = time.thread_time()
        work()
        took.append(time.thread_time() - start)
    return 1e3 * min(took)
