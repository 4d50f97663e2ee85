"""Who hangs up stops what was computed for them: a server that really listens, and a search slowed down and counted."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from served import served

from infrastruktur.routing import isochrone, search
from infrastruktur.settings import Limits

ONE_SEAT = Limits(analyses_at_once=1)
STEPS = 60
STEP_S = 0.1


@dataclass
class Slowed:
    """Steps of a search: counted, and each as long as on a network of a whole Land."""

    steps: int = 0
    begun: threading.Event = field(default_factory=threading.Event)

    def step(self) -> None:
        self.steps += 1
        self.begun.set()
        time.sleep(STEP_S)


@pytest.fixture
def url(geopackage_api: Any) -> Iterator[str]:
    limits = msgspec.structs.replace(ONE_SEAT, isochrone_points=STEPS)
    with served(msgspec.structs.replace(geopackage_api.settings, limits=limits)) as listening:
        yield listening.url


@contextmanager
def asked(url: str, path: str) -> Iterator[None]:
    """Ask and hang up at the end, whatever has come by then."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield


def write_places(centre: str) -> str:
    """Write one place as many, short enough for a parameter."""
    return ";".join([",".join(f"{float(part):.4f}" for part in centre.split(","))] * STEPS)


def hang_up_in_the_middle(url: str, path: str, slowed: Slowed, centre: str) -> None:
    with asked(url, path):
        assert slowed.begun.wait(30)
    # There is one seat: this one is answered when the search has given it back.
    following = httpx.get(f"{url}/reach/matrix?von={centre}&nach={centre}&modus=rad", timeout=60)
    assert following.status_code == 200
    stopped = slowed.steps
    assert 0 < stopped < STEPS / 2
    httpx.get(f"{url}/reach/matrix?von={centre}&nach={centre}&modus=rad", timeout=60)
    assert slowed.steps == stopped


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give what was logged as a failure; clients in other tests make libraries tell of every request."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_j03_a_matrix_stops_between_blocks(
    url: str, geopackage_api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slowed = Slowed()

    def run_slowly(run: Any, begins: range) -> Any:
        return run_blocks((lambda begin: (slowed.step(), run(begin))[1]) if len(begins) > 1 else run, begins)

    run_blocks = search.run_blocks
    monkeypatch.setattr(search, "_BLOCK", 1)
    monkeypatch.setattr(search, "_sweep_pays", lambda _journeys: False)
    monkeypatch.setattr(search, "run_blocks", run_slowly)
    many = write_places(geopackage_api.centre)
    path = f"/reach/matrix?von={many}&nach={geopackage_api.centre}&modus=zu_fuss"
    hang_up_in_the_middle(url, path, slowed, geopackage_api.centre)
    assert not failures(caplog), "nothing failed, somebody left"


def test_j03_isochrones_stop_between_starts(
    url: str, geopackage_api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slowed = Slowed()

    def search_slowly(*given: Any, **named: Any) -> Any:
        slowed.step()
        return node_times(*given, **named)

    node_times = isochrone.node_times
    monkeypatch.setattr(isochrone, "node_times", search_slowly)
    many = write_places(geopackage_api.centre)
    path = f"/reach/isochrones?punkt={many}&modus=zu_fuss&minuten=5"
    hang_up_in_the_middle(url, path, slowed, geopackage_api.centre)
    assert not failures(caplog)


def test_a_request_sent_before_the_last_was_answered_is_not_taken_for_one_that_left(geopackage_api):
    """On one connection, behind a file: the server starts the next request inside of the one that is done by then."""
    with served(geopackage_api.settings) as listening:
        address = urlsplit(listening.url)
        asked = "".join(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{'Connection: close' + chr(13) + chr(10) if last else ''}\r\n"
            for path, last in (
                ("/collections/kommunen/download?f=csv", False),
                ("/collections/angebote/items?limit=1&kapazitaet=81", False),
                ("/collections/angebote/items?limit=1&kapazitaet=82", True),
            )
        )
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(asked.encode())
            answered = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert re.findall(rb"HTTP/1\.1 (\d+)", answered) == [b"200", b"200", b"200"]
