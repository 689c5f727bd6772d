"""Dealing, interleaving, counting and judging hold their promises whatever comes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.core.experiments.confidence import FEWEST_USERS, LEVEL, difference, mean_of, within
from streams.core.experiments.counts import MISSED, PAIRED, Scored, UserSums, begun, exposed, scored, together
from streams.core.experiments.dealing import dealt, shares_of, takes_part
from streams.core.experiments.definition import NOTHING, Changes, Experiment, Kind, Variant
from streams.core.experiments.interleave import team_draft
from streams.core.experiments.mismatch import mismatched, surprise
from streams.events import Exposure, VariantCounts

MILD = settings(deadline=None, max_examples=60)  # a shared machine stalls now and then
LISTS = st.lists(st.sampled_from("abcdefghijkl"), unique=True, max_size=12)
ACT = Scored(1.0, 0.5, "fresh", popularity_hit=True, cold=True)


def experiment(*weights: float, kind: Kind = Kind.SPLIT, share: float = 1.0, name: str = "e") -> Experiment:
    variants = [
        Variant(f"v{n}", weight, NOTHING if n == 0 else Changes(diversity=n / 10)) for n, weight in enumerate(weights)
    ]
    return Experiment(name, tuple(variants), kind, share=share)


# Dealing


@MILD
@given(st.text(min_size=1, max_size=20), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_growing_share_keeps_those_who_were_in_and_their_variants(user: str, one: float, other: float) -> None:
    small, large = (experiment(1, 1, share=share) for share in sorted((one, other)))
    assert takes_part(large, user) or not takes_part(small, user)
    assert dealt(small, user).name == dealt(large, user).name


def test_users_are_dealt_out_as_the_weights_say_and_independently_of_other_experiments() -> None:
    first, second = experiment(1, 2, 5), experiment(1, 1, share=0.3, name="f")
    users = [f"user-{n}" for n in range(8000)]
    dealt_out = [[dealt(one, user).name for user in users] for one in (first, second)]
    counts = [dealt_out[0].count(variant.name) for variant in first.variant]
    assert not mismatched(counts, shares_of(first.variant))
    assert abs(sum(takes_part(second, user) for user in users) - 2400) < 4 * math.sqrt(8000 * 0.21)
    both = sum(one == "v2" and other == "v1" for one, other in zip(*dealt_out, strict=True))
    assert abs(both - 2500) < 4 * math.sqrt(8000 * 5 / 16 * 11 / 16)


# Interleaving


@MILD
@given(LISTS, LISTS, st.integers(1, 14), st.text(max_size=8))
def test_a_team_draft_has_every_item_once_and_each_team_in_its_order(
    first: list[str], second: list[str], places: int, seed: str
) -> None:
    picks = team_draft(first, second, places, seed)
    items = [pick.item_id for pick in picks]
    assert len({*items}) == len(items) == min(places, len({*first, *second}))
    for team, ranked in enumerate((first, second)):
        mine = [ranked.index(pick.item_id) for pick in picks if pick.team == team]
        assert mine == sorted(mine)
    for end in range(len(picks)):  # nobody passes over a better one of its own
        ranked = (first, second)[picks[end].team]
        left = [item for item in ranked if item not in items[:end]]
        assert picks[end].item_id == left[0]
    assert picks == team_draft(first, second, places, seed)


@MILD
@given(st.permutations("abcdefgh"), st.permutations("abcdefgh"), st.text(max_size=8))
def test_no_team_is_ever_more_than_one_ahead_while_both_have_items(a: list[str], b: list[str], seed: str) -> None:
    lead = 0
    for pick in team_draft(a, b, 8, seed):
        lead += 1 if pick.team else -1
        assert abs(lead) <= 1


def test_the_first_pick_is_fair_and_so_are_the_tosses_after_it() -> None:
    a, b = [f"a{n}" for n in range(10)], [f"b{n}" for n in range(10)]
    drafts = [team_draft(a, b, 10, f"list-{n}") for n in range(2000)]
    for toss in range(0, 10, 2):
        assert abs(sum(draft[toss].team for draft in drafts) - 1000) < 4 * math.sqrt(500), toss


# Counting


@MILD
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=60), st.integers(1, 3))
def test_sums_kept_act_by_act_over_partitions_are_those_of_all_users(
    acts: list[tuple[int, int, bool]], partitions: int
) -> None:
    trial = experiment(1, 1)
    parts = [begun(trial, partition, 5.0) for partition in range(partitions)]
    users: dict[int, dict[str, UserSums]] = {}
    by_hand: dict[str, dict[int, list[float]]] = {"v0": {}, "v1": {}}
    for user, rank, cold in acts:
        at, variant = user % partitions, f"v{user % 2}"
        exposure = Exposure("e", trial.edition, variant)
        if user not in users:
            parts[at], users[user] = exposed(parts[at], exposure, {})
            by_hand[variant][user] = []
        act = MISSED._replace(cold=cold) if not rank else Scored(1.0, 1 / rank, "fresh", rank == 1, cold)
        parts[at], users[user] = scored(parts[at], exposure, rank, act, users[user])
        by_hand[variant][user].append(act.ndcg)
    whole = together(parts)
    for name, of in by_hand.items():
        counts = whole.variants[name]
        n, y = np.array([[len(one), sum(one)] for one in of.values()] or np.zeros((0, 2))).T
        assert (counts.users, counts.lists, counts.active) == (len(of), len(of), int(np.count_nonzero(n)))
        told = (counts.acts, counts.acts_squared, counts.ndcg, counts.ndcg_squared, counts.ndcg_acts)
        assert told == pytest.approx((n.sum(), (n * n).sum(), y.sum(), (y * y).sum(), (n * y).sum()))
        assert counts.hits == counts.hits_by_source.get("fresh", 0)


def test_an_interleaved_hit_is_credited_to_the_variant_that_chose_the_item() -> None:
    trial = experiment(1, 1, kind=Kind.INTERLEAVE)
    exposure = Exposure("e", trial.edition, "interleaved", ("v0", "v1", "v1"))
    counts, sums = exposed(begun(trial, 0, 0.0), exposure, {})
    for rank in (1, 2, 3, 0):
        counts, sums = scored(counts, exposure, rank, ACT if rank else MISSED, sums)
    first, second = counts.variants.values()
    assert (first.users, first.acts, first.hits, second.hits) == (1, 4, 1.0, 2.0)
    assert counts.paired is not None
    assert (counts.paired.hits, counts.paired.acts, sums[PAIRED].hits) == (1.0, 4, 1.0)


# Judging


@MILD
@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=2, max_size=40))
def test_the_variance_of_a_mean_over_acts_is_that_of_a_ratio_over_users(users: list[tuple[int, float]]) -> None:
    n = np.array([float(acts) for acts, _ in users])
    x = np.array([acts * rate for acts, rate in users])
    k = len(n)
    of = VariantCounts(
        active=k, acts=int(n.sum()), acts_squared=int((n * n).sum()),
        hits=float(x.sum()), hits_squared=float((x * x).sum()), hits_acts=float((x * n).sum()),
    )  # fmt: skip
    mean = mean_of(of, "hits")
    residual = x - x.sum() / n.sum() * n
    assert mean.variance == pytest.approx((residual**2).sum() / n.sum() ** 2 * k / (k - 1), abs=1e-9)
    assert 1 <= mean.users <= k + 1e-9


def simulated(runs: int, users: int, acts: int, *, spread: float, seed: int) -> tuple[float, float]:
    """How often an interval ever missed the truth, looked at after every 20 acts: ours, and one for a fixed time.

    Users differ in how often they act (Zipf, exponent 0.7) and in how often they hit: Beta with mean 0.15, the more
    alike the larger `spread`. Both variants are the same.
    """
    random = np.random.default_rng(seed)
    rates = random.beta(0.15 * spread, 0.85 * spread, (runs, users))
    arms = random.integers(0, 2, (runs, users))
    activity = np.arange(1, users + 1) ** -0.7
    who = random.permuted(np.tile(np.arange(users), (runs, 1)), axis=1)
    n, x, every = np.zeros((runs, users)), np.zeros((runs, users)), np.arange(runs)
    ours, fixed = np.zeros(runs, np.bool_), np.zeros(runs, np.bool_)
    for act in range(1, acts + 1):
        user = who[every, random.choice(users, runs, p=activity / activity.sum())]
        n[every, user] += 1
        x[every, user] += random.random(runs) < rates[every, user]
        for run in range(runs) if act % 20 == 0 else ():
            one, other = (
                mean_of(_counted(n[run, arms[run] == arm], x[run, arms[run] == arm]), "hits") for arm in (1, 0)
            )
            interval = difference(one, other, 1000)
            if interval.low is not None:
                ours[run] |= interval.excludes_zero
                fixed[run] |= abs(interval.difference) > 1.96 * math.sqrt(one.variance + other.variance)
    return float(ours.mean()), float(fixed.mean())


def _counted(n: NDArray[np.float64], x: NDArray[np.float64]) -> VariantCounts:
    return VariantCounts(
        active=int(np.count_nonzero(n)), acts=int(n.sum()), acts_squared=int((n * n).sum()),
        hits=float(x.sum()), hits_squared=float((x * x).sum()), hits_acts=float((x * n).sum()),
    )  # fmt: skip


@pytest.mark.parametrize(("users", "spread"), [(60, 3.0), (400, 3.0), (400, 1000.0)])
def test_an_interval_that_is_looked_at_all_the_time_misses_the_truth_no_oftener_than_it_says(
    users: int, spread: float
) -> None:
    runs = 100
    ours, fixed = simulated(runs, users, 800, spread=spread, seed=11)
    most = LEVEL + 2 * math.sqrt(LEVEL * (1 - LEVEL) / runs)
    assert ours <= most
    assert fixed > most, "an interval for one look misses far oftener, or this simulation tells nothing"


def test_a_difference_that_is_there_is_found_and_its_size_is_in_the_interval() -> None:
    random = np.random.default_rng(5)
    n = np.full(300, 10.0)
    low, high = (_counted(n, random.binomial(10, rate, 300).astype(float)) for rate in (0.1, 0.2))
    found = difference(mean_of(high, "hits"), mean_of(low, "hits"), 2000)
    assert found.excludes_zero
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.1 < found.high


def test_acts_of_one_user_are_not_taken_for_those_of_many() -> None:
    many = _counted(np.ones(400), np.repeat([1.0, 0.0], 200))
    few = _counted(np.full(20, 20.0), np.repeat([20.0, 0.0], 10))
    one, other = (difference(mean_of(of, "hits"), mean_of(of, "hits"), 2000) for of in (many, few))
    assert one.high is not None
    assert other.high is not None
    assert other.high > 3 * one.high


def test_too_few_users_give_no_interval() -> None:
    few = mean_of(_counted(np.full(int(FEWEST_USERS) - 1, 50.0), np.arange(FEWEST_USERS - 1)), "hits")
    assert few.users < FEWEST_USERS
    assert difference(few, few, 2000).low is None
    assert within(few, 2000).low is None


def test_interleaving_needs_fewer_acts_than_splitting_for_the_same_difference() -> None:
    """Users who differ much widen a split; within a user that cancels."""
    random = np.random.default_rng(3)
    base = random.beta(0.3, 1.7, 400)
    n = np.full(400, 5.0)
    ours, theirs = (random.binomial(5, np.clip(base + more, 0, 1)).astype(float) for more in (0.02, 0.0))
    split = difference(mean_of(_counted(n, ours), "hits"), mean_of(_counted(n, theirs), "hits"), 2000)
    paired = within(mean_of(_counted(n, ours - theirs), "hits"), 2000)
    assert split.low is not None
    assert split.high is not None
    assert paired.low is not None
    assert paired.high is not None
    assert paired.high - paired.low < split.high - split.low


def test_a_fair_deal_is_hardly_ever_called_a_mismatch_however_often_it_is_looked_at() -> None:
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(150):
        ones = np.cumsum(random.random(2000) < 1 / 3)
        looks = range(1, 2000, 40)
        alarms += any(surprise([int(ones[at]), at + 1 - int(ones[at])], [1 / 3, 2 / 3]) < 0.05 for at in looks)
    assert alarms <= 0.05 * 150 + 2 * math.sqrt(150 * 0.05 * 0.95)


def test_a_variant_that_loses_a_tenth_of_its_users_is_found_out() -> None:
    assert mismatched([5000, 4500], [0.5, 0.5])
    assert not mismatched([5000, 4950], [0.5, 0.5])
    assert surprise([0, 0], [0.5, 0.5]) == 1.0
