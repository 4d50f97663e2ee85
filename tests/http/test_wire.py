"""What is no HTTP, on a socket: answered like every other error, and hung up on."""

import socket
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from served import Served


def exchange(server: Served, sent: bytes) -> tuple[str, dict[str, str], Any]:
    """Send bytes and read until the server hangs up: status line, headers, body."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["Content-Length"]) == len(body)
    return status, headers, msgspec.json.decode(body)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\x01 HTTP/1.1\r\nHost: hier\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hier\r\nAccept: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # without Host (RFC 9112, 3.2)
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS spoken to a plain port\r\n\r\n",
    ],
    ids=["a target", "a header", "no host", "another protocol"],
)
def test_what_is_no_http_is_told_so_as_a_problem(server, sent):
    status, headers, problem = exchange(server, sent)
    assert status.startswith("HTTP/1.1 400")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Connection"] == "close"
    assert problem == {
        "type": "about:blank",
        "title": "Anfrage nicht lesbar",
        "status": 400,
        "detail": "Die Anfrage ist nicht lesbar. Bitte die Adresse prüfen.",
    }


def test_the_next_one_is_answered_as_before(server):
    exchange(server, b"nonsense\r\n\r\n")
    assert server.get("/health/live").status_code == 200
