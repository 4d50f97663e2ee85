"""What makes a number of people a number of places: need rules, variants and resolutions, as dated, sourced data.

There is no binding Richtwert in NRW. All rules are working values until a political body adopts them,
and a plan says "informatorisch, keine verbindliche Bedarfsplanung" unless a resolution stands behind it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from infrastruktur.domain.errors import InvalidParameter, NotFound, SourceRefused
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe
from infrastruktur.domain.quote import Merkmal

INFORMATORISCH = "informatorisch, keine verbindliche Bedarfsplanung"

Positive = Annotated[float, msgspec.Meta(gt=0)]
Prozent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Bedarfsregel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many places of a kind people need; exactly one of three ways is stated.

    `quote`: Σ EW(age, sex) · rate(age, sex) / `personen_je_platz`, such as Heimquoten;
    `anteil_pb_prozent`: that share of the Pflegebedürftige / `personen_je_platz`;
    `je_100` of `altersgruppe`: so many places per 100 people of the group.

    `personen_je_platz` is the Zielauslastung where it is below 1 (0.95: of 100 places 95 are taken), and
    above 1 where guests share a place, as in a Tagespflege (R3).
    """

    code: str
    titel: str
    arten: tuple[str, ...]
    grundlage: str
    status: str = "Arbeitswert, nicht beschlossen"
    quote: Merkmal | None = None
    anteil_pb_prozent: Prozent | None = None
    je_100: Positive | None = None
    altersgruppe: str | None = None
    personen_je_platz: Positive = 1.0
    stichtag: date
    """The day the numbers of the rule speak of."""
    gueltig_von: date | None = None
    gueltig_bis: date | None = None

    @property
    def gruppe(self) -> Gruppe | None:
        return None if self.altersgruppe is None else parse_gruppe(self.altersgruppe)


class Richtung(StrEnum):
    """Which way rates go: down with health and life expectancy, or up as since the reform of 2017."""

    STEIGEND = "steigend"
    FALLEND = "fallend"


class Trend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rates of later years: min(1, rate · `faktor_je_jahr` ^ (year - year of the table's Stichtag))."""

    richtung: Richtung
    faktor_je_jahr: Positive
    grundlage: str


class Kapazitaetsregel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How places limit their use: use = min(status quo, places · `auslastung_prozent` / 100).

    An assumption to be replaced: the formula of the StädteRegion's Kapazitätsvariante is not public.
    """

    auslastung_prozent: Annotated[float, msgspec.Meta(gt=0, le=100)]
    grundlage: str


class Bevoelkerungsweg(StrEnum):
    """Where the people of later days come from."""

    PROGNOSE = "prognose"
    """The forecast of the installation; without one, as many as were counted last."""
    KOHORTE = "kohorte"
    """The counted people, grown older by survival factors: where no forecast exists, or beside it."""


class Variante(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to look ahead. With neither trend nor kapazitaet it is the status quo: rates stay, people change."""

    code: str
    titel: str
    trend: Trend | None = None
    kapazitaet: Kapazitaetsregel | None = None
    bevoelkerung: Bevoelkerungsweg = Bevoelkerungsweg.PROGNOSE


class Beschluss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A resolution of the Vertretungskörperschaft (§ 7 Abs. 6 APG NRW), and the codes it adopted."""

    am: date
    gremium: str
    fundstelle: str
    parameter: tuple[str, ...]
    """Codes of the tables, rules, variants and forecasts it names; a plan with any other is not adopted by it."""
    aufgehoben_am: date | None = None

    def covers(self, codes: Collection[str], tag: date) -> bool:
        """Tell whether a plan with these parameters, as of this day, is what was resolved."""
        in_force = self.am <= tag and (self.aufgehoben_am is None or tag < self.aufgehoben_am)
        return in_force and set(codes) <= set(self.parameter)


class Bedarfsdatei(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of rules holds: blocks `[[regel]]`, `[[variante]]`, `[[beschluss]]`."""

    regel: tuple[Bedarfsregel, ...] = ()
    variante: tuple[Variante, ...] = ()
    beschluss: tuple[Beschluss, ...] = ()


def parse_bedarf(data: Mapping[str, Any], source: str) -> Bedarfsdatei:
    """Read rules, variants and resolutions of one file.

    Raises
    ------
    SourceRefused
        A rule states none or several of its three ways, a trend goes against its named direction, a
        code occurs twice, or a field is missing, unknown or out of range.

    """
    try:
        file = msgspec.convert(data, Bedarfsdatei)
        for regel in file.regel:
            _check_regel(regel, source)
    except (msgspec.ValidationError, InvalidParameter) as error:
        raise SourceRefused(source, f"Eine Regel ist nicht lesbar: {error}") from error
    for variante in file.variante:
        _check_trend(variante, source)
    _refuse_repeated([variante.code for variante in file.variante], source)
    _refuse_repeated([(regel.code, regel.gueltig_von) for regel in file.regel], source)
    return file


def _refuse_repeated(keys: list[Any], source: str) -> None:
    if repeated := [key for key in keys if keys.count(key) > 1]:
        raise SourceRefused(source, f"„{repeated[0]}“ steht zweimal da. Bitte umbenennen oder anders datieren.")


def _check_regel(regel: Bedarfsregel, source: str) -> None:
    ways = [regel.quote is not None, regel.anteil_pb_prozent is not None, regel.je_100 is not None]
    if sum(ways) != 1:
        raise SourceRefused(
            source, f"Regel „{regel.code}“ braucht genau eines von quote, anteil_pb_prozent und je_100."
        )
    if (regel.je_100 is None) != (regel.gruppe is None):
        raise SourceRefused(source, f"Regel „{regel.code}“: je_100 und altersgruppe gehören zusammen.")
    if regel.je_100 is not None and regel.personen_je_platz != 1:
        raise SourceRefused(source, f"Regel „{regel.code}“: je_100 nennt schon Plätze, ohne personen_je_platz.")


def _check_trend(variante: Variante, source: str) -> None:
    if variante.trend is None:
        return
    rises = variante.trend.faktor_je_jahr > 1
    if variante.trend.faktor_je_jahr == 1 or rises != (variante.trend.richtung is Richtung.STEIGEND):
        raise SourceRefused(
            source,
            f"Variante „{variante.code}“: Der Faktor {variante.trend.faktor_je_jahr:g} je Jahr ist nicht "
            f"„{variante.trend.richtung}“.",
        )


def get_regel(regeln: Iterable[Bedarfsregel], code: str, tag: date) -> Bedarfsregel:
    """Pick the rule of a code that holds on a day.

    Raises
    ------
    NotFound
        No rule of that code holds on the day.

    """
    known = list(regeln)
    for regel in known:
        begun = regel.gueltig_von is None or regel.gueltig_von <= tag
        if regel.code == code and begun and (regel.gueltig_bis is None or tag <= regel.gueltig_bis):
            return regel
    names = ", ".join(dict.fromkeys(regel.code for regel in known))
    raise NotFound(f"Am {tag:%d.%m.%Y} gilt keine Bedarfsregel „{code}“. Bekannt sind: {names}.")


def get_variante(varianten: Iterable[Variante], code: str) -> Variante:
    """Pick a variant by its code."""
    by_code = {variante.code: variante for variante in varianten}
    if code not in by_code:
        raise NotFound(f"Die Variante „{code}“ gibt es nicht. Bekannt sind: {', '.join(by_code)}.")
    return by_code[code]
