"""When something is news, and why it is not pushed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from core_builders import (
    NOW,
    ask,
    crowded,
    direction,
    encoded,
    event,
    folded,
    ids,
    listed,
)

from streams.core.business import BusinessRules, read_rules
from streams.core.push.fitting import cosine_to, may_be_listed
from streams.core.push.memory import PushMemory
from streams.core.push.news import HotRule, became_hot, heat_of, is_hot, is_new
from streams.core.push.quiet_hours import quiet_hours
from streams.core.push.refresh import RefreshQueue
from streams.core.push.verdict import Held, PushLimits, held_back
from streams.core.recommend import World, plan
from streams.core.rules import Lead, Limits
from streams.core.statistics import ItemCounters
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action, NewsKind, Push, Signal

RULE = HotRule(weight=10.0, times=8.0)
LIMITS = PushLimits(
    interval_s=3600, daily=2, idle_s=600, news_s=7200, cosine=0.5, quiet=quiet_hours("22:00-08:00", "UTC")
)
NOON = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("UTC")).timestamp()
PUSH = Push("u", "item", NewsKind.NEW, NOON - 60, 0.9)


def counted(times: list[float]) -> ItemCounters:
    counters = ItemCounters.empty("a", Tuning())
    likes = [Signal("a", Action.LIKE, 1.0, at, 1, 0, offset) for offset, at in enumerate(times)]
    assert counters.count(likes, Tuning()) == len(times)
    return counters


def test_an_item_is_new_for_a_while_after_its_publication_and_not_before_it() -> None:
    card = encoded("a", published_at=NOW).card
    assert is_new(card, NOW + 3600, news_s=7200)
    assert not is_new(card, NOW + 7201, news_s=7200)
    assert not is_new(card, NOW - 1, news_s=7200)
    assert not is_new(encoded("a", published_at=NOW, expires_at=NOW + 5).card, NOW + 5, news_s=7200)


def test_a_steady_item_is_never_hot_however_popular_it_is() -> None:
    steady = counted([NOW + hour * 360 for hour in range(10 * 24 * 40)])  # ten an hour for forty days
    assert heat_of(steady, Tuning()).now > 80
    assert not is_hot(heat_of(steady, Tuning()), RULE)


def test_a_burst_makes_an_item_hot_once() -> None:
    slow = [NOW + day * DAY_S / 2 for day in range(120)]
    end = slow[-1]
    heats = [heat_of(counted(slow + [end + 60 * n for n in range(1, burst)]), Tuning()) for burst in range(1, 40)]
    steps = [became_hot(before, after, RULE) for before, after in pairwise(heats)]
    assert sum(steps) == 1
    assert is_hot(heats[-1], RULE)


def test_a_few_acts_make_nothing_hot() -> None:
    assert not is_hot(heat_of(counted([NOW + n for n in range(9)]), Tuning()), RULE)


def why(push: Push = PUSH, memory: PushMemory | None = None, **now: float) -> Held | None:
    told = {"last_act_at": NOON - DAY_S, "cosine": 0.9, "now": NOON} | now
    return held_back(push, memory or PushMemory(), LIMITS, **told)


def test_nothing_speaks_against_a_fitting_push_to_a_quiet_user_at_noon() -> None:
    assert why() is None


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (Held.LATE, lambda: why(replace_at(PUSH, NOON - 7201))),
        (Held.REPEAT, lambda: why(memory=PushMemory().with_push("item", NOON - 30 * DAY_S))),
        (Held.UNFIT, lambda: why(cosine=0.49)),
        (Held.ACTIVE, lambda: why(last_act_at=NOON - 599)),
        (Held.QUIET_HOURS, lambda: why(replace_at(PUSH, NOON + 11 * 3600), now=NOON + 11 * 3600)),
        (Held.USER_INTERVAL, lambda: why(memory=PushMemory().with_push("other", NOON - 3599))),
        (
            Held.USER_DAILY,
            lambda: why(memory=PushMemory().with_push("one", NOON - 20 * 3600).with_push("two", NOON - 3 * 3600)),
        ),
    ],
)
def test_what_speaks_against_a_push_is_named(held: Held, found: object) -> None:
    assert callable(found)
    assert found() is held


def replace_at(push: Push, at: float) -> Push:
    return Push(push.user_id, push.item_id, push.kind, at, push.cosine)


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 28), 9), ((2026, 10, 24), 11), ((2026, 6, 1), 10)],
    ids=["clocks go forward", "clocks go back", "a usual night"],
)
def test_a_night_over_a_change_of_the_clock_is_quiet_until_the_clock_says_eight(
    day: tuple[int, int, int], hours: int
) -> None:
    berlin = quiet_hours("22:00-08:00", "Europe/Berlin")
    assert berlin is not None
    noon = datetime(*day, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    assert sum(berlin.holds(noon + 1800 * n) for n in range(48)) == 2 * hours


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("22-8", "UTC", "as 22:00-08:00"),
        ("24:00-08:00", "UTC", "as 22:00-08:00"),
        ("08:00-08:00", "UTC", "none or all"),
        ("", "Europe/Nowhere", "no time zone 'Europe/Nowhere'"),
        ("", "../etc/passwd", "no time zone"),
    ],
)
def test_quiet_hours_that_cannot_be_read_are_refused_in_words(text: str, zone: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        quiet_hours(text, zone)


def test_interests_of_another_version_end_what_waits_of_the_one_before() -> None:
    queue = RefreshQueue()
    queue.note("old", direction(1)[None, :], "v1")
    taken = queue.take(1)
    queue.note("new", direction(2)[None, :], "v2")
    queue.put_back(taken, "v1")
    queue.wrote(taken, "v1")
    assert list(queue.take(9)) == ["new"]
    assert queue.stored("old") is None


def test_beyond_the_bound_the_one_who_waits_longest_is_let_go() -> None:
    queue = RefreshQueue(most_waiting=2)
    for user in "abc":
        queue.note(user, direction(1)[None, :], "v1")
    assert list(queue.take(9)) == ["b", "c"]


@pytest.fixture
def world() -> World:
    made = crowded()
    made.catalogue.upsert(encoded("fresh", direction(2, noise=0.05), published_at=NOW))
    return made


def pushed(world: World, item_id: str, kind: NewsKind = NewsKind.NEW) -> Limits:
    return Limits(lead=Lead(item_id, kind))


def test_a_pushed_list_has_the_item_at_its_head_and_says_why(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    made = listed(world, profile, ask(limits=pushed(world, "fresh")))
    head = made.items[0]
    assert (made.pushed_for, head.item_id, head.source) == ("fresh", "fresh", "pushed_new")
    assert (head.reason.code, head.reason.because_of) == ("pushed_new", ("t1-0",))
    assert "Title t1-0" in head.reason.text
    assert len(made.items) == len(set(ids(made))) == 10
    hot = listed(world, profile, ask(limits=pushed(world, "t1-7", NewsKind.HOT)))
    assert (hot.items[0].item_id, hot.items[0].reason.code) == ("t1-7", "pushed_hot")


def test_what_the_user_had_is_at_no_lists_head(world: World) -> None:
    made = listed(world, folded([event("e1", "t1-0"), event("e2", "fresh")]), ask(limits=pushed(world, "fresh")))
    assert "fresh" not in ids(made)


def test_a_push_made_again_has_the_same_id_whatever_the_user_did_meanwhile(world: World) -> None:
    before, after = folded([event("e1", "t1-0")]), folded([event("e1", "t1-0"), event("e2", "t2-0")])
    lead, other = pushed(world, "fresh"), pushed(world, "t1-5")
    first = listed(world, before, ask(offset=0, limits=lead))
    again = listed(world, after, ask(offset=1, limits=lead))
    assert first.list_id == again.list_id
    assert first.list_id != listed(world, before, ask(limits=other)).list_id
    assert first.list_id != listed(world, before, ask()).list_id


def test_how_an_item_fits_is_its_nearest_interest(world: World) -> None:
    made = plan(folded([event(f"{t}{n}", f"t{t}-{n}") for t in (1, 2) for n in range(4)]), world)
    assert len(made.interests) == 2
    assert cosine_to("fresh", made, world) > 0.8
    assert cosine_to("t3-1", made, world) < 0.5
    assert cosine_to("nothing", made, world) == -1.0
    assert cosine_to("fresh", plan(folded([]), world), world) == -1.0


@pytest.mark.parametrize("act", [Action.PURCHASE, Action.HIDE, Action.DISLIKE])
def test_what_was_had_or_refused_may_not_be_listed(world: World, act: Action) -> None:
    assert may_be_listed("fresh", plan(folded([event("e1", "t1-0")]), world), ask(), world)
    profile = folded([event("e1", "t1-0"), event("e2", "fresh", act)])
    assert not may_be_listed("fresh", plan(profile, world), ask(), world)


def test_what_a_business_rule_blocks_may_not_be_listed(world: World) -> None:
    rules = read_rules("[[rule]]\nname = 'no'\ndo = 'block'\nitems = ['fresh']\n")
    blocked = replace(world, business=BusinessRules(rules))
    made = plan(folded([event("e1", "t1-0")]), blocked)
    assert not may_be_listed("fresh", made, ask(), blocked)
    assert not may_be_listed("nothing", made, ask(), blocked)
    assert may_be_listed("t1-5", made, ask(), blocked)
