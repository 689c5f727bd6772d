"""Questions to the workers' HTTP servers: any worker answers, or sends on to the one that knows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from streams.verbs._failure import ExitCode, Failure

TIMEOUT_S = 10.0


def ask_worker(workers: Sequence[str], path: str, *identifiers: str) -> Any:
    """The JSON answer of the first worker that can be reached to GET `path`/`identifier`, or more of them in turn.

    Raises Failure: NOT_FOUND with the worker's own words, UNREACHABLE when no worker answers.
    """
    return asyncio.run(_ask(workers, "/".join([path, *(quote(one, safe="") for one in identifiers)])))


async def _ask(workers: Sequence[str], path: str) -> Any:
    reasons = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
        for worker in workers:
            try:
                async with session.get(URL(worker + path, encoded=True)) as response:
                    return _answer(response.status, await response.read())
            except TimeoutError:
                reasons.append(f"{worker}: no answer within {TIMEOUT_S:g} s")
            except aiohttp.ClientError as error:
                reasons.append(f"{worker}: {error}")
    message = f"no worker answers ({'; '.join(reasons)}); start one with `upwell up` or give --worker URL"
    raise Failure(message, ExitCode.UNREACHABLE)


def _answer(status: int, body: bytes) -> Any:
    if status == 200:
        return msgspec.json.decode(body)
    try:
        said = msgspec.json.decode(body, type=dict[str, Any]).get("error", "")
    except msgspec.DecodeError:  # not one of our answers: a proxy's, or another server's on that port
        said = ""
    codes = {404: ExitCode.NOT_FOUND, 503: ExitCode.UNREACHABLE}
    raise Failure(said or f"the worker answered with status {status}", codes.get(status, ExitCode.FAILED))
