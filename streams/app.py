"""The composition root: settings to adapters to agents. The only place that knows every part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog
from mode import Service

from streams.adapters.clock import SystemClock
from streams.adapters.encoder_choice import make_encoder_versions, make_item_encoder
from streams.adapters.index_choice import make_vector_index
from streams.adapters.media import HttpMediaFetcher
from streams.admin import open_admin, require_topics, topic_epoch
from streams.agents.collections import Collections
from streams.agents.encode import EncodeAgent
from streams.agents.encoding import Media
from streams.agents.erase import EraseAgent
from streams.agents.experiments import ExperimentBook
from streams.agents.index import IndexAgent
from streams.agents.lists import ListMaker, Sight
from streams.agents.live import LiveQuality
from streams.agents.profile import ProfileAgent
from streams.agents.request import RequestAgent
from streams.agents.search import InterestSearch
from streams.agents.statistics import StatisticsAgent
from streams.agents.teaching import Teaching
from streams.agents.waiting import Patience, slow_after
from streams.answers import WorkerAnswers
from streams.core.experiments.trial import Experiments
from streams.core.learning.ranker import LearnedRanker
from streams.core.recommend import World
from streams.core.tuning import Tuning
from streams.engine.app import EngineApp, make_app
from streams.engine.interpreter import settle
from streams.engine.leadership import LeaderOutbox, Leadership
from streams.engine.outbox import Outbox
from streams.engine.partitions import partition_for
from streams.engine.runner import run_worker as run_app
from streams.engine.tables import BytesTable, bytes_table
from streams.monitor import Monitor
from streams.observe import logs
from streams.observe.health import CommitWatch, Health, LoopWatch
from streams.observe.measured_encoder import MeasuredEncoder
from streams.observe.measured_index import MeasuredIndex
from streams.observe.rebalances import RebalanceSensor
from streams.ports.clock import Clock
from streams.ports.item_encoder import ItemEncoder
from streams.pushing import Pushing
from streams.services import CaughtUp, Closing
from streams.settings import Settings
from streams.topics import Topic
from streams.upgrade.completion import Completion
from streams.upgrade.coordinator import Coordinator, Views
from streams.upgrade.fill import Filler
from streams.upgrade.follow import Follow, KeepFirst, complete_versions
from streams.upgrade.roles import Roles
from streams.upgrade.shadow import Shadow
from streams.upgrade.topic_log import TopicLog
from streams.views.business import BusinessRulesFile
from streams.views.encoders import EncodersView
from streams.views.experiments import CountsView, ExperimentGauges, ExperimentsFile
from streams.views.follower import Follower
from streams.views.items import ItemsView
from streams.views.ranker import RankerFeed
from streams.views.statistics import StatisticsFeed
from streams.views.vectors import VectorsView
from streams.web import WebServer
from streams.wires import Wires

log = structlog.get_logger()


PROFILES, STATISTICS, EXPERIMENTS = "profiles", "statistics", "experiments"
# How long a follower's fetch waits at the broker while nothing comes. The first record ends the wait, so this delays
# only records of a partition that was just being read; each fetch costs a third of a millisecond on either side.
_ITEMS_POLL_MS, _STATISTICS_POLL_MS = 50, 100


def run_worker(settings: Settings, worker: str = "0") -> int:
    """Runs one worker until a signal; its exit code. `worker` names its folder under settings.home."""
    logs.configure(settings)
    with open_admin(settings.kafka) as admin:
        require_topics(admin, settings)
        epoch = topic_epoch(admin, Topic.BEHAVIOUR.under(settings.topic_prefix))
    app = make_app(settings, worker=worker)
    services = _Wiring(settings, app, epoch).services()
    settle()
    return run_app(app, *services)


class _Wiring:
    """Makes every part once and ties them together."""

    def __init__(self, settings: Settings, app: EngineApp, epoch: int) -> None:
        self.settings = settings
        self.app = app
        self.epoch = epoch
        self.clock: Clock = SystemClock()
        self.tuning = Tuning.of(settings)
        self.roles = Roles(self._make_encoder)
        self.versions = make_encoder_versions(settings)
        self.collections = Collections(MeasuredIndex(make_vector_index(settings, self.clock)))
        self.fetcher = HttpMediaFetcher(settings)
        self.ranker = LearnedRanker(frozen=settings.ranker_frozen)
        self.teaching = Teaching(self.ranker)
        self.world = replace(World.empty(self.tuning), ranker=self.ranker)
        self.items = ItemsView(self.world.catalogue, self.tuning, self.clock)
        self.items_follower = self._follower(Topic.ITEMS, self.items.apply, _ITEMS_POLL_MS)
        feed = StatisticsFeed(self.world.statistics)
        self.statistics_follower = self._follower(Topic.ITEM_STATISTICS, feed.apply, _STATISTICS_POLL_MS)
        self.encoders = EncodersView()
        self.encoders_follower = self._follower(Topic.ENCODERS, self.encoders.apply, settings.fetch_wait_ms)
        vectors = VectorsView(self.world.catalogue)
        self.vectors_follower = self._follower(Topic.VECTORS, vectors.apply, settings.fetch_wait_ms)
        self.ranker_follower = self._follower(Topic.RANKER, RankerFeed(self.ranker).apply, _STATISTICS_POLL_MS)
        self.search = InterestSearch(
            self.collections.door,
            self.clock,
            k=settings.interest_candidates,
            reuse_cosine=settings.search_reuse_cosine,
            fresh_items=settings.fresh_items,
        )
        self.experiments = Experiments()
        self.counts = CountsView(self.experiments)
        self.counts_follower = self._follower(Topic.EXPERIMENTS, self.counts.apply, _STATISTICS_POLL_MS)
        versions = partial(complete_versions, self.encoders, self.collections)
        self.lists = ListMaker(
            self.world,
            self.search,
            self._sight,
            self.clock,
            self.teaching,
            self.experiments,
            versions,
            settings.lean_above,
        )
        self.live = LiveQuality(self.world)
        self.shadow = Shadow(
            self.world, self.collections.door, lambda: self.encoders.state, settings.interest_candidates
        )
        self.lists.shadow, self.live.also = self.shadow.pushed, self.shadow.acted
        self.profiles: BytesTable = bytes_table(app, PROFILES, settings.partitions)
        self.statistics: BytesTable = bytes_table(app, STATISTICS, settings.partitions)
        self.exposed: BytesTable = bytes_table(app, EXPERIMENTS, settings.partitions)
        self.slow_after_s = slow_after(settings.stalled_after_s)
        self.pushing = (
            Pushing(settings, app, self.lists, self.live, self.roles, self.profiles, self._assigned, self.clock)
            if settings.push
            else None
        )

        self.wires = Wires(app, settings.topic_prefix, self.clock)
        self.patience: dict[Topic, Patience] = {}

    def services(self) -> Sequence[Service]:
        """Registers the agents; gives what must run beside the app, in the order of starting."""
        self.app.sensors.add(RebalanceSensor())
        self._register_content()
        coordinator = self._register_upgrade()
        profile_agent = self._register_users()
        pushing = [] if self.pushing is None else self._register_push(self.pushing)
        commits = CommitWatch(self.settings.stalled_after_s, excused=self._waiting)
        loop, health = LoopWatch(), Health()
        monitor = Monitor(
            self.app,
            commits,
            loop,
            users=self.profiles.items_here,
            waiting=self._waiting,
        )
        self._checks(health, commits, loop)
        answers = WorkerAnswers(
            settings=self.settings,
            app=self.app,
            table=self.profiles,
            profiles=self.profiles.through(Outbox(self.app)),
            lists=self.lists,
            items=self.items,
            health=health,
            monitor=monitor,
            newest_event_at=lambda: profile_agent.newest_event_at,
            upgrade=lambda: (self.encoders.state, self.shadow.comparison),
            experiments=self.counts,
        )
        web = WebServer(answers, self.settings.web_host, self.settings.web_port)
        first = [self.encoders_follower, CaughtUp([self.encoders_follower])]
        first += [KeepFirst(self.encoders, self.world.catalogue)]
        views = [self.items_follower, self.vectors_follower, self.statistics_follower, self.ranker_follower]
        views += [self.counts_follower]
        follow = Follow(self.encoders, self.items, self.vectors_follower, self.roles, self.collections)
        closing = Closing((self.roles.close, self.versions.close, self.collections.close, self.fetcher.close))
        files = self._files()
        # Lists made from half-read views would be poor, so the agents start once the views have caught up.
        return [closing, *files, web, *first, *views, CaughtUp(views), follow, coordinator, *pushing, monitor]

    def _files(self) -> Sequence[Service]:
        """What follows files that people edit."""
        rules, experiments = self.settings.rules_file, self.settings.experiments_file
        files: list[Service] = [] if rules is None else [BusinessRulesFile(rules, self.world.business)]
        if experiments is not None:
            files += [ExperimentsFile(experiments, self.experiments), ExperimentGauges(self.counts)]
        return files

    def _register_content(self) -> None:
        settings = self.settings
        encode, index, vectors, statistics = (Outbox(self.app) for _ in range(4))
        encode_agent = EncodeAgent(
            encoders=self.roles,
            fetcher=self.fetcher,
            encoded_before=self.items.encoded,
            emit=self.wires.emit(encode),
            refuse=self.wires.refuse(encode),
            clock=self.clock,
            max_event_bytes=settings.max_event_bytes,
            slow_after_s=self.slow_after_s,
        )
        index_agent, vectors_agent = (
            IndexAgent(
                collections=self.collections,
                kept=lambda: self.roles.versions,
                latest=self.items.encoded,
                refuse=self.wires.refuse(outbox),
                clock=self.clock,
                slow_after_s=self.slow_after_s,
                indexed=None if self.pushing is None else self.pushing.announcer(self.wires.emit(outbox)).indexed,
            )
            for outbox in (index, vectors)
        )
        statistics_agent = StatisticsAgent(
            statistics=self.statistics.through(statistics),
            emit=self.wires.emit(statistics),
            refuse=self.wires.refuse(statistics),
            tuning=self.tuning,
            counted=None if self.pushing is None else self.pushing.announcer(self.wires.emit(statistics)).counted,
        )
        self.patience = {
            Topic.CONTENT: encode_agent.patience,
            Topic.ITEMS: index_agent.patience,
            Topic.VECTORS: vectors_agent.patience,
        }
        wait_s = settings.encode_wait_ms / 1000
        self.wires.consume(Topic.CONTENT, encode_agent.handle, "encode", encode, settings.encode_batch_items, wait_s)
        self.wires.consume(Topic.ITEMS, index_agent.handle, "index", index, 500)
        self.wires.consume(Topic.VECTORS, vectors_agent.handle_vectors, "vectors", vectors, 500)
        wait_s = settings.statistics_wait_ms / 1000
        size = settings.statistics_batch_events
        self.wires.consume(Topic.SIGNALS, statistics_agent.handle, "statistics", statistics, size, wait_s)

    def _register_upgrade(self) -> Coordinator:
        settings, catalogue, commands = self.settings, self.world.catalogue, Outbox(self.app)
        stream = settings.topic_prefix
        partition = partition_for(stream.encode(), settings.partitions)
        leadership = Leadership(self.app, Topic.ENCODER_COMMANDS.under(stream), partition)
        sending = LeaderOutbox(leadership, Outbox(self.app), lambda topic: Topic(topic).under(stream))
        filler = Filler(
            catalogue=catalogue,
            encoded=self.items.encoded,
            content=TopicLog(settings.kafka, Topic.CONTENT.under(stream)),
            media=Media(self.fetcher),
            sending=sending,
            max_event_bytes=settings.max_event_bytes,
            slow_after_s=self.slow_after_s,
        )
        completion = Completion(
            filler,
            catalogue=catalogue,
            collections=self.collections,
            vectors=self.vectors_follower,
            encoder=lambda: self.roles.standby,
        )
        coordinator = Coordinator(
            stream,
            views=Views(self.encoders, self.encoders_follower, self.vectors_follower),
            catalogue=catalogue,
            collections=self.collections,
            beside=[] if self.pushing is None else [self.pushing.users.collections],
            completion=completion,
            versions=self.versions,
            vectors=TopicLog(settings.kafka, Topic.VECTORS.under(stream)),
            sending=sending,
            refuse=self.wires.refuse(commands),
            clock=self.clock,
            holds=lambda: leadership.holds,
            slow_after_s=self.slow_after_s,
        )
        self.patience[Topic.ENCODER_COMMANDS] = coordinator.patience
        self.wires.consume(Topic.ENCODER_COMMANDS, coordinator.handle, "upgrade", commands, 16)
        return coordinator

    def _make_encoder(self, version: str | None) -> ItemEncoder:
        return MeasuredEncoder(make_item_encoder(self.settings, version))

    def _register_users(self) -> ProfileAgent:
        settings = self.settings
        behaviour, requests, erasures = Outbox(self.app), Outbox(self.app), Outbox(self.app)
        emit, exposed = self.wires.emit(behaviour), self.exposed.through(behaviour)
        book = ExperimentBook(self.experiments, exposed, emit, lambda: self.epoch, self.clock)
        profile_agent = ProfileAgent(
            profiles=self.profiles.through(behaviour),
            lists=self.lists,
            live=self.live,
            teaching=self.teaching,
            experiments=book,
            epoch=lambda: self.epoch,
            emit=emit,
            refuse=self.wires.refuse(behaviour),
            clock=self.clock,
            tuning=self.tuning,
            max_event_bytes=settings.max_event_bytes,
        )
        request_agent = RequestAgent(
            profiles=self.profiles.through(requests),
            lists=self.lists,
            live=self.live,
            experiments=book,
            emit=self.wires.emit(requests),
            refuse=self.wires.refuse(requests),
            clock=self.clock,
            max_event_bytes=settings.max_event_bytes,
        )
        erase_agent = EraseAgent(
            profiles=self.profiles.through(erasures),
            experiments=self.exposed.through(erasures),
            forget=(self.search.forget, self.live.forget, self.shadow.forget, self.teaching.forget, book.forget),
            emit=self.wires.emit(erasures),
            refuse=self.wires.refuse(erasures),
            clock=self.clock,
            max_event_bytes=settings.max_event_bytes,
            elsewhere=None if self.pushing is None else self.pushing.eraser(erasures),
        )
        self.wires.consume(Topic.BEHAVIOUR, profile_agent.handle, "profile", behaviour, settings.batch_events)
        self.wires.consume(Topic.REQUESTS, request_agent.handle, "request", requests, settings.batch_events)
        self.wires.consume(Topic.ERASURES, erase_agent.handle, "erase", erasures, settings.batch_events)
        return profile_agent

    def _register_push(self, pushing: Pushing) -> Sequence[Service]:
        find, push = Outbox(self.app), Outbox(self.app)
        find_agent = pushing.find_agent(self.wires.emit(find), self.wires.refuse(find))
        push_agent = pushing.push_agent(push, self.wires.emit(push), self.wires.refuse(push))
        self.patience |= {Topic.NEWS: find_agent.patience, Topic.ERASURES: pushing.interests.patience}
        self.wires.consume(Topic.NEWS, find_agent.handle, "find", find, 64)
        self.wires.consume(Topic.PUSHES, push_agent.handle, "push", push, 64)
        return [pushing.interests]

    def _follower(self, topic: Topic, apply: Callable[..., None], wait_ms: int) -> Follower:
        name = topic.under(self.settings.topic_prefix)
        return Follower(self.settings.kafka, name, apply, fetch_wait_ms=wait_ms)

    def _sight(self) -> Sight:
        return Sight(self.items.arrivals, self.world.statistics.seen)

    def _assigned(self) -> bool:
        """Whether the group has given this worker its share and the tables have recovered."""
        app = self.app
        return bool(app.consumer_generation_id > 0 and not app.rebalancing and not app.in_recovery)

    def _waiting(self) -> set[str]:
        """Topics whose stage waits for a neighbour that does not answer."""
        prefix = self.settings.topic_prefix
        return {topic.under(prefix) for topic, patience in self.patience.items() if patience.waiting}

    def _checks(self, health: Health, commits: CommitWatch, loop: LoopWatch) -> None:
        health.must_live("commits", commits)
        health.must_live("event_loop", loop)
        for view in (self.items_follower, self.vectors_follower, self.statistics_follower, self.ranker_follower):
            health.need(f"view_{view.topic}", view.caught_up.is_set, f"still reading {view.topic}: wait")
        collections = self.collections
        health.need("partitions", self._assigned, "partitions are being assigned: wait")
        health.need("vector_index", lambda: collections.is_open, "the vector index has not answered yet: is it up?")
