"""What a peer is told: addresses and names. Passed as one JSON argument so that both peers start alike."""

from __future__ import annotations

import sys

import msgspec

from bench.peers.content import Encoder
from bench.peers.store import ExactStore, MilvusStore, Store
from bench.peers.triton_text import TritonText
from streams.topics import Topic


class Setting(msgspec.Struct, frozen=True):
    """`milvus` and `triton` may be None: then search is exact in memory, and content events are not read."""

    bootstrap: str
    prefix: str
    group: str
    state: str
    dimension: int
    partitions: int = 4
    milvus: str | None = None
    collection: str = "bench_peers"
    triton: str | None = None

    def topic(self, topic: Topic) -> str:
        return topic.under(self.prefix)

    def store(self) -> Store:
        return MilvusStore(self.milvus, self.collection, self.dimension) if self.milvus else ExactStore()

    def encoder(self) -> Encoder | None:
        return TritonText(self.triton) if self.triton else None


def from_command_line() -> Setting:
    """The setting given as the only argument of the process."""
    return msgspec.json.decode(sys.argv[1].encode(), type=Setting)
