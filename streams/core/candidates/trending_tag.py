"""Items many people take to right now among those that carry the user's own tags: a small subject has leaders too, and
they are seldom among the leaders of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import Caused
from streams.core.candidates.leaders import had
from streams.core.catalogue import NO_TAG
from streams.core.compiled import compiled
from streams.core.histories import joined
from streams.core.leaders import among, place_of
from streams.core.rows import Rows
from streams.core.segments import Places

TAGS = 3
"""So many of the tags that most of the likes carry, as their first, have their leaders proposed."""


class TrendingTagSource(Caused):
    """Score: decayed weight under the short half-life, as of now. Cause: the newest liked item with the same tag."""

    name = "trending_tag"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        context, liked = contexts[0], [one.taste.liked for one in contexts]
        view, most = context.statistics, max(1, context.tuning.leader_candidates // TAGS)
        leaders = np.concatenate((view.trending.top(), view.popular.top()))
        passed = [had(one, leaders) for one in contexts]
        rows, causes, bounds = _of_tags(
            leaders,
            context.catalogue.labels()[0],
            joined(liked),
            np.array([len(one) for one in liked]),
            joined(passed),
            np.array([len(one) for one in passed]),
            most,
        )
        trend = view.trend(rows, context.now)
        return [
            Candidates(rows[start:end], trend[start:end], causes[start:end]) for start, end in pairwise(bounds.tolist())
        ]


@compiled("i4[::1](i4[:, ::1], i4[::1])")
def _main(tags: Rows, liked: Rows) -> Rows:
    """The newest of `liked` with each of the TAGS first tags that most of them carry, the commonest first."""
    newest, counts, found = np.empty(len(liked), np.int32), np.zeros(len(liked), np.int64), 0
    names = np.empty(len(liked), np.int32)
    for row in liked:
        tag = tags[row, 0]
        if tag == NO_TAG:
            continue
        at = place_of(names[:found], tag)
        if at == found:
            found += 1
            names[at], newest[at] = tag, row
        counts[at] += 1
    order = np.argsort(-counts[:found], kind="mergesort")  # of equals the one liked last comes first
    return newest[order[:TAGS]]


@compiled("Tuple((i4[::1], i4[::1], i8[::1]))(i4[::1], i4[:, ::1], i4[::1], i8[::1], i4[::1], i8[::1], i8)")
def _of_tags(  # noqa: PLR0917 - compiled functions take no keywords
    leaders: Rows, tags: Rows, liked: Rows, likes: Places, passed: Rows, lengths: Places, most: int
) -> tuple[Rows, Rows, Places]:
    """For each list the first `most` of `leaders` with each of its tags, each row once and none of those `passed`; the
    like that each is there for; and where each list begins. `likes` of `liked` are each user's, `lengths` of `passed`.
    """
    rows, bounds = np.empty(len(likes) * TAGS * most, np.int32), np.zeros(len(likes) + 1, np.int64)
    causes = np.empty(len(rows), np.int32)
    like = pass_by = count = 0
    for one in range(len(likes)):
        because = _main(tags, liked[like : like + likes[one]])
        wanted = tags[because, 0].copy()
        without = passed[pass_by : pass_by + lengths[one]]
        start, left, open_tags = count, np.full(len(because), most), len(because)
        for row in leaders:
            if not open_tags:
                break
            at = place_of(wanted, tags[row, 0])
            if at < len(wanted) and left[at] and not among(without, row) and not among(rows[start:count], row):
                rows[count], causes[count] = row, because[at]
                count += 1
                left[at] -= 1
                open_tags -= left[at] == 0
        like += likes[one]
        pass_by += lengths[one]
        bounds[one + 1] = count
    return rows[:count], causes[:count], bounds
