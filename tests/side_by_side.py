"""`make test`: two lines of work side by side, since tests on real parts wait a good deal and leave a core.

The one, shown as it goes: the tests on real parts that have servers stopped and killed. Beside it, shown after it as a
whole: types, unit and property tests, then the other tests on real parts, with servers of their own. The exit code is
that of the first of them that failed. For some of the tests: `make test PYTEST=tests/unit`, one after the other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ALONE = ("tests/unit", "tests/property")  # start no servers; every other folder of tests counts as one that does
PYTEST = (sys.executable, "-m", "pytest", f"--color={'yes' if sys.stdout.isatty() else 'auto'}")
# Enough of the tests on real parts to make both lines about as long.
OTHERS = ("tests/contract", *sorted(map(str, Path("tests/integration").glob("test_[l-z]*.py"))))
NAMES = ("tests on real parts", "types", "tests alone", "other tests on real parts")
# Each with a memory of its own for `--lf`, and those that start no servers yield: the others have deadlines.
ON_PARTS = (*PYTEST, *(f"--ignore={one}" for one in (*ALONE, *OTHERS)))
BESIDE = (
    ("nice", str(Path(sys.executable).with_name("mypy"))),
    ("nice", *PYTEST, "--override-ini=cache_dir=.pytest_cache/alone", *ALONE),
    (*PYTEST, "--override-ini=cache_dir=.pytest_cache/others", *OTHERS),
)


def main() -> int:
    """Exit code: 0 when all is well."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said, ThreadPoolExecutor(1) as thread:
        beside = thread.submit(lambda: [finished(line, said) for line in BESIDE])
        codes = [finished(ON_PARTS)]
        if not beside.done():
            print("These are done; types and the other tests are still at work.", flush=True)
        codes += beside.result()
        said.seek(0)
        print("\nTypes and the other tests said:", flush=True)
        sys.stdout.buffer.write(said.read())
    failed = [name for name, code in zip(NAMES, codes, strict=True) if code]
    print(f"{'failed: ' + ', '.join(failed) if failed else 'all is well'} after {time.monotonic() - began:.0f} s")
    return next((code for code in codes if code), 0)


def finished(command: Sequence[str], said: IO[bytes] | None = None) -> int:
    """Runs a command to its end, its output to `said` if given; the exit code."""
    with subprocess.Popen(command, stdout=said, stderr=None if said is None else subprocess.STDOUT) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # it has got the signal as well, and takes down what it has started
                continue


if __name__ == "__main__":
    sys.exit(main())
