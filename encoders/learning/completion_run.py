"""Which way of completing a missing modality measures better: fitted on train splits, asked about held-out items."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from encoders.learning.completion import Average, Completer, Flow, Regression, fit
from encoders.learning.features import Features
from encoders.learning.model import AlignmentModel
from encoders.learning.splits import Split, rows_of
from encoders.learning.validate import apply
from encoders.spec import MODALITIES, Floats
from encoders.unit import unit

# A new way is one class in completion.py and one line here.
WAYS: dict[str, Callable[[], Completer]] = {"average": Average, "regression": Regression, "flow": Flow}
LEAST = 10  # items that have the wanted modality and another one; fewer are no figure
AT = 10


def compare(
    model: AlignmentModel, sets: Sequence[Features], split: Split = "test", *, steps: int = 600, seed: int = 0
) -> dict[str, dict[str, dict[str, float]]]:
    """By way and `DATASET modality`: the mean `cosine` of the guess to what the item really has, and `recall@10`,
    whether that is among the ten parts of the split that are nearest to the guess.
    """
    fitted = torch.from_numpy(np.concatenate([_parts(model, features, "train") for features in sets]))
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for name, make in WAYS.items():
        torch.manual_seed(seed)
        completer = fit(make(), fitted, steps=steps)
        figures[name] = {
            f"{features.name} {modality}": told
            for features in sets
            for at, modality in enumerate(MODALITIES)
            if (told := _asked(completer, _parts(model, features, split), at)) is not None
        }
    return figures


@torch.inference_mode()
def _asked(completer: Completer, parts: Floats, wanted: int) -> dict[str, float] | None:
    there = np.abs(parts).sum(axis=2) > 0
    rows = there[:, wanted] & (there.sum(axis=1) > 1)
    if rows.sum() < LEAST:
        return None
    given = torch.from_numpy(parts[rows])
    guessed = completer(given, torch.full((len(given),), wanted))
    true = given[:, wanted]
    cosines = unit(guessed) @ true.T
    better = (cosines > cosines.diagonal()[:, None]).sum(dim=1)
    return {
        "cosine": float(cosines.diagonal().mean()),
        f"recall@{AT}": float((better < AT).to(torch.float32).mean()),
        "n": float(len(given)),
    }


def _parts(model: AlignmentModel, features: Features, split: Split) -> Floats:
    return apply(model, features.take(rows_of(features.item_ids, split)))[1]
