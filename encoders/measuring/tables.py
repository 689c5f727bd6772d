"""The figures as tables of words: shown on a terminal, in the report and in the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from encoders.measuring.goals import Goal
from encoders.measuring.measure import Figures

NOTHING = "–"
ALIGNMENT = ("mse", "cosine", "infonce", "nwj", "cka", "gap", "uniformity", "alignment")
RECALL, PRECISION, NDCG = "recall@10", "precision@10", "ndcg@10"


@dataclass(frozen=True, slots=True)
class Table:
    """`words`: how many of the columns, from the left, are no figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


def overview(figures: Figures) -> Table:
    """One line per row: the mean over the pairs of modalities, and over the data sets."""
    columns = ("row", "recall@10, mean of pairs", "squared error", "zero-shot accuracy", "neighbours", "cold NDCG@10")
    lines = [
        [
            name,
            _shown(_mean(pair[RECALL] for pair in row.get("retrieval", {}).values())),
            _shown(row.get("alignment", {}).get("mse"), 5),
            _shown(_mean(one["accuracy"] for one in row.get("zero_shot", {}).values())),
            _shown(row.get("neighbours", {}).get(PRECISION)),
            _shown(row.get("cold", {}).get(NDCG), 4),
        ]
        for name, row in figures["rows"].items()
    ]
    return Table("Every row, all data sets", columns, lines)


def retrieval(rows: Mapping[str, Figures], figure: str = RECALL) -> Table:
    """Row by pair, with 95 % intervals."""
    having = {name: row["retrieval"] for name, row in rows.items() if "retrieval" in row}
    pairs = list(dict.fromkeys(pair for row in having.values() for pair in row))
    lines = [[name, *(_between(row.get(pair, {}), figure) for pair in pairs)] for name, row in having.items()]
    return Table(f"Retrieval: {figure}", ("row", *pairs), lines)


def alignment(rows: Mapping[str, Figures]) -> Table:
    lines = [
        [name, *(_shown(row["alignment"].get(figure), 5 if figure == "mse" else 3) for figure in ALIGNMENT)]
        for name, row in rows.items()
        if "alignment" in row
    ]
    return Table("Alignment: means over the pairs of modalities (bounds in nats)", ("row", *ALIGNMENT), lines)


def zero_shot(rows: Mapping[str, Figures]) -> Table:
    lines = [
        [name, modality, _between(one, "accuracy"), *(_shown(one[figure]) for figure in ("precision", "recall", "f1"))]
        for name, row in rows.items()
        for modality, one in row.get("zero_shot", {}).items()
    ]
    columns = ("row", "by", "accuracy", "precision", "recall", "F1")
    return Table("Zero-shot classes (precision, recall, F1: means over the classes)", columns, lines, 2)


def neighbours(rows: Mapping[str, Figures]) -> Table:
    """Precision of the ten nearest, whole and with subsets missing."""
    having = {name: row["neighbours"] for name, row in rows.items() if "neighbours" in row}
    lost = list(dict.fromkeys(subset for row in having.values() for subset in row["missing"]))
    lines = [
        [
            name,
            _between(row, PRECISION),
            *(_shown((row["missing"].get(subset) or {}).get(PRECISION)) for subset in lost),
        ]
        for name, row in having.items()
    ]
    return Table("Share of the ten nearest that carry the item's label", ("row", "whole", *lost), lines)


def cold(rows: Mapping[str, Figures]) -> Table:
    """NDCG and recall on new items: whole, single modalities of the row, subsets missing."""
    having = {name: row["cold"] for name, row in rows.items() if "cold" in row}
    single = list(dict.fromkeys(modality for row in having.values() for modality in row["modalities"]))
    lost = list(dict.fromkeys(subset for row in having.values() for subset in row["missing"]))
    lines = [
        [
            name,
            _between(row, NDCG, 4),
            _between(row, RECALL, 4),
            *(_shown(row["modalities"].get(modality, {}).get(NDCG), 4) for modality in single),
            *(_shown(row["missing"].get(subset, {}).get(NDCG), 4) for subset in lost),
        ]
        for name, row in having.items()
    ]
    columns = ("row", NDCG, RECALL, *(f"{modality} part alone" for modality in single), *lost)
    return Table("Cold items: NDCG@10 (second column: recall@10)", columns, lines)


def robustness(rows: Mapping[str, Figures]) -> Table:
    lines = [
        [name, how, score, *(_shown(one[figure], 4) for figure in ("clean", "disturbed")), f"{one['fall']:+.1%}"]
        for name, row in rows.items()
        for how, told in row.get("robustness", {}).items()
        for score, one in told["scores"].items()
    ]
    columns = ("row", "spoilt by", "score", "clean", "spoilt", "fall")
    return Table("Spoilt media: how far each score falls", columns, lines, 3)


def contributions(rows: Mapping[str, Figures]) -> Table:
    lines = [
        [name, modality, _shown(one["moves"]), f"{one['share']:.0%}"]
        for name, row in rows.items()
        for modality, one in row.get("contributions", {}).items()
    ]
    columns = ("row", "modality", "1 - cosine without it", "share")
    return Table("What each modality contributes to the vector", columns, lines, 2)


def goal_table(goals: Iterable[Goal]) -> Table:
    columns = ("goal", "row", "data", "measured", "figure", "target", "met", "short by", "note")
    lines = [
        [
            goal.name,
            goal.row,
            goal.data,
            goal.what,
            f"{goal.figure:.3f}",
            f"{'≥' if goal.at_least else '≤'} {goal.target}",
            "met" if goal.met else "missed",
            NOTHING if goal.met else f"{goal.short:.3f}",
            goal.note,
        ]
        for goal in goals
    ]
    return Table("Goals", columns, lines, 4)


def _between(figures: Mapping[str, Any], name: str, digits: int = 3) -> str:
    if figures.get(name) is None:
        return NOTHING
    low, high = figures.get(f"{name}.interval", (None, None))
    spread = "" if low is None else f" ({low:.{digits}f}–{high:.{digits}f})"
    return f"{figures[name]:.{digits}f}{spread}"


def _shown(value: float | None, digits: int = 3) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
