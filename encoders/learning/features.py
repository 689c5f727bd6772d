"""What the pretrained towers say of every item of a data set: computed once by the exported models, then cached.

Everything that is learned or measured starts here, so that training a head costs seconds: the towers stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from encoders import runtime
from encoders.layout import MODEL_REPOSITORY, ROOT, NotExported, model_folder
from encoders.learning.dataset import Content, fingerprint, medium_of, names_of, read_content, text_of
from encoders.learning.slots import Array, Slots
from encoders.learning.towers import Towers
from encoders.preprocess import preprocess
from encoders.spec import Floats, Modality
from encoders.tokens import tokenize

CACHE = ROOT / ".parts" / "features"
REVISION = 2  # of what is stored: raise it when the same media would give other arrays
CHUNK = 64  # items decoded at a time: 64 pictures are 10 MB
Booleans = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]  # what, how many are done, of how many


def silent(what: str, done: int, total: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """n items of a data set. Rows of zeros stand for what an item does not have.

    texts: by field, float32[n, 512] each: `text` is what the stream embeds (title, text and tags); `title`; `body`;
    and an item's names by language (`en`, `zh`, …) where it has several. `pictures` and `sounds` hold every slot
    (frames and patches, with the modality each belongs to). quality float32[n, 4] in 0..1 and present bool[n, 4] follow
    the order of `Modality` (text, image, audio, video). labels: an item's first tag, "" without. key: changes with the
    content and the towers.
    """

    name: str
    dataset: Path
    item_ids: tuple[str, ...]
    contents: tuple[Content, ...]
    texts: dict[str, Floats]
    pictures: Slots
    sounds: Slots
    quality: Floats
    present: Booleans
    key: str = ""

    def __len__(self) -> int:
        return len(self.item_ids)

    @property
    def labels(self) -> list[str]:
        return [content.tags[0] if content.tags else "" for content in self.contents]

    @property
    def picture(self) -> Floats:
        """float32[n, 1280], the mean over an item's picture slots."""
        return self.pictures.mean_embedding(len(self))

    @property
    def classes(self) -> Floats:
        """float32[n, 1000], the mean over an item's picture slots."""
        return self.pictures.mean_scores(len(self))

    @property
    def sound(self) -> Floats:
        """float32[n, 200], the mean over an item's patches of sound."""
        return self.sounds.mean_embedding(len(self))

    @property
    def tags(self) -> Floats:
        """float32[n, 50], the mean over an item's patches of sound."""
        return self.sounds.mean_scores(len(self))

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Features:
        """The same of some items, in the order of `rows`."""
        index = np.asarray(rows, np.int64)
        return Features(
            self.name,
            self.dataset,
            tuple(self.item_ids[row] for row in index),
            tuple(self.contents[row] for row in index),
            {field: values[index] for field, values in self.texts.items()},
            self.pictures.take(index),
            self.sounds.take(index),
            self.quality[index],
            self.present[index],
            self.key,
        )


def load_features(
    dataset: Path, *, repository: Path = MODEL_REPOSITORY, cache: Path = CACHE, progress: Progress = silent
) -> Features:
    """The features of a DATASET folder, computed if they are not cached.

    Raises NoDataset, NotExported; a medium that cannot be used counts as absent, as it does in the stream.
    """
    items = read_content(dataset)
    key = _key(dataset, items, repository)
    path = cache / f"{dataset.resolve().name}-{key}.npz"
    if not path.is_file():
        arrays = compute(dataset, items, Towers(repository), progress)
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.partial.npz")
        np.savez(partial, allow_pickle=False, **arrays)
        partial.replace(path)
    with np.load(path, allow_pickle=False) as stored:
        return _features(dataset, items, {name: stored[name] for name in stored.files}, key)


def compute(dataset: Path, items: Sequence[Content], towers: Towers, progress: Progress = silent) -> dict[str, Array]:
    """Every array of `Features`, by the name it is stored under."""
    arrays: dict[str, Array] = {
        f"text.{field}": towers.text([tokenize(text) if text else np.zeros(0, np.int32) for text in texts])
        for field, texts in text_fields(items).items()
    }
    pictures, sounds, quality, present = [], [], [], []
    for start in range(0, len(items), CHUNK):
        tensors = [preprocess(raw_item(dataset, item)) for item in items[start : start + CHUNK]]
        pictures.append(towers.pictures(tensors).moved(start))
        sounds.append(towers.sounds(tensors).moved(start))
        present += [[modality.name.lower() in tensor.modalities for modality in Modality] for tensor in tensors]
        quality += [tensor.quality for tensor in tensors]
        progress(f"features of {dataset.name}", min(start + CHUNK, len(items)), len(items))
    arrays |= Slots.joined(pictures).arrays("pictures") | Slots.joined(sounds).arrays("sounds")
    return arrays | {"quality": np.array(quality, np.float32), "present": np.array(present, np.bool_)}


def text_fields(items: Sequence[Content]) -> dict[str, list[str | None]]:
    """Every text there is to compare, by field; a field that no item has is left out."""
    names = [names_of(item) for item in items]
    fields: dict[str, list[str | None]] = {
        "text": [text_of(item) for item in items],
        "title": [item.title for item in items],
        "body": [item.text for item in items],
    }
    for language in sorted({language for named in names for language in named}):
        fields[language] = [named.get(language) for named in names]
    return {field: texts for field, texts in fields.items() if any(texts)}


def raw_item(dataset: Path, item: Content) -> SimpleNamespace:
    """The item with its media's bytes, as the encoder takes it."""
    media = {name: medium_of(dataset, getattr(item, name)) for name in ("image", "audio", "video")}
    return SimpleNamespace(text=text_of(item), **media)


def _key(dataset: Path, items: list[Content], repository: Path) -> str:
    digest = hashlib.sha256(f"{REVISION} {fingerprint(dataset, items)}".encode())
    for model in ("text_encoder", "image_encoder", "audio_encoder"):
        manifest = model_folder(repository, model) / runtime.MANIFEST
        try:
            digest.update(json.dumps(json.loads(manifest.read_text(encoding="utf-8"))["files"]).encode())
        except FileNotFoundError as error:
            raise NotExported(repository) from error
    return digest.hexdigest()[:16]


def _features(dataset: Path, items: list[Content], arrays: dict[str, Array], key: str) -> Features:
    texts = {name.removeprefix("text."): values for name, values in arrays.items() if name.startswith("text.")}
    return Features(
        name=dataset.resolve().name,
        dataset=dataset,
        item_ids=tuple(item.item_id for item in items),
        contents=tuple(items),
        texts=texts,
        pictures=Slots.stored(arrays, "pictures"),
        sounds=Slots.stored(arrays, "sounds"),
        quality=arrays["quality"],
        present=arrays["present"].astype(np.bool_),
        key=key,
    )
