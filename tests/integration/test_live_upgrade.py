"""A stream under load goes from the bridge to a trained version and back: Kafka, Milvus, Triton and two workers."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from kit.stream import Stream, behaviour, running
from kit.upgrade import by_version, lists_pushed, states, vectors_of, wait_for

from encoders.export import SHIPPED, export
from encoders.layout import ALIGNER, MODEL_REPOSITORY, model_folder
from encoders.samples import drawing, picture
from streams.adapters.clock import SystemClock
from streams.adapters.milvus_index import MilvusIndex
from streams.adapters.milvus_names import collection_name
from streams.core.vectors import vector_of
from streams.events import ContentEvent, EncodedItem, EncoderPhase, RecommendationList
from streams.local.ports import Ports
from streams.local.triton import Triton, TritonPorts
from streams.topics import Topic

UPWELL = Path(sys.executable).with_name("upwell")
ITEMS = 80
ACTS_PER_S = 20.0
SUBJECTS = ("dogs", "sailing", "chess", "volcanoes")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[tuple[str, Path]]:
    """A Triton with the bridge alone, and its repository."""
    folder = tmp_path_factory.mktemp("upgrade")
    others = shutil.ignore_patterns("item_encoder_*", "[2-9]", "__pycache__")
    repository = Path(shutil.copytree(MODEL_REPOSITORY, folder / "models", ignore=others))
    bridge = shutil.ignore_patterns("__pycache__")
    shutil.copytree(MODEL_REPOSITORY / "item_encoder_1", repository / "item_encoder_1", ignore=bridge)
    server = Triton(folder / "triton", TritonPorts(ports.free(), ports.free(), ports.free()), repository)
    try:
        server.start()
        server.wait_ready()
        yield server.grpc, repository
    finally:
        server.stop()


def trained(repository: Path) -> str:
    """Puts the shipped heads beside the bridge, under the eyes of the running server; their version."""
    exported = model_folder(MODEL_REPOSITORY, ALIGNER, 2)
    shutil.copytree(exported, model_folder(repository, ALIGNER, 2), ignore=shutil.ignore_patterns("__pycache__"))
    return export(repository, aligner=SHIPPED)  # what is there is found up to date, and gets its ensemble


@contextmanager
def acting(stream: Stream) -> Iterator[None]:
    """Every act by somebody new, so that each list comes of one liked item; now and then new content."""
    stop = threading.Event()

    def act() -> None:
        n = 0
        while not stop.wait(1 / ACTS_PER_S):
            stream.publish(behaviour(f"user-{uuid4().hex}", f"item-{n % ITEMS}"))
            if n % 30 == 0:
                stream.publish(content(ITEMS + n // 30))
            n += 1

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def content(number: int) -> ContentEvent:
    subject = SUBJECTS[number % 4]
    image = data_uri(picture(image=drawing(64, 48, seed=number))) if number % 8 == 1 else None
    return ContentEvent(f"item-{number}", title=f"A film about {subject}, part {number // 4}", image=image)


def data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def upwell(stream: Stream, *words: str, number: int = 0) -> Any:
    """What `upwell WORDS --json` prints."""
    settings = stream.settings
    environment = {
        **os.environ,
        "UPWELL_HOME": str(settings.home / "verbs"),
        "UPWELL_KAFKA": settings.kafka,
        "UPWELL_TRITON": settings.triton,
        "UPWELL_TOPIC_PREFIX": stream.prefix,
    }
    worker = [] if words[1] == "list" else ["--worker", stream.workers[number].url]
    line = [str(UPWELL), *words, *worker, "--json"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def versions_in_use(stream: Stream) -> list[str]:
    return [stream.get("/status", number)["encoder_version"] for number in stream.workers]


Space = dict[str, np.ndarray[Any, np.dtype[np.float32]]]


def spaces(stream: Stream, *versions: str) -> dict[str, Space]:
    """By version the vector of every item that has one, as Kafka has it."""
    found: dict[str, Space] = {
        version: {item: vector_of(one) for item, one in vectors_of(stream, version).items()} for version in versions
    }
    for _, value in stream.records(Topic.ITEMS):
        item = msgspec.json.decode(value or b"", type=EncodedItem)
        found[item.encoder_version].setdefault(item.card.item_id, vector_of(item))
    return found


def of_one_version(lists: Sequence[RecommendationList], space: dict[str, Space]) -> int:
    """How many places could be checked: their score is the cosine to the one liked item, under the list's version."""
    checked = 0
    for made in lists:
        mine = space[made.encoder_version]
        for place in made.items:
            if "interest" in place.sources and place.reason.because_of:
                (liked,) = place.reason.because_of
                cosine = float(mine[liked] @ mine[place.item_id])
                assert place.sources["interest"] == pytest.approx(cosine, abs=0.01), made
                checked += 1
    return checked


@pytest.mark.timeout(600)
def test_the_stream_goes_to_a_trained_version_and_back_and_no_list_is_empty_or_mixed(
    kafka: str, milvus: str, served: tuple[str, Path], tmp_path: Path, ports: Ports
) -> None:
    triton, repository = served
    parts = {"vector_index": "milvus", "milvus": milvus, "encoder": "triton", "triton": triton}
    slow = {"index_timeout_s": 5.0, "encoder_timeout_s": 30.0}
    with running(kafka, tmp_path, ports, workers=2, ready_within_s=150.0, **parts, **slow) as stream:
        stream.publish(*map(content, range(ITEMS)))
        stream.wait_for_catalogue(ITEMS, 120.0)
        (bridge,) = set(versions_in_use(stream))
        with acting(stream):
            stream.until(lambda: len(lists_pushed(stream)) > 20, 120.0)
            version = trained(repository)
            asked_at = time.time()
            told = upwell(
                stream, "encoders", "upgrade", version, "--rate", "200", "--shadow", "1", "--shadow-seconds", "2"
            )
            assert told["state"]["active"] == version
            assert told["state"]["standby"] == bridge
            shadow = told["shadow"]
            assert shadow["lists"] > 0
            assert 0 < shadow["overlap"] <= 1
            stream.until(lambda: versions_in_use(stream) == [version] * 2, 120.0)
            upgraded_at = time.time()
            pushed = len(lists_pushed(stream))
            stream.until(lambda: len(lists_pushed(stream)) > pushed + 20)
            ordered_at = time.time()
            told = upwell(stream, "encoders", "rollback")
            assert told["state"]["active"] == bridge
            stream.until(lambda: versions_in_use(stream) == [bridge] * 2)
            back_at = time.time()
            pushed = len(lists_pushed(stream))
            stream.until(lambda: len(lists_pushed(stream)) > pushed + 20)
        lists = lists_pushed(stream)
        assert all(made.items for made in lists), "no list is ever empty"
        before = [made for made in lists if made.made_at < asked_at]
        during = [made for made in lists if asked_at <= made.made_at < upgraded_at]
        after = [made for made in lists if upgraded_at <= made.made_at < ordered_at]
        back = [made for made in lists if made.made_at >= back_at]
        counts = {name: len(some) for name, some in
                  {"before": before, "during": during, "after": after, "back": back}.items()}  # fmt: skip
        print(f"lists pushed: {counts}, of them by version {by_version(lists)}")
        assert all(count > 10 for count in counts.values())
        assert {*by_version(before)} == {*by_version(back)} == {bridge}
        assert {*by_version(after)} == {version}
        assert {*by_version(lists)} == {bridge, version}
        checked = of_one_version(lists, spaces(stream, bridge, version))
        assert checked > len(lists), "most lists have places that were found by interest"
        changes = {
            state.active: state.changed_at or 0.0 for state in states(stream) if state.phase is EncoderPhase.KEPT
        }
        print(f"rolled back {changes[bridge] - ordered_at:.2f} s after the order, start of the command included; "
              f"{checked} places checked")  # fmt: skip
        named = {row["version"]: row["role"] for row in upwell(stream, "encoders", "list")}
        assert named == {bridge: "active", version: "kept"}
        upwell(stream, "encoders", "retire")
        wait_for(stream, EncoderPhase.STEADY, bridge)
        assert vectors_of(stream, version) == {}
        assert [row["version"] for row in upwell(stream, "encoders", "list")] == [bridge]
        assert asyncio.run(aliased(stream)) == collection_name(stream.prefix, bridge)


async def aliased(stream: Stream) -> str | None:
    """Which collection readers of the alias see."""
    index = MilvusIndex(
        stream.settings.milvus, prefix=stream.prefix, clock=SystemClock(), search_timeout_s=5, write_timeout_s=20
    )
    try:
        return await index.aliased()
    finally:
        await index.close()
