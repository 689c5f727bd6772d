"""Add up what several liked items say about the same candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Context, Evidence, Floats, best_of
from streams.core.rows import Rows

Edges = tuple[Rows, Floats, NDArray[np.int32]]
Weigh = Callable[[Edges, Rows, NDArray[np.intp]], Floats]


def accumulated(
    contexts: Sequence[Context], acts: int, most: int, edges: Callable[[Rows], Edges], weigh: Weigh
) -> list[Candidates]:
    """For each context the `most` rows with the largest sums of weights over the edges of its newest `acts` likes.

    `edges` reads the far ends, strengths and near ends (places among the rows it is given) of some rows' edges; `weigh`
    says what each edge counts, told also the rows and the place of each among its user's likes, newest first.
    """
    liked = [context.taste.liked[:acts] for context in contexts]
    sizes = [len(rows) for rows in liked]
    rows = np.concatenate(liked)
    found = edges(rows)
    ends, _, at = found
    if not len(ends):
        return [Candidates.none()] * len(contexts)
    newest = np.concatenate([np.arange(size) for size in sizes])
    weights = weigh(found, rows, newest)
    list_of = np.repeat(np.arange(len(contexts)), sizes)[at]
    catalogue = contexts[0].catalogue
    last, place = catalogue.scratch(len(contexts)).merged(catalogue.keys(ends, list_of))
    sums = np.bincount(place, weights).astype(np.float32)
    causes, distinct = rows[at], ends[last]
    lists = np.arange(len(contexts) + 1)
    told, summed = np.searchsorted(list_of, lists).tolist(), np.searchsorted(list_of[last], lists).tolist()
    answers = []
    for n in range(len(contexts)):
        part, mine = slice(told[n], told[n + 1]), slice(summed[n], summed[n + 1])
        kept = best_of(sums[mine], most)
        evidence = Evidence(ends[part], weights[part], causes[part])
        answers.append(Candidates(distinct[mine][kept], sums[mine][kept], evidence))
    return answers
