"""A video is its frames and its sound track: frames go through the image encoder, the track through the audio one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from encoders.container import decode_frames, decode_sound, opened
from encoders.picture import fit
from encoders.sound import sound_patches
from encoders.spec import MEL_BANDS, PATCH_FRAMES, PICTURE_SIDE, Floats, Limits, Pixels, UnusableMedium

FRAMES = 6  # each costs about 10 ms of CPU


@dataclass(frozen=True, slots=True)
class VideoTensors:
    """pictures uint8[k, 224, 224, 3], 0 <= k <= 6; sounds float32[p, 187, 96]; not both empty."""

    pictures: Pixels
    sounds: Floats
    problems: tuple[str, ...] = ()


def video_tensors(data: bytes, limits: Limits) -> VideoTensors:
    """A video without a usable sound track is one without sound, no problem; one without usable frames says why.

    Raises UnusableMedium when neither frame nor sound can be used, and for frames over the pixel limit.
    """
    try:
        frames, problem = _frames(data, limits), None
    except UnusableMedium as error:
        if error.code in {"empty", "too_many_pixels"}:
            raise
        frames, problem = [], error
    sounds = _sounds(data, limits)
    if problem is not None and not len(sounds):
        raise problem
    pictures = np.stack(frames) if frames else np.zeros((0, PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    return VideoTensors(pictures, sounds, () if problem is None else (f"video:{problem.code}",))


def _frames(data: bytes, limits: Limits) -> list[Pixels]:
    """At least one. A blank frame, as at a fade, says nothing and takes nothing away."""
    with opened(data, "video") as container:
        pictures = decode_frames(container, FRAMES, limits.max_seconds, limits.max_pixels)
    if not pictures:
        raise UnusableMedium("no_frames", "no picture in it could be decoded")
    frames, blank = [], None
    for picture in pictures:
        try:
            frames.append(fit(picture))
        except UnusableMedium as error:
            blank = error
    if not frames and blank is not None:
        raise blank
    return frames


def _sounds(data: bytes, limits: Limits) -> Floats:
    """float32[p, 187, 96]; none where there is no track, or none that can be used."""
    try:
        with opened(data, "video") as container:  # anew: seeking has moved the sound track too
            return sound_patches(decode_sound(container, limits.max_seconds))
    except UnusableMedium:
        return np.zeros((0, PATCH_FRAMES, MEL_BANDS), np.float32)
