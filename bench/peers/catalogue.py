"""What a peer knows when it starts: every encoded item in memory, and in the store if it is not there yet."""

from __future__ import annotations

import msgspec

from bench.peers.job import Catalogue
from bench.peers.restore import read_all
from bench.peers.setting import Setting
from bench.peers.store import Store
from streams.events import EncodedItem
from streams.topics import Topic

_UPSERT_AT_ONCE = 1000

decode_item = msgspec.json.Decoder(EncodedItem).decode


def load(setting: Setting, store: Store) -> Catalogue:
    """Read the items topic to its end; fill the store from it unless it holds as many rows already."""
    catalogue = Catalogue(setting.dimension)
    for key, value in read_all(setting.bootstrap, setting.topic(Topic.ITEMS)):
        if value is None:
            catalogue.drop(key.decode())
        else:
            catalogue.put(decode_item(value))
    ids = list(catalogue.cards)
    if store.count() < len(ids):
        for start in range(0, len(ids), _UPSERT_AT_ONCE):
            some = ids[start : start + _UPSERT_AT_ONCE]
            store.upsert(some, catalogue.vectors(some))
    return catalogue
