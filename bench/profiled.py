"""A worker that says where its processor time goes: `python -m bench.profiled FILE` is `upwell worker`, sampled.

Between the signals START and STOP the stack is taken every few milliseconds of *processor* time of the process
(ITIMER_PROF), so waiting is not counted and nothing is slowed down much. STOP writes the stacks, one line each with its
count: the "collapsed" format that flame-graph tools read.

Python looks for signals where a function begins and where a loop turns back. Time inside C code is therefore counted
for the next such place: that of compiled functions, and of a matrix product before one, for numba's `_numba_unpickle`,
which hands their results back. Time of other threads counts for whatever the main thread is doing.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

# Real-time signals: Faust's service framework has a use of its own for SIGUSR1 and SIGUSR2.
START, STOP = signal.SIGRTMIN, signal.SIGRTMIN + 1
_EVERY_S = 0.004
_EVERYWHERE = 0.98
_SITE_PACKAGES = "site-packages/"


class Sampler:
    """Stacks seen, root first, with how often."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stacks: Counter[str] = Counter()

    def install(self) -> None:
        """Must be called in the main thread, where Python runs signal handlers."""
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(START, self._start)
        signal.signal(STOP, self._write)

    def _start(self, _number: int, _frame: FrameType | None) -> None:
        self._stacks.clear()
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def _write(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        partial = self._file.with_suffix(".partial")
        partial.write_text("".join(f"{stack} {n}\n" for stack, n in self._stacks.most_common()), encoding="utf-8")
        partial.replace(self._file)

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        self._stacks[";".join(reversed(list(_names(frame))))] += 1


def _names(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        file = frame.f_code.co_filename
        short = file.rpartition(_SITE_PACKAGES)[2] if _SITE_PACKAGES in file else "/".join(Path(file).parts[-3:])
        yield f"{short}:{frame.f_code.co_qualname}"
        frame = frame.f_back


def summary(stacks: Iterable[str], most: int = 25) -> dict[str, object]:
    """From collapsed stacks: the functions with the largest own share and with the largest share including callees."""
    own: Counter[str] = Counter()
    including: Counter[str] = Counter()
    total = 0
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        names = stack.split(";")
        total += int(count)
        own[names[-1]] += int(count)
        for name in set(names):
            including[name] += int(count)
    return {
        "samples": total,
        "own_share": {name: round(n / total, 3) for name, n in own.most_common(most)},
        # What is on every stack (the event loop, the command line) says nothing.
        "including_callees_share": {
            name: round(n / total, 3) for name, n in including.most_common(3 * most) if n < _EVERYWHERE * total
        },
    }


def main() -> None:
    from streams import cli

    Sampler(Path(sys.argv[1])).install()
    sys.exit(cli.run(["worker", *sys.argv[2:]]))


if __name__ == "__main__":
    main()
