"""When a worker is ready to be measured: what a user would call ready."""

from __future__ import annotations

import time

import msgspec

from bench import openloop
from streams.local.process import Child, last_words

_WITHIN_S = 180.0


def wait_ready(worker: Child, probe: openloop.Plan) -> None:
    """Return once the probe's events are answered by lists with something in them.

    Raises RuntimeError, with the log's last words, when the worker ends or takes longer than three minutes.
    """
    deadline = time.monotonic() + _WITHIN_S
    attempt = 0
    while worker.running and time.monotonic() < deadline:
        outcome = openloop.run(msgspec.structs.replace(probe, run=f"{probe.run}-{attempt}", grace_s=5.0))
        if not outcome.unanswered and outcome.places_mean >= 1:
            return
        attempt += 1
    state = f"gave no list within {_WITHIN_S:.0f} s" if worker.running else "ended while starting"
    raise RuntimeError(f"{worker.command.name} {state}; its log says: {last_words(worker.command.log)}")
