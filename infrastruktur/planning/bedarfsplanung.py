"""The table of § 7 Abs. 6 APG NRW: need and supply of three years, per Kommune and Region, in two variants.

It has no Sozialräume: vollstationäre care is judged by Kommune and Region (R10). The Region is always the sum
of its Kommunen, unrounded; each is rounded up on its own. Without a resolution that names its parameters the
table is "informatorisch, keine verbindliche Bedarfsplanung". The Bestand of § 7 Abs. 4 is a table of its own
(`planning/bestandstafel`), how a cell came about says `planning/nachweis`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.bedarf import INFORMATORISCH, Bedarfsregel, Beschluss, Bevoelkerungsweg, Variante
from infrastruktur.domain.errors import Grund, InvalidParameter, NotFound
from infrastruktur.domain.quote import Quotentafel, is_outdated
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Wert, Werte
from infrastruktur.planning.demand import count_need, estimate, limit_by_places, whole_places
from infrastruktur.planning.projection import extrapolate, people_on
from infrastruktur.planning.pyramide import Alterspyramide, name_missing, regroup
from infrastruktur.planning.supply import BEWEGUNGEN, ERWARTET, Angebotsvorausschau, Platzzeiten, foresee

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

JAHRE = 3
"""The horizon of § 7 Abs. 6 APG NRW, from the resolution on."""
_WORST_FIRST = (Grund.KEINE_DATEN, Grund.GEHEIM, Grund.KEINE_PLATZZAHL)


@dataclass(frozen=True)
class Planungsraum:
    """The Kommunen of a Region, in the order of every array's areas. The Region itself stands after the last."""

    kommunen: tuple[str, ...]
    namen: tuple[str, ...]
    region: str
    region_name: str

    @property
    def gebiete(self) -> tuple[str, ...]:
        return (*self.kommunen, self.region)

    def name(self, at: int) -> dict[str, Wert]:
        """Name an area as the first columns of every table do."""
        return {name: column[at] for name, column in self.namensspalten.items()}

    @cached_property
    def namensspalten(self) -> Mapping[str, list[Wert]]:
        """Name all areas, by column."""
        return {
            "ebene": [*(Ebene.KOMMUNE for _ in self.kommunen), Ebene.REGION],
            "gebiet": [*self.gebiete],
            "gebiet_name": [*self.namen, self.region_name],
        }

    def find(self, gebiet: str) -> int:
        """Find the index of a Kommune, or of the Region.

        Raises
        ------
        NotFound
            It is neither.

        """
        if gebiet not in self.gebiete:
            raise NotFound(f"„{gebiet}“ ist keine Kommune dieser Planung und nicht die Region {self.region}.")
        return self.gebiete.index(gebiet)


@dataclass(frozen=True)
class Annahmen:
    """What is assumed: rates, the rule that makes people places, and the variants, two where the rule allows.

    Attributes
    ----------
    pflegequoten
        Rates of Pflegebedürftige, for their column and for rules by share of them.
    quoten
        Rates of the rule's `quote`, such as Heimquoten; None where it has none.
    gerechnet
        Which of the expected statuses count as supply when they have opened.

    """

    pflegequoten: Quotentafel
    regel: Bedarfsregel
    varianten: tuple[Variante, ...]
    quoten: Quotentafel | None = None
    gerechnet: tuple[Status, ...] = ERWARTET


@dataclass(frozen=True)
class Grundlagen:
    """Everything a Bedarfsplanung is computed from, and nothing else: the same again gives the same table.

    Attributes
    ----------
    bevoelkerung
        The people of the Kommunen, counted or forecast, in the order of their days.
    kohorte
        The counted people and those they become by survival factors, for variants that want it; else empty.
    plaetze
        The Angebote of the rule's arten, areas as in `raum`.
    stichtag
        The base day of the supply.
    ab
        The day of the resolution, or the day the plan is made: three years from it.

    """

    raum: Planungsraum
    bevoelkerung: tuple[Alterspyramide, ...]
    annahmen: Annahmen
    plaetze: Platzzeiten
    stichtag: date
    ab: date
    beschluss: Beschluss | None = None
    kohorte: tuple[Alterspyramide, ...] = ()

    def people(self, variante: Variante, tag: date) -> Alterspyramide:
        """Take the people of a day, the way the variant looks ahead.

        Raises
        ------
        NotAssessable
            The day lies outside of what is known of them.

        """
        return people_on(self._staende(variante), tag)

    def _staende(self, variante: Variante) -> tuple[Alterspyramide, ...]:
        return self.kohorte if variante.bevoelkerung is Bevoelkerungsweg.KOHORTE else self.bevoelkerung

    @property
    def staende(self) -> tuple[Alterspyramide, ...]:
        """All states of the people that some variant rests on, each once."""
        found = (stand for variante in self.annahmen.varianten for stand in self._staende(variante))
        return tuple({(stand.stichtag, stand.quelle): stand for stand in found}.values())

    @property
    def codes(self) -> tuple[str, ...]:
        """Name every parameter, as a resolution does."""
        annahmen = self.annahmen
        tafeln = [annahmen.pflegequoten, *([annahmen.quoten] if annahmen.quoten else [])]
        people = dict.fromkeys(code for each in self.staende for code in each.codes)
        return (*(each.code for each in tafeln), annahmen.regel.code, *(v.code for v in annahmen.varianten), *people)


@dataclass(frozen=True)
class Bedarf:
    """One year and variant. All (n_kommunen + 1,), the Region last; NaN where `grund` says why.

    Attributes
    ----------
    pflegebeduerftige, pflegebeduerftige_mindestens
        float64 people expected, and of those whose number is known.
    personen
        float64 people who use a place of the kind; for a rule `je_100` those of its group.
    ohne_platz
        float64 people whom the Kapazitätsvariante leaves without a place; 0 in other variants.
    bedarf
        float64 places needed, unrounded.
    angebot
        float64 places in operation, a lower bound where `ohne_platzzahl` > 0.

    """

    tag: date
    variante: Variante
    pflegebeduerftige: Floats
    pflegebeduerftige_mindestens: Floats
    personen: Floats
    ohne_platz: Floats
    bedarf: Floats
    angebot: Floats
    ohne_platzzahl: Ints
    grund: tuple[Grund | None, ...]
    vorausschau: Angebotsvorausschau

    @property
    def saldo(self) -> Floats:
        """Supply less need, unrounded."""
        return self.angebot - self.bedarf


@dataclass(frozen=True)
class Bedarfsplanung:
    """The table, with what it was computed from."""

    grundlagen: Grundlagen
    teile: tuple[Bedarf, ...]

    @property
    def status(self) -> str:
        """Say how binding it is: only a resolution that names all its parameters makes it more than information."""
        beschluss = self.grundlagen.beschluss
        if beschluss is None or not beschluss.covers(self.grundlagen.codes, self.grundlagen.ab):
            return INFORMATORISCH
        return f"beschlossen am {beschluss.am:%d.%m.%Y} ({beschluss.gremium}, {beschluss.fundstelle})"

    def find(self, tag: date, variante: str) -> Bedarf:
        """Find the part of a day and variant.

        Raises
        ------
        NotFound
            The plan has no such day or variant.

        """
        for teil in self.teile:
            if (teil.tag, teil.variante.code) == (tag, variante):
                return teil
        known = ", ".join(f"{teil.tag:%d.%m.%Y}/{teil.variante.code}" for teil in self.teile)
        raise NotFound(f"Die Planung hat keinen Teil {tag:%d.%m.%Y}/{variante}. Möglich sind: {known}.")


def list_planungstage(ab: date) -> tuple[date, ...]:
    """List the days a plan states: 31 December of the three years after the year of the resolution.

    § 7 Abs. 6 APG NRW asks for three years from the resolution; the third of these days is the first
    31 December that does not lie before their end.
    """
    return tuple(date(ab.year + each, 12, 31) for each in range(1, JAHRE + 1))


def plan_bedarf(grundlagen: Grundlagen) -> Bedarfsplanung:
    """Compute the table of § 7 Abs. 6 APG NRW.

    Raises
    ------
    NotAssessable
        The population has no state around one of the days, or its bands do not fit the rates.
    InvalidParameter
        The rule needs rates that are not there, or a variant limits people whom the rule does not count.

    """
    _require_fitting(grundlagen.annahmen)
    parts = [
        compute_bedarf(grundlagen, tag, variante)
        for tag in list_planungstage(grundlagen.ab)
        for variante in grundlagen.annahmen.varianten
    ]
    return Bedarfsplanung(grundlagen, tuple(parts))


def _require_fitting(annahmen: Annahmen) -> None:
    regel = annahmen.regel
    if regel.quote is not None and (annahmen.quoten is None or annahmen.quoten.merkmal is not regel.quote):
        raise InvalidParameter("regel", f"„{regel.code}“ braucht eine Quotentafel „{regel.quote}“.")
    if regel.je_100 is not None and any(variante.kapazitaet for variante in annahmen.varianten):
        raise InvalidParameter(
            "variante",
            f"„{regel.code}“ nennt Plätze und keine Nutzer:innen: eine Kapazitätsvariante gibt es dazu nicht.",
        )


def compute_bedarf(grundlagen: Grundlagen, tag: date, variante: Variante) -> Bedarf:
    """Compute one day and variant for all Kommunen and their Region."""
    annahmen = grundlagen.annahmen
    n = len(grundlagen.raum.kommunen)
    people = grundlagen.people(variante, tag)
    vorausschau = foresee(grundlagen.plaetze, grundlagen.stichtag, tag, n, gerechnet=annahmen.gerechnet)
    pflege = estimate(people, extrapolate(annahmen.pflegequoten, variante.trend, tag.year))
    users, users_grund = _count_users(people, pflege.personen, annahmen, variante, tag)
    bestand = vorausschau.bestand
    allowed = _limit(users, vorausschau, variante)
    angebot, ohne_platzzahl = _with_region(bestand.plaetze), _with_region(bestand.ohne_platzzahl).astype(np.int32)
    unstated = (ohne_platzzahl > 0) & (angebot == 0)
    unlimited = np.isnan(allowed) & ~np.isnan(users)
    return Bedarf(
        tag=tag,
        variante=variante,
        pflegebeduerftige=_with_region(pflege.personen),
        pflegebeduerftige_mindestens=_with_region(pflege.mindestens),
        personen=_with_region(allowed),
        ohne_platz=_with_region(users - allowed),
        bedarf=_with_region(count_need(annahmen.regel, allowed)),
        angebot=np.where(unstated, np.nan, angebot),
        ohne_platzzahl=ohne_platzzahl,
        grund=_join_grund(pflege.grund, users_grund, unlimited, unstated),
        vorausschau=vorausschau,
    )


def _count_users(
    people: Alterspyramide, pflegebeduerftige: Floats, annahmen: Annahmen, variante: Variante, tag: date
) -> tuple[Floats, tuple[Grund | None, ...]]:
    """Count whom the rule speaks of, as if there were places for all: (n_kommunen,), and why not."""
    regel = annahmen.regel
    if regel.gruppe is not None:
        group = regroup(people, (regel.gruppe,))
        return group.personen.sum(axis=(1, 2)), name_missing(group)
    if annahmen.quoten is not None and regel.quote is not None:
        expected = estimate(people, extrapolate(annahmen.quoten, variante.trend, tag.year))
        return expected.personen, expected.grund
    return pflegebeduerftige * (regel.anteil_pb_prozent or 0.0) / 100, (None,) * len(pflegebeduerftige)


def _limit(users: Floats, vorausschau: Angebotsvorausschau, variante: Variante) -> Floats:
    """Limit users by places where the variant says so; by places nobody states, nobody can be limited."""
    if variante.kapazitaet is None:
        return users
    bestand = vorausschau.bestand
    limited = limit_by_places(users, bestand.plaetze, variante.kapazitaet.auslastung_prozent)
    return np.where(bestand.ohne_platzzahl > 0, np.nan, limited)


def _with_region(values: NDArray[np.generic]) -> Floats:
    """Append the sum over the Kommunen; what one of them lacks, the Region lacks."""
    return np.append(values, values.sum()).astype(np.float64)


def _join_grund(
    pflege: tuple[Grund | None, ...],
    users: tuple[Grund | None, ...],
    unlimited: NDArray[np.bool_],
    unstated: NDArray[np.bool_],
) -> tuple[Grund | None, ...]:
    """Say of each area why a number is missing, the reason that weighs most; the Region has those of its Kommunen."""
    reasons = [
        {first, second, Grund.KEINE_PLATZZAHL if blind else None}
        for first, second, blind in zip(pflege, users, unlimited.tolist(), strict=True)
    ]
    reasons.append({reason for each in reasons for reason in each})
    for reason, silent in zip(reasons, unstated.tolist(), strict=True):
        if silent:
            reason.add(Grund.KEINE_PLATZZAHL)
    return tuple(next((grund for grund in _WORST_FIRST if grund in each), None) for each in reasons)


def list_hinweise(planung: Bedarfsplanung) -> tuple[str, ...]:
    """List what a reader must know beside the numbers: sources, days, assumptions, what is old, what is missing."""
    grundlagen, annahmen = planung.grundlagen, planung.grundlagen.annahmen
    tafeln = [annahmen.pflegequoten, *([annahmen.quoten] if annahmen.quoten else [])]
    old = [tafel.titel for tafel in tafeln if is_outdated(tafel, grundlagen.ab)]
    return (
        f"Status: {planung.status}.",
        *(f"{tafel.titel}: {tafel.quelle}, Stichtag {tafel.stichtag:%d.%m.%Y}." for tafel in tafeln),
        *(f"{titel}: Inzwischen gab es eine neuere Pflegestatistik." for titel in old),
        f"{annahmen.regel.titel} ({annahmen.regel.status}): {annahmen.regel.grundlage}.",
        *(
            f"{each.titel}: {rule.grundlage}."
            for each in annahmen.varianten
            for rule in (each.trend, each.kapazitaet)
            if rule
        ),
        *(
            f"Bevölkerung {each.stichtag:%d.%m.%Y}: {'; '.join((each.quelle, *each.hinweise))}."
            for each in grundlagen.staende
        ),
        "Wahlmöglichkeiten in angemessenem Umfang, die § 7 Abs. 6 APG NRW auch verlangt, stehen nicht in dieser Tafel.",
    )


def fill_columns(planung: Bedarfsplanung, teil: Bedarf) -> dict[str, Werte]:
    """Fill the columns of `plan_columns.BEDARFSPLANUNG` for one day and variant, the Kommunen and then their Region.

    Only here a need becomes whole places.
    """
    grundlagen, vorausschau = planung.grundlagen, teil.vorausschau
    regel, plaetze = grundlagen.annahmen.regel, whole_places(teil.bedarf)
    return {
        **grundlagen.raum.namensspalten,
        "art": "|".join(regel.arten),
        "tag": teil.tag,
        "variante": teil.variante.code,
        "variante_titel": teil.variante.titel,
        "pflegebeduerftige": teil.pflegebeduerftige,
        "pflegebeduerftige_mindestens": teil.pflegebeduerftige_mindestens,
        "personen": teil.personen,
        "ohne_platz": teil.ohne_platz,
        "bedarf": plaetze,
        "bestand_stichtag": _with_region(vorausschau.basis.plaetze),
        **{name.value: _with_region(vorausschau.bewegung[:, column]) for column, name in enumerate(BEWEGUNGEN)},
        "angebot": teil.angebot,
        "ohne_platzzahl": teil.ohne_platzzahl,
        "saldo": teil.angebot - plaetze,
        "versorgungsgrad_prozent": _percent(teil.angebot, teil.bedarf),
        "nicht_gerechnet": _with_region(vorausschau.nicht_gerechnet),
        "ohne_termin": _with_region(vorausschau.ohne_termin),
        "regel": regel.code,
        "status": planung.status,
        "grund": [None if grund is None else grund.value for grund in teil.grund],
        "stichtag": grundlagen.stichtag,
    }


def _percent(angebot: Floats, bedarf: Floats) -> Floats:
    """Compute the Versorgungsgrad, Bestand / Bedarf in per cent; without a need there is none."""
    share = np.full(len(bedarf), np.nan)
    np.divide(100 * angebot, bedarf, out=share, where=bedarf > 0)
    return share
