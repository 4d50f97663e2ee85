"""Identify who asks: by a token of this installation's own, or by one of its identity server."""

from datetime import UTC, datetime
from typing import Any

import jwt

from infrastruktur.domain.errors import Unauthenticated
from infrastruktur.domain.permission import Person
from infrastruktur.domain.rollen import Rollenplan, assign, parse_rollen
from infrastruktur.domain.zugang import PREFIX, opens, split_token
from infrastruktur.storage.zugaenge import find_token
from infrastruktur.usecases.context import Context, read_toml

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones only: with a shared secret, whoever can check a token can forge one (RFC 8725, 3.1)."""
_LEEWAY_S = 30
_CLAIMED = ("exp", "iss", "aud", "sub")
_OTHER_KINDS = frozenset({"ID", "Refresh", "Offline", "Logout"})
"""What Keycloak calls tokens that are not for an API, in the claim `typ`."""
_INVALID = "Die Anmeldung ist ungültig oder abgelaufen. Bitte neu anmelden."


def identify_person(context: Context, token: str) -> Person:
    """Tell whose token it is.

    Raises
    ------
    Unauthenticated
        It is forged, expired, revoked, or for somebody else; which of them, nobody is told.
    SourceUnavailable
        The identity server is out of reach.

    """
    if token.startswith(PREFIX):
        return _by_own_token(context, token)
    return _by_oidc(context, token)


def _by_own_token(context: Context, token: str) -> Person:
    parts = split_token(token)
    if parts is not None:
        nummer, secret = parts
        kept = context.store.of_installation().glance(lambda connection: find_token(connection, nummer))
        if kept is not None and opens(kept, secret, datetime.now(UTC)):
            return kept.person()
    raise Unauthenticated(_INVALID)


def _by_oidc(context: Context, token: str) -> Person:
    if context.schluessel is None:
        raise Unauthenticated(_INVALID)
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = context.schluessel.find(kid) if isinstance(kid, str) else None
        if key is None or key.algorithm_name not in ALGORITHMS:
            raise Unauthenticated(_INVALID)
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=context.settings.oidc_audience,
            issuer=context.settings.oidc_issuer,
            leeway=_LEEWAY_S,
            options={"require": list(_CLAIMED), "verify_sub": True, "strict_aud": False},
        )
    except jwt.exceptions.PyJWTError as error:
        raise Unauthenticated(_INVALID) from error
    if claims.get("typ") in _OTHER_KINDS:
        raise Unauthenticated(_INVALID)
    return _person(context, claims)


def _person(context: Context, claims: dict[str, Any]) -> Person:
    """Say who it is; somebody without a role here is known, and may do what the public may."""
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Person(
        kennung=f"oidc:{claims['sub']}",
        name=name if isinstance(name, str) else "",
        zustaendigkeiten=assign(_rollenplan(context), claims),
    )


def _rollenplan(context: Context) -> Rollenplan:
    path = context.settings.rollen
    return read_toml(path, parse_rollen) if path.is_file() else Rollenplan()
