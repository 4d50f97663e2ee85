"""Slow questions hold up nobody else, and requests that state two lengths are refused."""

import threading
import time
from typing import Any

import anyio
import msgspec
import pytest

from infrastruktur.http.guards import admit, guard

SLOW = (
    "/planning/gaps",
    "/reach/isochrones",
    "/collections/luecken/items?datetime=2020-01-01",
    "/x?d%61tetime=1",
    "/collections/angebote/download?f=xlsx",
)
QUICK = ("/", "/health/live", "/collections/angebote/items?limit=10", "/collections/luecken/items")


async def stay() -> Any:
    """Receive from a client who has asked and stays."""
    await anyio.sleep_forever()


class Door:
    """An application whose answers wait until somebody opens; counts who is inside."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.opened = anyio.Event()
        self.inside = 0
        self.app: Any = admit(self._answer, at_once=at_once, waiting=waiting)  # type: ignore[arg-type]

    async def _answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.inside += 1
        await self.opened.wait()
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def ask(self, url: str, told: list[Any], receive: Any = stay) -> None:
        path, _, query = url.partition("?")
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told.append((message["status"], dict(message["headers"])))

        await self.app(scope, receive, send)


@pytest.mark.parametrize("url", SLOW)
def test_h02_so_many_compute_so_many_wait_and_the_next_comes_again(url: str) -> None:
    async def run() -> None:
        door, told = Door(at_once=2, waiting=3), list[Any]()
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(door.ask, url, told)
            await anyio.wait_all_tasks_blocked()
            assert door.inside == 2
            ((status, headers),) = told
            assert (status, headers[b"retry-after"]) == (503, b"10")
            door.opened.set()
        assert sorted(status for status, _ in told) == [200] * 5 + [503]

    anyio.run(run)


@pytest.mark.parametrize("url", QUICK)
def test_h02_what_is_quick_never_waits(url: str) -> None:
    async def run() -> None:
        door, told = Door(at_once=1, waiting=0), list[Any]()
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(door.ask, url, told)
            await anyio.wait_all_tasks_blocked()
            assert door.inside == 5
            door.opened.set()

    anyio.run(run)


def test_j03_a_slow_reader_holds_no_seat_and_a_failure_gives_it_back() -> None:
    async def run() -> None:
        reading = anyio.Event()

        async def answer(scope: Any, _receive: Any, send: Any) -> None:
            if scope["query_string"] == b"break":
                await send({"type": "http.response.start", "status": 500, "headers": []})
                raise ConnectionError
            await send({"type": "http.response.start", "status": 200, "headers": []})
            if scope["query_string"] == b"slow":
                await reading.wait()

        app: Any = admit(answer, at_once=1, waiting=5)  # type: ignore[arg-type]
        begun = list[Any]()

        async def ask(query: bytes) -> None:
            async def send(message: Any) -> None:
                begun.append(message["status"])

            scope = {"type": "http", "method": "GET", "path": "/planning/gaps", "query_string": query}
            if query == b"break":
                with pytest.raises(ConnectionError):
                    await app(scope, stay, send)
            else:
                await app(scope, stay, send)

        async with anyio.create_task_group() as group:
            for query in (b"slow", b"slow", b"break", b"", b""):
                group.start_soon(ask, query)
            await anyio.wait_all_tasks_blocked()
            assert len(begun) == 5
            reading.set()

    anyio.run(run)


def test_j03_an_answer_that_never_begins_gives_its_seat_back() -> None:
    async def run() -> None:
        async def answer(_scope: Any, _receive: Any, _send: Any) -> None:
            raise ConnectionError

        app: Any = admit(answer, at_once=1, waiting=5)  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(ConnectionError), anyio.fail_after(2):
                await app({"type": "http", "method": "GET", "path": "/reach/x", "query_string": b""}, stay, None)

    anyio.run(run)


def test_j03_who_hangs_up_in_the_queue_leaves_it_at_once() -> None:
    async def run() -> None:
        door, told, hung_up = Door(at_once=1, waiting=1), list[Any](), anyio.Event()

        async def leave() -> Any:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async with anyio.create_task_group() as group:
            group.start_soon(door.ask, "/planning/gaps", told)
            await anyio.wait_all_tasks_blocked()
            group.start_soon(door.ask, "/planning/gaps", told, leave)
            await anyio.wait_all_tasks_blocked()
            hung_up.set()
            await anyio.wait_all_tasks_blocked()
            group.start_soon(door.ask, "/planning/gaps", told)  # takes the place that was left: no 503
            await anyio.wait_all_tasks_blocked()
            assert (door.inside, told) == (1, [])
            door.opened.set()
        assert [status for status, _ in told] == [200, 200]

    anyio.run(run)


def test_h02_twenty_busy_threads_leave_a_quick_page_quick(reopened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()
    api = reopened()
    monkeypatch.setattr("infrastruktur.http.collections.list_collections", lambda _context: opened.wait(20) and ())
    busy = [threading.Thread(target=api.get, args=("/collections",)) for _ in range(20)]
    for each in busy:
        each.start()
    try:
        begin = time.monotonic()
        assert api.get("/conformance").status_code == 200
        assert time.monotonic() - begin < 5
    finally:
        opened.set()
        for each in busy:
            each.join()


def test_b10_two_statements_of_a_length_are_refused() -> None:
    async def run() -> None:
        told = list[Any]()

        async def never(_scope: Any, _receive: Any, _send: Any) -> None:
            raise AssertionError

        async def send(message: Any) -> None:
            told.append(message)

        headers = [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")]
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
        await guard(never, 1000)(scope, None, send)  # type: ignore[arg-type]
        assert told[0]["status"] == 400
        assert (b"connection", b"close") in told[0]["headers"]
        assert msgspec.json.decode(told[1]["body"])["status"] == 400

    anyio.run(run)
