"""What, beside the weights, decides the vectors: part of the encoder version's hash.

A test holds the vectors of a few probes to recorded values: when they move, `revision` must move too, so that no stream
mixes vectors of two encoders under one name.
"""

from __future__ import annotations

from encoders import quality
from encoders.bridge import SOFTENING, SOUNDTRACK_WEIGHT, TOP_LABELS, WEIGHTS
from encoders.sound import HOP, MAX_PATCHES, WINDOW
from encoders.spec import DIMENSION, PATCH_FRAMES, PICTURE_SIDE, SAMPLE_RATE
from encoders.tokens import MAX_CHARACTERS, MAX_PIECES
from encoders.video import FRAMES

NAME = "bridge"
TRAINED = "aligned"

RECIPE: dict[str, int | float | list[float]] = {
    "revision": 2,
    "dimension": DIMENSION,
    "text_characters": MAX_CHARACTERS,
    "text_pieces": MAX_PIECES,
    "picture_side": PICTURE_SIDE,
    "sample_rate": SAMPLE_RATE,
    "window": WINDOW,
    "hop": HOP,
    "patch_frames": PATCH_FRAMES,
    "patches": MAX_PATCHES,
    "frames": FRAMES,
    "top_labels": TOP_LABELS,
    "softening": SOFTENING,
    "weights": list(WEIGHTS.values()),
    "soundtrack_weight": SOUNDTRACK_WEIGHT,
}

# Trained aligners see the quality of each modality as well; the bridge does not.
QUALITY_RECIPE: dict[str, int | float] = {"quality_revision": 1, **quality.CONSTANTS}
