"""What the shipped model has to reach, and whether it does: met, or missed and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from encoders.measuring.measure import Figures
from encoders.measuring.rows import SINGLE

RECALL, NDCG, PRECISION = "recall@10", "ndcg@10", "precision@10"
TIMES_BRIDGE = 1.5  # alignment: recall@10 over the bridge's
TIMES_BEST = 1.2  # fusion: cold NDCG@10 over the best single modality's
LESS_ERROR, AIM = 0.15, 0.5  # alignment: squared error under the unaligned projection's
MOST_LOST = 0.25  # of a score, by losing any one modality


class Goal(msgspec.Struct, frozen=True):
    """One figure against its target, a floor (`at_least`) or a ceiling. `short` is how far it misses it, 0 when met."""

    name: str
    row: str
    data: str
    what: str
    figure: float
    target: float
    met: bool
    short: float
    at_least: bool = True
    note: str = ""


def goals(row: str, datasets: Mapping[str, Figures]) -> list[Goal]:
    """Of one row, on every data set that can tell; `datasets.NAME.rows.ROW` are the figures measured there."""
    found: list[Goal] = []
    for data, measured in datasets.items():
        rows = measured["rows"]
        if row in rows:
            found += (
                _aligned(row, data, rows) + _error(row, data, rows) + _fused(row, data, rows) + _kept(row, data, rows)
            )
    return found


def summary(found: Iterable[Goal]) -> Figures:
    """By row: how many goals are met, of how many."""
    counts: Figures = {}
    for goal in found:
        of = counts.setdefault(goal.row, {"met": 0, "missed": 0})
        of["met" if goal.met else "missed"] += 1
    return counts


def said(goal: Goal) -> str:
    """A goal as one line for a terminal."""
    short = "" if goal.met else f", short by {goal.short:.3f}"
    sign = "≥" if goal.at_least else "≤"
    note = f" ({goal.note})" if goal.note else ""
    verdict = "met   " if goal.met else "missed"
    told = f"{goal.what}: {goal.figure:.3f} {sign} {goal.target}{short}{note}"
    return f"{verdict} {goal.name}, {goal.data}: {told} [{goal.row}]"


def _aligned(row: str, data: str, rows: Figures) -> list[Goal]:
    """Every pair of different modalities; two texts need no learned alignment."""
    mine, bridge = (rows.get(name, {}).get("retrieval", {}) for name in (row, "bridge"))
    found = []
    for pair in (pair for pair in mine if pair in bridge and not _of_texts(pair)):
        before, after = bridge[pair][RECALL], mine[pair][RECALL]
        if before > 0:
            chance = f"{mine[pair]['n']} pairs, chance {min(1.0, 10 / mine[pair]['n']):.3f}"
            beyond = "; out of reach: no recall is above 1" if TIMES_BRIDGE * before > 1 else ""
            what = f"{pair} {RECALL} {after:.3f}, over the bridge's {before:.3f}"
            found.append(_goal("alignment", (row, data), what, after / before, TIMES_BRIDGE, note=chance + beyond))
    return found


def _error(row: str, data: str, rows: Figures) -> list[Goal]:
    mine, chance = (rows.get(name, {}).get("alignment", {}).get("mse") for name in (row, "unaligned"))
    if mine is None or not chance:
        return []
    less = 1.0 - mine / chance
    note = f"aim of {AIM:.0%} {'reached' if less >= AIM else f'missed by {AIM - less:.3f}'}"
    what = f"squared error {mine:.5f}, under the unaligned {chance:.5f}"
    return [_goal("error", (row, data), what, less, LESS_ERROR, note=note)]


def _fused(row: str, data: str, rows: Figures) -> list[Goal]:
    """The best single modality is the best of the pretrained encoders alone and of the row's own parts alone."""
    mine = rows[row].get("cold", {})
    single = {name: rows[name]["cold"][NDCG] for name in SINGLE if "cold" in rows.get(name, {})}
    single |= {f"{name} of {row}": figures[NDCG] for name, figures in mine.get("modalities", {}).items()}
    if NDCG not in mine or not any(single.values()):
        return []
    best = max(single, key=lambda name: float(single[name]))
    what = f"cold {NDCG} {mine[NDCG]:.4f}, over the best single modality's ({best}) {single[best]:.4f}"
    return [_goal("fusion", (row, data), what, mine[NDCG] / single[best], TIMES_BEST)]


def _kept(row: str, data: str, rows: Figures) -> list[Goal]:
    found = []
    for score, key in (("neighbours", PRECISION), ("cold", NDCG)):
        figures = rows[row].get(score, {})
        for lost, less in figures.get("missing", {}).items():
            whole = figures[key]
            if less is None or " and " in lost or whole <= 0:
                continue
            what = f"{score} {key} {less[key]:.4f} {lost}, of {whole:.4f}"
            found.append(_goal("missing", (row, data), what, 1.0 - less[key] / whole, MOST_LOST, at_least=False))
    return found


def _goal(
    name: str, of: tuple[str, str], what: str, figure: float, target: float, *, at_least: bool = True, note: str = ""
) -> Goal:
    """`of`: row and data set."""
    short = max(0.0, target - figure if at_least else figure - target)
    return Goal(name, *of, what, figure, target, short == 0.0, short, at_least, note)


def _of_texts(pair: str) -> bool:
    return all(name.startswith("text") or name in {"title", "body"} for name in pair.split("->"))
