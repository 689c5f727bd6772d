"""The job as a plain kafka-python loop: what an experienced engineer writes in a week without a stream library.

Batched wherever a loop can be: each poll's events are folded first, then one Milvus call searches for every user of the
poll, and each of those users gets one list. Guarantees: at least once. Outputs and profiles are flushed before offsets
are committed; profiles live in a dict backed by a compacted topic, partitioned as behaviour is, read back on
assignment; a repeated event is recognised by its id. Content is encoded through Triton in batches, too.

Not here, and part of what a stream library is for: many instances splitting the catalogue's work, views kept in step
between instances, dead letters, metrics.
"""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Any

import msgspec
import numpy as np
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import TopicAlreadyExistsError
from numpy.typing import NDArray

from bench.peers import catalogue
from bench.peers.content import encode_batch
from bench.peers.job import SEARCHED, Profile, interest, make_list
from bench.peers.restore import read_all
from bench.peers.setting import Setting, from_command_line
from bench.peers.store import Hits
from streams.events import BehaviourEvent, ContentEvent
from streams.topics import Topic

_COMMIT_EVERY_S = 0.5
_PROFILES = "loop-profiles"

_event = msgspec.json.Decoder(BehaviourEvent)
_content = msgspec.json.Decoder(ContentEvent)
_profile = msgspec.msgpack.Decoder(Profile)


class Loop(ConsumerRebalanceListener):
    """Consumer, producer, profiles and catalogue of one process."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._behaviour = setting.topic(Topic.BEHAVIOUR)
        self._content = setting.topic(Topic.CONTENT)
        self._lists = setting.topic(Topic.RECOMMENDATIONS)
        self._items = setting.topic(Topic.ITEMS)
        self._profiles_topic = f"{setting.prefix}.{_PROFILES}"
        self._profiles: dict[str, Profile] = {}
        self._store = setting.store()
        self._catalogue = catalogue.load(setting, self._store)
        self._encoder = setting.encoder()
        self._stopping = False
        self._to_restore: set[int] = set()
        # linger: without it kafka-python sends one request per record and falls behind at one or two thousand a second.
        self._producer = KafkaProducer(
            bootstrap_servers=setting.bootstrap, acks="all", linger_ms=2, batch_size=256 * 1024
        )
        self._consumer = KafkaConsumer(
            bootstrap_servers=setting.bootstrap,
            group_id=setting.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=500,
            fetch_max_wait_ms=10,
        )

    def stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def run(self) -> None:
        topics = [self._behaviour, self._content] if self._encoder else [self._behaviour]
        self._make_profiles_topic()
        self._consumer.subscribe(topics, listener=self)
        committed_at = time.monotonic()
        while not self._stopping:
            polled = self._consumer.poll(timeout_ms=200)
            if self._to_restore:
                self._restore()
            for partition, records in polled.items():
                if partition.topic == self._content:
                    self._take_content([record.value for record in records if record.value is not None])
            self._take_behaviour({p.partition: r for p, r in polled.items() if p.topic == self._behaviour})
            if time.monotonic() - committed_at > _COMMIT_EVERY_S:
                self.commit()
                committed_at = time.monotonic()
        self.commit()
        self._consumer.close(autocommit=False)
        self._producer.close()

    def commit(self) -> None:
        """Everything made from the consumed events is on the broker before their offsets are."""
        self._producer.flush()
        self._consumer.commit()

    def _make_profiles_topic(self) -> None:
        """As many partitions as behaviour has, so that whoever reads a user's events can restore the user."""
        options = {"num_partitions": self._setting.partitions, "configs": {"cleanup.policy": "compact"}}
        admin = KafkaAdminClient(bootstrap_servers=self._setting.bootstrap)
        try:
            admin.create_topics({self._profiles_topic: options})
        except TopicAlreadyExistsError:
            return  # an earlier start made it
        finally:
            admin.close()

    def _take_behaviour(self, polled: dict[int, list[Any]]) -> None:
        touched: dict[str, tuple[int, int, float]] = {}
        for partition, records in polled.items():
            for record in records:
                event = _event.decode(record.value)
                profile = self._profiles.setdefault(event.user_id, Profile())
                if profile.fold(event):
                    touched[event.user_id] = (partition, record.offset, event.occurred_at)
        now = time.time()
        wanted = {u: v for u in touched if (v := interest(self._profiles[u], self._catalogue, now)) is not None}
        found = dict(zip(wanted, self._search(wanted), strict=True))
        now = time.time()
        for user_id, (partition, offset, event_at) in touched.items():
            profile = self._profiles[user_id]
            key = user_id.encode()
            pushed = make_list(
                user_id,
                profile,
                self._catalogue,
                found.get(user_id, []),
                partition=partition,
                offset=offset,
                event_at=event_at,
                now=now,
            )
            self._producer.send(self._lists, msgspec.json.encode(pushed), key)
            self._producer.send(self._profiles_topic, msgspec.msgpack.encode(profile), key, partition=partition)

    def _search(self, wanted: dict[str, NDArray[np.float32]]) -> list[Hits]:
        return self._store.search(np.stack(list(wanted.values())), SEARCHED) if wanted else []

    def _take_content(self, values: list[bytes]) -> None:
        """Encode a poll's content in one call, make it searchable, and keep it for the next start."""
        if self._encoder is None:
            return
        items = encode_batch(self._encoder, [_content.decode(value) for value in values])
        for item in items:
            self._catalogue.put(item)
            self._producer.send(self._items, msgspec.json.encode(item), item.card.item_id.encode())
        ids = [item.card.item_id for item in items]
        self._store.upsert(ids, self._catalogue.vectors(ids))

    def _restore(self) -> None:
        """Profiles of newly assigned partitions are read back before any of their events is counted."""
        partitions, self._to_restore = sorted(self._to_restore), set()
        self._producer.flush()
        for key, value in read_all(self._setting.bootstrap, self._profiles_topic, partitions):
            if value is not None:
                self._profiles[key.decode()] = _profile.decode(value)

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing: no blocking commit is allowed here. What is uncommitted comes again and is recognised."""

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._to_restore.update(partition.partition for partition in assigned)


def main() -> None:
    loop = Loop(from_command_line())
    signal.signal(signal.SIGTERM, loop.stop)
    signal.signal(signal.SIGINT, loop.stop)
    loop.run()


if __name__ == "__main__":
    main()
