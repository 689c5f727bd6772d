"""Recommending items that no model has seen, from what users liked before: item to item, no user is learned.

For each user: history = the items of the train split that they liked (a rating of 4 stars or more, or a positive act),
candidates = every item of the measured split, relevant = those of them that they liked. A candidate's score is the mean
over the history of exp(similarity / t); as t grows that is the plain mean, as it falls the nearest liked item decides.
t is chosen for each row among a few on the validation split. NDCG and recall as in Järvelin and Kekäläinen 2002, means
over users that have both a history and something relevant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.learning.dataset import Engagement
from encoders.learning.splits import split_of
from encoders.measuring.bootstrap import interval
from encoders.spec import Floats

PLACES = 10
TEMPERATURES = (0.03, 0.1, 0.3, 10.0)
TIES = 0  # seed of the order in which equal scores stand
LEAST_USERS = 10  # fewer say nothing
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ColdTask:
    """Per user, rows of `history` (what they liked) and of `candidates` (what they came to like).

    `history` and `candidates` are themselves rows of all items.
    """

    history: Rows
    candidates: Rows
    histories: tuple[Rows, ...]
    relevant: tuple[Rows, ...]

    @property
    def users(self) -> int:
        return len(self.histories)


def cold_task(item_ids: Sequence[str], acts: Sequence[Engagement], split: str = "test") -> ColdTask | None:
    """None when fewer than LEAST_USERS users liked items on both sides."""
    rows = {item_id: row for row, item_id in enumerate(item_ids)}
    splits = [split_of(item_id) for item_id in item_ids]
    liked: dict[str, dict[int, None]] = defaultdict(dict)
    for act in acts:
        if act.strength > 0 and act.item_id in rows:
            liked[act.user_id][rows[act.item_id]] = None
    known = sorted({row for items in liked.values() for row in items if splits[row] == "train"})
    candidates = [row for row, name in enumerate(splits) if name == split]
    place = {row: index for index, row in enumerate(known)} | {row: index for index, row in enumerate(candidates)}
    histories, relevant = [], []
    for items in liked.values():
        before = [place[row] for row in items if splits[row] == "train"]
        after = [place[row] for row in items if splits[row] == split]
        if before and after:
            histories.append(np.array(before, np.int64))
            relevant.append(np.array(after, np.int64))
    if len(histories) < LEAST_USERS:
        return None
    return ColdTask(np.array(known), np.array(candidates), tuple(histories), tuple(relevant))


def recommend(task: ColdTask, similarity: Floats, temperature: float) -> dict[str, NDArray[np.float64]]:
    """`ndcg@10` and `recall@10` per user; `similarity` is float32[history, candidates]."""
    likeness = np.exp((similarity - 1.0) / temperature)  # at most 1 each
    taste = np.zeros((task.users, len(task.history)), np.float32)
    for user, items in enumerate(task.histories):
        taste[user, items] = 1.0 / len(items)
    scores = taste @ likeness
    # Equal scores (items that a row knows nothing of) go in an order drawn once, not in the file's, which is by date.
    order = np.random.default_rng(TIES).permutation(scores.shape[1])
    first = order[np.argsort(-scores[:, order], axis=1, kind="stable")[:, :PLACES]]
    gains = 1.0 / np.log2(np.arange(2, PLACES + 2))
    ndcg, recall = np.zeros(task.users), np.zeros(task.users)
    for user, items in enumerate(task.relevant):
        hits = np.isin(first[user], items)
        ndcg[user] = gains[: len(hits)][hits].sum() / gains[: len(items)].sum()
        recall[user] = hits.sum() / len(items)
    return {f"ndcg@{PLACES}": ndcg, f"recall@{PLACES}": recall}


def best_temperature(task: ColdTask, similarity: Floats) -> float:
    """The temperature that suits a task (of the validation split) best."""
    return max(TEMPERATURES, key=lambda t: float(recommend(task, similarity, t)[f"ndcg@{PLACES}"].mean()))


def summary(per_user: Mapping[str, NDArray[np.float64]], seed: int) -> dict[str, float | list[float]]:
    """Means over users with their 95 % intervals."""
    figures: dict[str, float | list[float]] = {}
    for name, values in per_user.items():
        figures |= {name: float(values.mean()), f"{name}.interval": list(interval(values, seed))}
    return figures
