"""Who may do what: roles, what each may do, and where. One table; use cases ask it, and nobody else decides.

A right is a role within a Fachbereich and a Kommune, or of a Träger: the StädteRegion's offices do not serve every
Kommune alike, and an editor changes the own Kommune only.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from infrastruktur.domain.art import CATEGORIES
from infrastruktur.domain.errors import Forbidden, InvalidParameter


class Rolle(StrEnum):
    """What somebody is to the catalogue. Who is nobody reads what is public."""

    TRAEGER = "traeger"
    KOMMUNE_REDAKTION = "kommune_redaktion"
    FACHAMT = "fachamt"
    STATISTIK = "statistik"
    ADMIN = "admin"


class Handlung(StrEnum):
    """What somebody wants to do."""

    INTERN_LESEN = "intern_lesen"
    """Figures as they are, small counts and confidential Standorte among them."""
    VORSCHLAGEN = "vorschlagen"
    BESTAETIGEN = "bestaetigen"
    """State that an entry still holds, without changing it."""
    AENDERN = "aendern"
    """Change at once what needs no second pair of eyes: contacts, opening hours, coordinates."""
    FREIGEBEN = "freigeben"
    """Approve what somebody else proposed, capacity, status and relocation among it."""
    STORNIEREN = "stornieren"
    """Declare an entry to be void: it was never true."""
    VERGESSEN = "vergessen"
    """Erase personal data from the history."""
    BEVOELKERUNG_LADEN = "bevoelkerung_laden"
    STICHTAG_FESTSCHREIBEN = "stichtag_festschreiben"
    PLANEN = "planen"
    """Keep scenarios."""
    VERWALTEN = "verwalten"
    """Issue and revoke tokens, change taxonomy and criteria."""


PERMISSIONS: Mapping[Rolle, frozenset[Handlung]] = MappingProxyType(
    {
        Rolle.TRAEGER: frozenset({Handlung.VORSCHLAGEN, Handlung.BESTAETIGEN}),
        Rolle.KOMMUNE_REDAKTION: frozenset(
            {Handlung.VORSCHLAGEN, Handlung.BESTAETIGEN, Handlung.AENDERN, Handlung.STORNIEREN, Handlung.PLANEN}
        ),
        Rolle.FACHAMT: frozenset(set(Handlung) - {Handlung.BEVOELKERUNG_LADEN, Handlung.VERWALTEN}),
        Rolle.STATISTIK: frozenset({Handlung.INTERN_LESEN, Handlung.BEVOELKERUNG_LADEN, Handlung.PLANEN}),
        Rolle.ADMIN: frozenset(Handlung),
    }
)


ROLLENTITEL: Mapping[Rolle, str] = MappingProxyType(
    {
        Rolle.TRAEGER: "Träger",
        Rolle.KOMMUNE_REDAKTION: "Redaktion der Kommune",
        Rolle.FACHAMT: "Fachamt",
        Rolle.STATISTIK: "Statistikstelle",
        Rolle.ADMIN: "Verwaltung der Installation",
    }
)


SCHREIBEND = frozenset(
    {Handlung.BESTAETIGEN, Handlung.AENDERN, Handlung.FREIGEBEN, Handlung.STORNIEREN, Handlung.VERGESSEN}
)
"""What changes an Angebot or its history."""


class Gegenstand(msgspec.Struct, frozen=True, kw_only=True):
    """What an act is about. Empty where it is not known: then only who is responsible everywhere may act."""

    fachbereich: str = ""
    ags: str = ""
    traeger: str = ""


class Zustaendigkeit(msgspec.Struct, frozen=True, kw_only=True):
    """A role and where it holds; an empty field holds everywhere.

    Raises
    ------
    InvalidParameter
        A role that is bound to a Kommune or a Träger names none, or a Fachbereich that does not exist.

    """

    rolle: Rolle
    fachbereich: str = ""
    ags: str = ""
    traeger: str = ""

    def __post_init__(self) -> None:
        if self.rolle is Rolle.KOMMUNE_REDAKTION and not self.ags:
            raise InvalidParameter("ags", "Eine Redaktion gehört zu einer Kommune. Bitte deren Schlüssel nennen.")
        if self.rolle is Rolle.TRAEGER and not self.traeger:
            raise InvalidParameter("traeger", "Diese Rolle gehört zu einem Träger. Bitte dessen Schlüssel nennen.")
        if self.fachbereich and self.fachbereich not in CATEGORIES:
            raise InvalidParameter("fachbereich", f"Möglich sind: {', '.join(CATEGORIES)}.")

    def text(self) -> str:
        """Say it in a line: the role and where it holds."""
        where = [f"{name} {getattr(self, name)}" for name in ("fachbereich", "ags", "traeger") if getattr(self, name)]
        return f"{self.rolle.value} ({', '.join(where) or 'überall'})"

    def covers(self, gegenstand: Gegenstand) -> bool:
        """Say whether something lies within."""
        pairs = (
            (self.fachbereich, gegenstand.fachbereich),
            (self.ags, gegenstand.ags),
            (self.traeger, gegenstand.traeger),
        )
        return all(not own or own == other for own, other in pairs)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `kennung` is what the history names, `handlungen` narrows the roles' rights, None not at all."""

    kennung: str = ""
    name: str = ""
    zustaendigkeiten: tuple[Zustaendigkeit, ...] = ()
    handlungen: frozenset[Handlung] | None = None

    @property
    def bekannt(self) -> bool:
        return bool(self.kennung)


PERSONS = ("oidc:", "token:")


def is_person(kennung: str) -> bool:
    """Say whether an entry of the history was made by somebody who showed who they are, not by an import."""
    return kennung.startswith(PERSONS)


OEFFENTLICHKEIT = Person()
"""Who shows nothing that tells who they are."""
INSTALLATION = Person(zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.ADMIN),))
"""The installation at work by itself: its imports, its tokens, the figures it keeps."""


def may(person: Person, handlung: Handlung, gegenstand: Gegenstand | None = None) -> bool:
    """Say whether somebody may do something to something; to anything at all, where none is named."""
    if person.handlungen is not None and handlung not in person.handlungen:
        return False
    return any(
        handlung in PERMISSIONS[each.rolle] and (gegenstand is None or each.covers(gegenstand))
        for each in person.zustaendigkeiten
    )


def may_contribute(person: Person, gegenstand: Gegenstand | None = None) -> bool:
    """Say whether somebody may change something, or at least propose to."""
    return may(person, Handlung.AENDERN, gegenstand) or may(person, Handlung.VORSCHLAGEN, gegenstand)


def list_rollen(handlungen: frozenset[Handlung]) -> tuple[Rolle, ...]:
    """List the roles that may do all of this, each where it is responsible."""
    return tuple(rolle for rolle in Rolle if handlungen <= PERMISSIONS[rolle])


def list_schreibrechte(person: Person) -> tuple[Zustaendigkeit, ...]:
    """List where somebody may write anything at all of an Angebot."""
    allowed = SCHREIBEND if person.handlungen is None else SCHREIBEND & person.handlungen
    return tuple(each for each in person.zustaendigkeiten if PERMISSIONS[each.rolle] & allowed)


def demand(person: Person, handlung: Handlung, gegenstand: Gegenstand | None = None) -> None:
    """Let pass who may.

    Raises
    ------
    Forbidden
        They may not; the message says what is missing, and nothing of the thing itself.

    """
    if not may(person, handlung, gegenstand):
        raise Forbidden(_sentence(person, handlung))


def _sentence(person: Person, handlung: Handlung) -> str:
    if not person.bekannt:
        return "Dafür ist eine Anmeldung nötig."
    if not may(person, handlung):
        return f"Dafür fehlt das Recht „{handlung.value}“. Es vergibt, wer die Installation verwaltet."
    return "Dafür ist jemand anders zuständig: andere Kommune, anderer Fachbereich oder anderer Träger."
