"""How good a model is on the validation split: one number to choose by, and what it is made of.

Only items of the validation split are queries and candidates. Nothing here ever sees the test split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from encoders.learning.dataset import engagements
from encoders.learning.features import Features
from encoders.learning.model import AlignmentModel
from encoders.learning.splits import rows_of
from encoders.spec import MODALITIES, Floats
from encoders.unit import unit

FEWEST = 8  # pairs of a kind; fewer say nothing
AT = 10
WORST = 1e-4  # a figure of 0 counts as this
LIKED = 0.0  # strength above this is liking
OTHER_LANGUAGE = "zh"  # beside the passage itself


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A data set's validation items, and what users liked: histories of training items, answers among these."""

    features: Features
    histories: tuple[Features, tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]] | None


def hold(features: Features, *, behaviour: bool) -> Held:
    """The validation split of a data set."""
    held = features.take(rows_of(features.item_ids, "validation"))
    return Held(held, _histories(features, held) if behaviour else None)


@torch.no_grad()
def validate(model: AlignmentModel, sets: Sequence[Held]) -> dict[str, float]:
    """MRR both ways of every pair of modalities, `DATASET left->right`; `DATASET cold` (NDCG@10); and their `score`.

    The score is the geometric mean: a tenth better counts alike wherever it is, though one figure is large and another
    small.
    """
    model.eval()
    figures: dict[str, float] = {}
    for held in sets:
        vectors, parts = apply(model, held.features)
        names = np.unique([content.title or "" for content in held.features.contents], return_inverse=True)[1]
        sides = {name: parts[:, at] for at, name in enumerate(MODALITIES)}
        if OTHER_LANGUAGE in held.features.texts:
            sides[f"text.{OTHER_LANGUAGE}"] = text_parts(model, held.features.texts[OTHER_LANGUAGE])
        for left, right in _pairs(sides):
            rows = (np.abs(sides[left]).sum(1) > 0) & (np.abs(sides[right]).sum(1) > 0)
            if rows.sum() >= FEWEST:
                there, back, called = sides[left][rows], sides[right][rows], names[rows]
                both = mean_reciprocal_rank(there, back, called), mean_reciprocal_rank(back, there, called)
                figures[f"{held.features.name} {left}->{right}"] = sum(both) / 2
        if held.histories is not None:
            figures[f"{held.features.name} cold"] = _cold(model, vectors, held.histories)
    logs = [np.log(max(value, WORST)) for value in figures.values()]
    return figures | {"score": float(np.exp(np.mean(logs))) if logs else 0.0}


@torch.no_grad()
def apply(model: AlignmentModel, features: Features) -> tuple[Floats, Floats]:
    """(vectors float32[n, 256], parts float32[n, 4, 256]) of a data set's items."""
    device = model.centre.device
    vector, parts = model(
        *(
            torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(device)
            for values in (
                features.texts["text"] if "text" in features.texts else np.zeros((len(features), 512), np.float32),
                features.picture,
                features.classes,
                features.sound,
                features.tags,
                features.present,
                features.quality,
            )
        )
    )
    return vector.cpu().numpy(), parts.cpu().numpy()


@torch.no_grad()
def text_parts(model: AlignmentModel, texts: Floats) -> Floats:
    """float32[n, 512] to unit rows [n, 256], zeros where there is no text."""
    given = torch.from_numpy(texts).to(model.centre.device)
    parts: Tensor = model.text_part(given) * (given.abs().sum(dim=1, keepdim=True) > 0)
    out: Floats = parts.cpu().numpy()
    return out


def mean_reciprocal_rank(queries: Floats, candidates: Floats, names: NDArray[np.int64]) -> float:
    """Row i of both belong together, and so do rows of the same name."""
    scores = queries @ candidates.T
    same = names[:, None] == names[None, :]
    best = np.where(same, scores, -np.inf).max(axis=1)
    ranks = 1 + ((scores > best[:, None]) & ~same).sum(axis=1)
    return float((1.0 / ranks).mean())


def _pairs(sides: dict[str, Floats]) -> list[tuple[str, str]]:
    names = list(sides)
    return [(a, b) for at, a in enumerate(names) for b in names[at + 1 :]]


def _histories(
    features: Features, held: Features
) -> tuple[Features, tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]] | None:
    train = features.take(rows_of(features.item_ids, "train"))
    row_of = {item_id: row for row, item_id in enumerate(train.item_ids)}
    answer_of = {item_id: row for row, item_id in enumerate(held.item_ids)}
    liked: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for act in engagements(features.dataset):
        if act.strength > LIKED and act.item_id in row_of:
            liked[act.user_id][0].append(row_of[act.item_id])
        elif act.strength > LIKED and act.item_id in answer_of:
            liked[act.user_id][1].append(answer_of[act.item_id])
    users = tuple(
        (np.array(history, np.int64), np.array(answers, np.int64))
        for history, answers in liked.values()
        if history and answers
    )
    return (train, users) if users else None


def _cold(
    model: AlignmentModel,
    vectors: Floats,
    histories: tuple[Features, tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]],
) -> float:
    """NDCG@10 of unseen items ranked by their cosine to the mean of what a user liked."""
    known, _ = apply(model, histories[0])
    discounts = 1.0 / np.log2(np.arange(2, AT + 2))
    gains = []
    for history, answers in histories[1]:
        taste = unit(torch.from_numpy(known[history].mean(axis=0))).numpy()
        top = np.argsort(-(vectors @ taste), kind="stable")[:AT]
        hit = np.isin(top, answers)
        gains.append(float((hit * discounts[: len(top)]).sum() / discounts[: min(AT, len(answers))].sum()))
    return float(np.mean(gains))
