"""The public keys of an identity server, fetched where it says they are, and kept.

OpenID Connect Discovery 1.0, 4 names where. A token never leads anywhere: its `jku` and `x5u` are not read, and
however many unknown keys tokens name, the server is asked once in `PAUSE_S`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import msgspec
import urllib3

from infrastruktur.domain.errors import SourceUnavailable

PAUSE_S = 30
KEPT_S = 600
"""So long keys are good without the server being asked; and so long they hold while it is away."""
_TIMEOUT_S = 5
_MOST_BYTES = 200_000
_WELL_KNOWN = "/.well-known/openid-configuration"

Fetch = Callable[[str], bytes]


def fetch_document(url: str) -> bytes:
    """Fetch a small document: no redirects, a few seconds, 200 kB.

    Raises
    ------
    SourceUnavailable
        The server is out of reach, answers otherwise, or with more.

    """
    away = "Der Anmeldedienst ist nicht erreichbar. Bitte später noch einmal versuchen."
    try:
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_TIMEOUT_S)) as pool:
            answer = pool.request("GET", url, redirect=False, preload_content=False)
            body = answer.read(_MOST_BYTES + 1)
            answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise SourceUnavailable(away) from error
    if answer.status != 200 or len(body) > _MOST_BYTES:  # noqa: PLR2004 - the one status that brings a document
        raise SourceUnavailable(away)
    return body


@dataclass
class Schluesselbund:
    """The keys of one issuer, by `kid`. Whoever asks while another fetches waits for that answer."""

    issuer: str
    fetch: Fetch = fetch_document
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _fetched_s: float = float("-inf")
    _asked_s: float = float("-inf")
    _door: threading.Lock = field(default_factory=threading.Lock)

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Find a key; an unknown one, or keys grown old, make the server be asked, if it was not just now.

        Raises
        ------
        SourceUnavailable
            The server is out of reach, and no key is young enough to be trusted without it.

        """
        with self._door:
            now_s = self.clock()
            old = now_s - self._fetched_s > KEPT_S
            if (kid not in self._keys or old) and now_s - self._asked_s >= PAUSE_S:
                self._asked_s = now_s
                self._renew(now_s)
            if now_s - self._fetched_s > 2 * KEPT_S:
                raise SourceUnavailable("Der Anmeldedienst ist nicht erreichbar. Bitte später noch einmal versuchen.")
            return self._keys.get(kid)

    def _renew(self, now_s: float) -> None:
        try:
            self._keys = self._load()
        except SourceUnavailable:
            return  # the keys there are hold on for a while
        self._fetched_s = now_s

    def _load(self) -> dict[str, jwt.PyJWK]:
        described = _read(self.fetch(self.issuer.rstrip("/") + _WELL_KNOWN))
        if described.get("issuer") != self.issuer:
            raise SourceUnavailable("Der Anmeldedienst nennt sich anders, als er hier eingestellt ist.")
        listed = _read(self.fetch(str(described.get("jwks_uri", "")))).get("keys")
        return dict(filter(None, map(_read_key, listed if isinstance(listed, list) else [])))


def _read(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise SourceUnavailable("Der Anmeldedienst antwortet unverständlich.") from error


def _read_key(stated: Any) -> tuple[str, jwt.PyJWK] | None:
    """Read one key for signatures; None for any other, which is not ours to judge."""
    if not isinstance(stated, dict) or stated.get("use", "sig") != "sig" or not isinstance(stated.get("kid"), str):
        return None
    try:
        return stated["kid"], jwt.PyJWK(stated)
    except jwt.exceptions.PyJWTError:
        return None
