"""Lists are made by variant and say so; what follows them is counted once, published, and outlives the worker."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import pytest
from core_builders import NOW, ask, crowded, direction, event, folded, ids

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.erase import EraseAgent
from streams.agents.experiments import ExperimentBook
from streams.agents.lists import ListMaker, Sight
from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core.experiments.dealing import dealt
from streams.core.experiments.definition import Changes, Experiment, Kind, Variant
from streams.core.experiments.standing import reports
from streams.core.experiments.trial import Experiments
from streams.core.learning.ranker import LearnedRanker
from streams.core.prequential import Score
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import Ask, World
from streams.engine.batches import Record as Consumed
from streams.events import Erasure, ErasureReceipt, ExperimentCounts, Exposure, Lineage, RecommendationList
from streams.topics import Topic
from streams.views.experiments import CountsView, tell
from streams.views.follower import Entry

LIKED = folded([event("e1", "t1-0"), event("e2", "t3-1", at=NOW + 1)])
SPLIT = Experiment("mmr", (Variant("usual"), Variant("diverse", set=Changes(diversity=1.0))))
MIXED = Experiment("mix", SPLIT.variant, Kind.INTERLEAVE)
OTHER = Experiment("other", (Variant("a"), Variant("b", set=Changes(explore_places=3))), Kind.INTERLEAVE)
USERS = [f"u{n}" for n in range(12)]


def maker(world: World, *experiments: Experiment) -> ListMaker:
    clock = ManualClock(NOW + 100)
    index = MemoryIndex(clock)
    search = InterestSearch({"v1": index}.get, clock, k=30, reuse_cosine=0.985, fresh_items=1000)
    teaching = Teaching(LearnedRanker())
    return ListMaker(world, search, lambda: Sight(1, 2), clock, teaching, Experiments(experiments))


@pytest.fixture(scope="module")
def world() -> World:
    return crowded()


def wanted(profile: Profile = LIKED) -> list[tuple[Profile, Ask]]:
    return [(profile, ask(user)) for user in USERS]


async def test_each_user_gets_the_list_of_the_variant_dealt_and_the_list_names_it(world: World) -> None:
    plain = await maker(world).make(wanted())
    made = await maker(world, SPLIT).make(wanted())
    by_variant: dict[str, list[list[str]]] = {}
    for user, one, usual in zip(USERS, made, plain, strict=True):
        variant = dealt(SPLIT, user).name
        assert one.user_id == user
        assert one.exposures == (Exposure("mmr", SPLIT.edition, variant),)
        assert one.variant == f"mmr:{variant}"
        assert one.list_id != usual.list_id
        assert one.lineage == usual.lineage
        by_variant.setdefault(variant, []).append(ids(one))
    assert len(by_variant) == 2
    first, second = (one[0] for one in by_variant.values())
    assert first[:9] != second[:9], "the last place may be exploration's"


async def test_a_list_that_no_experiment_touches_is_as_without_any(world: World) -> None:
    elsewhere = Experiment("mmr", SPLIT.variant, surfaces=("home",))
    made, plain = await maker(world, elsewhere).make(wanted()), await maker(world).make(wanted())
    assert made == plain
    assert made[0].exposures == ()


async def test_an_interleaved_list_names_the_team_of_each_place(world: World) -> None:
    for one in await maker(world, MIXED).make(wanted()):
        (exposure,) = one.exposures
        assert (one.variant, exposure.variant) == ("mix:interleaved", "interleaved")
        assert len(exposure.teams) == len(one.items) == len({*ids(one)})
        assert abs(exposure.teams.count("usual") - exposure.teams.count("diverse")) <= 1
        assert all(item.reason.text for item in one.items)


async def test_where_both_sides_are_the_same_nothing_is_compared(world: World) -> None:
    same = Experiment("mix", (Variant("usual"), Variant("same", set=Changes(source_candidates=200))), Kind.INTERLEAVE)
    one, other = await maker(world, same).make([(LIKED, ask("u")), (EMPTY, ask("v"))])
    assert len(one.items) == len(other.items) == 10
    assert (one.exposures, other.exposures) == ((), ())


async def test_an_explanation_is_of_the_user_s_own_variant(world: World) -> None:
    by_hand = Experiment(
        "hand", (Variant("a"), Variant("b", set=Changes(ranker="hand-set", feature_weights={"trend": 1})))
    )
    user = next(user for user in USERS if dealt(by_hand, user).name == "b")
    learned = World(world.catalogue, world.statistics, world.tuning, LearnedRanker())
    told = await maker(learned, by_hand).explain(LIKED, ask(user), "t1-1")
    assert told.ranker_version.startswith("hand-")


async def test_encoder_versions_are_compared_while_both_are_complete(world: World) -> None:
    for n, item_id in enumerate(sorted(world.catalogue.live_ids())):
        world.catalogue.offer("v2", item_id, direction(700 + n), "")
    clock, doors = ManualClock(NOW + 100), {}
    for version in ("v1", "v2"):
        doors[version] = MemoryIndex(clock)
        await doors[version].ensure(16, version)
    search = InterestSearch(doors.get, clock, k=30, reuse_cosine=0.985, fresh_items=1000)
    both = Experiment("space", (Variant("old"), Variant("new", set=Changes(encoder_version="v2"))))
    complete = {"v2"}
    lists = ListMaker(
        world, search, lambda: Sight(1, 2), clock, Teaching(LearnedRanker()), Experiments([both]), lambda: complete
    )
    for user, made in zip(USERS, await lists.make(wanted()), strict=True):
        assert made.encoder_version == {"old": "v1", "new": "v2"}[dealt(both, user).name]
        assert made.exposures
        assert not made.degraded
    complete.clear()
    for made in await lists.make(wanted()):
        assert (made.encoder_version, made.exposures, made.variant) == ("v1", (), "default")


# Counting


@dataclass(slots=True)
class Desk:
    """A book with a table and what it has sent; `restart` is the same table under a new book."""

    running: Experiments = field(default_factory=lambda: Experiments([SPLIT, OTHER]))
    stored: dict[bytes, bytes] = field(default_factory=dict)
    sent: list[tuple[Topic, bytes, bytes]] = field(default_factory=list)
    epoch: int = 1
    offset: int = 0
    book: ExperimentBook = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.book = ExperimentBook(self.running, self, self.emit, lambda: self.epoch, ManualClock(NOW))

    def get(self, key: bytes, partition: int | None = None) -> bytes | None:
        assert partition == 0
        return self.stored.get(key)

    def set(self, key: bytes, value: bytes, partition: int) -> None:
        self.stored[key] = value

    def delete(self, key: bytes, partition: int) -> None:
        self.stored.pop(key)

    def emit(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        assert value is not None
        self.sent.append((topic, key, value))

    def batch(self, lists: list[RecommendationList], acts: list[tuple[str, int, Score]]) -> None:
        self.book.begin({0})
        for user, offset, score in acts:
            self.book.acted(event("e", user_id=user), 0, offset, score)
        for made in lists:
            self.book.pushed(made)
        self.book.settle()

    @property
    def counts(self) -> ExperimentCounts:
        return msgspec.json.decode(self.sent[-1][2], type=ExperimentCounts)


def pushed(user: str, offset: int, exposure: Exposure | None = None) -> RecommendationList:
    exposures = (exposure or Exposure("mmr", SPLIT.edition, "usual"),)
    return RecommendationList("l", user, NOW, "behaviour", (), "v1", "r", Lineage(0, offset), exposures=exposures)


def hit(rank: int = 1, *exposures: Exposure) -> Score:
    return Score(rank, 0, False, "fresh" if rank else "", exposures or (Exposure("mmr", SPLIT.edition, "usual"),))


def test_exposures_and_acts_are_counted_by_user_and_published() -> None:
    desk = Desk()
    desk.batch([pushed("ann", 0), pushed("bob", 1)], [])
    desk.batch([pushed("ann", 2)], [("ann", 2, hit(1)), ("ann", 3, hit(0)), ("ann", 4, hit(11))])
    assert {(topic, key) for topic, key, _ in desk.sent} == {(Topic.EXPERIMENTS, f"mmr/{SPLIT.edition}/0".encode())}
    usual = desk.counts.variants["usual"]
    assert (usual.users, usual.lists, usual.active, usual.acts, usual.hits) == (2, 3, 1, 3, 1)
    assert usual.hits_by_source == {"fresh": 1}


def test_the_same_records_again_change_nothing() -> None:
    desk = Desk()
    records = ([pushed("ann", 7)], [("ann", 5, hit()), ("ann", 7, hit())])
    desk.batch(*records)
    before = dict(desk.stored)
    desk.restart()
    desk.batch(*records)
    assert desk.stored == before
    desk.epoch = 2  # a topic made anew begins at offset 0 again
    desk.batch([], [("ann", 3, hit())])
    assert desk.counts.variants["usual"].acts == 3


def test_counts_go_on_where_a_worker_before_had_left_them() -> None:
    desk = Desk()
    desk.batch([pushed("ann", 0)], [])
    desk.restart()
    desk.batch([pushed("ann", 1)], [("ann", 1, hit())])
    assert (desk.counts.variants["usual"].users, desk.counts.variants["usual"].lists) == (1, 2)


def test_a_list_on_request_is_counted_with_the_partition_s_next_batch_unless_its_user_was_erased() -> None:
    desk = Desk()
    for user in ("ann", "bob"):
        desk.book.asked(pushed(user, -1))
    desk.book.forget("bob")
    desk.book.begin({1})
    desk.book.settle()
    assert not desk.sent
    desk.batch([], [])
    assert desk.counts.variants["usual"].users == 1


def test_an_attempt_that_failed_leaves_nothing_behind() -> None:
    desk = Desk()
    desk.book.begin({0})
    desk.book.acted(event("e", user_id="ann"), 0, 3, hit())
    desk.batch([pushed("ann", 3)], [("ann", 3, hit())])
    assert desk.counts.variants["usual"].acts == 1


def test_what_has_ended_is_not_counted_and_a_new_edition_begins_at_nothing() -> None:
    desk = Desk()
    desk.batch([pushed("ann", 0)], [])
    again = Experiment("mmr", SPLIT.variant, salt="again")
    desk.running.replace([again])
    desk.batch([pushed("ann", 1)], [("ann", 1, hit())])
    assert len(desk.sent) == 1
    desk.batch([pushed("ann", 2, Exposure("mmr", again.edition, "diverse"))], [])
    assert (desk.counts.edition, desk.counts.variants["diverse"].users) == (again.edition, 1)


def test_every_worker_tells_how_experiments_stand_from_what_all_have_published() -> None:
    desk, view = Desk(), CountsView(Experiments([SPLIT]))
    desk.batch([pushed(user, n) for n, user in enumerate(USERS)], [(user, n, hit()) for n, user in enumerate(USERS)])
    other = msgspec.structs.replace(desk.counts, partition=1)
    entries = [(desk.sent[-1][1], desk.sent[-1][2]), (b"1", msgspec.json.encode(other)), (b"2", b"{"), (b"3", None)]
    view.apply([Entry(key, value, 0, n, NOW) for n, (key, value) in enumerate(entries)])
    (standing,) = view.reports()
    assert (standing.experiment, standing.running, standing.users) == ("mmr", True, 24)
    assert standing.variants[0].hit_rate_at_10 == 1.0
    tell([standing])
    view = CountsView(Experiments())
    view.apply([Entry(b"1", msgspec.json.encode(other), 0, 0, NOW)])
    assert [one.running for one in view.reports()] == [False]


def test_an_experiment_that_nobody_has_met_yet_stands_at_nothing() -> None:
    (standing,) = reports([SPLIT], [])
    assert (standing.users, standing.verdict) == (0, "nobody was exposed yet")
    assert [one.hit_rate_at_10 for one in standing.variants] == [None, None]


async def test_an_erased_user_s_sums_go_and_the_totals_stay() -> None:
    desk, receipts = Desk(), list[ErasureReceipt]()
    desk.batch([pushed("ann", 0), pushed("bob", 1)], [])

    def emit(topic: Topic, key: bytes, value: bytes | None) -> None:
        if topic is Topic.ERASURE_RECEIPTS:
            receipts.append(msgspec.json.decode(value or b"", type=ErasureReceipt))

    def refuse(record: object, stage: str, rejection: object, attempts: int = 1) -> None:
        raise AssertionError(rejection)

    agent = EraseAgent(
        profiles=Desk(), experiments=desk, forget=[desk.book.forget], emit=emit, refuse=refuse,
        clock=ManualClock(NOW), max_event_bytes=10_000,
    )  # fmt: skip
    wish = msgspec.json.encode(Erasure("ann", NOW, "w1"))
    await agent.handle([Consumed(b"ann", wish, "erasures", 0, 0, NOW)])
    assert [receipt.erased for receipt in receipts] == [{"profiles": 0, "experiments": 1}]
    assert desk.get(b"ann", 0) is None
    assert desk.get(b"bob", 0) is not None
    desk.batch([pushed("bob", 2)], [])
    assert desk.counts.variants["usual"].users == 2
