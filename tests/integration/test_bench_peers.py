"""The peers run the job on a real broker: every event is answered, and a restart forgets nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from bench import openloop
from bench.encoded import clustered
from bench.parts import Parts, process, topics
from bench.peers.drive import Sizes, command, contest, plan
from bench.ready import wait_ready

SIZES = Sizes(items=200, users=20, backlog=200, warm_per_user=2, rate=50.0, seconds=2.0, repeats=1)


def test_quix_answers_every_event(kafka: str, tmp_path: Path) -> None:
    parts = Parts(tmp_path, kafka, milvus=None, triton=None, tag=uuid4().hex[:8])
    result = contest(parts, "quix", clustered(SIZES.items), SIZES)
    assert result["unanswered"] == 0
    assert result["places_mean"] == pytest.approx(10.0, abs=1.0)


def test_a_restarted_loop_recognises_what_it_counted(kafka: str, tmp_path: Path) -> None:
    name = "loop"
    parts = Parts(tmp_path, kafka, milvus=None, triton=None, tag=uuid4().hex[:8])
    settings = parts.settings(name)
    settings.home.mkdir(parents=True)
    topics(settings)
    encoded = clustered(SIZES.items)
    encoded.publish(settings)
    argv, environment = command(parts, name, settings, encoded.vectors.shape[1])
    same = plan(settings, SIZES, "same", 40, 0)
    with process(name, argv, settings.home, environment) as worker:
        wait_ready(worker, plan(settings, SIZES, "probe", 3, 0))
        assert openloop.run(same).unanswered == 0
    with process(name, argv, settings.home, environment) as worker:
        wait_ready(worker, plan(settings, SIZES, "probe-again", 3, 0))
        again = openloop.run(plan(settings, SIZES, "same", 40, 0, grace_s=3.0))
    assert again.lists == 0  # the same forty events: repeats push nothing
