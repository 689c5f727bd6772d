"""Logs: structlog, for people (console) or for machines (one JSON object a line), to standard error.

Faust, aiokafka and everything else that uses the standard library's logging goes through the same processors. Event and
list ids are bound with `about(...)`; user ids are replaced by tags unless `log_users` is set.
"""

from __future__ import annotations

import contextlib
import logging.config
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import structlog
from structlog.types import Processor

from streams.observe.privacy import Pseudonyms
from streams.settings import Settings

# Their debug and info records are built even when dropped: 9 % of a busy worker's CPU.
_CHATTY = ("aiokafka", "faust", "mode", "kafka", "pymilvus", "aiohttp.access", "urllib3")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging for this process; call once, before the first line."""
    shared = _shared(settings)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(stdlib_config(settings, stream))


def stdlib_config(settings: Settings, stream: TextIO | None = None) -> dict[str, Any]:
    """A `logging.config` dictionary; also what Faust takes as `logging_config`, so that it does not set up its own."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "upwell": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *_shared(settings)],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderer(settings, stream),
                ],
            }
        },
        "handlers": {
            "upwell": {"class": "logging.StreamHandler", "formatter": "upwell", "stream": stream or sys.stderr}
        },
        "root": {"level": _level(settings), "handlers": ["upwell"]},
        "loggers": {name: {"level": max(logging.WARNING, _level(settings))} for name in _CHATTY},
    }


@contextlib.contextmanager
def quiet_tool(settings: Settings) -> Iterator[None]:
    """For a command that prints results: what its parts log goes to standard error, from warnings on unless a level was
    asked for. Afterwards everything is as it was.
    """
    before = structlog.get_config()
    level = _level(settings) if "log_level" in settings.model_fields_set else logging.WARNING
    structlog.configure(
        processors=[*(one for one in _shared(settings) if one is not _NAMED), *_renderer(settings, None)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


@contextlib.contextmanager
def about(**ids: str | int | None) -> Iterator[None]:
    """Binds ids (event_id, list_id, item_id, topic, partition, offset) to every line logged inside, tasks included."""
    with structlog.contextvars.bound_contextvars(**{name: value for name, value in ids.items() if value is not None}):
        yield


def _shared(settings: Settings) -> list[Processor]:
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _NAMED,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    return chain if settings.log_users else [*chain, _PSEUDONYMS]


# One key per process: lines from structlog and from the standard library must give a user the same tag.
_PSEUDONYMS = Pseudonyms()
_NAMED = structlog.stdlib.add_logger_name  # only the standard library's loggers have a name


def _renderer(settings: Settings, stream: TextIO | None) -> list[Processor]:
    # Plain traces: the pretty ones print local variables, and with them whatever the event held.
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    colours = (stream or sys.stderr).isatty()
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


def _level(settings: Settings) -> int:
    return logging.getLevelNamesMapping()[settings.log_level.upper()]
