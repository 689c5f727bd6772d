"""The Faust app, configured to be trusted: what is set here, and why, is all there is to know about the engine."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import faust
from mode.supervisors import CrashingSupervisor

from streams.engine.changelogs import create_changelogs, find_compacted
from streams.engine.mends.queue import UnblockingQueue
from streams.engine.mends.recovery import MendedTableManager
from streams.engine.mends.transport import MendedTransport
from streams.engine.partitioner import partition_of
from streams.engine.version import require_tested_faust

if TYPE_CHECKING:
    from streams.settings import Settings

# A dead letter carries an event of 16 MB once more as base64, beside its key.
_MAX_REQUEST_BYTES = 33 * 1024 * 1024
_HEARTBEATS_PER_SESSION = 20
# Faust's services log ("Starting...", "Stopping...") under the module of the class that extends them, hence this
# package; what the engine itself has to say goes to "upwell.engine".
_NOISY = ("aiokafka", "faust", "mode", "rocksdict", "streams.engine")


class EngineApp(faust.App):
    """A Faust app that runs on the mended consumer and recovery (see mends/)."""

    #: Longest poll of a quiet broker (ms).
    fetch_wait_ms: int = 10
    #: Source topics whose offsets may have holes; found out from the broker at the start.
    compacted_topics: frozenset[str] = frozenset()

    def _new_transport(self) -> MendedTransport:
        return MendedTransport(self.conf.broker_consumer, self)

    def FlowControlQueue(  # noqa: N802 - Faust's name
        self, maxsize: int | None = None, *, clear_on_resume: bool = False
    ) -> UnblockingQueue:
        return UnblockingQueue(
            maxsize=maxsize or self.conf.stream_buffer_maxsize,
            flow_control=self.flow_control,
            clear_on_resume=clear_on_resume,
        )

    async def on_first_start(self) -> None:
        self.conf.datadir.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()

    async def on_start(self) -> None:
        bootstrap = [f"{url.host}:{url.port}" for url in self.conf.broker]
        await create_changelogs(bootstrap, list(self.tables.values()), self.conf.topic_replication_factor)
        sources = {topic for agent in self.agents.values() for topic in agent.channel.topics}
        self.compacted_topics = await find_compacted(bootstrap, sources)
        await super().on_start()


def make_app(settings: Settings, *, worker: str = "0") -> EngineApp:
    """An app for one worker process. `worker` names its folder under settings.home: two workers never share one.

    Raises UntestedFaust when another release of Faust is installed than the one the mends were written for.
    """
    require_tested_faust()
    quiet_loggers()
    store = "memory://" if settings.store == "memory" else "rocksdb://?driver=rocksdict"
    app = EngineApp(
        settings.app_id,
        broker=[f"kafka://{host}" for host in settings.kafka.split(",")],
        store=store,
        datadir=str((settings.home / "state" / worker).absolute()),
        processing_guarantee="at_least_once",
        # An agent that raises takes the worker down; Kafka hands its records out again. A restarted actor would go
        # on behind them.
        agent_supervisor=CrashingSupervisor,
        # Topics are made by `upwell topics create`, changelogs before the start: never by accident with 1 partition.
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_replication_factor=settings.replication,
        table_standby_replicas=0,
        # A dead worker is noticed after the session timeout, a joining one at the next heartbeat.
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(0.5, settings.session_timeout_s / _HEARTBEATS_PER_SESSION),
        broker_request_timeout=max(40.0, settings.session_timeout_s + 5.0),
        broker_rebalance_timeout=30.0,
        # Not fetching for long is no reason to leave: a stage may wait for a neighbour. Stalls are watched elsewhere.
        broker_max_poll_interval=24 * 3600.0,
        broker_commit_interval=settings.commit_interval_s,
        broker_max_poll_records=500,
        # The buffer of one agent: small, so that little is thrown away by a rebalance.
        stream_buffer_maxsize=512,
        stream_wait_empty=True,
        producer_partitioner=partition_of,
        producer_linger=settings.linger_ms / 1000.0,
        producer_max_request_size=_MAX_REQUEST_BYTES,
        producer_max_batch_size=256 * 1024,
        producer_request_timeout=60.0,
        web_enabled=False,
        web_host=settings.web_host,
        web_port=settings.web_port or 6066,
        web_bind=settings.web_host,
        canonical_url=f"http://{settings.web_advertised_host or settings.web_host}:{settings.web_port}",
        worker_redirect_stdouts=False,
        TableManager=MendedTableManager,
    )
    app.fetch_wait_ms = settings.fetch_wait_ms
    return app


def quiet_loggers() -> None:
    """These build a debug record for every message even when it is dropped, 9 % of the CPU."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
