"""The exported towers with all their outputs, in process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from encoders import runtime
from encoders.layout import MODEL_REPOSITORY, NotExported, model_folder
from encoders.learning.slots import Slots
from encoders.spec import CLASSES, PICTURE_WIDTH, SOUND_WIDTH, TAGS, Floats, Integers, ItemTensors

ROWS_PER_RUN = 16  # pictures or patches: more only needs memory


class Towers:
    """Text, picture and sound towers of a model repository. Raises NotExported."""

    def __init__(self, repository: Path = MODEL_REPOSITORY) -> None:
        folders = [model_folder(repository, model) for model in ("text_encoder", "image_encoder", "audio_encoder")]
        if not all((folder / runtime.MANIFEST).is_file() for folder in folders):
            raise NotExported(repository)
        self._text = runtime.TextModel(folders[0])
        self._image = runtime.session(folders[1] / "image.onnx")
        self._audio = runtime.session(folders[2] / "audio.onnx")

    def text(self, texts: Sequence[Integers]) -> Floats:
        """Piece ids int32[l] each to float32[n, 512]; zeros for a text of no pieces."""
        return self._text.run(texts)

    def pictures(self, items: Sequence[ItemTensors]) -> Slots:
        """Every picture slot: embedding float32[m, 1280], class probabilities float32[m, 1000]."""
        rows, owner, modality = _slots([(item.pictures, item.picture_modality) for item in items])
        embedding, scores = _run(self._image, "pixels", ("embedding", "classes"), rows, (PICTURE_WIDTH, CLASSES))
        return Slots(owner, modality, embedding, scores)

    def sounds(self, items: Sequence[ItemTensors]) -> Slots:
        """Every patch of sound: embedding float32[m, 200], tag probabilities float32[m, 50]."""
        rows, owner, modality = _slots([(item.sounds, item.sound_modality) for item in items])
        embedding, scores = _run(self._audio, "patches", ("embedding", "tags"), rows, (SOUND_WIDTH, TAGS))
        return Slots(owner, modality, embedding, scores)


def _slots(given: Sequence[tuple[Any, Integers]]) -> tuple[Any, Any, Integers]:
    """(rows, owner int64[m], modality int32[m]) of every slot in use."""
    owner = np.repeat(np.arange(len(given)), [len(modality) for _, modality in given])
    return np.concatenate([slots for slots, _ in given]), owner, np.concatenate([modality for _, modality in given])


def _run(session: Any, source: str, outputs: tuple[str, str], rows: Any, widths: tuple[int, int]) -> list[Floats]:
    if not len(rows):
        return [np.zeros((0, width), np.float32) for width in widths]
    parts = [
        session.run(list(outputs), {source: rows[start : start + ROWS_PER_RUN]})
        for start in range(0, len(rows), ROWS_PER_RUN)
    ]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]
