"""What an identity server says of somebody, and which rights that means here: `rollen.toml` of an installation.

Keycloak puts roles into `realm_access.roles` and `resource_access.<client>.roles`, groups into `groups`; what is
called how is each house's own, so it is data:

    ansprueche = ["realm_access.roles", "groups"]

    [[rolle]]
    wert = "fachamt-pflege"
    rolle = "fachamt"
    fachbereich = "pflege"

    [[rolle]]
    wert = "/kommunen/(?P<ags>[0-9]{8})/redaktion"
    rolle = "kommune_redaktion"
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.permission import Rolle, Zustaendigkeit

ANSPRUECHE = ("realm_access.roles", "groups")
"""Where Keycloak states roles and groups when nobody configured it otherwise."""
_SCOPES = ("fachbereich", "ags", "traeger")


class Zuordnung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of a claim, as a pattern that must match as a whole, and the right it gives.

    Named groups of the pattern (`ags`, `fachbereich`, `traeger`) say where the right holds; what stands beside it
    holds for all it matches.
    """

    wert: str
    rolle: Rolle
    fachbereich: str = ""
    ags: str = ""
    traeger: str = ""


class Rollenplan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a token states roles, and what each means. Claims are paths with dots between their names."""

    ansprueche: tuple[str, ...] = ANSPRUECHE
    rolle: tuple[Zuordnung, ...] = ()


def parse_rollen(data: Mapping[str, Any], name: str) -> Rollenplan:
    """Read `rollen.toml`.

    Raises
    ------
    SourceRefused
        An unknown word, a pattern that is none, or one that names what it does not know.

    """
    try:
        plan = msgspec.convert(data, Rollenplan)
    except msgspec.ValidationError as error:
        raise SourceRefused(name, f"Das ist kein Rollenplan: {error}") from error
    for zuordnung in plan.rolle:
        _check(zuordnung, name)
    return plan


def _check(zuordnung: Zuordnung, name: str) -> None:
    try:
        groups = re.compile(zuordnung.wert).groupindex
    except re.error as error:
        raise SourceRefused(name, f"„{zuordnung.wert}“ ist kein Muster: {error}") from error
    unknown = [group for group in groups if group not in _SCOPES]
    if unknown:
        raise SourceRefused(name, f"„{zuordnung.wert}“ nennt {unknown[0]}. Möglich sind: {', '.join(_SCOPES)}.")
    try:
        _right(zuordnung, dict.fromkeys(groups, "x") | ({"fachbereich": ""} if "fachbereich" in groups else {}))
    except InvalidParameter as error:
        raise SourceRefused(name, f"„{zuordnung.wert}“: {error}") from error


def assign(plan: Rollenplan, claims: Mapping[str, Any]) -> tuple[Zustaendigkeit, ...]:
    """Give the rights that the claims of a token mean, in the order of the plan; values nobody configured mean none."""
    values = {value for path in plan.ansprueche for value in _values(claims, path.split("."))}
    found: dict[Zustaendigkeit, None] = {}
    for zuordnung in plan.rolle:
        for value in sorted(values):
            match = re.fullmatch(zuordnung.wert, value)
            if match is not None:
                try:
                    found[_right(zuordnung, match.groupdict(default=""))] = None
                except InvalidParameter:
                    continue  # a Fachbereich or a Kommune that does not exist gives a right to nothing
    return tuple(found)


def _right(zuordnung: Zuordnung, groups: Mapping[str, str]) -> Zustaendigkeit:
    stated = {scope: groups.get(scope) or getattr(zuordnung, scope) for scope in _SCOPES}
    return Zustaendigkeit(rolle=zuordnung.rolle, **stated)


def _values(claims: Any, path: Sequence[str]) -> Iterator[str]:
    for name in path:
        claims = claims.get(name) if isinstance(claims, Mapping) else None
    for value in [claims] if isinstance(claims, str) else claims if isinstance(claims, list) else []:
        if isinstance(value, str):
            yield value
