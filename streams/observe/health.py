"""Is this worker alive, and may it be asked? Two questions, two answers, each with what to do.

*Live* is what a restart mends: a stuck event loop, or work waiting that nobody commits (an agent can look alive and
have stopped consuming; only offsets tell). *Ready* is what time mends: views still reading, a neighbour not reachable.
Pure: the time comes in as an argument, seconds on any monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Check = Callable[[float], str | None]
"""Takes the time now (s); gives None when well, else one line: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a worker has committed and what waits, per (topic, partition): offsets, and events of lag."""

    committed: Mapping[tuple[str, int], int]
    lag: Mapping[tuple[str, int], int]


@dataclass(slots=True)
class CommitWatch:
    """Fails when a partition was seen to have lag for `stalled_after_s` and its committed offset has not moved.

    `excused` gives the topics whose stage stands still on purpose, until a neighbour is back. It is asked with every
    look and again with every answer: a stage may have begun to wait since the last look.
    """

    stalled_after_s: float
    excused: Callable[[], set[str]] = set
    _since: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)

    def update(self, progress: Progress, now: float) -> None:
        """Called with every look at the broker; partitions that are no longer there are forgotten."""
        excused, seen = self.excused(), {}
        for partition, offset in progress.committed.items():
            if progress.lag.get(partition, 0) > 0 and partition[0] not in excused:
                before = self._since.get(partition)
                seen[partition] = before if before is not None and before[0] == offset else (offset, now)
        self._since = seen

    def stuck(self, now: float) -> list[tuple[str, int]]:
        """The partitions that wait too long, sorted."""
        late = [partition for partition, (_, since) in self._since.items() if now - since > self.stalled_after_s]
        excused = self.excused() if late else set()
        return sorted(partition for partition in late if partition[0] not in excused)

    def __call__(self, now: float) -> str | None:
        stuck = self.stuck(now)
        if not stuck:
            return None
        names = ", ".join(f"{topic}/{partition}" for topic, partition in stuck[:5])
        return f"events wait but nothing was committed for {self.stalled_after_s:g} s on {names}: restart this worker"


@dataclass(slots=True)
class LoopWatch:
    """Fails when the event loop has not beaten for `stuck_after_s`. Ask from a thread: a stuck loop answers nobody."""

    stuck_after_s: float = 10.0
    _last: float | None = None

    def beat(self, now: float) -> None:
        self._last = now

    def __call__(self, now: float) -> str | None:
        if self._last is None or now - self._last <= self.stuck_after_s:
            return None
        return f"the event loop has not run for {now - self._last:.0f} s: restart this worker"


@dataclass(slots=True)
class Health:
    """The checks of one worker by name."""

    _live: dict[str, Check] = field(default_factory=dict)
    _ready: dict[str, Check] = field(default_factory=dict)

    def must_live(self, name: str, check: Check) -> None:
        """A failure means: restart the worker."""
        self._live[name] = check

    def must_be_ready(self, name: str, check: Check) -> None:
        """A failure means: send no requests yet."""
        self._ready[name] = check

    def need(self, name: str, satisfied: Callable[[], bool], otherwise: str) -> None:
        """A readiness check that is a plain yes or no, with the line to give when it is no."""
        self.must_be_ready(name, lambda _now: None if satisfied() else otherwise)

    def failing_live(self, now: float) -> dict[str, str]:
        """Failing checks by name; empty means alive."""
        return _failing(self._live, now)

    def failing_ready(self, now: float) -> dict[str, str]:
        """Failing checks by name, the live ones included; empty means ready."""
        return {**_failing(self._live, now), **_failing(self._ready, now)}


def _failing(checks: Mapping[str, Check], now: float) -> dict[str, str]:
    answers = {name: check(now) for name, check in checks.items()}
    return {name: answer for name, answer in answers.items() if answer is not None}
