"""Personal API tokens: what they look like, and how one is told from a forged one.

A token is `infra_`, a public number and a secret of 256 bits. Only the secret's hash is kept: a plain SHA-256, for
what cannot be guessed needs no slow one (NIST SP 800-63B, 5.1.1.2 asks that of memorised secrets only).
"""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

import msgspec

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.permission import Handlung, Person, Zustaendigkeit

PREFIX = "infra_"
_NUMBER_BYTES, _SECRET_BYTES = 6, 32


class Zugangstoken(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept. `handlungen` None leaves the roles' rights as they are. Times are UTC.

    `inhaber` is the person it is of, as the history names them; a token of before persons were kept is its own.
    """

    nummer: str
    pruefsumme: str
    name: str
    zustaendigkeiten: tuple[Zustaendigkeit, ...]
    handlungen: frozenset[Handlung] | None = None
    ausgestellt: datetime
    gueltig_bis: datetime
    widerrufen: datetime | None = None
    inhaber: str = ""

    def holds(self, now: datetime) -> bool:
        """Say whether the token opens anything at a moment."""
        return self.widerrufen is None and now < self.gueltig_bis

    def person(self) -> Person:
        return Person(
            kennung=self.inhaber or f"token:{self.nummer}",
            name=self.name,
            zustaendigkeiten=self.zustaendigkeiten,
            handlungen=self.handlungen,
        )


def name_inhaber(name: str, person: str = "") -> str:
    """Name the person of a token: `person` as the identity server does (`sub`), else by the token's own name.

    Two tokens of one name are one person's. The history keeps a digest of the name, not the name itself.
    """
    if person:
        return f"oidc:{person}"
    return f"token:{sha256(normal_text(name).encode()).hexdigest()[: 2 * _NUMBER_BYTES]}"


def draw_secret() -> tuple[str, str]:
    """Draw the number and the secret of a new token."""
    return secrets.token_hex(_NUMBER_BYTES), secrets.token_urlsafe(_SECRET_BYTES)


def write_token(nummer: str, secret: str) -> str:
    return f"{PREFIX}{nummer}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """Take a token apart into number and secret; None where it is none of ours."""
    if not text.startswith(PREFIX):
        return None
    nummer, _, secret = text.removeprefix(PREFIX).partition("_")
    return (nummer, secret) if len(nummer) == 2 * _NUMBER_BYTES and secret else None


def hash_secret(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def opens(token: Zugangstoken, secret: str, now: datetime) -> bool:
    """Say whether a secret is the token's own and the token still holds; takes as long for a wrong one."""
    same = hmac.compare_digest(token.pruefsumme, hash_secret(secret))
    return same and token.holds(now)
