"""Which items are news: those just published, and those that many more people take to than usual."""

from __future__ import annotations

from typing import NamedTuple

from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.events import ItemCard


class Heat(NamedTuple):
    """The decayed weight of an item's acts under the short half-life, and what a steady item's would be."""

    now: float
    usual: float


COLD = Heat(0.0, 0.0)


class HotRule(NamedTuple):
    """Hot is what has at least `weight` under the short half-life and `times` of what is usual for it."""

    weight: float
    times: float


def is_new(card: ItemCard, now: float, news_s: float) -> bool:
    """Published within `news_s`, and neither announced for later nor over."""
    published_at = card.published_at or 0.0
    return now - news_s <= published_at <= now and (card.expires_at is None or card.expires_at > now)


def heat_of(counters: ItemCounters, tuning: Tuning) -> Heat:
    """As of the newest act. At a steady rate r a half-life h holds r·h/ln 2, so the sums of two half-lives stand in
    the ratio of the half-lives: what the long one has says what the short one would have if nothing had happened.
    """
    sums = {one.half_life_s: one.as_of(counters.as_of).get("", 0.0) for one in counters.popularity}
    short, long = tuning.trend_half_life_s, tuning.popularity_half_life_s
    return Heat(sums.get(short, 0.0), sums.get(long, 0.0) * short / long)


def is_hot(heat: Heat, rule: HotRule) -> bool:
    return heat.now >= rule.weight and heat.now >= rule.times * heat.usual


def became_hot(before: Heat, after: Heat, rule: HotRule) -> bool:
    """The step from not hot to hot: an item that stays hot is news once."""
    return is_hot(after, rule) and not is_hot(before, rule)
