"""Runs an app as a worker process: uvloop, signals, exit code."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import uvloop
from faust.worker import Worker

if TYPE_CHECKING:
    import faust
    from mode import Service


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
        return int(ended.code or 0)
    except Exception as error:  # noqa: BLE001 - the process's outermost frame: say why, and leave with 1
        print(f"The worker stopped: {error}", file=sys.stderr)
        return 1
    return 0
