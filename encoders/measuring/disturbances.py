"""What can befall an item's media: a blurred or grainy picture, a text cut short or in another language, a lost sound.

Pictures are spoilt as the tower sees them (224 x 224), sounds as samples, texts as characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from encoders.learning.dataset import Content, names_of, text_of
from encoders.spec import Floats, Modality, Pixels

BLUR = 4.0  # pixels of 224: the radius of a Gaussian
GRAIN = 40.0  # of 255: the standard deviation of noise on every channel
LANGUAGE = "zh"  # in place of the usual text, where an item has a name in it
HEARD = 0.5  # the share of a half silent sound that is left


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What is done to one modality; the function of that modality is given. `None` for a text leaves the item alone."""

    modality: Modality
    text: Callable[[Content], str | None] = text_of
    picture: Callable[[Pixels, np.random.Generator], Pixels] = lambda pixels, _: pixels
    samples: Callable[[Floats, np.random.Generator], Floats] = lambda samples, _: samples


def blurred(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """uint8[224, 224, 3], every pixel the mean of its neighbourhood."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(BLUR)))


def grainy(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """uint8[224, 224, 3] with the noise of a bad sensor."""
    return np.clip(pixels + rng.normal(0.0, GRAIN, pixels.shape), 0, 255).astype(np.uint8)


def noisy(samples: Floats, rng: np.random.Generator) -> Floats:
    """float32[s] with white noise as strong as the sound itself (0 dB)."""
    strength = float(np.sqrt((samples.astype(np.float64) ** 2).mean())) if len(samples) else 0.0
    return (samples + rng.normal(0.0, 1.0, len(samples)) * strength).astype(np.float32)


def half_silent(samples: Floats, rng: np.random.Generator) -> Floats:
    """float32[s] of which only the beginning is heard."""
    return np.where(np.arange(len(samples)) < HEARD * len(samples), samples, np.float32(0))


def silenced(samples: Floats, rng: np.random.Generator) -> Floats:
    """float32[s] of nothing: the stream counts such a sound as absent, and so does the measurement."""
    return np.zeros_like(samples)


def cropped(item: Content) -> str | None:
    """The first half of the usual text, wherever that falls."""
    text = text_of(item)
    return text[: (len(text) + 1) // 2] if text else None


def translated(item: Content) -> str | None:
    return names_of(item).get(LANGUAGE)


# By the name it is reported under. A new one is one function and one line here.
DISTURBANCES: Mapping[str, Disturbance] = {
    "blur": Disturbance(Modality.IMAGE, picture=blurred),
    "noise": Disturbance(Modality.IMAGE, picture=grainy),
    "cropped text": Disturbance(Modality.TEXT, text=cropped),
    "wrong language": Disturbance(Modality.TEXT, text=translated),
    "noise in sound": Disturbance(Modality.AUDIO, samples=noisy),
    "half silence": Disturbance(Modality.AUDIO, samples=half_silent),
    "silence": Disturbance(Modality.AUDIO, samples=silenced),
}
