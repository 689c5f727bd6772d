"""What every encoder here shares: the space's dimension, the modalities, the shapes of the tensors, and the errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSION = 256
TEXT_WIDTH, PICTURE_WIDTH, SOUND_WIDTH = 512, 1280, 200  # of the pretrained encoders' embeddings
CLASSES, TAGS = 1000, 50  # labels of the pretrained classifiers
PICTURE_SIDE = 224  # pixels
SAMPLE_RATE = 16_000  # Hz
MEL_BANDS = 96
PATCH_FRAMES = 187  # three seconds at a hop of 256 samples

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Pixels = NDArray[np.uint8]


class Modality(IntEnum):
    """What a slot of an item's tensors belongs to; 0 marks an empty slot."""

    TEXT = 1
    IMAGE = 2
    AUDIO = 3
    VIDEO = 4


MODALITIES: tuple[str, ...] = tuple(modality.name.lower() for modality in Modality)


class UnusableMedium(Exception):
    """A medium that cannot be used. `code` is one of the values of `ProblemCode`, `str(error)` says what was found."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# Every code that may follow `modality:` in an item's problems, and what it means.
PROBLEM_CODES: dict[str, str] = {
    "empty": "no bytes, no samples, or text without a single word",
    "unreadable": "not a file of a supported format, or damaged",
    "truncated": "the file ends too early",
    "unsupported": "a format that is refused, such as SVG",
    "too_many_pixels": "more pixels than the limit allows (refused before decoding)",
    "too_small": "a picture under 8 pixels wide or high, or so long that scaling leaves nothing of it",
    "blank": "a picture, or every frame of a video that was looked at, of one single colour",
    "silent": "a sound without anything to hear",
    "no_frames": "a video without a single picture that can be decoded",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Guards on media: pixels of a picture or frame, seconds of a sound or video that are read."""

    max_pixels: int = 50_000_000
    max_seconds: float = 60.0


class RawItem(Protocol):
    """An item as given: text, and the bytes of files (None = absent)."""

    @property
    def text(self) -> str | None: ...
    @property
    def image(self) -> bytes | None: ...
    @property
    def audio(self) -> bytes | None: ...
    @property
    def video(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class ItemTensors:
    """One item, ready for the models. A slot is a picture or a patch of sound; its modality says whose it is.

    tokens int32[l]; pictures uint8[k, 224, 224, 3]; picture_modality int32[k]; sounds float32[p, 187, 96];
    sound_modality int32[p]. Any of l, k, p may be 0. quality float32[4] in 0..1, see quality.py. `problems`:
    `modality:code`.
    """

    tokens: Integers
    pictures: Pixels
    picture_modality: Integers
    sounds: Floats
    sound_modality: Integers
    quality: Floats
    problems: tuple[str, ...] = ()

    @property
    def modalities(self) -> tuple[str, ...]:
        """The names of the modalities that have at least one slot, in the order of `Modality`."""
        present = {*self.picture_modality.tolist(), *self.sound_modality.tolist()}
        if len(self.tokens):
            present.add(int(Modality.TEXT))
        return tuple(modality.name.lower() for modality in Modality if int(modality) in present)

    @property
    def empty(self) -> bool:
        return not (len(self.tokens) or len(self.pictures) or len(self.sounds))


@dataclass(frozen=True, slots=True)
class EncodedItem:
    """`vector`: float32[256] of unit length, or None when nothing could be used."""

    vector: Floats | None
    modalities: tuple[str, ...]
    problems: tuple[str, ...] = ()
