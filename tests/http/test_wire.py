"""What is no HTTP, on a socket: answered like every other error, and hung up on."""

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from served import Served

ORDER = (
    b"POST /processes/siting/execution HTTP/1.1\r\nHost: hier\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def exchange(server: Served, sent: bytes) -> tuple[str, dict[str, str], Any]:
    """Send bytes and read until the server hangs up: status line, headers, body."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.title(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert int(headers["Content-Length"]) == len(body)
    return status, headers, msgspec.json.decode(body)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\x01 HTTP/1.1\r\nHost: hier\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hier\r\nAccept: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # without Host (RFC 9112, 3.2)
        b"GET / HTTP/1.1\r\nHost: hier\r\nHost: dort\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hier\r\nLang: " + b"x" * 70_000,  # and never an end
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS spoken to a plain port\r\n\r\n",
    ],
    ids=["a target", "a header", "no host", "two hosts", "no end", "another protocol"],
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


def test_head_says_the_length_of_what_it_leaves_out_and_the_connection_stays(server):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    lengths, socks = [], []
    for method in ("HEAD", "GET", "HEAD"):
        connection.request(method, "/collections/angebote/items?limit=5")
        socks.append(connection.sock)
        answer = connection.getresponse()
        lengths.append((answer.status, int(answer.headers["Content-Length"]), len(answer.read())))
    (_, length, _), (_, _, read), _ = lengths
    assert lengths == [(200, length, 0), (200, length, read), (200, length, 0)]
    assert length == read > 0
    assert len(set(socks)) == 1
    connection.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health/live HTTP/1.0\r\n\r\n",  # has no Host yet
        b"GET /health/live HTTP/1.1\r\nHost: hier\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    ],
    ids=["HTTP/1.0", "an offer of HTTP/2"],
)
def test_older_and_newer_clients_are_answered(server, sent):
    assert exchange(server, sent)[0] == "HTTP/1.1 200 OK"


def test_a_body_may_be_longer_than_a_head(server):
    piece = b"2000\r\n%b\r\n" % (b" " * 0x2000)
    status, _, _ = exchange(server, ORDER + 20 * piece + b"1\r\n7\r\n0\r\n\r\n")
    assert status.startswith("HTTP/1.1 422"), "read, and found to be no order"


def test_a_piece_of_a_body_that_never_begins_is_hung_up_on(server):
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), 10) as one, pytest.raises(ConnectionError):
        one.sendall(ORDER + b"1;" + b"x" * 20_000_000)


def test_the_next_one_is_answered_as_before(server):
    exchange(server, b"nonsense\r\n\r\n")
    assert server.get("/health/live").status_code == 200
