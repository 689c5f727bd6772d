"""What the screen knows: counters, whom to show, freshness, and the words it is rendered in."""

from __future__ import annotations

import io
import json

import msgspec
from rich.console import Console

from streams.core.experiments.counts import Scored, begun, exposed, scored
from streams.core.experiments.definition import read_experiments
from streams.demo.board import ACTS_KEPT, FRESHNESS_KEPT, QUIET_S, USERS_KEPT, Board
from streams.demo.experiment import TEXT
from streams.demo.listener import note
from streams.demo.screen import plain_lines, render
from streams.demo.summary import summarize
from streams.demo.view import View
from streams.events import (
    Action,
    BehaviourEvent,
    Exposure,
    Lineage,
    Reason,
    RecommendationList,
    RecommendedItem,
)
from streams.topics import Topic

NOW = 1_700_000_000.0


def act(user: str, item: str = "i", number: int = 0, action: Action = Action.CLICK) -> BehaviourEvent:
    return BehaviourEvent(f"{user}-{number}", user, item, action, NOW)


def made(user: str, freshness_s: float | None = 0.02, degraded: tuple[str, ...] = ()) -> RecommendationList:
    item = RecommendedItem("i2", "A second film", 0.5, "interest", Reason("because", "because you liked A film"))
    return RecommendationList(
        "l", user, NOW, "behaviour", (item,), "e1", "r1", Lineage(0, 0), degraded=degraded, freshness_s=freshness_s
    )


def view(*, simulated: bool) -> View:
    return View(
        data="Films",
        simulated=simulated,
        replayed=not simulated,
        speed=50,
        kafka="127.0.0.1:9092",
        prefix="upwell",
        prometheus="http://127.0.0.1:9090",
        workers=("http://127.0.0.1:6066",),
        tail="upwell tail --user u",
    )


def screen(board: Board, *, simulated: bool) -> str:
    console = Console(file=io.StringIO(), width=160, height=40, force_terminal=True, color_system=None)
    console.print(render(board, view(simulated=simulated), 12.0, NOW + 1))
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_the_liveliest_user_is_shown_and_stays_while_active() -> None:
    board = Board()
    for number in range(3):
        board.saw_act(act("busy", number=number), NOW)
    board.saw_act(act("other"), NOW)
    assert board.user_shown(NOW) == "busy"
    for number in range(9):
        board.saw_act(act("busier", number=number), NOW + 1)
    assert board.user_shown(NOW + 1) == "busy"


def test_a_user_who_went_quiet_gives_way() -> None:
    board = Board()
    board.saw_act(act("gone"), NOW)
    assert board.user_shown(NOW) == "gone"
    board.saw_act(act("here"), NOW + QUIET_S)
    assert board.user_shown(NOW + QUIET_S + 1) == "here"


def test_when_nobody_acts_the_last_one_stays_on_the_screen() -> None:
    board = Board()
    board.saw_act(act("last"), NOW)
    assert board.user_shown(NOW) == "last"
    assert board.user_shown(NOW + 10 * QUIET_S) == "last"


def test_a_watched_user_is_shown_whatever_happens() -> None:
    board = Board(watch="me")
    board.saw_act(act("busy"), NOW)
    assert board.user_shown(NOW) == "me"


def test_acts_are_newest_first_and_bounded_and_so_are_the_users() -> None:
    board = Board()
    for number in range(100):
        board.saw_act(act("u", number=number), NOW)
    acts = board.acts_of("u")
    assert acts[0].event_id == "u-99"
    assert len(acts) == ACTS_KEPT
    for number in range(USERS_KEPT):
        board.saw_act(act(f"v{number}"), NOW)
    assert board.acts_of("u") == ()
    assert board.events_in == 100 + USERS_KEPT


def test_a_newer_list_takes_the_older_one_s_place() -> None:
    board = Board()
    board.saw_list(made("u", 0.5), NOW)
    board.saw_list(made("u", 0.1), NOW + 1)
    latest = board.list_of("u")
    assert latest is not None
    assert latest.freshness_s == 0.1
    assert (board.lists_out, len(board.users), board.first_list_at) == (2, 1, NOW)


def test_freshness_is_in_milliseconds_and_recent_or_of_the_whole_run() -> None:
    board = Board()
    assert board.freshness_ms() is None
    for _ in range(1000):
        board.saw_list(made("u", 1.0), NOW)
    for _ in range(1000):
        board.saw_list(made("u", 0.01), NOW)
    board.saw_list(made("u", None), NOW)
    assert board.freshness_ms(recent=True) == (10.0, 10.0)
    whole = board.freshness_ms()
    assert whole is not None
    assert whole[1] == 1000.0
    assert FRESHNESS_KEPT >= 2000


def test_records_that_cannot_be_read_still_count_as_events() -> None:
    board = Board()
    note(board, Topic.BEHAVIOUR, b"{not json", NOW)
    note(board, Topic.BEHAVIOUR, b"\xff\xfe", NOW)
    note(board, Topic.ITEMS, b"whatever an encoded item is", NOW)
    note(board, Topic.ITEMS, None, NOW)
    note(
        board,
        Topic.DEAD_LETTERS,
        b'{"topic":"t","partition":0,"offset":1,"stage":"profile","code":"not_json","message":"m","attempts":1,'
        b'"failed_at":1.0}',
        NOW,
    )
    assert (board.events_in, board.items_encoded, board.dead_letters) == (2, 1, {"profile: not_json": 1})


def test_the_screen_shows_the_user_s_acts_and_list_with_score_source_and_reason() -> None:
    board = Board(titles={"i": "A film"})
    board.saw_act(act("u"), NOW)
    board.saw_list(made("u", degraded=("interest",)), NOW)
    shown = screen(board, simulated=False)
    for words in ("u: last acts", "click", "A film", "A second film", "0.500", "because you liked", "20 ms after"):
        assert words in shown
    assert "without interest" in shown
    assert "SIMULATED" not in shown
    assert "times are moved to now" in shown
    assert "http://127.0.0.1:9090" in shown


def test_impressions_in_a_row_are_one_line() -> None:
    board = Board(titles={"i": "A film", "j": "Seen"})
    board.saw_act(act("u"), NOW)
    for number in range(5):
        board.saw_act(act("u", "j", number, Action.IMPRESSION), NOW)
    shown = screen(board, simulated=False)
    assert "saw 5 of a list" in shown
    assert "Seen" not in shown


def test_a_hit_rate_of_visitors_who_choose_from_the_lists_is_called_no_measure() -> None:
    board = Board(chosen_from_lists=True)
    assert "no measure of quality" in screen(board, simulated=True)
    assert "no measure of quality" not in screen(Board(), simulated=True)
    summary = summarize(board, data="d", simulated=True, began=NOW, streaming=NOW, ended=NOW, restarts=0)
    assert summary.as_json()["hit_rate_is_no_measure"] is True
    assert "no measure of quality" in "\n".join(summary.lines())


def test_simulated_visitors_are_named_on_the_screen() -> None:
    assert "SIMULATED VISITORS" in screen(Board(), simulated=True)


def test_titles_with_brackets_are_shown_as_they_are() -> None:
    board = Board(titles={"i": "[bold]REC[/bold]"})
    board.saw_act(act("u"), NOW)
    assert "[bold]REC" in screen(board, simulated=False)


def test_without_a_terminal_the_same_is_said_in_lines() -> None:
    board = Board(titles={"i": "A film"})
    board.saw_act(act("u"), NOW)
    board.saw_list(made("u"), NOW)
    counters, last, first = plain_lines(board, 3.0, NOW)
    assert "1 acts in" in counters
    assert "freshness p50 20 ms" in counters
    assert "u: click A film" in last
    assert "A second film (0.500, interest): because you liked A film" in first


def test_the_summary_adds_the_run_up() -> None:
    board = Board(events_sent=3, items_sent=2, items_encoded=1)
    board.quality.evaluated.update({"upwell": 10, "popularity": 10})
    board.quality.hits.update({"upwell": 4, "popularity": 1})
    board.saw_list(made("u", 0.03), NOW + 7)
    board.saw_dead_letter("encode", "no_usable_modality")
    summary = summarize(board, data="Films", simulated=True, began=NOW, streaming=NOW + 5, ended=NOW + 25, restarts=1)
    assert summary.first_list_after_s == 7.0
    assert summary.seconds == 20.0
    assert (summary.hit_rate_at_10, summary.popularity_hit_rate_at_10) == (0.4, 0.1)
    assert summary.as_json()["freshness_p50_ms"] == 30.0
    text = "\n".join(summary.lines())
    assert "simulated visitors" in text
    assert "40.0 %" in text
    assert "encode: no_usable_modality x1" in text


def test_a_run_without_lists_says_so() -> None:
    summary = summarize(Board(), data="d", simulated=False, began=NOW, streaming=NOW, ended=NOW, restarts=0)
    assert "the first never" in "\n".join(summary.lines())
    assert summary.freshness_p50_ms is None


def test_the_experiment_is_on_the_screen_in_the_lines_and_in_the_summary() -> None:
    (running,) = read_experiments(TEXT)
    exposure = Exposure(running.name, running.edition, "interleaved", ("learned", "by-hand"))
    board = Board(chosen_from_lists=True, running=(running,))
    assert "nobody was exposed yet" in screen(board, simulated=True)
    assert "experiment" not in screen(Board(), simulated=True)
    for partition in range(2):
        counts, sums = exposed(begun(running, partition, NOW), exposure, {})
        counts, _ = scored(counts, exposure, 1, Scored(1.0, 1.0, "fresh", popularity_hit=False, cold=False), sums)
        key = f"{running.name}/{running.edition}/{partition}".encode()
        note(board, Topic.EXPERIMENTS, msgspec.json.encode(counts), NOW, key)
    told = "ranker: 2 exposures of 2 users; hits on own places: by-hand 0.0 % of 2 acts, learned 100.0 % of 2 acts"
    shown = screen(board, simulated=True)
    assert told in shown
    assert "too early for learned against by-hand" in shown
    assert "no measure of quality" in shown
    assert any(told in line for line in plain_lines(board, 3.0, NOW))
    summary = summarize(board, data="d", simulated=True, began=NOW, streaming=NOW, ended=NOW, restarts=0)
    assert any(told in line for line in summary.lines())
    assert json.loads(json.dumps(summary.as_json()))["experiments"][0]["variants"][1]["hit_rate_at_10"] == 1.0
