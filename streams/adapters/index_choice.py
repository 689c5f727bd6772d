"""The vector index that the settings ask for."""

from __future__ import annotations

from streams.ports.clock import Clock
from streams.ports.vector_index import VectorIndex
from streams.settings import Settings


def make_vector_index(settings: Settings, clock: Clock, kind: str = "items") -> VectorIndex:
    """Not opened yet: call `ensure` inside the running event loop. Only the chosen vendor's library is imported.

    `kind` names what the rows are of: items, or users' interests, which lie in collections of their own.
    """
    match settings.vector_index:
        case "milvus":
            from streams.adapters.milvus_index import MilvusIndex

            return MilvusIndex(
                settings.milvus,
                prefix=settings.topic_prefix,
                kind=kind,
                clock=clock,
                search_timeout_s=settings.index_timeout_s,
                write_timeout_s=settings.index_write_timeout_s,
            )
        case "lite":
            from streams.adapters.lite_index import LiteIndex

            return LiteIndex(
                settings.home / ("milvus-lite" if kind == "items" else f"milvus-lite-{kind}"),
                prefix=settings.topic_prefix,
                clock=clock,
                search_timeout_s=settings.index_timeout_s,
                write_timeout_s=settings.index_write_timeout_s,
            )
        case "memory":
            from streams.adapters.memory_index import MemoryIndex

            return MemoryIndex(clock)
