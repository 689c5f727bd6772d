"""Exit codes of every verb, in one place, and the error that carries one to the shell."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell gets. The words beside each are printed by `upwell --help`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    TIMED_OUT = 5
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed, or some of the input was refused",
    ExitCode.USAGE: "wrong usage or wrong settings",
    ExitCode.NOT_FOUND: "no such user, item, file or topic",
    ExitCode.UNREACHABLE: "a part (Kafka, Milvus, a worker) cannot be reached",
    ExitCode.TIMED_OUT: "no answer within the time given",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
}


class Failure(Exception):
    """A verb's end in an error a person can act on: `message` is one line that says what happened and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code
