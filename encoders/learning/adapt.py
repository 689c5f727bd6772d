"""A trained model at home in a catalogue: the centre of the catalogue's own texts in place of the one it was made with.

Texts of one kind share a large common part (films are all about films), which says nothing about which of them are
alike. A model that never saw the kind subtracts another kind's. Only what items say is looked at, no label and nothing
that users did; nothing is trained, so it takes as long as embedding the texts.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from encoders.learning.features import Features
from encoders.learning.model import AlignmentModel
from encoders.learning.splits import rows_of
from encoders.spec import Floats


class NoTexts(ValueError):
    """The data sets' train splits hold no text to take a centre of."""


def adapted(model: AlignmentModel, sets: Sequence[Features]) -> AlignmentModel:
    """A copy of the model with the mean text of the sets' train splits as its centre. Raises NoTexts."""
    texts = [_known_texts(features) for features in sets]
    stacked = np.concatenate(texts) if texts else np.zeros((0, len(model.centre)), np.float32)
    if not len(stacked):
        raise NoTexts("no item of these data sets has a text in the train split; give larger ones by --data")
    home = copy.deepcopy(model)
    home.centre.copy_(torch.from_numpy(stacked.mean(axis=0)))
    return home


def _known_texts(features: Features) -> Floats:
    """float32[m, 512] of the items of the train split that have a text: the split that is measured stays unseen."""
    usual = features.texts.get("text")
    if usual is None:
        return np.zeros((0, 512), np.float32)
    known = usual[rows_of(features.item_ids, "train")]
    there: Floats = known[np.abs(known).sum(axis=1) > 0]
    return there
