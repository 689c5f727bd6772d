"""Workers join and die under load, on a real broker: every event is passed on, and the tables are as if nothing was."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from bench.counting import partitions_file
from bench.rebalance import run
from bench.trial import Trial


@pytest.mark.timeout(180)
@pytest.mark.parametrize("store", ["rocksdb", "memory"])
def test_joins_and_kills_lose_no_event_and_no_state(kafka: str, tmp_path: Path, store: str) -> None:
    cycles = 2 if store == "rocksdb" else 1
    trial = Trial(kafka, f"rebalance-{uuid.uuid4().hex[:8]}", tmp_path, rate=300.0, store=store, session_timeout_s=3.0)
    trial.create_topics()
    result = run(trial, joins=cycles, kills=cycles, say=lambda _: None)
    assert result["events"]
    assert (result["missing"], result["differences"]) == (0, [])
    assert result["table_rows"] == 500


@pytest.mark.timeout(120)
def test_a_worker_that_was_frozen_does_not_write_over_its_successor(kafka: str, tmp_path: Path) -> None:
    trial = Trial(kafka, f"frozen-{uuid.uuid4().hex[:8]}", tmp_path, rate=300.0, session_timeout_s=3.0)
    trial.create_topics()
    try:
        trial.start_worker("first")
        trial.start_worker("second")
        trial.start()
        trial.wait_shared(2)
        trial.wait_progress()
        trial.freeze("first")
        partitions_file(tmp_path, "first").unlink()
        trial.wait_shared(1)
        trial.wait_progress()
        trial.thaw("first")
        trial.wait_shared(2)
        trial.wait_progress()
        result = trial.finish()
    finally:
        trial.close()
    assert (result["missing"], result["differences"]) == (0, [])
