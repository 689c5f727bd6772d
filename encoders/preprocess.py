"""A raw item to tensors. A medium that cannot be used becomes a problem `modality:code`; nothing is raised for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from encoders.container import decode_sound, opened
from encoders.picture import picture_tensor
from encoders.quality import quality
from encoders.sound import sound_patches
from encoders.spec import (
    MEL_BANDS,
    PATCH_FRAMES,
    PICTURE_SIDE,
    Floats,
    Integers,
    ItemTensors,
    Limits,
    Modality,
    Pixels,
    RawItem,
    UnusableMedium,
)
from encoders.tokens import tokenize
from encoders.video import VideoTensors, video_tensors

T = TypeVar("T")


def preprocess(item: RawItem, limits: Limits | None = None) -> ItemTensors:
    """Decodes and tokenises everything that the item has."""
    limits = limits or Limits()
    problems: list[str] = []

    def used(name: str, given: object, make: Callable[[], T], otherwise: T) -> T:
        if given is None:
            return otherwise
        try:
            return make()
        except UnusableMedium as problem:
            problems.append(f"{name}:{problem.code}")
            return otherwise

    tokens = used("text", item.text, lambda: _tokens(item.text or ""), np.zeros(0, np.int32))
    image = used(
        "image", item.image, lambda: picture_tensor(item.image or b"", limits.max_pixels)[None], _no_pictures()
    )
    audio = used("audio", item.audio, lambda: _sound(item.audio or b"", limits.max_seconds), _no_sounds())
    nothing = VideoTensors(_no_pictures(), _no_sounds())
    video = used("video", item.video, lambda: video_tensors(item.video or b"", limits), nothing)
    pictures, sounds = np.concatenate([image, video.pictures]), np.concatenate([audio, video.sounds])
    picture_modality = _slots((Modality.IMAGE, len(image)), (Modality.VIDEO, len(video.pictures)))
    sound_modality = _slots((Modality.AUDIO, len(audio)), (Modality.VIDEO, len(video.sounds)))
    return ItemTensors(
        tokens=tokens,
        pictures=pictures,
        picture_modality=picture_modality,
        sounds=sounds,
        sound_modality=sound_modality,
        quality=quality(tokens, pictures, picture_modality, sounds, sound_modality),
        problems=(*problems, *video.problems),
    )


def _tokens(text: str) -> Integers:
    tokens = tokenize(text)
    if not len(tokens):
        raise UnusableMedium("empty", "not a single known word")
    return tokens


def _sound(data: bytes, max_seconds: float) -> Floats:
    with opened(data, "sound") as container:
        return sound_patches(decode_sound(container, max_seconds))


def _slots(*counts: tuple[Modality, int]) -> Integers:
    return np.repeat([int(modality) for modality, _ in counts], [count for _, count in counts]).astype(np.int32)


def _no_pictures() -> Pixels:
    return np.zeros((0, PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)


def _no_sounds() -> Floats:
    return np.zeros((0, PATCH_FRAMES, MEL_BANDS), np.float32)
