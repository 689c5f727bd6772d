"""Each defect of Faust 0.15.3, shown on Faust's own class, and its mend (the letters are those of engine/mends)."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP

from streams.engine.app import EngineApp, make_app
from streams.engine.mends.consumer import MendedConsumer
from streams.engine.mends.consumer_thread import MendedConsumerThread, Taken
from streams.settings import Settings

EVENTS = TP("events", 0)
OTHER = TP("events", 1)


class Thread:
    """What the main thread sees of the consumer's thread: eras, and where it was sent back to."""

    def __init__(self) -> None:
        self.eras: defaultdict[TP, int] = defaultdict(int)
        self.refetched: list[tuple[TP, int]] = []
        self.heard_at = time.monotonic()

    async def refetch(self, tp: TP, offset: int) -> None:
        self.refetched.append((tp, offset))
        self.eras[tp] += 1

    def highwater(self, tp: TP) -> int:
        return 0

    def assignment(self) -> set[TP]:
        return {EVENTS, OTHER}


@pytest.fixture
def app(tmp_path: Path) -> EngineApp:
    return make_app(Settings(home=tmp_path, store="memory", app_id="mends", fetch_wait_ms=17))


@pytest.fixture
async def consumer(app: EngineApp) -> MendedConsumer:
    """The real consumer, its thread not started, and one channel that takes what is handed out."""
    app.flow_control.resume()
    made: Any = app.consumer
    made._thread = Thread()
    app.topics._tp_index[EVENTS] = [SimpleNamespace(queue=app.FlowControlQueue(maxsize=100))]
    made.resume_flow()
    made.ledger.open(EVENTS, 0, None)
    made._set_active_tps({EVENTS, OTHER})
    app.topics._acking_topics.add("events")
    assert isinstance(made, MendedConsumer)
    return made


def faust_consumer(tmp_path: Path) -> FaustConsumer:
    """Faust's own consumer, for showing the defect."""
    plain = faust.App("plain", broker="kafka://127.0.0.1:1", datadir=str(tmp_path / "plain"))
    plain.topics._acking_topics.add("events")
    return plain.consumer


def taken(offsets: list[int], era: int = 0) -> Taken:
    return Taken(era, [record(offset) for offset in offsets])


def record(offset: int) -> Any:
    return SimpleNamespace(
        topic="events",
        partition=0,
        offset=offset,
        timestamp=1000,
        timestamp_type=0,
        headers=(),
        key=b"k",
        value=b"v",
        checksum=None,
        serialized_key_size=1,
        serialized_value_size=1,
    )


def given(consumer: Any) -> list[int]:
    """Offsets handed out so far."""
    (channel,) = consumer.app.topics._tp_index[EVENTS]
    return [message.offset for message in channel.queue._queue]


# -- A ---------------------------------------------------------------------------------------------------------------


async def test_a_faust_hands_out_the_set_that_a_rebalance_empties(tmp_path: Path) -> None:
    plain = faust_consumer(tmp_path)
    plain._set_active_tps({EVENTS})
    handed = plain._get_active_partitions()
    plain.pause_partitions({EVENTS})
    assert handed == set()  # which aiokafka reads as: all partitions


async def test_a_what_is_fetched_is_a_copy_and_never_nothing(consumer: MendedConsumer) -> None:
    asked = consumer._fetchable()
    consumer.pause_partitions({EVENTS, OTHER})
    assert asked == {EVENTS}  # OTHER has no account yet: its tables are not recovered
    assert consumer._fetchable() == frozenset()


# -- B ---------------------------------------------------------------------------------------------------------------


async def test_b_records_taken_before_a_seek_are_not_handed_out_after_it(consumer: MendedConsumer) -> None:
    old = taken([0, 1, 2], era=0)
    consumer._thread.eras[EVENTS] = 1
    await consumer._hand_out(EVENTS, old)
    assert given(consumer) == []
    await consumer._hand_out(EVENTS, taken([0, 1], era=1))
    assert given(consumer) == [0, 1]


async def test_b_records_in_hand_while_the_flow_stops_wait_and_go_on_when_nothing_was_sought(
    consumer: MendedConsumer,
) -> None:
    consumer.stop_flow()
    handing = asyncio.create_task(consumer._hand_out(EVENTS, taken([0, 1])))
    await asyncio.sleep(0)
    assert given(consumer) == []
    consumer.resume_flow()
    await handing
    assert given(consumer) == [0, 1]


async def test_b_records_in_hand_while_the_flow_stops_are_dropped_when_the_partition_was_sought(
    consumer: MendedConsumer,
) -> None:
    consumer.stop_flow()
    handing = asyncio.create_task(consumer._hand_out(EVENTS, taken([0, 1])))
    await asyncio.sleep(0)
    consumer._thread.eras[EVENTS] += 1
    consumer.resume_flow()
    await handing
    assert given(consumer) == []


async def test_b_a_seek_and_its_era_come_in_one_breath(app: EngineApp) -> None:
    thread = MendedConsumerThread(app.consumer)
    sought: list[tuple[Any, int]] = []
    thread._consumer = SimpleNamespace(seek=lambda tp, offset: sought.append((tp, offset)), assignment=lambda: {EVENTS})
    await thread._refetch(EVENTS, 7)
    await thread._refetch(OTHER, 7)  # not ours any more
    assert sought == [(TopicPartition("events", 0), 7)]
    assert thread.eras == {EVENTS: 1}


# -- C ---------------------------------------------------------------------------------------------------------------


def test_c_faust_commits_behind_records_that_never_came(tmp_path: Path) -> None:
    plain = faust_consumer(tmp_path)
    plain._committed_offset[EVENTS] = None
    plain._acked[EVENTS] = [5, 6]
    assert plain._new_offset(EVENTS) == 7


async def test_c_only_an_unbroken_run_is_committed(consumer: MendedConsumer) -> None:
    await consumer._hand_out(EVENTS, taken(list(range(7))))
    consumer._acked[EVENTS] = [5, 6]
    assert consumer._new_offset(EVENTS) is None
    consumer._acked[EVENTS] = [0, 1, 2, 3, 4]
    assert consumer._new_offset(EVENTS) == 7


# -- D ---------------------------------------------------------------------------------------------------------------


async def test_d_faust_bridges_a_hole_and_commits_past_it(tmp_path: Path) -> None:
    plain = faust_consumer(tmp_path)
    plain._committed_offset[EVENTS] = 1
    plain._acked[EVENTS] = [1]
    await plain._add_gap(EVENTS, 2, 4)
    plain._acked[EVENTS] += [5]
    assert plain._new_offset(EVENTS) == 6


async def test_d_a_hole_is_fetched_again_and_reported(consumer: MendedConsumer) -> None:
    holes: list[tuple[TP, int, int]] = []
    consumer.on_hole = lambda tp, expected, found: holes.append((tp, expected, found))
    await consumer._hand_out(EVENTS, taken([0, 1, 5, 6]))
    assert given(consumer) == [0, 1]
    assert consumer._thread.refetched == [(EVENTS, 2)]
    assert holes == [(EVENTS, 2, 5)]
    await consumer._hand_out(EVENTS, taken([2, 3, 4, 5], era=1))
    assert given(consumer) == [0, 1, 2, 3, 4, 5]


async def test_d_a_hole_that_the_broker_repeats_is_believed(consumer: MendedConsumer) -> None:
    await consumer._hand_out(EVENTS, taken([0, 5]))
    await consumer._hand_out(EVENTS, taken([5, 6], era=1))
    assert given(consumer) == [0, 5, 6]


async def test_d_holes_of_a_compacted_topic_are_normal(app: EngineApp, consumer: MendedConsumer) -> None:
    app.compacted_topics = frozenset({"events"})
    await consumer._hand_out(EVENTS, taken([0, 5, 9]))
    assert given(consumer) == [0, 5, 9]
    assert consumer._thread.refetched == []


# -- E ---------------------------------------------------------------------------------------------------------------


async def test_e_the_long_poll_is_a_setting(app: EngineApp, tmp_path: Path) -> None:
    plain = faust_consumer(tmp_path)
    assert plain._thread._create_worker_consumer(plain.transport)._fetch_max_wait_ms == 1500
    thread = MendedConsumerThread(app.consumer)
    assert thread._create_worker_consumer(app.transport)._fetch_max_wait_ms == 17


# -- F ---------------------------------------------------------------------------------------------------------------


async def test_f_what_is_done_is_committed_before_it_is_forgotten(consumer: MendedConsumer) -> None:
    await consumer._hand_out(EVENTS, taken([0, 1, 2]))
    consumer._acked[EVENTS] = [0, 1, 2]
    offered: list[int | None] = []

    async def app_is_told(revoked: set[TP]) -> None:
        offered.append(consumer._new_offset(EVENTS))

    consumer._on_partitions_revoked = app_is_told
    await consumer.on_partitions_revoked({EVENTS})
    assert offered == [3]
    assert consumer.ledger.expected(EVENTS) is None
    assert EVENTS not in consumer._acked


async def test_f_faust_forgets_it_first(tmp_path: Path) -> None:
    plain = faust_consumer(tmp_path)
    plain._acked[EVENTS] = [0, 1, 2]
    left: list[bool] = []

    async def app_is_told(revoked: set[TP]) -> None:
        left.append(EVENTS in plain._acked)

    plain._on_partitions_revoked = app_is_told
    await plain.on_partitions_revoked({EVENTS})
    assert left == [False]


async def test_f_a_batch_that_does_not_end_is_not_waited_for_for_ever(
    consumer: MendedConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.engine.mends.consumer._REVOKE_WAIT_S", 0.05)
    message = consumer._to_message(EVENTS, record(0))
    consumer._unacked_messages.add(message)
    commits: list[bool] = []

    async def commit(*_: Any, **__: Any) -> bool:
        commits.append(True)
        return True

    consumer.commit = commit
    await consumer.wait_empty()
    assert commits
    assert not message.acked


# -- G ---------------------------------------------------------------------------------------------------------------


async def test_g_nothing_flows_between_an_assignment_and_its_recovery(app: EngineApp, consumer: MendedConsumer) -> None:
    app.flow_control.resume()
    flowing: list[bool] = []

    async def app_is_told(assigned: set[TP], generation_id: int) -> None:
        flowing.append(consumer.flow_active or app.flow_control.is_active())

    consumer._on_partitions_assigned = app_is_told
    app.on_rebalance_start()
    await consumer.on_partitions_assigned({EVENTS}, 1)
    assert flowing == [False]


# -- H ---------------------------------------------------------------------------------------------------------------


async def test_h_a_partition_without_a_commit_is_rewound_to_its_beginning(app: EngineApp) -> None:
    thread = MendedConsumerThread(app.consumer)
    sought: dict[Any, int] = {}

    async def committed(tps: list[Any]) -> dict[Any, Any]:
        return {tp: SimpleNamespace(offset=-1 if tp.partition == 0 else 40) for tp in tps}

    async def beginnings(tps: list[Any]) -> dict[Any, int]:
        return dict.fromkeys(tps, 3)

    thread._consumer = SimpleNamespace(
        _coordinator=SimpleNamespace(fetch_committed_offsets=committed),
        beginning_offsets=beginnings,
        seek=lambda tp, offset: sought.update({tp: offset}),
        assignment=lambda: {EVENTS, OTHER},
    )
    positions = await thread._rewind(frozenset({EVENTS, OTHER}))
    assert sought == {EVENTS: 3, OTHER: 40}
    assert positions == {EVENTS: (3, None), OTHER: (40, 40)}


# -- I ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "offered_again"), [(False, 1), (True, None)])
async def test_i_a_commit_that_failed_is_offered_again(
    app: EngineApp, consumer: MendedConsumer, answer: bool, offered_again: int | None
) -> None:
    class Producer:
        async def flush(self) -> None: ...

    async def commit(offsets: Any) -> bool:
        return answer

    app._producer = Producer()
    consumer._commit = commit
    await consumer._hand_out(EVENTS, taken([0]))
    consumer._acked[EVENTS] = [0]
    assert consumer._new_offset(EVENTS) == 1
    assert await consumer._commit_offsets({EVENTS: 1}) is answer
    assert consumer._new_offset(EVENTS) == offered_again


# -- K ---------------------------------------------------------------------------------------------------------------


async def test_k_faust_loses_a_record_that_waits_for_room_when_the_queues_are_cleared(tmp_path: Path) -> None:
    plain = faust.App("plain", broker="kafka://127.0.0.1:1", datadir=str(tmp_path))
    plain.flow_control.resume()
    queue = plain.FlowControlQueue(maxsize=1, clear_on_resume=True)
    await queue.put("first")
    waiting = asyncio.create_task(queue.put("second"))
    await asyncio.sleep(0)
    plain.flow_control.clear()
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_k_a_full_queue_asks_for_less_and_takes_what_comes(app: EngineApp) -> None:
    app.flow_control.resume()
    queue = app.FlowControlQueue(maxsize=10, clear_on_resume=True)
    paused: list[str] = []
    for number in range(30):
        queue.put_nowait_enhanced(
            number,
            on_pressure_high=lambda: paused.append("high"),
            on_pressure_drop=_dropped(paused),
        )
    assert paused == ["high"]
    assert [await queue.get() for _ in range(30)] == list(range(30))
    assert paused == ["high", "drop"]


_drops: dict[int, Any] = {}


def _dropped(into: list[str]) -> Any:
    """The same callback each time, as the conductor passes it."""
    return _drops.setdefault(id(into), lambda: into.append("drop"))
