"""What compiled functions tell of candidates is what plain formulas tell, whatever the catalogue and the users are."""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
import numpy as np
import pytest
from core_builders import NOW, ask, direction, encoded, event, exact_hits, folded, visits, world_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.core.candidates.accumulate import COLD_BELOW, SHRINK
from streams.core.candidates.base import Context
from streams.core.company import SHORT
from streams.core.features import COLUMN, COMPANY_FEATURES
from streams.core.hours import PARTS, part_of
from streams.core.language import primary
from streams.core.recommend import Ranking, World, plan, rank_all
from streams.core.stages import STAGES, stage_of
from streams.core.statistics_view import SHARE_PRIOR
from streams.core.tuning import DAY_S
from streams.events import Action

Values = NDArray[np.float64]
LIFTS = ("stage_lift", "hour_lift", "surface_lift")

WORDS = ("road", "long", "sea", "night", "zanzibar", "returns", "story", "light")


def random_world(random: np.random.Generator) -> World:
    """Items that share words, tags, creators, languages and numbers, and visitors that liked some of them together."""
    items = []
    for n in range(int(random.integers(2, 40))):
        title = " ".join(random.choice(WORDS, size=random.integers(0, 5)))
        tags = tuple(random.choice(["a", "b", "c"], size=random.integers(0, 3), replace=False))
        made = encoded(
            f"i{n}",
            direction(int(random.integers(5)), 0.3, n),
            title=title,
            tags=tags,
            creator=[None, "x", "y"][random.integers(3)],
            language=[None, "en", "en-GB", "de"][random.integers(4)],
            published_at=NOW - 2e7 * random.random(),
        )
        attributes = {"year": float(random.integers(1950, 2020))} if random.random() < 0.7 else {}
        items.append(msgspec.structs.replace(made, card=msgspec.structs.replace(made.card, attributes=attributes)))
    world = world_of(items)
    names = [item.card.item_id for item in items]
    counts = random.integers(1, min(8, len(names)) + 1, size=int(random.integers(0, 12)))
    histories = [list(random.choice(names, size=count, replace=False)) for count in counts]
    visits(world, histories, at=NOW - DAY_S, surfaces=(None, "home", "mail"))
    return world


def rankings(seed: int) -> list[Ranking]:
    """The lists of some users, one of them new, made together."""
    random = np.random.default_rng(seed)
    world = random_world(random)
    names = list(world.catalogue.live_ids())
    profiles = [folded([])]
    for _ in range(3):
        acts = random.choice(sorted(names), size=int(random.integers(0, 12)))
        kinds = [Action.DISLIKE if random.random() < 0.2 else Action.LIKE for _ in acts]
        events = [
            event(f"e{n}", item, kind, at=NOW + n) for n, (item, kind) in enumerate(zip(acts, kinds, strict=True))
        ]
        profiles.append(folded(events))
    plans = [plan(profile, world) for profile in profiles]
    hits = [exact_hits(world, profile) for profile in profiles]
    surfaces = ("default", "home", "mail", "never named")
    asks = [ask(f"u{n}", offset=n, surface=surfaces[(n + seed) % 4]) for n in range(len(profiles))]
    ranked = rank_all(plans, hits, asks, world, [None] * len(plans))
    return [ranking for ranking in ranked if len(ranking.scored.pool.rows)]


LISTS = given(st.integers(0, 2**32 - 1))
MILD = settings(deadline=None, max_examples=25)


def told(ranking: Ranking, name: str) -> NDArray[np.float32]:
    return ranking.scored.features[:, COLUMN[name]]


def steps(base: float, count: int) -> Values:
    return np.asarray(base ** np.arange(count), dtype=np.float64)


@MILD
@LISTS
def test_content_fits_are_cosines(seed: int) -> None:
    for ranking in rankings(seed):
        context, rows = ranking.context, ranking.scored.pool.rows
        vectors, taste = context.catalogue.vectors(rows), context.taste
        nothing = np.zeros(len(rows))
        liked, strength = vectors @ taste.vectors[:5].T, taste.strength[:5]
        interest = (vectors @ context.centroids.T).max(axis=1) if len(context.interests) else nothing
        assert told(ranking, "interest") == pytest.approx(interest, abs=1e-5)
        loudest = (liked * strength / strength.max()).max(axis=1) if len(strength) else nothing
        assert told(ranking, "content_max") == pytest.approx(loudest, abs=1e-5)
        mean = liked @ strength / strength.sum() if len(strength) else nothing
        assert told(ranking, "content_mean") == pytest.approx(mean, abs=1e-5)
        disliked = vectors @ taste.disliked_vectors[:3].T
        assert told(ranking, "disliked") == pytest.approx(disliked.max(axis=1) if disliked.size else nothing, abs=1e-5)
        assert context.met is not None
        best = np.argsort(-context.met.sums, kind="stable")[:50]
        middle = context.met.sums[best] @ context.catalogue.vectors(context.met.rows[best])
        length = np.linalg.norm(middle)
        met = vectors @ middle / length if length > 0 else nothing
        assert told(ranking, "content_met") == pytest.approx(met, abs=1e-5)
        newness = np.exp2(np.minimum(0, (context.catalogue.published(rows) - context.now) / (7 * DAY_S)))
        assert told(ranking, "newness") == pytest.approx(newness, rel=1e-4)
        assert told(ranking, "new_fit") == pytest.approx(newness * np.maximum(0, interest - interest.mean()), abs=1e-5)


@MILD
@LISTS
def test_counts_are_read_as_of_now(seed: int) -> None:
    for ranking in rankings(seed):
        context, rows = ranking.context, ranking.scored.pool.rows
        view, now = context.statistics, context.now
        acts = view.acts(rows)
        assert told(ranking, "popularity") == pytest.approx(np.log1p(view.popularity(rows, now)), rel=1e-4, abs=1e-6)
        assert told(ranking, "trend") == pytest.approx(np.log1p(view.trend(rows, now)), rel=1e-4, abs=1e-6)
        assert told(ranking, "all_time") == pytest.approx(np.log1p(acts), rel=1e-5)
        assert np.array_equal(told(ranking, "untried"), acts < COLD_BELOW)
        logs, highest, _, trend_at, _, times, *_ = view.counts()
        standing = np.maximum(logs[rows, trend_at] - highest[trend_at], -16)
        assert told(ranking, "trend_log") == pytest.approx(standing, abs=1e-5)
        known, idle = np.where(times[rows] > 0, np.log1p((now - times[rows]) / DAY_S), 0).T
        assert told(ranking, "known_for") == pytest.approx(known, abs=1e-5)
        assert told(ranking, "idle_for") == pytest.approx(idle, abs=1e-5)
        stage, surface = stage_of(len(context.taste.liked)), view.surfaces.find(context.surface)
        kinds = (stage, STAGES), (part_of(now), PARTS), (surface, len(view.surfaces))
        for name, (kind, known_kinds), (by_row, totals) in zip(LIFTS, kinds, view.counts()[6:9], strict=True):
            if kind < 0:
                assert not told(ranking, name).any()
                continue
            usual = (totals[kind] + 1) / (totals.sum() + known_kinds)
            lift = np.log((by_row[rows, kind] + SHARE_PRIOR * usual) / (acts + SHARE_PRIOR) / usual)
            assert told(ranking, name) == pytest.approx(lift, abs=1e-5)


def labels_of(context: Context, row: int, kind: str) -> tuple[str, ...]:
    card = context.catalogue.card(row)
    assert card is not None
    language = primary(card.language)
    by_kind = {"tags": card.tags, "creator": (card.creator,), "language": (language,)}
    return tuple(label for label in by_kind[kind] if label)


@MILD
@LISTS
@pytest.mark.parametrize("kind", ["tags", "creator", "language"])
def test_affinity_is_the_share_of_the_likes_that_have_a_label(kind: str, seed: int) -> None:
    for ranking in rankings(seed):
        context, taste = ranking.context, ranking.context.taste
        share: defaultdict[str, float] = defaultdict(float)
        for row, strength in zip(taste.liked.tolist(), taste.strength.tolist(), strict=True):
            for label in labels_of(context, row, kind):
                share[label] += strength / float(taste.strength.sum())
        mine = [labels_of(context, row, kind) for row in ranking.scored.pool.rows.tolist()]
        expected = [sum(share[label] for label in labels) / max(len(labels), 1) for labels in mine]
        if kind == "language":  # what names none is neither theirs nor foreign
            named = [one for one, labels in zip(expected, mine, strict=True) if labels]
            usual = sum(named) / max(len(named), 1)
            expected = [one if labels else usual for one, labels in zip(expected, mine, strict=True)]
        assert told(ranking, kind) == pytest.approx(expected, abs=1e-5)


def word_cosine(context: Context, one: int, other: int) -> float:
    words, logs, log_count = context.catalogue.wording()
    rarity = {int(word): float(log_count - logs[word]) ** 2 for word in (*words[one], *words[other]) if word >= 0}
    mine, theirs = ({int(word) for word in words[row] if word >= 0} for row in (one, other))
    lengths = [math.sqrt(sum(rarity[word] for word in all_words) + 1e-12) for all_words in (mine, theirs)]
    return sum(rarity[word] for word in mine & theirs) / (lengths[0] * lengths[1])


@MILD
@LISTS
def test_words_and_numbers_are_compared_with_those_of_the_likes(seed: int) -> None:
    for ranking in rankings(seed):
        context, rows = ranking.context, ranking.scored.pool.rows
        liked = context.taste.liked
        cosines = np.array([[word_cosine(context, row, like) for like in liked] for row in rows])
        cosines = cosines.reshape(len(rows), len(liked))
        mean = cosines @ steps(0.93, len(liked)) / max(steps(0.93, len(liked)).sum(), 1e-12)
        assert told(ranking, "words_mean") == pytest.approx(mean, abs=1e-4)
        most = (cosines * steps(0.97, len(liked))).max(axis=1, initial=0)
        assert told(ranking, "words_max") == pytest.approx(most, abs=1e-4)
        values, spread = context.catalogue.numbers()
        near = (spread[0] / 2) / (spread[0] / 2 + np.abs(values[rows, :1] - values[liked[:20], 0]))
        counts = np.where(np.isnan(near), 0, steps(0.93, near.shape[1]))
        expected = (np.nan_to_num(near) * counts).sum(axis=1) / np.maximum(counts.sum(axis=1), 1e-12)
        assert told(ranking, "numbers") == pytest.approx(expected if spread[0] > 0 else 0 * expected, abs=1e-4)
        published = context.catalogue.published
        times, strength = published(rows), context.taste.strength[:20]
        scale = np.abs(times - times.mean()).mean() / 4 + 1
        closeness = scale / (scale + np.abs(times[:, None] - published(liked[:20])))
        expected = closeness @ strength / max(strength.sum(), 1e-12)
        assert told(ranking, "era") == pytest.approx(expected, rel=1e-3, abs=1e-4)


def edges(context: Context, row: int) -> dict[int, float]:
    (slots, lengths, far, _, logs), _, half_life_s = context.statistics.companions()
    slot = slots[row]
    decayed = np.exp2(logs[slot, : lengths[slot]] - context.now / half_life_s)
    return {} if slot < 0 else dict(zip(far[slot, : lengths[slot]].tolist(), decayed.tolist(), strict=True))


@MILD
@LISTS
def test_company_and_kinship_are_sums_over_edges(seed: int) -> None:
    for ranking in rankings(seed):
        context, rows = ranking.context, ranking.scored.pool.rows
        view, liked = context.statistics, context.taste.liked.tolist()
        expected = np.zeros((len(rows), 8))
        for at, row in enumerate(rows.tolist()):
            for step, like in enumerate(liked):
                usual = math.sqrt(view.acts_by_row()[like] + SHRINK)
                after, before = edges(context, row).get(like, 0.0), edges(context, like).get(row, 0.0)
                windows = np.array([0.93**step, 0.93**step / usual, step < SHORT, step == 0])
                expected[at] += np.concatenate((windows * after, windows * (after + before)))
        expected = np.sqrt(expected / np.sqrt(view.acts(rows) + SHRINK)[:, None])
        for column, name in enumerate(COMPANY_FEATURES):
            assert told(ranking, name) == pytest.approx(expected[:, column], rel=1e-3, abs=1e-4)

        assert context.met is not None
        met = dict(zip(context.met.rows.tolist(), context.met.sums.tolist(), strict=True))
        lent = np.zeros(len(rows))
        for end, cosine, at in zip(*context.catalogue.kin(rows), strict=True):
            lent[at] += cosine * met.get(int(end), 0.0)
        lent[view.acts(rows) >= COLD_BELOW] = 0
        assert told(ranking, "kinship") == pytest.approx(np.sqrt(lent), rel=1e-4, abs=1e-6)
