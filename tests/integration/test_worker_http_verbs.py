"""`upwell profile` and `upwell item` against the workers' real HTTP server, with what it answers made up here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from streams.cli import run
from streams.core.experiments.counts import begun, exposed
from streams.core.experiments.definition import Changes, Experiment, Variant
from streams.core.experiments.report import ExperimentReport
from streams.core.experiments.standing import reports
from streams.core.explain import Explanation, Stage, Weighed
from streams.events import Exposure, ItemCard, RecommendationList
from streams.local.ports import Ports
from streams.verbs._failure import ExitCode
from streams.web import NotAssigned, WebServer

ODD = "a/b?c=d#é %2F"
EXPERIMENT = Experiment("mmr", (Variant("usual"), Variant("diverse", set=Changes(diversity=1.0))))


class Known:
    """Knows one user and one item, whose id is odd; sends users of the other worker there."""

    def __init__(self, elsewhere: str | None = None) -> None:
        self._elsewhere = elsewhere

    def owner_of(self, user_id: str) -> str | None:
        if user_id == "rebalancing":
            raise NotAssigned(user_id)
        return self._elsewhere

    async def recommend(self, user_id: str, k: int) -> RecommendationList:
        raise NotImplementedError

    async def explain(self, user_id: str, item_id: str) -> Explanation:
        return Explanation(
            user_id, item_id, "[bold]One", Stage.CAPPED, "rank 3 of 9 candidates, but full", "dummy-1", "hand-1", 9,
            rank=3, score=1.5, sources={"interest": 0.5}, weighed=(Weighed("interest", 0.5, 1.5),),
        )  # fmt: skip

    def profile(self, user_id: str) -> dict[str, Any] | None:
        if user_id != ODD:
            return None
        act = {"item_id": "i1", "title": "[bold]One", "weight": 1.0, "occurred_at": 1_700_000_000.0}
        interest = {"share": 1.0, "from_items": ["i1"]}
        return {"user_id": user_id, "acts": [act], "interests": [interest], "encoder_version": "dummy-1"}

    def item(self, item_id: str) -> dict[str, Any] | None:
        if item_id != ODD:
            return None
        return {"card": ItemCard(item_id, title="One", tags=("film",)), "statistics": {"acts": 2.0}}

    def status(self) -> dict[str, Any]:
        return {}

    def experiments(self) -> list[ExperimentReport]:
        counts = begun(EXPERIMENT, 0, 1.0)
        counts, _ = exposed(counts, Exposure("mmr", EXPERIMENT.edition, "diverse"), {})
        ended = replace(counts, experiment="before", edition="e0")
        return reports([EXPERIMENT], [counts, ended])

    def live(self) -> dict[str, str]:
        return {}

    def unready(self) -> dict[str, str]:
        return {}


@pytest.fixture
async def worker(ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """URL of a worker that owns no user and sends every question about one to another."""
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path))
    first, second = ports.free(), ports.free()
    servers = [
        WebServer(Known(f"http://127.0.0.1:{second}"), "127.0.0.1", first),
        WebServer(Known(), "127.0.0.1", second),
    ]
    for server in servers:
        await server.on_start()
    yield f"http://127.0.0.1:{first}"
    for server in servers:
        await server.on_stop()


async def upwell(*line: str) -> int:
    return await asyncio.to_thread(run, line)


async def test_a_profile_is_found_wherever_it_lives(worker: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await upwell("profile", ODD, "--worker", worker, "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["user_id"] == ODD
    assert await upwell("profile", ODD, "--worker", worker) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "[bold]One" in shown
    assert "interest 1: 100% from i1" in shown
    assert "encoder version: dummy-1" in shown


async def test_an_item_shows_its_card_and_statistics(worker: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await upwell("item", ODD, "--worker", worker) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "One" in shown
    assert "film" in shown
    assert "acts" in shown
    assert await upwell("item", ODD, "--worker", worker, "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["card"]["tags"] == ["film"]


async def test_an_explanation_names_stage_rank_and_features(worker: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await upwell("explain", ODD, ODD, "--worker", worker) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "[bold]One: not in the list" in shown
    assert "capped: rank 3 of 9 candidates, but full" in shown
    assert "proposed by interest (0.5)" in shown
    assert "+1.500" in shown
    assert await upwell("explain", ODD, ODD, "--worker", worker, "--json") == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert (told["user_id"], told["item_id"], told["stage"]) == (ODD, ODD, "capped")


async def test_experiments_are_shown_with_their_verdict_and_ended_ones_on_demand(
    worker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await upwell("experiments", "--worker", worker) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"mmr ({EXPERIMENT.edition}): running, users dealt out as meant" in shown
    assert "too early for diverse against usual" in shown
    assert "before" not in shown
    assert await upwell("experiments", "--all", "--json", "--worker", worker) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert [(one["experiment"], one["running"]) for one in told] == [("mmr", True), ("before", False)]
    assert [variant["users"] for variant in told[0]["variants"]] == [0, 1]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (("profile", "nobody"), ExitCode.NOT_FOUND, "has no profile yet; publish an event of theirs"),
        (("item", "nothing"), ExitCode.NOT_FOUND, "publish it to the content topic"),
        (("profile", "rebalancing"), ExitCode.UNREACHABLE, "try again in a moment"),
    ],
)
async def test_what_the_worker_says_is_passed_on(
    worker: str, capsys: pytest.CaptureFixture[str], line: tuple[str, str], code: ExitCode, said: str
) -> None:
    assert await upwell(*line, "--worker", worker) == code
    assert said in capsys.readouterr().err
