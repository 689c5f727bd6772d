"""From any exception to one line for people and an exit code."""

from __future__ import annotations

import sys

from typer import Abort, TyperException

from streams.verbs._failure import ExitCode, Failure

# Errors of ours that are raised below the verbs: where they live, what to add to their own line, and the code.
# An error of a module that was never loaded cannot have been raised, and loading it here would slow failures down.
_OURS: tuple[tuple[str, str, str, ExitCode], ...] = (
    (
        "streams.ports.vector_index",
        "VectorIndexUnavailable",
        "{}; start it with `upwell up` or set UPWELL_MILVUS",
        ExitCode.UNREACHABLE,
    ),
    (
        "streams.ports.item_encoder",
        "EncoderUnavailable",
        "{}; start it with `upwell up` or set UPWELL_TRITON",
        ExitCode.UNREACHABLE,
    ),
    ("streams.admin", "TopicsMissing", "{}", ExitCode.NOT_FOUND),
    ("streams.datasets.report", "DatasetError", "{}", ExitCode.FAILED),
    ("streams.local.errors", "LocalError", "{}", ExitCode.FAILED),
)


def explain(error: BaseException) -> tuple[str, ExitCode]:
    """What happened and what to do, in one line, and the code for the shell."""
    if isinstance(error, Failure):
        message, code = str(error), error.code
    elif isinstance(error, TyperException):
        # Without a message it is a bare `upwell` or `upwell topics`, which has just printed its help.
        said = error.format_message()
        command = getattr(getattr(error, "ctx", None), "command_path", "upwell")
        message, code = said and f"{said} See `{command} --help`.", ExitCode(error.exit_code)
    elif isinstance(error, Abort | KeyboardInterrupt):
        message, code = "stopped", ExitCode.INTERRUPTED
    elif (found := _of_ours(error) or _of_settings(error) or _of_kafka(error)) is not None:
        message, code = found
    elif isinstance(error, FileNotFoundError):
        message, code = f"{error.filename}: no such file or folder", ExitCode.NOT_FOUND
    elif isinstance(error, OSError):
        message, code = str(error), ExitCode.FAILED
    else:
        message = f"unexpected {type(error).__name__}: {error} (run again with --debug for the trace)"
        code = ExitCode.FAILED
    return " ".join(message.split()), code


def _of_ours(error: BaseException) -> tuple[str, ExitCode] | None:
    for module, name, sentence, code in _OURS:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return sentence.format(error), code
    return None


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
    # What a broker answers carries the whole request in its text; its description is enough.
    said = getattr(error, "description", "") or ", ".join(map(str, error.args)) or type(error).__name__
    if isinstance(error, errors.UnknownTopicOrPartitionError):
        return f"a topic is missing ({said}); run `upwell topics create`", ExitCode.NOT_FOUND
    if isinstance(error, errors.KafkaTimeoutError | errors.KafkaConnectionError | errors.NodeNotReadyError):
        return f"Kafka did not answer ({said}); start it with `upwell up` or set UPWELL_KAFKA", ExitCode.UNREACHABLE
    return f"Kafka refused: {said}", ExitCode.FAILED
