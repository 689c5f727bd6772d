"""How much each modality of an item has to say, 0 to 1, from the tensors that the models get: an input of the fusion.

A blank-ish picture, a near-silent clip and a one-word text are usable, but weigh less beside a good one; a learned
fusion decides how much less. The measures are plain on purpose: cheap (under 0.2 ms per item) and the same everywhere.
"""

from __future__ import annotations

import numpy as np

from encoders.spec import Floats, Integers, Modality, Pixels

BEGIN_AND_END = 2  # pieces that every text has
RICH_PIECES = 16  # distinct pieces of a text that leaves nothing to wish for
CONTRAST = 48.0  # standard deviation of brightness (of 255) of a picture of full contrast
DETAIL = 6.0  # mean step of brightness (of 255) between neighbouring pixels of a picture of full detail
LOUD = 3.0  # log-mel of the strongest band of a frame that is plainly heard (sound.py: log10(1 + 10^4 power))

# Of these values `recipe.QUALITY_RECIPE` is made, for the versions of encoders that use them.
CONSTANTS = {"rich_pieces": RICH_PIECES, "contrast": CONTRAST, "detail": DETAIL, "loud": LOUD}


def quality(
    tokens: Integers, pictures: Pixels, picture_modality: Integers, sounds: Floats, sound_modality: Integers
) -> Floats:
    """float32[4] in 0..1 in the order of `Modality`, 0 where absent; the shapes are those of `ItemTensors`.

    A video is judged by its frames, and by its sound track where it has no frame.
    """
    seen = [
        (int(modality), picture_quality(pixels)) for pixels, modality in zip(pictures, picture_modality, strict=True)
    ]
    heard = [(int(modality), sound_quality(patch)) for patch, modality in zip(sounds, sound_modality, strict=True)]
    return np.array(
        [
            text_quality(tokens),
            _mean(seen, Modality.IMAGE),
            _mean(heard, Modality.AUDIO),
            _mean(seen, Modality.VIDEO) or _mean(heard, Modality.VIDEO),
        ],
        np.float32,
    )


def text_quality(tokens: Integers) -> float:
    """Grows with the logarithm of the number of distinct pieces: one word about .25, a full sentence 1."""
    distinct = max(0, len(np.unique(tokens)) - BEGIN_AND_END)
    return min(1.0, float(np.log1p(distinct) / np.log1p(RICH_PIECES)))


def picture_quality(pixels: Pixels) -> float:
    """uint8[224, 224, 3]: the geometric mean of contrast and detail, from every other pixel of the green channel."""
    green = pixels[::2, ::2, 1].astype(np.float32)
    steps = np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean()
    return float(np.sqrt(min(1.0, float(green.std()) / CONTRAST) * min(1.0, float(steps) / DETAIL)))


def sound_quality(patch: Floats) -> float:
    """float32[187, 96] log-mel: how far the frames' strongest bands stand out from nothing, on average."""
    return min(1.0, float(patch.max(axis=1).mean()) / LOUD)


def _mean(slots: list[tuple[int, float]], wanted: Modality) -> float:
    chosen = [value for modality, value in slots if modality == int(wanted)]
    return sum(chosen) / len(chosen) if chosen else 0.0
