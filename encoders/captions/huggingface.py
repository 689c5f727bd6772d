"""Captioning models and language models from transformers, by hub name or local folder.

Pictures: image-to-text models (BLIP, Li et al. 2022; GIT; ViT-GPT2). Sounds: captioning models of Whisper's family
(Kadlčík et al., "A Whisper transformer for audio captioning", 2023). Rewriting: any causal language model. None of
their weights come from a package registry, so none is shipped; a machine that reaches a hub or has a folder can use
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from encoders.captions.port import Caption, UnsupportedMedium
from encoders.spec import SAMPLE_RATE, Floats, Pixels

BATCH = 8
MAX_WORDS = 40  # new tokens per caption
PROMPT = "Describe the item in one plain sentence, using only these words: {words}.\nSentence:"


class PictureCaptioner:
    """An image-to-text model; it cannot hear."""

    def __init__(self, name_or_folder: str | Path, language: str = "en", device: str = "cpu") -> None:
        """Raises OSError when there is no such folder or hub name."""
        from transformers import AutoModelForImageTextToText

        self._model, self._source = _loaded(AutoModelForImageTextToText, name_or_folder, device), str(name_or_folder)
        self._tokenizer = _tokenizer(name_or_folder)
        self._extract = _picture_processor(self._source)
        self._language, self._device = language, device

    def pictures(self, pictures: Sequence[Pixels]) -> list[list[Caption]]:
        said: list[list[Caption]] = []
        for at in range(0, len(pictures), BATCH):
            images = [Image.fromarray(picture) for picture in pictures[at : at + BATCH]]
            pixels = self._extract(images=images, return_tensors="pt")["pixel_values"].to(self._device)
            said += _said(self._model, self._tokenizer, self._language, pixel_values=pixels)
        return said

    def sounds(self, sounds: Sequence[Floats]) -> list[list[Caption]]:
        raise UnsupportedMedium(f"{self._source} captions pictures: give it no sounds")


class SoundCaptioner:
    """An audio captioning model of Whisper's family; it cannot see."""

    def __init__(self, name_or_folder: str | Path, language: str = "en", device: str = "cpu") -> None:
        """Raises OSError when there is no such folder or hub name."""
        from transformers import AutoFeatureExtractor, AutoModelForSpeechSeq2Seq

        self._model, self._source = _loaded(AutoModelForSpeechSeq2Seq, name_or_folder, device), str(name_or_folder)
        self._tokenizer = _tokenizer(name_or_folder)
        self._extract: Any = AutoFeatureExtractor.from_pretrained(self._source)
        self._language, self._device = language, device

    def sounds(self, sounds: Sequence[Floats]) -> list[list[Caption]]:
        said: list[list[Caption]] = []
        for at in range(0, len(sounds), BATCH):
            heard = self._extract(
                [*sounds[at : at + BATCH]], sampling_rate=SAMPLE_RATE, return_tensors="pt"
            ).input_features.to(self._device)
            said += _said(self._model, self._tokenizer, self._language, input_features=heard)
        return said

    def pictures(self, pictures: Sequence[Pixels]) -> list[list[Caption]]:
        raise UnsupportedMedium(f"{self._source} captions sounds: give it no pictures")


class LanguageModelRewriter:
    """A causal language model that makes one sentence of an item's captions, in the language of the heaviest."""

    def __init__(self, name_or_folder: str | Path, prompt: str = PROMPT, device: str = "cpu") -> None:
        """`prompt` holds `{words}`. Raises OSError when there is no such folder or hub name."""
        from transformers import AutoModelForCausalLM

        self._model = _loaded(AutoModelForCausalLM, name_or_folder, device)
        self._tokenizer = _tokenizer(name_or_folder)
        self._prompt, self._device = prompt, device

    def rewrite(self, captions: Sequence[Sequence[Caption]]) -> list[list[Caption]]:
        return [self._one(said) if said else [] for said in captions]

    def _one(self, said: Sequence[Caption]) -> list[Caption]:
        heaviest = max(said, key=lambda caption: caption.weight)
        words = ", ".join(caption.text for caption in said if caption.language == heaviest.language)
        tokens = self._tokenizer(self._prompt.format(words=words), return_tensors="pt").to(self._device)
        given = tokens["input_ids"].shape[1]
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], **_decoding()
            )
        text = self._tokenizer.decode(out[0, given:], skip_special_tokens=True).strip()
        # A model that says nothing must not take away what was known.
        return [Caption(text, heaviest.language)] if text else [*said]


def _said(model: Any, tokenizer: Any, language: str, **given: torch.Tensor) -> list[list[Caption]]:
    with torch.inference_mode():
        out = model.generate(**given, **_decoding())
    texts = [text.strip() for text in tokenizer.batch_decode(out, skip_special_tokens=True)]
    return [[Caption(text, language)] if text else [] for text in texts]


def _decoding() -> dict[str, Any]:
    """Greedy, so that the same medium always gets the same words."""
    return {"max_new_tokens": MAX_WORDS, "do_sample": False, "num_beams": 1}


def _loaded(kind: Any, name_or_folder: str | Path, device: str) -> Any:
    return kind.from_pretrained(str(name_or_folder)).to(device).eval()


def _tokenizer(name_or_folder: str | Path) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(name_or_folder))
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token  # decoders such as GPT-2 were trained without padding
    return tokenizer


def _picture_processor(source: str) -> Any:
    """The Pil variant of the class that the folder names: transformers' Auto class asks for torchvision."""
    import transformers

    known, _ = transformers.ImageProcessingMixin.get_image_processor_dict(source)
    name = str(known["image_processor_type"]).removesuffix("Fast").removesuffix("Pil") + "Pil"
    return getattr(transformers, name).from_pretrained(source)
