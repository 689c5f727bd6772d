"""How a demo run ended: the figures that `--json` prints and the words for people."""

from __future__ import annotations

from dataclasses import dataclass, fields

import msgspec

from streams.core.experiments.report import ExperimentReport
from streams.demo.board import Board
from streams.demo.experiment import words

CAVEAT = "; visitors who choose from the lists, so no measure of quality"


@dataclass(frozen=True, slots=True)
class Summary:
    """One run. Times in seconds, freshness in milliseconds, hit rates 0 to 1; None where nothing was measured."""

    data: str
    simulated_visitors: bool
    seconds: float
    first_list_after_s: float | None
    events_sent: int
    events_in: int
    items_sent: int
    items_encoded: int
    lists_pushed: int
    users_with_lists: int
    dead_letters: dict[str, int]
    freshness_p50_ms: float | None
    freshness_p99_ms: float | None
    acts_scored: int
    hit_rate_at_10: float | None
    popularity_hit_rate_at_10: float | None
    hit_rate_is_no_measure: bool
    worker_restarts: int
    experiments: tuple[ExperimentReport, ...] = ()

    def as_json(self) -> dict[str, object]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
        built: dict[str, object] = msgspec.to_builtins(rounded)
        return built

    def lines(self) -> list[str]:
        """The closing words, one fact a line."""
        after = "never" if self.first_list_after_s is None else f"after {self.first_list_after_s:.1f} s"
        who = "simulated visitors" if self.simulated_visitors else "users (real acts, replayed)"
        dead = sum(self.dead_letters.values())
        codes = ", ".join(f"{code} x{count}" for code, count in sorted(self.dead_letters.items()))
        fresh = (
            "no list, so no freshness"
            if self.freshness_p50_ms is None or self.freshness_p99_ms is None
            else f"freshness p50 {self.freshness_p50_ms:.0f} ms, p99 {self.freshness_p99_ms:.0f} ms (act to list)"
        )
        return [
            f"{self.data}: {self.seconds:.0f} s",
            f"{self.events_in} acts in, {self.items_encoded} of {self.items_sent} items encoded",
            f"{self.lists_pushed} lists pushed to {self.users_with_lists} {who}, the first {after}",
            fresh,
            f"hit rate@10 {percent(self.hit_rate_at_10)}, plain popularity {percent(self.popularity_hit_rate_at_10)} "
            f"({self.acts_scored} acts scored{CAVEAT if self.hit_rate_is_no_measure else ''})",
            *(
                f"experiment {line}" if n % 2 == 0 else f"  {line}{CAVEAT if self.hit_rate_is_no_measure else ''}"
                for n, line in enumerate(words(self.experiments))
            ),
            f"{dead} dead letters{f' ({codes})' if codes else ''}, {self.worker_restarts} worker restarts",
        ]


def percent(share: float | None) -> str:
    return "not yet" if share is None else f"{100 * share:.1f} %"


def caveat(board: Board) -> str:
    """What must be said beside a hit rate."""
    return CAVEAT if board.chosen_from_lists else ""


def summarize(
    board: Board, *, data: str, simulated: bool, began: float, streaming: float, ended: float, restarts: int
) -> Summary:
    """The run on `board`: the command began, the first event was sent and all ended at these times (Unix s)."""
    fresh = board.freshness_ms()
    return Summary(
        data=data,
        simulated_visitors=simulated,
        seconds=ended - streaming,
        first_list_after_s=None if board.first_list_at is None else board.first_list_at - began,
        events_sent=board.events_sent,
        events_in=board.events_in,
        items_sent=board.items_sent,
        items_encoded=board.items_encoded,
        lists_pushed=board.lists_out,
        users_with_lists=len(board.users),
        dead_letters=dict(board.dead_letters),
        freshness_p50_ms=fresh[0] if fresh else None,
        freshness_p99_ms=fresh[1] if fresh else None,
        acts_scored=board.quality.evaluated["upwell"],
        hit_rate_at_10=board.quality.hit_rate("upwell"),
        hit_rate_is_no_measure=board.chosen_from_lists,
        popularity_hit_rate_at_10=board.quality.hit_rate("popularity"),
        worker_restarts=restarts,
        experiments=tuple(board.experiments()),
    )
