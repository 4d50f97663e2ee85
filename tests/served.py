"""Our application behind a socket, as foreign programs meet it, and what they asked it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import uvicorn

from infrastruktur.app import create_app
from infrastruktur.http.wire import Wire
from infrastruktur.settings import Settings


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Served:
    """A server that really listens, and its requests in the order they came."""

    settings: Settings
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings.base_url

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(f"{self.url}{path}", headers=named, timeout=60)

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def collections(self) -> list[str]:
        return [each["id"] for each in self.json("/collections")["collections"]]

    def pages(self, collection: str) -> list[Asked]:
        """List the requests for pages of one collection."""
        return [each for each in self.asked if each.path == f"/collections/{collection}/items" and each.method == "GET"]


@contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """Start the application on a free port; links in its answers lead to that port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = Served(msgspec.structs.replace(settings, base_url=f"http://127.0.0.1:{port}"))
    app = _recorded(create_app(opened.settings), opened.asked)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", http=Wire, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield opened
    finally:
        server.should_exit = True
        thread.join()


def _recorded(app: Any, asked: list[Asked]) -> Any:
    async def record(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            asked.append(Asked(scope["method"], scope["path"], query, headers))
        await app(scope, receive, send)

    return record
