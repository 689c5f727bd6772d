"""Add up what several liked items say about the same candidates."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import NO_CAUSE, Candidates, Context, Floats, Met
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places

SHRINK = 5.0
"""As many imagined acts without company: keeps one shared visitor from looking like a perfect match."""


COLD_BELOW = 5.0
COLD_SHARE = 2

COMPANY = "Tuple((i4[::1], f4[::1], i4[::1], i8[::1]))"  # as Company


class Edges(NamedTuple):
    """Far ends int32[m] with their decayed weights float32[m], and which of the rows asked for each belongs to."""

    ends: Rows
    weights: Floats
    at: Rows


class Company(NamedTuple):
    """What several lists met, as in Met, one list after another; `bounds` int64[b + 1]: where each begins."""

    rows: Rows
    sums: Floats
    causes: Rows
    bounds: Places

    @classmethod
    def of(cls, lists: Sequence[Met]) -> Company:
        bounds = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(one.rows) for one in lists], out=bounds[1:])
        rows, sums, causes = zip(*lists, strict=True)
        return cls(np.concatenate(rows), np.concatenate(sums), np.concatenate(causes), bounds)

    def each(self) -> list[Met]:
        """Views, not copies."""
        return [Met(self.rows[part], self.sums[part], self.causes[part]) for part in self._slices()]

    def candidates(self) -> list[Candidates]:
        """The same as proposals."""
        return [Candidates(self.rows[part], self.sums[part], self.causes[part]) for part in self._slices()]

    def _slices(self) -> Iterator[slice]:
        return itertools.starmap(slice, itertools.pairwise(self.bounds.tolist()))


def met(
    contexts: Sequence[Context], liked: Rows, sizes: Places, near: Floats, edges: Callable[[Rows], Edges]
) -> Company:
    """For each context every row that an edge of its likes leads to, with the sum over these edges: of `liked` int32[a]
    as many are each one's as `sizes` int64[b] says. An edge counts its weight times `near` float32[a], over the root of
    how often its far end was liked.
    """
    return summed(edges(liked), near, liked, sizes, contexts[0], shrunk=True)


def summed(edges: Edges, near: Floats, causes: Rows, sizes: Places, context: Context, *, shrunk: bool) -> Company:
    """For each list every row that its edges lead to. `near` float32[a] weighs the rows asked, `causes` int32[a] are
    the likes that they are asked for, and `sizes` int64[b] of them belong to each list. `shrunk`: over the root of how
    often the far end was liked. `context` is any of the micro-batch.
    """
    acts, places = context.statistics.acts_by_row(), context.catalogue.scratch().places
    return Company(*_summed(*edges, acts, near, causes, sizes, places, shrunk))


def best(found: Company, context: Context, most: int) -> list[Candidates]:
    """Of each list the `most` rows with the largest sums, some cold ones more; the like whose edge gave most is the
    cause.
    """
    return Company(*_best(*found, context.statistics.acts_by_row(), most)).candidates()


@compiled("i8[::1](i4[::1], f4[::1], f4[::1], i8)")
def _chosen(rows: Rows, sums: Floats, acts: Floats, most: int) -> Places:
    """Places of the `most` largest sums, and of the best COLD_SHARE of them that are cold: their sums are of few acts
    and lose against any that are not.
    """
    cold = np.empty(len(rows), np.int64)
    count = 0
    for at in range(len(rows)):
        if acts[rows[at]] < COLD_BELOW:
            cold[count] = at
            count += 1
    best = best_of(sums, most)
    spare = cold[:count]
    spare = spare[best_of(sums[spare], most // COLD_SHARE)]
    taken = np.zeros(len(rows), np.bool_)
    taken[best] = True
    return np.concatenate((best, spare[~taken[spare]]))


@compiled(f"{COMPANY}(i4[::1], f4[::1], i4[::1], i8[::1], f4[::1], i8)")
def _best(  # noqa: PLR0917 - compiled functions take no keywords
    rows: Rows, sums: Floats, causes: Rows, bounds: Places, acts: Floats, most: int
) -> tuple[Rows, Floats, Rows, Places]:
    at, ends = np.empty(len(rows), np.int64), np.zeros(len(bounds), np.int64)
    count = 0
    for one in range(len(bounds) - 1):
        start, end = bounds[one], bounds[one + 1]
        for chosen in _chosen(rows[start:end], sums[start:end], acts, most):
            at[count] = start + chosen
            count += 1
        ends[one + 1] = count
    return rows[at[:count]], sums[at[:count]], causes[at[:count]], ends


@compiled(f"{COMPANY}(i4[::1], f4[::1], i4[::1], f4[::1], f4[::1], i4[::1], i8[::1], i4[::1], b1)")
def _summed(  # noqa: PLR0917 - compiled functions take no keywords
    ends: Rows,
    weights: Floats,
    at: Rows,
    acts: Floats,
    near: Floats,
    liked: Rows,
    sizes: Places,
    place: NDArray[np.int32],
    shrunk: bool,
) -> tuple[Rows, Floats, Rows, Places]:
    """The rows of every list with sums and causes, and where each list begins.

    `acts` by row; `near`, `liked`, `sizes` and `shrunk` as in `summed`. A row's place among the sums is looked up in
    `place`, whose contents are believed only where the row found there is the row itself (Briggs and Torczon, "An
    Efficient Representation for Sparse Sets", 1993): it needs no clearing.
    """
    rows, sums = np.empty(len(ends), np.int32), np.empty(len(ends), np.float32)
    causes, loudest = np.empty(len(ends), np.int32), np.empty(len(ends), np.float32)
    bounds = np.zeros(len(sizes) + 1, np.int64)
    edge = last_like = count = 0
    for one in range(len(sizes)):
        last_like += sizes[one]
        start = count
        while edge < len(ends) and at[edge] < last_like:
            end, like = ends[edge], at[edge]
            weight = weights[edge] * near[like]
            if shrunk:
                weight /= np.sqrt(acts[end] + np.float32(SHRINK))
            where = place[end]
            if where < start or where >= count or rows[where] != end:
                where, count = count, count + 1
                place[end], rows[where], sums[where] = where, end, 0
                causes[where], loudest[where] = NO_CAUSE, -1
            sums[where] += weight
            if weight > loudest[where]:
                loudest[where], causes[where] = weight, liked[like]
            edge += 1
        bounds[one + 1] = count
    return rows[:count], sums[:count], causes[:count], bounds
