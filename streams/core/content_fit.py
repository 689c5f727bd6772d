"""How close candidates lie to what their users want and liked, by content alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.cosines import cosines
from streams.core.histories import Histories, joined
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.vector_table import NO_SLOT

LIKED_COMPARED = 5  # newest liked items that candidates are compared with one by one
DISLIKED_COMPARED = 3
MET_COMPARED = 50  # strongest items met with the likes, whose mean stands for them
FITS = 5  # interest, content_max, content_mean, disliked, content_met: see features.py


def content_fit(pools: Pools, histories: Histories, contexts: Sequence[Context], fits: Floats) -> None:
    """Fill `fits` float32[FITS, n]: the fit of every candidate to its own user; 0 where there is nothing to compare."""
    disliked = [context.taste.disliked[:DISLIKED_COMPARED] for context in contexts]
    _fit(
        *contexts[0].catalogue.vector_slots(),
        pools.rows,
        pools.lists.sizes,
        joined([context.centroids for context in contexts]),
        np.array([len(context.interests) for context in contexts]),
        histories.liked,
        histories.strength,
        histories.likes,
        joined(disliked),
        np.array([len(one) for one in disliked]),
        histories.met,
        histories.sums,
        histories.meetings,
        fits,
    )


@compiled("void(f4[:, ::1], i4[::1], i4[::1], f4[::1], f4[::1])")
def _middle(vectors: Floats, slots: Rows, rows: Rows, sums: Floats, middle: Floats) -> None:
    """Fill `middle` float32[d], which is zeros, with the direction of what others liked together with the user's likes;
    it stays as it is without any.

    A query widened by what it finds finds more of its kind (Rocchio, "Relevance feedback in information retrieval",
    1971): two likes say little of a taste, but many have walked on from them.
    """
    for at in best_of(sums, MET_COMPARED):
        slot = slots[rows[at]]
        if slot != NO_SLOT:
            vector = vectors[slot]
            for i in range(len(middle)):
                middle[i] += sums[at] * vector[i]
    square = np.float32(0)
    for i in range(len(middle)):
        square += middle[i] * middle[i]
    if square > 0:
        middle /= np.sqrt(square)


@compiled("void(f4[::1], f4, f4[::1])")
def _raise(values: Floats, weight: float, most: Floats) -> None:
    """`most` float32[n] is at least `values` times `weight`."""
    for at in range(len(most)):
        most[at] = max(most[at], weight * values[at])


@compiled(
    "void(f4[:, ::1], i4[::1], i4[::1], i8[::1], f4[:, ::1], i8[::1], i4[::1], f4[::1], i8[::1], i4[::1], i8[::1],"
    " i4[::1], f4[::1], i8[::1], f4[:, ::1])"
)
def _fit(  # noqa: PLR0917 - compiled functions take no keywords
    vectors: Floats,
    slots: Rows,
    rows: Rows,
    sizes: Places,
    centroids: Floats,
    interests: Places,
    liked: Rows,
    strength: Floats,
    likes: Places,
    disliked: Rows,
    dislikes: Places,
    met: Rows,
    sums: Floats,
    meetings: Places,
    fits: Floats,
) -> None:
    """List by list: `sizes`, `interests`, `likes`, `dislikes` and `meetings` int64[b] say how many of each array are
    its own.
    """
    fits[:] = 0
    if not vectors.size:
        return
    start = interest = like = dislike = meeting = 0
    for one in range(len(sizes)):
        stop, compared = start + sizes[one], min(likes[one], LIKED_COMPARED)
        # The told are the interests, the likes, the dislikes and the middle.
        likes_at, dislikes_at = interests[one], interests[one] + compared
        middle_at = dislikes_at + dislikes[one]
        told = np.zeros((middle_at + 1, vectors.shape[1]), np.float32)
        told[:likes_at] = centroids[interest : interest + likes_at]
        for at in range(compared):
            told[likes_at + at] = vectors[slots[liked[like + at]]]
        for at in range(dislikes[one]):
            told[dislikes_at + at] = vectors[slots[disliked[dislike + at]]]
        mine = slice(meeting, meeting + meetings[one])
        _middle(vectors, slots, met[mine], sums[mine], told[middle_at])
        # A row without a vector has zeros: NO_SLOT is the last place (vector_table.py).
        near = cosines(vectors, slots[rows[start:stop]].astype(np.int64), told)
        for at in range(middle_at):
            kind = 0 if at < likes_at else 1 if at < dislikes_at else 3
            if at in (0, likes_at, dislikes_at):
                fits[kind, start:stop] = -np.inf
            loud = 1.0
            if kind == 1:
                loud = float(strength[like + at - likes_at] / strength[like : like + compared].max())
                share = strength[like + at - likes_at] / strength[like : like + compared].sum()
                mean = fits[2, start:stop]
                for place in range(len(mean)):
                    mean[place] += share * near[at, place]
            _raise(near[at], loud, fits[kind, start:stop])
        fits[4, start:stop] = near[middle_at]
        start, interest, like = stop, interest + interests[one], like + likes[one]
        dislike, meeting = dislike + dislikes[one], meeting + meetings[one]
