"""Runs a measuring module in a process of its own: plan in as JSON, outcome back as JSON."""

from __future__ import annotations

import subprocess
import sys
from typing import TypeVar

import msgspec

Outcome = TypeVar("Outcome", bound=msgspec.Struct)
Plan = TypeVar("Plan", bound=msgspec.Struct)


def ask(module: str, plan: msgspec.Struct, outcome: type[Outcome], *, longest_s: float) -> Outcome:
    """`python -m module` with `plan` on its standard input. Raises RuntimeError with what it said when it failed."""
    done = subprocess.run(  # noqa: S603  our own module, our own interpreter
        [sys.executable, "-m", module],
        input=msgspec.json.encode(plan),
        capture_output=True,
        timeout=longest_s,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr.decode(errors='replace').strip()[-2000:]}")
    return msgspec.json.decode(done.stdout, type=outcome)


def told(plan: type[Plan]) -> Plan:
    """The plan that this process was given."""
    return msgspec.json.decode(sys.stdin.buffer.read(), type=plan)


def answer(outcome: msgspec.Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
