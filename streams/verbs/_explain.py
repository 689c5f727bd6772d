"""From any exception to one line for people and an exit code."""

from __future__ import annotations

import sys

from typer import Abort, TyperException

from streams.verbs._failure import ExitCode, Failure


def explain(error: BaseException) -> tuple[str, ExitCode]:
    """What happened and what to do, in one line, and the code for the shell.

    Vendors' errors are recognised only where the vendor was imported: an error of a library that was never loaded
    cannot have been raised, and importing it here would slow every failure down.
    """
    if isinstance(error, Failure):
        message, code = str(error), error.code
    elif isinstance(error, TyperException):
        # Without a message it is a bare `upwell` or `upwell topics`, which has just printed its help.
        said = error.format_message()
        message, code = said and f"{said} See `upwell --help`.", ExitCode(error.exit_code)
    elif isinstance(error, Abort):
        message, code = "stopped", ExitCode.INTERRUPTED
    elif (found := _of_settings(error) or _of_kafka(error) or _of_index(error)) is not None:
        message, code = found
    elif isinstance(error, FileNotFoundError):
        message, code = f"{error.filename}: no such file or folder", ExitCode.NOT_FOUND
    elif isinstance(error, OSError):
        message, code = str(error), ExitCode.FAILED
    else:
        message = f"unexpected {type(error).__name__}: {error} (run again with --debug for the trace)"
        code = ExitCode.FAILED
    return " ".join(message.split()), code


def _of_settings(error: BaseException) -> tuple[str, ExitCode] | None:
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(error, pydantic.ValidationError):
        return None
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    message = f"setting {name}: {first['msg']} (got {first['input']!r}); correct UPWELL_{name.upper()} or the TOML file"
    return message, ExitCode.USAGE


def _of_kafka(error: BaseException) -> tuple[str, ExitCode] | None:
    errors = sys.modules.get("kafka.errors")
    if errors is None or not isinstance(error, errors.KafkaError):
        return None
    if isinstance(error, errors.UnknownTopicOrPartitionError):
        return f"a topic is missing ({error}); run `upwell topics create`", ExitCode.NOT_FOUND
    if isinstance(error, errors.KafkaTimeoutError | errors.KafkaConnectionError | errors.NodeNotReadyError):
        return f"Kafka did not answer ({error}); start it with `upwell up` or set UPWELL_KAFKA", ExitCode.UNREACHABLE
    return f"Kafka refused: {error}", ExitCode.FAILED


def _of_index(error: BaseException) -> tuple[str, ExitCode] | None:
    port = sys.modules.get("streams.ports.vector_index")
    if port is None or not isinstance(error, port.VectorIndexUnavailable):
        return None
    return (
        f"the vector index did not answer ({error}); start it with `upwell up` or set UPWELL_MILVUS",
        ExitCode.UNREACHABLE,
    )
