"""The encoder in process: preprocess, run, give back. Used offline and wherever no Triton is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from encoders import runtime
from encoders.batch import Batch, make_batches
from encoders.layout import MODEL_REPOSITORY
from encoders.preprocess import preprocess
from encoders.served import aligner_folder, tower_folders
from encoders.spec import DIMENSION, EncodedItem, Floats, ItemTensors, Limits, RawItem


class Pipeline:
    """Encodes batches of items with the exported models. Thread safe: ONNX Runtime's sessions are."""

    dimension = DIMENSION

    def __init__(
        self, repository: Path = MODEL_REPOSITORY, limits: Limits | None = None, *, version: str | None = None
    ) -> None:
        """Loads the models of an encoder version, by default of the one that is shipped as default.

        Raises NotExported when nothing, or not this version, has been exported into the model repository.
        """
        self._limits = limits or Limits()
        folder = aligner_folder(repository, version)
        self.version = runtime.version(folder)
        text, image, audio = tower_folders(repository, folder)
        self._text = runtime.TextModel(text)
        self._pictures = runtime.picture_model(image)
        self._sounds = runtime.sound_model(audio)
        self._aligner = runtime.Aligner(folder)

    def encode(self, items: Sequence[RawItem]) -> list[EncodedItem]:
        """One outcome per item, in order; broken media become problems."""
        return self.encode_tensors([preprocess(item, self._limits) for item in items])

    def encode_tensors(self, tensors: Sequence[ItemTensors]) -> list[EncodedItem]:
        vectors: dict[int, Floats] = {}
        for batch in make_batches(tensors):
            vectors.update(zip(batch.rows, self.run(batch)[0], strict=True))
        return [EncodedItem(vectors.get(row), item.modalities, item.problems) for row, item in enumerate(tensors)]

    def run(self, batch: Batch) -> tuple[Floats, Floats]:
        """(vectors float32[n, 256], parts float32[n, 4, 256] by modality)."""
        return self._aligner.run(self.features(batch))

    def features(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """What the pretrained encoders make of a batch, by the names of `runtime.ALIGNER_INPUTS`.

        text float32[n, 512]; classes float32[n, k, 1000] and picture float32[n, k, 1280] with picture_modality
        int32[n, k]; tags float32[n, p, 50] and sound float32[n, p, 200] with sound_modality int32[n, p]; quality
        float32[n, 4]. Slots whose modality is 0 are zeros.
        """
        classes, picture = self._pictures.run(batch.pictures, batch.picture_modality)
        tags, sound = self._sounds.run(batch.sounds, batch.sound_modality)
        return {
            "text": self._text.run(list(batch.tokens)),
            "classes": classes,
            "picture": picture,
            "picture_modality": batch.picture_modality,
            "tags": tags,
            "sound": sound,
            "sound_modality": batch.sound_modality,
            "quality": batch.quality,
        }
