"""Experiments on a real broker: who gets which variant, what is counted of it, and that a crash forgets none of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kit.stream import Stream, behaviour, running

from streams.cli import run
from streams.core.experiments.dealing import dealt
from streams.core.experiments.definition import read_experiments
from streams.events import Action, ContentEvent
from streams.local.ports import Ports
from streams.verbs._failure import ExitCode

SPLIT = """
[[experiment]]
name = "mmr"
  [[experiment.variant]]
  name = "usual"
  [[experiment.variant]]
  name = "diverse"
  set = { diversity = 1.0 }
"""
MIXED = """
[[experiment]]
name = "tries"
kind = "interleave"
  [[experiment.variant]]
  name = "none"
  set = { cold_lift = 0.0 }
  [[experiment.variant]]
  name = "many"
  set = { cold_lift = 10.0 }
"""
USERS = [f"user-{n}" for n in range(16)]


def told(stream: Stream, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `upwell experiments --json` prints, by name."""
    capsys.readouterr()
    assert run(["experiments", "--json", "--worker", stream.workers[0].url]) == ExitCode.OK
    return {one["experiment"]: one for one in json.loads(capsys.readouterr().out)}


def counted(stream: Stream, capsys: pytest.CaptureFixture[str], name: str, what: str) -> int:
    """Over the variants of one experiment."""
    found = told(stream, capsys).get(name)
    return 0 if found is None else sum(variant[what] for variant in found["variants"])


def test_variants_are_dealt_by_hash_and_what_they_bring_is_counted_once_through_a_crash(
    kafka: str, tmp_path: Path, ports: Ports, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(SPLIT, encoding="utf-8")
    (experiment,) = read_experiments(SPLIT)
    catalogue = [ContentEvent(f"{tag}-{n}", title=f"{tag} {n}", tags=(tag,)) for tag in "abcd" for n in range(10)]
    with running(kafka, tmp_path, ports, experiments_file=file) as stream:
        stream.publish(*catalogue)
        stream.wait_for_catalogue(40)

        # Each user has the variant of the hash, and the list says so.
        stream.publish(*(behaviour(user, f"a-{n % 10}") for n, user in enumerate(USERS)))
        lists = {user: stream.wait_for_list(user) for user in USERS}
        for user, made in lists.items():
            (exposure,) = made.exposures
            assert (exposure.experiment, exposure.edition) == ("mmr", experiment.edition)
            assert exposure.variant == dealt(experiment, user).name
            assert made.variant == f"mmr:{exposure.variant}"

        # Half of them like what their list shows, one of them twice over; all of that is counted, the repeat is not.
        acts = [behaviour(user, lists[user].items[0].item_id) for user in USERS[::2]]
        acts += [behaviour(user, "a-elsewhere") for user in USERS[1::2]]
        stream.publish(*acts, acts[0], behaviour(USERS[0], "b-1", Action.IMPRESSION))
        stream.until(lambda: counted(stream, capsys, "mmr", "acts") >= len(USERS), otherwise="acts are not counted")
        before = told(stream, capsys)["mmr"]
        assert counted(stream, capsys, "mmr", "users") == len(USERS)
        hits = sum(sum(variant["hits_by_source"].values()) for variant in before["variants"])
        assert hits == len(USERS) // 2
        assert "too early" in before["verdict"]

        # A file that breaks leaves what was in force; a mended one is in force without a restart.
        file.write_text(SPLIT + "[[experiment]]\nname = 3", encoding="utf-8")
        stream.until(lambda: "upwell_refused_experiment_files 1.0" in stream.page("/metrics"))
        assert [*told(stream, capsys)] == ["mmr"]
        file.write_text(SPLIT + MIXED, encoding="utf-8")
        stream.until(lambda: {*told(stream, capsys)} == {"mmr", "tries"})

        # A killed worker goes on with the same counts.
        stream.kill_worker()
        stream.start_worker()
        stream.wait_ready()
        after = told(stream, capsys)["mmr"]
        assert after == before

        # Lists are interleaved from then on, beside the split, and answers to requests are exposures too.
        answer = stream.ask(USERS[0])
        assert [one.experiment for one in answer.exposures] == ["mmr", "tries"]
        assert len(answer.exposures[1].teams) == len(answer.items)
        stream.publish(behaviour("somebody-new", "b-2"), behaviour(USERS[0], answer.items[1].item_id))
        stream.until(lambda: counted(stream, capsys, "mmr", "users") == len(USERS) + 1)
        stream.until(lambda: counted(stream, capsys, "tries", "acts") >= 2, otherwise="an interleaved act is lost")
        assert counted(stream, capsys, "mmr", "acts") == len(USERS) + 1
