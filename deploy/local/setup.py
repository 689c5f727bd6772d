"""`make setup`: makes everything ready. Run as `python3.11 -m deploy.local.setup` in the root.

What is up to date is skipped, so a second run takes a moment and downloads nothing.
"""

from __future__ import annotations

import fcntl
import sys
import time

from deploy.local import needs
from deploy.local.stamps import Stamps, digest
from deploy.local.steps import PARTS, Step, steps


def run(wanted: tuple[Step, ...], stamps: Stamps) -> int:
    """Do the steps that are not up to date, saying which of how many; the number of steps done."""
    digests = {step.name: digest(step.inputs, *step.facts) for step in wanted}
    stale = [step for step in wanted if not stamps.fresh(step.name, digests[step.name], step.makes)]
    if stale:
        needs.supply(needs.missing())
    for number, step in enumerate(stale, 1):
        print(f"setup: [{number}/{len(stale)}] {step.what}", flush=True)
        begun = time.monotonic()
        stamps.forget(step.name)
        step.run()
        if gone := [str(path) for path in step.makes if not path.exists()]:
            raise needs.SetupError(f"the step made no {', '.join(gone)}; run `make clean-parts setup`")
        stamps.mark(step.name, digests[step.name])
        print(f"setup: [{number}/{len(stale)}] done in {time.monotonic() - begun:.0f} s", flush=True)
    return len(stale)


def main() -> int:
    """Exit code: 0 ready, 1 an error in one line, 130 stopped."""
    PARTS.mkdir(exist_ok=True)
    try:
        needs.check_python()
        with (PARTS / "setup.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("setup: another setup is at work here; waiting for it", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            run(steps(), Stamps(PARTS / "stamps"))
    except needs.SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; the next run goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
