"""Encoders from transformers, by hub name or local folder: MiniLM and its kin for text, CLIP and SigLIP for text and
pictures, CLAP for text and sound. No weights of these come from a package registry, so nothing here is shipped with
them; a machine that can reach a hub, or has a folder, can use them in place of the packaged models.

Reimers and Gurevych, "Sentence-BERT" (2019); Radford et al., "CLIP" (2021); Zhai et al., "SigLIP" (2023);
Wu et al., "CLAP" (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from encoders.spec import Floats, Pixels

# A second tower beside the one for text, and what prepares its input. The Pil variants need no torchvision, which this
# environment leaves out (transformers' Auto class asks for it).
TWO_TOWERS = {"clip": "image", "siglip": "image", "clap": "audio"}
EXTRACTORS = {"clip": "CLIPImageProcessorPil", "siglip": "SiglipImageProcessorPil", "clap": "ClapFeatureExtractor"}


class UnsupportedModel(ValueError):
    """The model cannot do what was asked of it."""


class TransformersEncoder:
    """One model. Vectors are of unit length, float32[n, width]; all modalities of one model share its space."""

    def __init__(self, name_or_folder: str | Path, device: str = "cpu") -> None:
        """Raises OSError when there is no such folder or hub name."""
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        self._source = str(name_or_folder)
        self._device = device
        self.kind: str = AutoConfig.from_pretrained(self._source).model_type
        self._model: Any = AutoModel.from_pretrained(self._source).to(device).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(self._source)
        self._extract = self._extractor()

    @property
    def modalities(self) -> tuple[str, ...]:
        """`text`, and what shares its space."""
        return ("text", TWO_TOWERS[self.kind]) if self.kind in TWO_TOWERS else ("text",)

    @property
    def sampling_rate(self) -> int:
        """What `sounds` expects, in Hz."""
        self._must("audio")
        return int(self._extract.sampling_rate)

    def texts(self, texts: Sequence[str]) -> Floats:
        """Mean of the token vectors (Sentence-BERT) for a text model, the text tower of the others."""
        padding = "max_length" if self.kind.startswith("siglip") else True  # SigLIP was trained on padded texts only
        limit = self._text_limit()
        tokens = self._tokenizer(list(texts), padding=padding, truncation=True, max_length=limit, return_tensors="pt")
        tokens = {name: value.to(self._device) for name, value in tokens.items() if name != "token_type_ids"}
        with torch.inference_mode():
            if self.kind in TWO_TOWERS:
                return _unit(self._model.get_text_features(**tokens))
            states = self._model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(2).to(states.dtype)
            return _unit((states * mask).sum(dim=1) / mask.sum(dim=1).clamp_min(1.0))

    def pictures(self, pictures: Sequence[Pixels]) -> Floats:
        """uint8[h, w, 3] each; scaled and cropped as the model was trained."""
        self._must("image")
        images = [Image.fromarray(picture) for picture in pictures]
        pixels = self._extract(images=images, return_tensors="pt")["pixel_values"].to(self._device)
        with torch.inference_mode():
            return _unit(self._model.get_image_features(pixel_values=pixels))

    def sounds(self, sounds: Sequence[Floats]) -> Floats:
        """Mono samples float32[s] each, at `sampling_rate`."""
        self._must("audio")
        features = self._extract(list(sounds), sampling_rate=self.sampling_rate, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            return _unit(self._model.get_audio_features(**features))

    def _extractor(self) -> Any:
        import transformers

        if self.kind not in EXTRACTORS:
            return None
        return getattr(transformers, EXTRACTORS[self.kind]).from_pretrained(self._source)

    def _must(self, modality: str) -> None:
        if modality not in self.modalities:
            raise UnsupportedModel(f"{self._source} is a {self.kind} model: it has no {modality} tower")

    def _text_limit(self) -> int:
        config = getattr(self._model.config, "text_config", self._model.config)
        positions = int(config.max_position_embeddings)
        # RoBERTa's positions begin after its padding index, so two of them are never used.
        return positions - 2 if "roberta" in config.model_type or self.kind == "clap" else positions


def _unit(output: Any) -> Floats:
    vectors = output if isinstance(output, torch.Tensor) else output.pooler_output
    unit = torch.nn.functional.normalize(vectors.float(), dim=1)
    return np.asarray(unit.cpu().numpy(), np.float32)
