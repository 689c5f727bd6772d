"""From an item's news to a pushed list, agent by agent, without Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from core_builders import NOW, crowded, direction, encoded, event, folded
from prometheus_client import REGISTRY

from streams.adapters.clock import ManualClock
from streams.adapters.indexed_users import IndexedUsers
from streams.adapters.memory_index import MemoryIndex
from streams.agents.collections import Collections
from streams.agents.lists import ListMaker, Sight
from streams.agents.live import LiveQuality
from streams.agents.push.announce import Announcer
from streams.agents.push.find import FindAgent, Reach
from streams.agents.push.interests import UserInterests, Users
from streams.agents.push.push import PushAgent
from streams.agents.search import InterestSearch
from streams.agents.statistics import StatisticsAgent
from streams.agents.teaching import Teaching
from streams.agents.waiting import Patience
from streams.core import profile_wire
from streams.core.learning.ranker import LearnedRanker
from streams.core.push.bucket import Rate
from streams.core.push.news import HotRule
from streams.core.push.verdict import Held, PushLimits
from streams.core.recommend import World
from streams.core.vectors import wire_bytes
from streams.engine.batches import Record as BrokerRecord
from streams.events import Action, ItemNews, NewsKind, Push, RecommendationList, Signal
from streams.ports.user_index import UserHit, UserIndex
from streams.ports.vector_index import VectorIndexUnavailable, Vectors
from streams.topics import Topic

LIMITS = PushLimits(interval_s=3600, daily=3, idle_s=0, news_s=7200, cosine=0.5, quiet=None)
FAST = Rate(1000.0, 1000.0)


class Shelf:
    """A table in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    def get(self, key: bytes, partition: int | None = None) -> bytes | None:
        return self.rows.get(key)

    def set(self, key: bytes, value: bytes, partition: int) -> None:
        self.rows[key] = value

    def delete(self, key: bytes, partition: int) -> None:
        self.rows.pop(key, None)

    def items(self) -> list[tuple[bytes, bytes]]:
        return list(self.rows.items())


@dataclass
class Desk:
    """Everything that an agent is given, over one crowded world with the new item `fresh` of theme 1."""

    world: World = field(default_factory=crowded)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW + 1000))
    profiles: Shelf = field(default_factory=Shelf)
    pushed: Shelf = field(default_factory=Shelf)
    sent: list[tuple[Topic, bytes, bytes | None]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.catalogue.upsert(encoded("fresh", direction(2, noise=0.05), published_at=NOW))
        search = InterestSearch(lambda _: None, self.clock, k=30, reuse_cosine=0.98, fresh_items=100)
        self.lists = ListMaker(self.world, search, lambda: Sight(0, 0), self.clock, Teaching(LearnedRanker()))

    def emit(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self.sent.append((topic, key, value))

    def refuse(self, record: object, stage: str, rejection: object, attempts: int = 1) -> None:
        self.refused.append(stage)

    def likes(self, user_id: str, *item_ids: str) -> None:
        profile = folded([event(f"{user_id}{item}", item, at=NOW - 100, user_id=user_id) for item in item_ids])
        self.profiles.set(user_id.encode(), profile_wire.to_bytes(profile), 0)

    def push_agent(self, limits: PushLimits = LIMITS, rate: Rate = FAST) -> PushAgent:
        return PushAgent(
            profiles=self.profiles, pushed=self.pushed, lists=self.lists, live=LiveQuality(self.world), limits=limits,
            rate=rate, emit=self.emit, refuse=self.refuse, clock=self.clock, max_event_bytes=10_000,
        )  # fmt: skip

    def lists_sent(self) -> list[RecommendationList]:
        return [
            msgspec.json.decode(v, type=RecommendationList) for t, _, v in self.sent if t is Topic.RECOMMENDATIONS and v
        ]

    def pushes_sent(self) -> list[Push]:
        return [msgspec.json.decode(v, type=Push) for t, _, v in self.sent if t is Topic.PUSHES and v]

    def news_sent(self) -> list[ItemNews]:
        return [msgspec.json.decode(v, type=ItemNews) for t, _, v in self.sent if t is Topic.NEWS and v]


def record(value: msgspec.Struct, offset: int = 0, partition: int = 0) -> BrokerRecord:
    key: str = getattr(value, "user_id", "") or getattr(value, "item_id", "")
    return BrokerRecord(key.encode(), msgspec.json.encode(value), "t", partition, offset, NOW)


def push(user_id: str = "ann", item_id: str = "fresh", at: float = NOW) -> Push:
    return Push(user_id, item_id, NewsKind.NEW, at, 0.9)


def held(why: Held) -> float:
    return REGISTRY.get_sample_value("upwell_pushes_held_total", {"why": why}) or 0.0


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.likes("ann", "t1-0", "t1-1", "t1-2")
    return made


async def test_a_fitting_item_is_pushed_with_its_reason_and_remembered(desk: Desk) -> None:
    await desk.push_agent().handle([record(push())])
    (made,) = desk.lists_sent()
    assert (made.trigger, made.pushed_for, made.items[0].item_id) == ("push", "fresh", "fresh")
    assert made.items[0].reason.because_of
    assert desk.pushed.get(b"ann") is not None


async def test_a_push_done_again_after_a_crash_makes_the_same_list(desk: Desk) -> None:
    await desk.push_agent().handle([record(push())])
    desk.pushed.rows.clear()  # killed after the list went out and before the table's record did
    desk.clock.advance(3.0)
    await desk.push_agent().handle([record(push())])
    first, again = desk.lists_sent()
    assert first.list_id == again.list_id


async def test_a_repeat_is_held_back_also_by_a_worker_that_has_just_started(desk: Desk) -> None:
    before = held(Held.REPEAT)
    await desk.push_agent().handle([record(push())])
    desk.clock.advance(5000.0)
    await desk.push_agent().handle([record(push(at=NOW + 5000.0), offset=1)])
    assert len(desk.lists_sent()) == 1
    assert held(Held.REPEAT) == before + 1


async def test_of_two_items_in_one_batch_a_user_gets_the_first(desk: Desk) -> None:
    desk.world.catalogue.upsert(encoded("other", direction(2, noise=0.05, noise_seed=1), published_at=NOW))
    before = held(Held.USER_INTERVAL)
    await desk.push_agent().handle([record(push()), record(push(item_id="other"), offset=1)])
    assert [made.pushed_for for made in desk.lists_sent()] == ["fresh"]
    assert held(Held.USER_INTERVAL) == before + 1


async def test_all_users_together_get_no_more_than_the_rate_of_their_partition(desk: Desk) -> None:
    desk.likes("bob", "t1-0", "t1-3")
    desk.likes("eve", "t1-0", "t1-4")
    before = held(Held.GLOBAL_RATE)
    records = [record(push(user)) for user in ("ann", "bob")] + [record(push("eve"), partition=1)]
    await desk.push_agent(rate=Rate(0.001, 1.0)).handle(records)
    assert sorted(made.user_id for made in desk.lists_sent()) == ["ann", "eve"]
    assert held(Held.GLOBAL_RATE) == before + 1


async def test_a_user_whose_taste_has_moved_on_or_who_is_gone_gets_none(desk: Desk) -> None:
    desk.likes("bob", "t3-0", "t3-1", "t3-2")
    unfit, unknown = held(Held.UNFIT), held(Held.UNKNOWN_USER)
    await desk.push_agent().handle([record(push("bob")), record(push("nobody"))])
    assert desk.lists_sent() == []
    assert (held(Held.UNFIT), held(Held.UNKNOWN_USER)) == (unfit + 1, unknown + 1)


async def test_an_item_that_was_hidden_is_not_pushed(desk: Desk) -> None:
    profile = folded([event("1", "t1-0", at=NOW - 9), event("2", "fresh", Action.HIDE, at=NOW - 5)])
    desk.profiles.set(b"ann", profile_wire.to_bytes(profile), 0)
    before = held(Held.UNLISTABLE)
    await desk.push_agent().handle([record(push())])
    assert desk.lists_sent() == []
    assert held(Held.UNLISTABLE) == before + 1


async def test_what_is_no_push_is_refused(desk: Desk) -> None:
    await desk.push_agent().handle([BrokerRecord(b"ann", b"rubbish", "t", 0, 0, NOW)])
    assert desk.refused == ["push"]


class FlakyUsers(UserIndex):
    """Knows two users, once it has failed as often as it was told to."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def nearest(self, vectors: Vectors, users: int, least: float) -> list[list[UserHit]]:
        if self.failures:
            self.failures -= 1
            raise VectorIndexUnavailable("away")
        return [[UserHit("ann", 0.9), UserHit("bob", 0.7)][:users] for _ in vectors]

    async def put(self, users: Mapping[str, Vectors]) -> None:
        raise AssertionError("news writes nobody")

    async def forget(self, user_ids: Sequence[str]) -> None:
        raise AssertionError("news forgets nobody")

    async def stored(self, user_ids: Sequence[str]) -> dict[str, Vectors]:
        raise AssertionError("news reads nobody's interests")


def find_agent(desk: Desk, users: UserIndex, items: Rate = FAST) -> FindAgent:
    return FindAgent(
        users=lambda version: users if version == "v1" else None, in_use=lambda: "v1",
        patience=Patience(VectorIndexUnavailable, 5.0), reach=Reach(0.5, 10, items, 7200), emit=desk.emit,
        refuse=desk.refuse, clock=desk.clock, max_event_bytes=10_000,
    )  # fmt: skip


def news(item_id: str = "fresh", at: float = NOW, version: str = "v1") -> ItemNews:
    return ItemNews(item_id, NewsKind.NEW, at, version, wire_bytes(direction(2)))


async def test_news_finds_the_users_it_fits_however_long_the_store_is_away(desk: Desk) -> None:
    await find_agent(desk, FlakyUsers(failures=2)).handle([record(news()), record(news(), offset=1)])
    assert [(one.user_id, one.item_id) for one in desk.pushes_sent()] == [("ann", "fresh"), ("bob", "fresh")]


async def test_news_that_is_old_or_of_another_encoder_version_finds_nobody(desk: Desk) -> None:
    late, other = held(Held.LATE), held(Held.OTHER_VERSION)
    await find_agent(desk, FlakyUsers(0)).handle([record(news(at=NOW - 7200)), record(news(version="v0"))])
    assert desk.pushes_sent() == []
    assert (held(Held.LATE), held(Held.OTHER_VERSION)) == (late + 1, other + 1)


async def test_an_import_of_many_items_is_no_news(desk: Desk) -> None:
    before = held(Held.FLOOD)
    await find_agent(desk, FlakyUsers(0), Rate(1.0, 5.0)).handle([record(news(f"item-{n}")) for n in range(20)])
    assert len({one.item_id for one in desk.pushes_sent()}) == 5
    assert held(Held.FLOOD) == before + 15


def announcer(desk: Desk) -> Announcer:
    return Announcer(
        catalogue=desk.world.catalogue, rule=HotRule(10.0, 8.0), news_s=7200, emit=desk.emit, clock=desk.clock
    )


def test_only_items_just_published_are_announced(desk: Desk) -> None:
    for age in (-500.0, 10.0, 7100.0, 8000.0):
        announcer(desk).indexed(encoded(f"age {age:g}", published_at=desk.clock.time - age))
    assert [one.item_id for one in desk.news_sent()] == ["age 10", "age 7100"]


async def test_an_item_that_becomes_hot_is_announced_once_and_an_old_burst_not_at_all(desk: Desk) -> None:
    agent = StatisticsAgent(
        statistics=Shelf(), emit=desk.emit, refuse=desk.refuse, tuning=desk.world.tuning,
        counted=announcer(desk).counted,
    )  # fmt: skip
    for start in range(0, 60, 6):
        now = [Signal("t1-0", Action.LIKE, 1.0, NOW + n, 1, 0, n) for n in range(start, start + 6)]
        old = [Signal("t1-1", Action.LIKE, 1.0, NOW - 9000 + n, 1, 1, n) for n in range(start, start + 6)]
        await agent.handle([record(signal) for signal in (*now, *old, *now)])
    assert [(one.item_id, one.kind) for one in desk.news_sent()] == [("t1-0", NewsKind.HOT)]


class Counting(MemoryIndex):
    """Counts writes, and fails while it is away."""

    away = False
    upserts = 0

    async def upsert(self, items: object) -> None:
        if self.away:
            raise VectorIndexUnavailable("away")
        self.upserts += 1
        await super().upsert(items)  # type: ignore[arg-type]  # passed on as it came


def service(desk: Desk, index: MemoryIndex, kept: Callable[[], tuple[str, ...]] = lambda: ("v1",)) -> UserInterests:
    collections = Collections(index)
    collections._doors["v1"] = index
    return UserInterests(
        Users(collections, IndexedUsers), desk.world, kept=kept, dimension_of=lambda _: 16,
        profiles=desk.profiles.items, read=desk.profiles.get, ready=lambda: True, users_per_s=10, slow_after_s=5.0,
    )  # fmt: skip


@pytest.fixture
async def index(desk: Desk) -> Counting:
    made = Counting(desk.clock)
    await made.ensure(16, "v1")
    return made


async def test_quiet_users_are_found_by_going_over_the_profiles_and_written_once(desk: Desk, index: Counting) -> None:
    desk.likes("bob", "t3-0", "t3-1")
    desk.profiles.set(b"broken", b"no profile", 0)
    for _ in range(2):  # the second as after a restart: what is stored is read, nothing is written
        interests = service(desk, index)
        await interests._note_all("v1")
        await interests.write_some()
    assert index.upserts == 1
    assert set(await IndexedUsers(index).stored(["ann", "bob", "eve"])) == {"ann", "bob"}


async def test_a_user_whose_interests_have_moved_is_written_again(desk: Desk, index: Counting) -> None:
    interests = service(desk, index)
    await interests._note_all("v1")
    await interests.write_some()
    desk.likes("ann", "t3-0", "t3-1", "t3-2")
    await interests._note_all("v1")
    await interests.write_some()
    assert index.upserts == 2
    (hits,) = await IndexedUsers(index).nearest(direction(4)[None, :], 5, 0.5)
    assert [hit.user_id for hit in hits] == ["ann"]


async def test_a_store_that_is_away_costs_delay_only(desk: Desk, index: Counting) -> None:
    interests = service(desk, index)
    index.away = True
    await interests._note_all("v1")
    with pytest.raises(VectorIndexUnavailable):
        await interests.write_some()
    index.away = False
    await interests.write_some()
    assert set(await IndexedUsers(index).stored(["ann"])) == {"ann"}


async def test_an_erased_user_is_gone_from_the_store_and_stays_away(desk: Desk, index: Counting) -> None:
    interests = service(desk, index)
    await interests._note_all("v1")
    await interests.write_some()
    await interests._note_all("v1")
    desk.likes("ann", "t3-0")
    await interests._note_all("v1")  # waits to be written when the erasure comes
    desk.profiles.delete(b"ann", 0)
    assert await interests.erase("ann") >= 1
    await interests.write_some()
    assert await IndexedUsers(index).stored(["ann"]) == {}
    assert await interests.erase("ann") == 0


async def test_lists_tell_whose_interests_they_were_made_of(desk: Desk, index: Counting) -> None:
    interests = service(desk, index)
    desk.lists.planned = interests.planned
    await desk.push_agent(replace(LIMITS, cosine=0.1)).handle([record(push())])
    await interests.write_some()
    assert set(await IndexedUsers(index).stored(["ann"])) == {"ann"}
