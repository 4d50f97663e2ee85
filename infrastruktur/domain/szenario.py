"""Szenarien: what would be different if an Angebot opened, closed, moved or grew, or if more people lived somewhere.

A scenario is a set of changes on top of the catalogue as of one Stichtag; the order in which they are written says
nothing. Two scenarios with the same changes have one canonical form, one fingerprint and so the same results. What
contradicts itself, or means the same people twice, is refused: no order would tell which of the two is meant.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import TypeAlias

import msgspec

from infrastruktur.domain.angebot import MAX_TEXT
from infrastruktur.domain.art import get_art, get_groesse
from infrastruktur.domain.errors import InfrastrukturError, InvalidSzenario
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, describe_implausible
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe
from infrastruktur.domain.ziel import Ziel, get_ziel

MAX_AENDERUNGEN = 50
MAX_KAPAZITAET = 100_000.0
MAX_FAKTOR = 100.0
MAX_SUMMAND = 1_000_000.0
MAX_MINUTEN = 60
MAX_METER = 20_000
MAX_MINDESTENS = 10
_ID_LENGTH, _REGION_DIGITS = 36, 5
_NEU = "szenario-"

Punkt: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees (CRS84), as everywhere at the API's edge."""


class Hinzufuegen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="neu"):
    """A new Angebot in operation; `kapazitaet` in the main size of its kind, None unknown."""

    art: str
    punkt: Punkt
    kapazitaet: float | None = None
    name: str = ""
    traeger: str = ""

    @property
    def id(self) -> str:
        """Follow from what it is, so that equal scenarios name it alike; never the id of a stored Angebot."""
        return _NEU + hashlib.sha256(msgspec.json.encode(self)).hexdigest()[: _ID_LENGTH - len(_NEU)]

    @property
    def titel(self) -> str:
        return self.name or f"Neu: {get_art(self.art).titel}"


class Schliessen(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="schliessen"
):
    """An Angebot that is no more."""

    angebot: str


class Verlegen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="verlegen"):
    """An Angebot at another place."""

    angebot: str
    punkt: Punkt


class Bemessen(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="kapazitaet"
):
    """An Angebot of another size, None unknown; without `groesse` the main size of its kind."""

    angebot: str
    kapazitaet: float | None
    groesse: str | None = None


class Bevoelkern(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="bevoelkerung"
):
    """More or fewer people of a group in an area: times `faktor`, or plus `summand`; exactly one of the two.

    They live where the others of the group live there, and are as old as they are.
    """

    gebiet: str
    altersgruppe: str
    faktor: float | None = None
    summand: float | None = None

    @property
    def gruppe(self) -> Gruppe:
        return parse_gruppe(self.altersgruppe)


class Umstecken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="was", tag="ziel"):
    """Another value of a target; what is not stated stays. Minutes and metres are not exchanged for each other."""

    ziel: str
    ziel_prozent: float | None = None
    max_minuten: int | None = None
    max_meter: int | None = None
    mindestens: int | None = None


Aenderung: TypeAlias = Hinzufuegen | Schliessen | Verlegen | Bemessen | Bevoelkern | Umstecken
Angebotsaenderung: TypeAlias = Hinzufuegen | Schliessen | Verlegen | Bemessen


class Szenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes on top of a Stichtag, None the reporting day of the region. Build it with `build_szenario`."""

    name: str = ""
    stichtag: date | None = None
    aenderungen: tuple[Aenderung, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Name what is computed, 16 hexadecimal digits: the same for equal changes, whatever the scenario is called."""
        return _fingerprint(self.stichtag, self.aenderungen)

    @property
    def angebote(self) -> tuple[Angebotsaenderung, ...]:
        return tuple(each for each in self.aenderungen if not isinstance(each, Bevoelkern | Umstecken))

    @property
    def bevoelkerung(self) -> tuple[Bevoelkern, ...]:
        return tuple(each for each in self.aenderungen if isinstance(each, Bevoelkern))

    def without_people(self) -> "Szenario":
        """Take back the changes of the population only."""
        kept = tuple(each for each in self.aenderungen if not isinstance(each, Bevoelkern))
        return msgspec.structs.replace(self, aenderungen=kept)

    def change_ziele(self, ziele: Sequence[Ziel]) -> tuple[Ziel, ...]:
        """Set targets as the scenario has them; those it does not name stay.

        Raises
        ------
        NotFound
            It names a target that there is not.
        InvalidSzenario
            It gives minutes to a target in metres, or the other way round.

        """
        changed = {each.ziel: _set_ziel(get_ziel(ziele, each.ziel), each) for each in self._umgesteckt}
        return tuple(changed.get(ziel.code, ziel) for ziel in ziele)

    @property
    def _umgesteckt(self) -> tuple[Umstecken, ...]:
        return tuple(each for each in self.aenderungen if isinstance(each, Umstecken))


@lru_cache(maxsize=16)
def _fingerprint(stichtag: date | None, aenderungen: tuple[Aenderung, ...]) -> str:
    """Name a scenario once: every part of every figure asks for it."""
    return hashlib.sha256(msgspec.json.encode((stichtag, aenderungen))).hexdigest()[:16]


class Szenariofassung(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a stored scenario, counted from 1; `szenario` is None where it was taken away."""

    id: str
    version: int
    zeitpunkt: str
    szenario: Szenario | None


ANGENOMMEN = "Annahme eines Szenarios, nicht beschlossen"
"""Says of what a scenario sets or adds where it comes from."""


def _set_ziel(ziel: Ziel, change: Umstecken) -> Ziel:
    for own, other, word in (
        (ziel.max_minuten, change.max_minuten, "Minuten"),
        (ziel.max_meter, change.max_meter, "Metern"),
    ):
        if own is None and other is not None:
            raise InvalidSzenario(f"Das Ziel „{ziel.code}“ wird nicht in {word} gemessen.")
    stated = {
        name: value
        for name in ("ziel_prozent", "max_minuten", "max_meter", "mindestens")
        if (value := getattr(change, name)) is not None
    }
    if all(getattr(ziel, name) == value for name, value in stated.items()):
        return ziel
    return msgspec.structs.replace(ziel, **stated, status=ANGENOMMEN)


def build_szenario(szenario: Szenario) -> Szenario:
    """Check a scenario and bring it into its canonical form: texts trimmed, points rounded, changes sorted.

    What changes nothing (a factor of 1, nobody more) is left out.

    Raises
    ------
    InvalidSzenario
        A value nobody can compute with, changes that contradict each other, or too many of them.

    """
    if len(szenario.aenderungen) > MAX_AENDERUNGEN:
        raise InvalidSzenario(f"Es sind {len(szenario.aenderungen)} Änderungen, möglich sind {MAX_AENDERUNGEN}.")
    checked = [_check_at(number, each) for number, each in enumerate(szenario.aenderungen, 1)]
    for one, other in combinations(range(len(checked)), 2):
        _check_pair(checked[one], checked[other], f"Änderungen {one + 1} und {other + 1}")
    kept = sorted((each for each in checked if not _changes_nothing(each)), key=msgspec.json.encode)
    return msgspec.structs.replace(szenario, name=_text("name", szenario.name), aenderungen=tuple(kept))


def _check_at(number: int, change: Aenderung) -> Aenderung:
    try:
        return _check(change)
    except InfrastrukturError as error:
        raise InvalidSzenario(f"Änderung {number}: {error}") from error


def _check(change: Aenderung) -> Aenderung:
    match change:
        case Hinzufuegen():
            return _check_new(change)
        case Schliessen():
            return msgspec.structs.replace(change, angebot=_id(change.angebot))
        case Verlegen():
            return msgspec.structs.replace(change, angebot=_id(change.angebot), punkt=_punkt(change.punkt))
        case Bemessen():
            size = None if change.groesse is None else get_groesse(change.groesse).code
            checked = _kapazitaet(change.kapazitaet, size)
            return msgspec.structs.replace(change, angebot=_id(change.angebot), kapazitaet=checked)
        case Bevoelkern():
            return _check_people(change)
        case Umstecken():
            return _check_ziel(change)


def _check_new(change: Hinzufuegen) -> Hinzufuegen:
    art = get_art(change.art)
    if art.groesse is None and change.kapazitaet is not None:
        raise InvalidSzenario(f"„{art.titel}“ wird nur gezählt und hat keine Kapazität.")
    return msgspec.structs.replace(
        change,
        punkt=_punkt(change.punkt),
        kapazitaet=_kapazitaet(change.kapazitaet, art.groesse),
        name=_text("name", change.name),
        traeger=_text("traeger", change.traeger),
    )


def _check_people(change: Bevoelkern) -> Bevoelkern:
    if (change.faktor is None) == (change.summand is None):
        raise InvalidSzenario("Zur Bevölkerung gehört entweder ein faktor oder ein summand.")
    if change.faktor is not None and not 0 <= change.faktor <= MAX_FAKTOR:
        raise InvalidSzenario(f"Der faktor liegt zwischen 0 und {MAX_FAKTOR:.0f}.")
    if change.summand is not None and not abs(change.summand) <= MAX_SUMMAND:
        raise InvalidSzenario(f"Der summand liegt zwischen -{MAX_SUMMAND:.0f} und {MAX_SUMMAND:.0f}.")
    gebiet = change.gebiet.strip()
    if not gebiet or len(gebiet) > MAX_TEXT or not gebiet.isprintable():
        raise InvalidSzenario("Es fehlt der Schlüssel eines Gebiets, etwa 05334002.")
    return msgspec.structs.replace(
        change,
        gebiet=gebiet,
        altersgruppe=change.gruppe.code,
        faktor=_plus_zero(change.faktor),
        summand=_plus_zero(change.summand),
    )


def _check_ziel(change: Umstecken) -> Umstecken:
    limits = {
        "ziel_prozent": (0, 100),
        "max_minuten": (1, MAX_MINUTEN),
        "max_meter": (1, MAX_METER),
        "mindestens": (1, MAX_MINDESTENS),
    }
    stated = {name: value for name in limits if (value := getattr(change, name)) is not None}
    if not stated:
        raise InvalidSzenario(f"Zu einem Ziel gehört, was sich ändert: {', '.join(limits)}.")
    for name, value in stated.items():
        least, most = limits[name]
        if not least <= value <= most:
            raise InvalidSzenario(f"{name} liegt zwischen {least} und {most}.")
    return msgspec.structs.replace(change, ziel_prozent=_plus_zero(change.ziel_prozent))


def _id(text: str) -> str:
    wanted = text.strip().lower()
    if len(wanted) != _ID_LENGTH or not wanted.isascii() or not wanted.isprintable():
        raise InvalidSzenario(f"„{text[:_ID_LENGTH]}“ ist keine Kennung eines Angebots. Sie steht in der Ebene in id.")
    return wanted


def _punkt(punkt: Punkt) -> Punkt:
    wrong = describe_implausible(*punkt, 4326)
    if wrong is not None:
        raise InvalidSzenario(f"{wrong} Erwartet werden Länge und Breite in Grad, etwa [6.08, 50.77].")
    east, north = (round(value, COORDINATE_DECIMALS) for value in punkt)
    return east, north


def _kapazitaet(kapazitaet: float | None, groesse: str | None) -> float | None:
    if kapazitaet is None:
        return None
    if not 0 <= kapazitaet <= MAX_KAPAZITAET:
        raise InvalidSzenario(f"Die Kapazität liegt zwischen 0 und {MAX_KAPAZITAET:.0f}.")
    if groesse is not None and get_groesse(groesse).ganzzahlig and not kapazitaet.is_integer():
        raise InvalidSzenario(f"„{get_groesse(groesse).titel}“ ist eine ganze Zahl.")
    return _plus_zero(kapazitaet)


def _plus_zero(value: float | None) -> float | None:
    """Take the sign off a nought, which would make one scenario two."""
    return None if value is None else value + 0.0


def _text(name: str, text: str) -> str:
    trimmed = " ".join(unicodedata.normalize("NFC", text).split())
    if len(trimmed) > MAX_TEXT or not trimmed.isprintable():
        raise InvalidSzenario(f"{name} ist länger als {MAX_TEXT} Zeichen oder enthält unsichtbare Zeichen.")
    return trimmed


def _changes_nothing(change: Aenderung) -> bool:
    return isinstance(change, Bevoelkern) and (change.faktor == 1 or change.summand == 0)


def _check_pair(one: Aenderung, other: Aenderung, where: str) -> None:
    if one == other:
        raise InvalidSzenario(f"{where} sind dieselbe.")
    if isinstance(one, Umstecken) and isinstance(other, Umstecken) and one.ziel == other.ziel:
        raise InvalidSzenario(f"{where} ändern dasselbe Ziel „{one.ziel}“. Bitte zusammenfassen.")
    if isinstance(one, Bevoelkern) and isinstance(other, Bevoelkern) and _share_people(one, other):
        raise InvalidSzenario(
            f"{where} meinen zum Teil dieselben Menschen ({one.gebiet}, {one.altersgruppe} und {other.gebiet}, "
            f"{other.altersgruppe}). Bitte Gebiete oder Altersgruppen so abgrenzen, dass niemand zweimal gemeint ist."
        )
    if _contradict(one, other):
        raise InvalidSzenario(f"{where} ändern dasselbe Angebot und widersprechen einander.")


def _share_people(one: Bevoelkern, other: Bevoelkern) -> bool:
    ages = one.gruppe.von < other.gruppe.unter and other.gruppe.von < one.gruppe.unter
    return ages and (one.gebiet in set(areas_above(other.gebiet)) or other.gebiet in set(areas_above(one.gebiet)))


def areas_above(gebiet: str) -> Iterator[str]:
    """Name an area and those it lies in, by its key: `05334002-AC01`, `05334002`, `05334`."""
    yield gebiet
    yield gebiet.partition("-")[0]
    yield gebiet[:_REGION_DIGITS]


def _contradict(one: Aenderung, other: Aenderung) -> bool:
    """Tell whether two changes of one Angebot cannot both be: it may move and grow, but not move twice."""
    stored = Schliessen | Verlegen | Bemessen
    if not isinstance(one, stored) or not isinstance(other, stored) or one.angebot != other.angebot:
        return False
    if isinstance(one, Bemessen) and isinstance(other, Bemessen):
        return one.groesse == other.groesse
    return isinstance(one, Schliessen) or isinstance(other, Schliessen) or type(one) is type(other)
