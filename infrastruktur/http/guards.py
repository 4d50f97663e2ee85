"""What holds for every answer before any route is asked: HEAD, CORS, size, and the browser's safety.

Wraps the whole application, because the framework answers a wrong path or method before it runs
the middleware of a route.
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from typing import Any
from urllib.parse import unquote_plus

import anyio
import msgspec
from litestar import HttpMethod, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from infrastruktur.domain.waiting import stays, waited_for
from infrastruktur.http.pages import STYLE
from infrastruktur.http.problems import MEDIA_TYPE, describe_status, list_methods

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_GERMAN = (b"content-language", b"de")
"""Titles, messages and pages are German where nothing else is said (RFC 9110, 8.5)."""
_SECURITY: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'".encode(),
    ),
    (b"referrer-policy", b"no-referrer"),
    # Public reading carries no cookies, so any page may read, and no origin is reflected.
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Content-Crs, Content-Disposition, Link, Location"),
]
_PREFLIGHT: list[tuple[bytes, bytes]] = [
    (
        b"access-control-allow-headers",
        b"Accept, Authorization, Content-Crs, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer",
    ),
    (b"access-control-max-age", b"86400"),
]


_READING_HEADERS = "Accept, Authorization, If-None-Match, Prefer"
AT_HOME = "at_home"
"""Marks a route by which somebody who shows no token may change what is stored, where only the administration gets in:
no foreign page in a browser there is given leave to ask for it (`opt` of the route)."""


class _Cased(bytes):
    """A header's name that keeps its case, which the server would lower."""

    __slots__ = ()

    def lower(self) -> "_Cased":
        return self


_CASED = {b"location": _Cased(b"Location")}
"""QGIS before 3.40.4 finds where a new thing is by this case only."""


def guard(app: ASGIApp, body_bytes: int) -> ASGIApp:
    """Wrap an application: security headers, CORS, HEAD as GET without its body, and a cap on bodies."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        method = scope["method"]
        send_checked = _sender(send, method)
        refused = _refuse(scope, body_bytes)
        if refused is not None:
            await _send_problem(send_checked, refused)
            return
        # The server's own scope stays: by it, it knows that a length without a body is right.
        asked = scope if method != "HEAD" else {**scope, "method": HttpMethod.GET}
        await app(asked, receive, send_checked)

    return guarded


def admit(app: ASGIApp, *, at_once: int, waiting: int) -> ASGIApp:
    """Let so many analyses compute at once and so many wait; the next is told to come again (503).

    They wait here, where waiting costs no thread and no memory: six searches side by side would fill
    a small machine's threads, and layers and health checks would stand behind them. Whose client hangs up leaves the
    queue at once; one that computes keeps its seat until its search has stopped, milliseconds later, for seats count
    what keeps the machine busy: given back before, they would let in as many as somebody cares to ask and hang up.
    """
    seats = anyio.Semaphore(at_once)
    inside = 0

    async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal inside
        if not _is_analysis(scope):
            # A request that came before the last was answered starts inside of it, and would inherit who left there.
            with waited_for(stays):
                await app(scope, receive, send)
            return
        if inside >= at_once + waiting:
            await _send_problem(send, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        inside += 1
        try:
            async with _watch(receive) as client:
                with client.queue:
                    await seats.acquire()
                if client.queue.cancelled_caught:
                    return
                seat = ExitStack()
                seat.callback(seats.release)
                with seat, waited_for(client.left.is_set):
                    await app(scope, receive, _leaving(send, seat, client.left))
        finally:
            inside -= 1

    return admitted


@dataclass(frozen=True)
class _Client:
    """Who asked: has it `left`, and the queue it stands in until then. The search looks from another thread."""

    left: Event = field(default_factory=Event)
    queue: anyio.CancelScope = field(default_factory=anyio.CancelScope)


@asynccontextmanager
async def _watch(receive: Receive) -> AsyncIterator[_Client]:
    """Notice when a client hangs up. No analysis reads a body, so whatever comes before is dropped."""
    client = _Client()

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        client.left.set()
        client.queue.cancel()

    listening = asyncio.create_task(listen())
    try:
        yield client
    finally:
        listening.cancel()


def _is_analysis(scope: Any) -> bool:
    """Tell what is read and may take seconds: figures, isochrones, files of whole layers, layers of other days."""
    if scope["type"] != ScopeType.HTTP or scope["method"] not in {"GET", "HEAD"}:
        return False
    if scope["path"].startswith(("/planning/", "/reach/")) or scope["path"].endswith("/download"):
        return True
    asked = unquote_plus(scope["query_string"].decode("latin-1"))
    return any(f"{name}=" in asked for name in ("datetime", "known_at", "von", "bis"))


def _leaving(send: Send, seat: ExitStack, left: Event) -> Send:
    """Give the seat back when the answer begins: it is computed by then, and its reader may be slow.

    Who has left is told nothing, not even that the search was cancelled.
    """

    async def send_leaving(message: Message) -> None:
        seat.close()
        if not left.is_set():
            await send(message)

    return send_leaving


def answer_options(routes: Iterable[HTTPRouteHandler]) -> Iterator[HTTPRouteHandler]:
    """Build the OPTIONS route of each address that has none of its own.

    The framework's own answer leaves out HEAD and is a 204; clients ask here whether they may edit,
    and Part 4 wants a 200 with the methods.
    """
    methods: dict[str, set[str]] = {}
    at_home: dict[str, set[str]] = {}
    for route in routes:
        for path in route.paths:
            methods.setdefault(path, set()).update(route.http_methods)
            at_home.setdefault(path, set()).update(route.http_methods if route.opt.get(AT_HOME) else ())
    for path, known in methods.items():
        if HttpMethod.OPTIONS not in known:
            yield _build_options(path, known, at_home[path])


def _build_options(path: str, known: set[str], at_home: set[str]) -> HTTPRouteHandler:
    """Build one; JSON from a foreign page needs leave for its Content-Type too, whatever is said of methods (CORS)."""
    headers = {"Allow": list_methods(known), "Access-Control-Allow-Methods": list_methods(known - at_home)}
    headers |= {"Access-Control-Allow-Headers": _READING_HEADERS} if at_home else {}

    def get_options() -> Response[bytes]:
        return Response(b"", headers=headers, media_type="text/plain")

    build = HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200, sync_to_thread=False)
    return build(get_options)


def _refuse(scope: Any, body_bytes: int) -> int | None:
    """Name the status of a request no route should see: a body beyond the cap, or NUL in the path.

    Two statements of a body's length are how requests are smuggled past a proxy (RFC 9112, 6.3).
    """
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or {b"content-length", b"transfer-encoding"} <= headers.keys():
        return 400
    if int(length[:20]) > body_bytes:
        return 413
    return 404 if "\x00" in scope["path"] else None


def _sender(send: Send, method: str) -> Send:
    async def send_checked(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(_CASED.get(name.lower(), name), value) for name, value in message["headers"]]
            said = {name.lower() for name, _ in own}
            further = [*_SECURITY, _GERMAN, *(_PREFLIGHT if method == "OPTIONS" else ())]
            headers = [*own, *(each for each in further if each[0] not in said)]
            await send({**message, "headers": headers})
        elif message["type"] == "http.response.body" and method == "HEAD":
            await send({**message, "body": b""})
        else:
            await send(message)

    return send_checked


async def _send_problem(send: Send, status: int) -> None:
    body = msgspec.json.encode(describe_status(status))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"retry-after", b"10")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
