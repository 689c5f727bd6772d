"""The worker's HTTP server: what it is, how it is, and what it knows of users and items.

GET /health (live), /ready, /metrics, /status, /recommendations/{user}?k=, /profiles/{user}, /items/{item},
/explanations/{user}/{item}, /experiments.
A user's state lives on the worker that owns its partition: any other worker redirects there (307).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.core.experiments.report import ExperimentReport
from streams.core.explain import Explanation
from streams.events import RecommendationList

_MAX_K = 200


class Answers(Protocol):
    """What the server asks of the running worker. `None` means: no such user or item."""

    def owner_of(self, user_id: str) -> str | None:
        """Base URL of the worker that holds the user, or None when it is this one. Raises NotAssigned."""

    async def recommend(self, user_id: str, k: int) -> RecommendationList: ...
    async def explain(self, user_id: str, item_id: str) -> Explanation: ...
    def profile(self, user_id: str) -> dict[str, Any] | None: ...
    def item(self, item_id: str) -> dict[str, Any] | None: ...
    def status(self) -> dict[str, Any]: ...
    def experiments(self) -> list[ExperimentReport]: ...
    def live(self) -> dict[str, str]:
        """Failing checks by name, with what to do; empty = healthy."""

    def unready(self) -> dict[str, str]:
        """Why the worker is not ready to serve yet; empty = ready."""


class NotAssigned(Exception):
    """No worker owns the user's partition just now (a rebalance is under way)."""


class WebServer(Service):
    """Serves `Answers` over HTTP on one address; starts and stops with the worker."""

    abstract = False
    mundane_level = "debug"

    def __init__(self, answers: Answers, host: str, port: int) -> None:
        super().__init__()
        self._answers = answers
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        self._runner = web.AppRunner(self._routes(), access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def on_stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _routes(self) -> web.Application:
        app = web.Application(middlewares=[_errors_as_json])
        app.router.add_get("/health", self._health)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", _metrics)
        app.router.add_get("/status", self._status)
        app.router.add_get("/recommendations/{user}", self._recommendations)
        app.router.add_get("/explanations/{user}/{item}", self._explanation)
        app.router.add_get("/profiles/{user}", self._profile)
        app.router.add_get("/items/{item}", self._item)
        app.router.add_get("/experiments", self._experiments)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return _checks(self._answers.live())

    async def _ready(self, _: web.Request) -> web.Response:
        return _checks(self._answers.unready())

    async def _status(self, _: web.Request) -> web.Response:
        return _json(self._answers.status())

    async def _experiments(self, _: web.Request) -> web.Response:
        return _json(self._answers.experiments())

    async def _item(self, request: web.Request) -> web.Response:
        item_id = request.match_info["item"]
        found = self._answers.item(item_id)
        if found is None:
            return _json({"error": f"item {item_id!r} is not known; publish it to the content topic"}, 404)
        return _json(found)

    async def _profile(self, request: web.Request) -> web.Response:
        user_id = request.match_info["user"]
        self._redirect_to_owner(request, user_id)
        found = self._answers.profile(user_id)
        if found is None:
            return _json({"error": f"user {user_id!r} has no profile yet; publish an event of theirs"}, 404)
        return _json(found)

    async def _recommendations(self, request: web.Request) -> web.Response:
        user_id = request.match_info["user"]
        k = _k_of(request)
        self._redirect_to_owner(request, user_id)
        return _json(await self._answers.recommend(user_id, k))

    async def _explanation(self, request: web.Request) -> web.Response:
        user_id, item_id = request.match_info["user"], request.match_info["item"]
        self._redirect_to_owner(request, user_id)
        return _json(await self._answers.explain(user_id, item_id))

    def _redirect_to_owner(self, request: web.Request, user_id: str) -> None:
        owner = self._answers.owner_of(user_id)
        if owner is not None:
            raise web.HTTPTemporaryRedirect(owner.rstrip("/") + request.path_qs)


def _k_of(request: web.Request) -> int:
    try:
        k = int(request.query.get("k", "10"))
    except ValueError:
        k = 0
    if not 1 <= k <= _MAX_K:
        raise web.HTTPBadRequest(text=f"k must be a whole number from 1 to {_MAX_K}")
    return k


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", status=status)


def _checks(failing: dict[str, str]) -> web.Response:
    return _json({"ok": not failing, "failing": failing}, 503 if failing else 200)


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal is JSON with one line that says what to do."""
    try:
        return await handler(request)
    except NotAssigned:
        return _json({"error": "partitions are being assigned; try again in a moment"}, 503)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        return _json({"error": error.text or error.reason}, error.status)
