"""The encoder in process: preprocess, run, give back. Used offline and wherever no Triton is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from encoders import runtime
from encoders.batch import Batch, make_batches
from encoders.layout import MODEL_REPOSITORY, NotExported, model_folder
from encoders.preprocess import preprocess
from encoders.spec import DIMENSION, EncodedItem, Floats, ItemTensors, Limits, RawItem


class Pipeline:
    """Encodes batches of items with the exported models. Thread safe: ONNX Runtime's sessions are."""

    dimension = DIMENSION

    def __init__(self, repository: Path = MODEL_REPOSITORY, limits: Limits | None = None) -> None:
        """Loads the models from the model repository; raises NotExported when they are not there."""
        self._limits = limits or Limits()
        try:
            self.version = runtime.version(model_folder(repository, "aligner"))
        except FileNotFoundError as error:
            raise NotExported(repository) from error
        self._text = runtime.TextModel(model_folder(repository, "text_encoder"))
        self._pictures = runtime.picture_model(model_folder(repository, "image_encoder"))
        self._sounds = runtime.sound_model(model_folder(repository, "audio_encoder"))
        self._aligner = runtime.Aligner(model_folder(repository, "aligner"))

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
        return self._aligner.run(
            self._text.run(list(batch.tokens)),
            self._pictures.run(batch.pictures, batch.picture_modality),
            batch.picture_modality,
            self._sounds.run(batch.sounds, batch.sound_modality),
            batch.sound_modality,
        )
