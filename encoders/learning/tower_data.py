"""Behaviour as sequences: what each user took up, in order, cut in two by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.learning.dataset import Engagement

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Per user the rows of the items taken up, oldest first, and when: int64[m] and float64[m] each."""

    items: tuple[Rows, ...]
    times: tuple[NDArray[np.float64], ...]

    def before(self, moment: float) -> Sequences:
        """What had happened by then."""
        return Sequences(
            tuple(rows[times < moment] for rows, times in zip(self.items, self.times, strict=True)),
            tuple(times[times < moment] for times in self.times),
        )

    def moment(self, share: float) -> float:
        """The time by which this share of all acts had happened."""
        return float(np.quantile(np.concatenate(self.times), share))


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which item came next? `history`: rows before it, oldest first; `seen`: all the user's earlier rows."""

    history: Rows
    seen: Rows
    answer: int


def sequences(acts: Sequence[Engagement], row_of: Mapping[str, int]) -> Sequences:
    """Liked items only (strength > 0), each once per user, at its first time; items without a row are left out."""
    users: dict[str, dict[int, float]] = defaultdict(dict)
    for act in sorted(acts, key=lambda act: act.time):
        row = row_of.get(act.item_id)
        if row is not None and act.strength > 0:
            users[act.user_id].setdefault(row, act.time)
    kept = [liked for liked in users.values() if len(liked) > 1]
    return Sequences(
        tuple(np.array(list(liked), np.int64) for liked in kept),
        tuple(np.array(list(liked.values()), np.float64) for liked in kept),
    )


def questions(
    whole: Sequences, *, start: float, end: float, length: int, most: int, rng: np.random.Generator
) -> list[Question]:
    """One per act in start <= time < end that has a history; `most` of them drawn by `rng`.

    The history goes up to the very act before, as a stream would know it, even when that lies after `start`.
    """
    asked = [
        (rows, at)
        for rows, times in zip(whole.items, whole.times, strict=True)
        for at in range(1, len(rows))
        if start <= times[at] < end
    ]
    chosen = [asked[at] for at in rng.permutation(len(asked))[:most]]
    return [Question(rows[max(0, at - length) : at], rows[:at], int(rows[at])) for rows, at in chosen]


def windows(whole: Sequences, length: int, rng: np.random.Generator) -> Iterator[Rows]:
    """Pieces of up to length + 1 acts that cover every user's sequence, cut at places that differ each time."""
    for rows in whole.items:
        first = int(rng.integers(1, length + 1))
        cuts = [0, *range(first, len(rows) - 1, length)]
        for at, start in enumerate(cuts):
            end = cuts[at + 1] if at + 1 < len(cuts) else len(rows)
            piece = rows[max(0, end - length) if at else start : end + 1]
            if len(piece) > 1:
                yield piece[-(length + 1) :]


def padded(pieces: Sequence[Rows], vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], Rows]:
    """(history float32[n, l, d], zeros after the last; length int64[n]) of the pieces' items."""
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    history = np.zeros((len(pieces), int(lengths.max(initial=1)), vectors.shape[1]), np.float32)
    for line, piece in zip(history, pieces, strict=True):
        line[: len(piece)] = vectors[piece]
    return history, lengths
