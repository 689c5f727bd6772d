"""The measured items with one of their media spoilt, through the pretrained towers again; cached by the features."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from encoders.container import decode_sound, opened
from encoders.learning.dataset import Content, medium_of
from encoders.learning.features import CACHE, CHUNK, Features, Progress, silent
from encoders.learning.slots import Array, Slots
from encoders.learning.towers import Towers
from encoders.measuring.disturbances import DISTURBANCES, Disturbance
from encoders.preprocess import preprocess
from encoders.quality import picture_quality, sound_quality, text_quality
from encoders.sound import sound_patches
from encoders.spec import ItemTensors, Limits, Modality, UnusableMedium
from encoders.tokens import tokenize

REVISION = 1  # of what is stored: raise it when the same item would be spoilt otherwise


def disturbed(
    items: Features, name: str, towers: Towers, *, seed: int = 0, cache: Path = CACHE, progress: Progress = silent
) -> Features:
    """`items` with DISTURBANCES[name] done to every medium of its modality."""
    told = "\n".join([str(REVISION), name, str(seed), items.key, *items.item_ids])
    path = cache / f"{items.name}-{name.replace(' ', '-')}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.npz"
    if not path.is_file():
        arrays = _computed(
            items, DISTURBANCES[name], towers, seed, lambda done: progress(f"{items.name}: {name}", done, len(items))
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.partial.npz")
        np.savez(partial, allow_pickle=False, **arrays)
        partial.replace(path)
    with np.load(path, allow_pickle=False) as stored:
        return _spoilt(items, DISTURBANCES[name].modality, {field: stored[field] for field in stored.files})


def _computed(
    items: Features, how: Disturbance, towers: Towers, seed: int, progress: Callable[[int], None]
) -> dict[str, Array]:
    """The spoilt modality alone: `quality` float32[n] and, if it is not the text, its slots; else `text`."""
    if how.modality is Modality.TEXT:
        tokens = [tokenize(text) if (text := how.text(item)) else None for item in items.contents]
        known = np.array([ids is not None for ids in tokens])
        vectors = towers.text([np.zeros(0, np.int32) if ids is None else ids for ids in tokens])
        usual = items.texts["text"]  # a text that is left alone is what it was
        worth = [text_quality(ids) if ids is not None and len(ids) else 0.0 for ids in tokens]
        quality = np.where(known, worth, items.quality[:, 0]).astype(np.float32)
        return {"text": np.where(known[:, None], vectors, usual), "quality": quality}
    found, quality_of = [], []
    for start in range(0, len(items), CHUNK):
        chunk = items.contents[start : start + CHUNK]
        tensors = [
            spoil(items.dataset, item, how, np.random.default_rng([seed, start + row]))
            for row, item in enumerate(chunk)
        ]
        picture = how.modality is Modality.IMAGE
        found.append((towers.pictures(tensors) if picture else towers.sounds(tensors)).moved(start))
        quality_of += [float(tensor.quality[int(how.modality) - 1]) for tensor in tensors]
        progress(min(start + CHUNK, len(items)))
    return Slots.joined(found).arrays("slots") | {"quality": np.array(quality_of, np.float32)}


def spoil(dataset: Path, item: Content, how: Disturbance, rng: np.random.Generator) -> ItemTensors:
    """The item's picture or sound alone, spoilt; nothing where it has none or nothing of it is left."""
    image = medium_of(dataset, item.image) if how.modality is Modality.IMAGE else None
    tensors = preprocess(SimpleNamespace(text=None, image=image, audio=None, video=None))
    quality = np.zeros(len(Modality), np.float32)
    if len(tensors.pictures):
        pictures = np.stack([how.picture(pixels, rng) for pixels in tensors.pictures])
        quality[1] = np.mean([picture_quality(pixels) for pixels in pictures])
        return replace(tensors, pictures=pictures, quality=quality)
    audio = medium_of(dataset, item.audio) if how.modality is Modality.AUDIO else None
    if audio is None:
        return tensors
    try:
        with opened(audio, "sound") as container:
            patches = sound_patches(how.samples(decode_sound(container, Limits().max_seconds), rng))
    except UnusableMedium:  # silent, or broken from the start: absent, as in the stream
        return tensors
    quality[2] = np.mean([sound_quality(patch) for patch in patches])
    modality = np.full(len(patches), int(Modality.AUDIO), np.int32)
    return replace(tensors, sounds=patches, sound_modality=modality, quality=quality)


def _spoilt(items: Features, modality: Modality, arrays: Mapping[str, Array]) -> Features:
    column = int(modality) - 1
    quality, present = items.quality.copy(), items.present.copy()
    quality[:, column] = arrays["quality"]
    if modality is Modality.TEXT:
        text = arrays["text"]
        present[:, column] = np.abs(text).sum(axis=1) > 0
        return replace(items, texts=items.texts | {"text": text}, quality=quality, present=present)
    slots = Slots.stored(arrays, "slots")
    present[:, column] = np.isin(np.arange(len(items)), slots.owner)
    if modality is Modality.IMAGE:
        return replace(items, pictures=_with(items.pictures, slots, column), quality=quality, present=present)
    return replace(items, sounds=_with(items.sounds, slots, column), quality=quality, present=present)


def _with(old: Slots, new: Slots, column: int) -> Slots:
    """The new slots in place of the old ones of their modality, owners rising."""
    keep = old.modality != column + 1
    kept = Slots(old.owner[keep], old.modality[keep], old.embedding[keep], old.scores[keep])
    joined = Slots.joined([new, kept])
    order = np.argsort(joined.owner, kind="stable")
    return Slots(joined.owner[order], joined.modality[order], joined.embedding[order], joined.scores[order])
