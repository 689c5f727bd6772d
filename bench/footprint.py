"""Processor time and memory of each part while something is measured."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType

import psutil

_EVERY_S = 0.5


class Footprint:
    """Samples process trees between `with` and its end.

    `cpu_s` is user plus system seconds spent by the tree in that time; `rss_mb` the largest sum of resident memory
    seen (MB, pages shared within a tree are counted once per process). A part whose processes end early keeps what
    was last seen of them.
    """

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = dict(roots)
        self._first: dict[str, dict[int, float]] = {name: {} for name in roots}
        self._last: dict[str, dict[int, float]] = {name: {} for name in roots}
        self._rss: dict[str, float] = dict.fromkeys(roots, 0.0)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="footprint", daemon=True)

    def __enter__(self) -> Footprint:
        self._sample()
        self._first = {name: dict(seen) for name, seen in self._last.items()}
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._sample()

    def parts(self) -> dict[str, dict[str, float]]:
        """Per part: `cpu_s` and `rss_mb`."""
        return {
            name: {
                "cpu_s": round(sum(s - self._first[name].get(pid, 0.0) for pid, s in self._last[name].items()), 2),
                "rss_mb": round(self._rss[name], 1),
            }
            for name in self._roots
        }

    def _run(self) -> None:
        while not self._done.wait(_EVERY_S):
            self._sample()

    def _sample(self) -> None:
        for name, root in self._roots.items():
            memory = 0
            for process in _tree(root):
                try:
                    with process.oneshot():
                        times = process.cpu_times()
                        self._last[name][process.pid] = times.user + times.system
                        memory += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue  # it ended between being listed and being asked
            self._rss[name] = max(self._rss[name], memory / 1e6)


def _tree(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
