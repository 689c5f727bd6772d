"""Everything that is measured of one row on one data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.learning.features import Features
from encoders.measuring import alignment, cold, labels
from encoders.measuring.cold import ColdTask
from encoders.measuring.retrieval import retrieval
from encoders.measuring.space import Row, Space, space_of
from encoders.measuring.subsets import modalities_of, name_of, subsets, without
from encoders.spec import Modality

LEAST_PAIRS = 10  # of items that have both modalities: fewer are no figure
Figures = dict[str, Any]  # JSON: figures, and figures by name


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A data set made ready: the measured split, the split that choices are made on, and the tasks on them.

    classes: names of the labels and the same as features of text. cold: tasks on the measured and the choosing split.
    fields: the further texts that are compared, by their names in `Features.texts`.
    """

    whole: Features
    test: Features
    choosing: Features
    classes: tuple[list[str], Features] | None
    cold: tuple[ColdTask, ColdTask] | None
    fields: Sequence[str]
    seed: int = 0


def measure(row: Row, bench: Bench, *, late: bool = False) -> Figures:
    """`retrieval`, `alignment`, `zero_shot`, `contributions`, `neighbours` and `cold`; what a data set cannot tell is
    left out.
    """
    space = space_of(row, bench.test, fields=bench.fields, late=late)
    figures: Figures = {}
    if not late:  # decision-level fusion has the parts of the row it is made of
        choosing = space_of(row, bench.choosing, fields=bench.fields)
        figures |= {
            "retrieval": retrievals(space, bench.seed),
            "alignment": alignments(space, choosing),
            "zero_shot": zero_shots(row, space, bench),
            "contributions": contributions(row, space, bench),
        }
    figures |= {"neighbours": neighbours(row, space, bench), "cold": colds(row, bench, late)}
    return {name: value for name, value in figures.items() if value}


def pairs_of(space: Space) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Every ordered pair of modalities and texts that enough items have both of, with those items, bool[n]."""
    names = [modality.name.lower() for modality in Modality] + list(space.fields)
    pairs = []
    for first, second in permutations(names, 2):
        if "text" in (first, second) and any(name in space.fields for name in (first, second)):
            continue  # the usual text contains title, body and name
        both = space.has(first) & space.has(second)
        if int(both.sum()) >= LEAST_PAIRS:
            pairs.append((first, second, both))
    return pairs


def retrievals(space: Space, seed: int) -> Figures:
    """By pair, `image->text` and so on."""
    return {
        f"{first}->{second}": retrieval(space.part(first)[both], space.part(second)[both], seed)
        for first, second, both in pairs_of(space)
    }


def alignments(space: Space, choosing: Space) -> Figures:
    """Means over the pairs of modalities, each pair's own figures under `pairs`, and how the vectors are spread."""
    pairs: Figures = {}
    for first, second, both in pairs_of(space):
        if first < second and not {first, second} & set(space.fields):
            known = choosing.has(first) & choosing.has(second)
            tuning = (choosing.part(first)[known], choosing.part(second)[known])
            pairs[f"{first}-{second}"] = alignment.pair_figures(
                space.part(first)[both], space.part(second)[both], tuning
            )
    used = space.vectors[np.abs(space.vectors).sum(axis=1) > 0]
    means = {name: float(np.mean([pair[name] for pair in pairs.values()])) for name in next(iter(pairs.values()), {})}
    means.pop("n", None)
    spread = {"uniformity": alignment.uniformity(used)} if len(used) >= LEAST_PAIRS else {}
    return {**means, **spread, "pairs": pairs}


def zero_shots(row: Row, space: Space, bench: Bench) -> Figures:
    """By modality, and by title: the usual text holds the label itself."""
    if bench.classes is None:
        return {}
    names, words = bench.classes
    prompts = row(words)[1][:, 0]
    index = {name: number for number, name in enumerate(names)}
    truth = np.array([index.get(label, -1) for label in bench.test.labels])
    measured: Figures = {}
    for name in ("image", "audio", "video", *(["title"] if "title" in space.fields else [])):
        asks = space.has(name) & (truth >= 0)
        if int(asks.sum()) >= LEAST_PAIRS and np.abs(prompts).any():
            measured[name] = labels.zero_shot(space.part(name)[asks], prompts, truth[asks], names, bench.seed)
    return measured


def neighbours(row: Row, space: Space, bench: Bench) -> Figures:
    """Precision of the whole vector's neighbourhood, and with every subset of modalities missing."""
    found = labels.neighbours_share_labels(space.similarity(space), bench.test.labels, bench.seed)
    if found is None:
        return {}
    missing: Figures = {}
    for lost in subsets(modalities_of(bench.test, LEAST_PAIRS)):
        less = space_of(row, without(bench.test, lost), late=space.late)
        missing[name_of(lost)] = labels.neighbours_share_labels(less.similarity(less), bench.test.labels, bench.seed)
    return {**found, "missing": missing}


def colds(row: Row, bench: Bench, late: bool) -> Figures:
    """Of whole vectors; of each modality's own part; and with every subset of modalities missing, of all items or of
    the new ones alone.
    """
    if bench.cold is None:
        return {}
    task, choosing = bench.cold

    def spaces(of: ColdTask, lost: Sequence[Modality] = ()) -> tuple[Space, Space]:
        history, candidates = (
            space_of(row, without(bench.whole.take(rows), lost), late=late) for rows in (of.history, of.candidates)
        )
        return history, candidates

    def scored(history: Space, candidates: Space, temperature: float) -> Figures:
        return cold.summary(cold.recommend(task, history.similarity(candidates), temperature), bench.seed)

    past, new = spaces(choosing)
    temperature = cold.best_temperature(choosing, past.similarity(new))
    past, new = spaces(task)
    figures = scored(past, new, temperature) | {"users": task.users, "candidates": len(task.candidates)}
    by_modality: Figures = {}
    missing: Figures = {}
    present = modalities_of(bench.test, LEAST_PAIRS)
    for modality in present:
        alone = [Space(space.part(modality.name.lower()), space.parts) for space in (past, new)]
        if not late:
            by_modality[modality.name.lower()] = scored(alone[0], alone[1], temperature)
    for lost in subsets(present):
        less_past, less_new = spaces(task, lost)
        missing[name_of(lost)] = scored(less_past, less_new, temperature)
        missing[f"{name_of(lost)}, new items only"] = scored(past, less_new, temperature)
    return {**figures, "temperature": temperature, "modalities": by_modality, "missing": missing}


def contributions(row: Row, space: Space, bench: Bench) -> Figures:
    """By modality: 1 - the cosine of an item's vector and its vector without that modality, a mean over the items that
    have a vector, the modality and another one. The shares are of their sum.
    """
    moved: Figures = {}
    several = (bench.test.present.sum(axis=1) > 1) & space.vectors.any(axis=1)
    for modality in modalities_of(bench.test, LEAST_PAIRS):
        has = bench.test.present[:, int(modality) - 1] & several
        if int(has.sum()) >= LEAST_PAIRS:
            less = row(without(bench.test, [modality]))[0]
            moved[modality.name.lower()] = float(1.0 - (space.vectors[has] * less[has]).sum(axis=1).mean())
    total = sum(moved.values())
    return {name: {"moves": value, "share": value / total if total > 0 else 0.0} for name, value in moved.items()}
