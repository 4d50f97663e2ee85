"""Keys of an identity server: rotated, gone, flooded with unknown names, with the clock in hand."""

from dataclasses import dataclass, field
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infrastruktur.domain.errors import SourceUnavailable
from infrastruktur.intake.schluessel import KEPT_S, PAUSE_S, Schluesselbund

ISSUER = "https://anmeldung.example/realms/region"


def public_key(kid: str) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": "RS256"}


@dataclass
class Server:
    """An identity server whose keys and whose presence a test changes; it counts who asks."""

    keys: list[Any] = field(default_factory=lambda: [public_key("alt")])
    issuer: str = ISSUER
    away: bool = False
    asked: int = 0
    now_s: float = 1000.0

    def fetch(self, url: str) -> bytes:
        if self.away:
            raise SourceUnavailable("weg")
        if url == f"{ISSUER}/.well-known/openid-configuration":
            self.asked += 1
            return msgspec.json.encode({"issuer": self.issuer, "jwks_uri": f"{ISSUER}/certs"})
        assert url == f"{ISSUER}/certs"
        return msgspec.json.encode({"keys": self.keys})

    def ring(self) -> Schluesselbund:
        return Schluesselbund(ISSUER, self.fetch, lambda: self.now_s)


def test_a_known_key_is_asked_for_once():
    server = Server()
    ring = server.ring()
    assert all(ring.find("alt") is not None for _ in range(100))
    assert server.asked == 1


def test_d04_a_new_key_is_found_and_the_old_one_forgotten():
    server = Server()
    ring = server.ring()
    assert ring.find("alt") is not None
    server.keys = [public_key("neu")]
    server.now_s += PAUSE_S
    assert ring.find("neu") is not None
    assert ring.find("alt") is None


def test_d04_a_flood_of_unknown_names_asks_once_in_a_pause():
    server = Server()
    ring = server.ring()
    for number in range(1000):
        server.now_s += 0.1
        assert ring.find(f"erfunden-{number}") is None
    assert server.asked == 1 + int(1000 * 0.1 // PAUSE_S)


def test_d04_keys_hold_on_while_the_server_is_away_but_not_for_ever():
    server = Server()
    ring = server.ring()
    assert ring.find("alt") is not None
    server.away = True
    server.now_s += 2 * KEPT_S
    assert ring.find("alt") is not None
    server.now_s += 1
    with pytest.raises(SourceUnavailable):
        ring.find("alt")
    server.away = False
    server.now_s += PAUSE_S
    assert ring.find("alt") is not None


def test_a_server_that_was_never_there_is_no_reason_to_trust():
    server = Server(away=True)
    with pytest.raises(SourceUnavailable):
        server.ring().find("alt")


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{"kty": "oct", "k": "c2VjcmV0", "kid": 7}],
        [{"kty": "unsinn", "kid": "alt"}],
        ["alt"],
        [{**public_key("alt"), "use": "enc"}],
    ],
    ids=["none", "a number for a name", "an unknown kind", "a text", "for encryption"],
)
def test_keys_that_sign_nothing_are_left_out(keys):
    assert Server(keys=keys).ring().find("alt") is None


def test_a_server_that_calls_itself_otherwise_is_not_the_one_configured():
    with pytest.raises(SourceUnavailable):
        Server(issuer="https://anderswo.example").ring().find("alt")
