"""What a measured neighbour leaves in the metrics."""

import numpy as np
import pytest
from prometheus_client import REGISTRY

from streams.core.candidates.registry import BACKFILL, PINNED, PUSHED, SOURCE_NAMES
from streams.observe.labels import Source
from streams.observe.measured_encoder import MeasuredEncoder
from streams.observe.measured_index import MeasuredIndex
from streams.ports.item_encoder import EncoderUnavailable, Encoding, MediaItem
from streams.ports.vector_index import Hit, IndexedItem, VectorIndexUnavailable, Vectors


class Index:
    """Answers, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        if self.away:
            raise VectorIndexUnavailable("gone")
        return [[Hit("a", 1.0)][:k] for _ in vectors]

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None: ...
    def sibling(self) -> "Index":
        return Index(away=True)

    async def point_alias(self) -> None: ...
    async def aliased(self) -> str | None:
        return "v1"

    async def drop(self, encoder_version: str) -> None: ...
    async def upsert(self, items: object) -> None: ...
    async def delete(self, item_ids: object) -> None: ...
    async def fetch(self, item_ids: object) -> dict[str, Vectors]:
        return {}

    async def item_ids(self) -> set[str]:
        return {"a"}

    async def count(self) -> int:
        return 7

    async def clear(self) -> None: ...
    async def close(self) -> None: ...


class Encoder:
    version = "v1"
    dimension = 2

    async def encode(self, items: object) -> list[Encoding]:
        if not items:
            raise EncoderUnavailable("gone")
        return [Encoding(None, ())]

    async def ready(self) -> bool:
        return True

    async def close(self) -> None: ...


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_call_to_the_index_is_timed_by_operation() -> None:
    before = value("upwell_index_seconds_count", operation="search")
    hits = await MeasuredIndex(Index()).search(np.zeros((2, 3), np.float32), 1)
    assert [[hit.item_id for hit in row] for row in hits] == [["a"], ["a"]]
    assert value("upwell_index_seconds_count", operation="search") == before + 1


async def test_an_index_that_is_away_is_counted_and_still_said() -> None:
    errors = value("upwell_index_errors_total", operation="search")
    answers = value("upwell_index_seconds_count", operation="search")
    with pytest.raises(VectorIndexUnavailable):
        await MeasuredIndex(Index(away=True)).search(np.zeros((1, 3), np.float32), 1)
    assert value("upwell_index_errors_total", operation="search") == errors + 1
    assert value("upwell_index_seconds_count", operation="search") == answers, "a deadline is not a latency"


async def test_everything_else_is_passed_on() -> None:
    index = MeasuredIndex(Index())
    await index.ensure(2, "v1")
    await index.upsert([IndexedItem("a", np.zeros(2, np.float32))])
    await index.delete(["a"])
    assert await index.fetch(["a"]) == {}
    assert await index.item_ids() == {"a"}
    assert await index.count() == 7
    await index.point_alias()
    assert await index.aliased() == "v1"
    await index.drop("v0")
    await index.clear()
    await index.close()


async def test_another_door_is_measured_too() -> None:
    errors = value("upwell_index_errors_total", operation="search")
    with pytest.raises(VectorIndexUnavailable):
        await MeasuredIndex(Index()).sibling().search(np.zeros((1, 3), np.float32), 1)
    assert value("upwell_index_errors_total", operation="search") == errors + 1


async def test_the_media_that_went_to_the_encoder_are_weighed() -> None:
    text, image = (value("upwell_media_bytes_total", modality=name) for name in ("text", "image"))
    await MeasuredEncoder(Encoder()).encode([MediaItem("a", text="fox", image=b"12345"), MediaItem("b", text="é")])
    assert value("upwell_media_bytes_total", modality="text") == text + 5
    assert value("upwell_media_bytes_total", modality="image") == image + 5


async def test_an_encoder_that_is_away_is_counted_and_still_said() -> None:
    errors = value("upwell_encoder_errors_total", operation="encode")
    measured = MeasuredEncoder(Encoder())
    with pytest.raises(EncoderUnavailable):
        await measured.encode([])
    assert value("upwell_encoder_errors_total", operation="encode") == errors + 1
    assert (measured.version, measured.dimension, await measured.ready()) == ("v1", 2, True)
    await measured.close()


def test_every_source_has_its_series_from_the_start() -> None:
    assert set(Source) == {*SOURCE_NAMES, BACKFILL, PINNED, *PUSHED.values()}
