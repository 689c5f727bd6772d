"""Runs an app as a worker process: uvloop, signals, exit code."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import uvloop
from faust.worker import Worker

if TYPE_CHECKING:
    import faust
    from mode import Service

log = logging.getLogger("upwell.engine")


def run_worker(app: faust.App, *services: Service) -> int:
    """Blocks until the worker ends: 0 after SIGTERM or SIGINT, 1 after a crash.

    A first signal finishes the batches in hand, commits and leaves the group; `services` start before the app and
    stop after it.
    """
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = Worker(app, *services, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        if ended.code:
            log.error("The worker stopped: %s", worker.crash_reason or "it could not start, see above")
        return int(ended.code or 0)
    return 0
