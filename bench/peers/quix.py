"""The job with Quix Streams, idiomatically: dataframes, `apply(stateful=True)`, RocksDB state with changelog.

Guarantees: at least once (its default), state restored from its changelog topics; a repeated event is recognised by its
id. State is read and written as msgpack bytes, which is quicker than its JSON default. Quix hands over one message at a
time, so there is one Milvus search per event: batching across users is not something its API offers beside state.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from quixstreams import Application, State, message_context

from bench.peers import catalogue as items
from bench.peers.content import Encoder, encode_batch
from bench.peers.job import SEARCHED, Catalogue, Profile, interest, make_list
from bench.peers.setting import Setting, from_command_line
from bench.peers.store import Store
from streams.events import BehaviourEvent, ContentEvent
from streams.topics import Topic

_COMMIT_EVERY_S = 0.5  # as often as Upwell and the loop; the default of 5 s measured no better
_NO_PROFILE = msgspec.msgpack.encode(Profile())

_event = msgspec.json.Decoder(BehaviourEvent)
_content = msgspec.json.Decoder(ContentEvent)
_profile = msgspec.msgpack.Decoder(Profile)


class Recommender:
    """The functions that the dataframes apply, and what they share."""

    def __init__(self, store: Store, catalogue: Catalogue, encoder: Encoder | None) -> None:
        self._store = store
        self._catalogue = catalogue
        self._encoder = encoder

    def recommend(self, value: bytes, state: State) -> bytes | None:
        """One behaviour event in, the user's new list out; None for a repeat."""
        event = _event.decode(value)
        profile = _profile.decode(state.get_bytes("profile", _NO_PROFILE))
        if not profile.fold(event):
            return None
        state.set_bytes("profile", msgspec.msgpack.encode(profile))
        now = time.time()
        wanted = interest(profile, self._catalogue, now)
        hits = self._store.search(wanted[None, :], SEARCHED)[0] if wanted is not None else []
        context = message_context()
        pushed = make_list(
            event.user_id,
            profile,
            self._catalogue,
            hits,
            partition=context.partition,
            offset=context.offset,
            event_at=event.occurred_at,
            now=time.time(),
        )
        return msgspec.json.encode(pushed)

    def encode(self, value: bytes) -> bytes | None:
        """One content event in, the encoded item out, searchable from now on."""
        encoded = encode_batch(self._encoder, [_content.decode(value)]) if self._encoder else []
        for item in encoded:
            self._catalogue.put(item)
            self._store.upsert([item.card.item_id], self._catalogue.vectors([item.card.item_id]))
            return msgspec.json.encode(item)
        return None


def application(setting: Setting) -> Application:
    """The whole topology; `run()` blocks until SIGTERM or SIGINT."""
    store = setting.store()
    app = Application(
        setting.bootstrap,
        consumer_group=setting.group,
        auto_offset_reset="earliest",
        processing_guarantee="at-least-once",
        commit_interval=_COMMIT_EVERY_S,
        state_dir=setting.state,
        auto_create_topics=True,
        producer_extra_config={"linger.ms": 0},
        consumer_extra_config={"fetch.wait.max.ms": 10},
        loglevel="WARNING",
    )
    encoder = setting.encoder()
    recommender = Recommender(store, items.load(setting, store), encoder)

    def raw(topic: Topic) -> Any:
        return app.topic(
            setting.topic(topic), key_deserializer="bytes", value_deserializer="bytes", value_serializer="bytes"
        )

    behaviour = app.dataframe(raw(Topic.BEHAVIOUR))
    behaviour = behaviour.apply(recommender.recommend, stateful=True)
    behaviour = behaviour.filter(lambda made: made is not None)
    behaviour.to_topic(raw(Topic.RECOMMENDATIONS))
    if encoder is not None:
        content = app.dataframe(raw(Topic.CONTENT)).apply(recommender.encode)
        content = content.filter(lambda made: made is not None)
        content.to_topic(raw(Topic.ITEMS))
    return app


def main() -> None:
    application(from_command_line()).run()


if __name__ == "__main__":
    main()
