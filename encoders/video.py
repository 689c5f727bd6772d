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
    """Frames that are blank are left out; a video without a usable sound track is one without sound, no problem.

    Raises UnusableMedium when neither frame nor sound can be used.
    """
    with opened(data, "video") as container:
        frames = []
        for picture in decode_frames(container, FRAMES, limits.max_seconds, limits.max_pixels):
            try:
                frames.append(fit(picture))
            except UnusableMedium:  # a blank frame, as at a fade, says nothing and takes nothing away
                continue
    with opened(data, "video") as container:  # anew: seeking has moved the sound track too
        try:
            sounds = sound_patches(decode_sound(container, limits.max_seconds))
        except UnusableMedium:
            sounds = np.zeros((0, PATCH_FRAMES, MEL_BANDS), np.float32)
    if not frames and not len(sounds):
        raise UnusableMedium("no_frames", "neither a frame nor a sound could be decoded")
    pictures = np.stack(frames) if frames else np.zeros((0, PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    return VideoTensors(pictures, sounds, () if frames else ("video:no_frames",))
