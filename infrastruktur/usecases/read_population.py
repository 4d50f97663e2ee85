"""Read where people live on a day: as the sources state it, and with the changes of a scenario on top of them.

Every change is reckoned from the sources' own numbers; changes never overlap (`domain.szenario`), so their order says
nothing. Whoever comes lives where the others of the group live in that area, and is as old as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidSzenario, NotAssessable, NotFound
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.szenario import Bevoelkern, areas_above
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.spread_population import Einwohner, Verteilung, Wohnorte, spread_population

Floats = NDArray[np.float64]

ANNAHME = "mit Annahmen eines Szenarios"


@dataclass(frozen=True, kw_only=True)
class Annahme(Verteilung):
    """A population as a scenario assumes it, on top of the one that is stated.

    `count` and `locate` raise, beside what they raise without a scenario: NotFound where a change names an area that
    there is not, InvalidSzenario where it is a summand for a group nobody of lives there, or takes more people than
    there are, and NotAssessable where no source tells how many of the group a change concerns.
    """

    stated: Verteilung
    aenderungen: tuple[Bevoelkern, ...] = ()

    def _count(self, gruppe: Gruppe) -> Einwohner:
        """Count as the sources do, then add who comes and take off who goes."""
        stated = self.stated.count(gruppe)
        levels = [level.copy() for level in stated.je_stufe]
        for change, part in self._concerned(gruppe):
            concerned = self.stated.count(part)
            _require_same_source(stated, concerned)
            share = self.share_of(change)
            for (level, at), (inner, row) in self._shared[change.gebiet]:
                levels[level][at] += share * float(concerned.je_stufe[inner][row])
        if not self.touches(gruppe):
            return stated
        return Einwohner(
            tuple(np.maximum(level, 0.0) for level in levels), f"{stated.quelle}, {ANNAHME}", stated.stichtag
        )

    def _locate(self, gruppe: Gruppe) -> Wohnorte:
        """Say where the people of a group live, with those who come and without those who go."""
        stated = self.stated.locate(gruppe)
        personen, ohne_zelle = stated.personen.copy(), stated.ohne_zelle.copy()
        for change, part in self._concerned(gruppe):
            concerned = self.stated.locate(part)
            _require_same_source(stated, concerned)
            share, leaves = self.share_of(change), self._leaves(change.gebiet)
            there = np.flatnonzero(leaves[stated.gitter.pieces.area])
            personen[there] += share * concerned.personen[there]
            ohne_zelle += share * concerned.ohne_zelle * leaves
        if not self.touches(gruppe):
            return stated
        return replace(
            stated,
            personen=np.maximum(personen, 0.0),
            ohne_zelle=np.maximum(ohne_zelle, 0.0),
            quelle=f"{stated.quelle}, {ANNAHME}",
        )

    def touches(self, gruppe: Gruppe) -> bool:
        """Tell whether a change concerns somebody of a group."""
        return next(self._concerned(gruppe), None) is not None

    def _concerned(self, gruppe: Gruppe) -> Iterator[tuple[Bevoelkern, Gruppe]]:
        """Give each change with the part of a group it concerns."""
        for change in self.aenderungen:
            part = Gruppe(max(gruppe.von, change.gruppe.von), min(gruppe.unter, change.gruppe.unter))
            if part.von < part.unter:
                yield change, part

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        """Level and row of each area by its key."""
        return {
            raum.schluessel: (level, at)
            for level, stufe in enumerate(self.gebiete.stufen)
            for at, raum in enumerate(stufe.raeume)
        }

    def share_of(self, change: Bevoelkern) -> float:
        """Find how many more there are of each one concerned."""
        if change.gebiet not in self._places:
            raise NotFound(f"Das Gebiet „{change.gebiet}“ gibt es am Stichtag nicht.")
        if change.faktor is not None:
            return change.faktor - 1
        level, at = self._places[change.gebiet]
        there, more = float(self.stated.count(change.gruppe).je_stufe[level][at]), change.summand or 0.0
        if not there > 0 or there + more < 0:
            titel = change.gruppe.titel
            raise InvalidSzenario(
                f"In „{change.gebiet}“ wohnen {there:.0f} Personen ({titel}); {more:+.0f} lassen sich nicht verteilen."
            )
        return more / there

    @cached_property
    def _shared(self) -> dict[str, list[tuple[tuple[int, int], tuple[int, int]]]]:
        """Level and row of each area that shares people with that of a change, and of the smaller of the two."""
        found = {}
        for gebiet in {change.gebiet for change in self.aenderungen}.intersection(self._places):
            above = set(areas_above(gebiet)) - {gebiet}
            within = [(at, at) for key, at in self._places.items() if gebiet in set(areas_above(key))]
            around = [(at, self._places[gebiet]) for key, at in self._places.items() if key in above]
            found[gebiet] = [*within, *around]
        return found

    def _leaves(self, gebiet: str) -> NDArray[np.bool_]:
        return np.array([gebiet in set(areas_above(leaf.schluessel)) for leaf in self.gebiete.leaves], dtype=np.bool_)


def _require_same_source(stated: Einwohner | Wohnorte, concerned: Einwohner | Wohnorte) -> None:
    """Refuse to add people of one source to those of another: their numbers differ for reasons of their own."""
    if (stated.quelle, stated.stichtag) != (concerned.quelle, concerned.stichtag):
        raise NotAssessable(Grund.KEINE_DATEN, "Keine Quelle nennt die Altersgruppe und den Teil, der sich ändert.")
    if isinstance(stated, Wohnorte) and isinstance(concerned, Wohnorte) and stated.gitter is not concerned.gitter:
        raise NotAssessable(Grund.KEINE_DATEN, "Kein Gitter sagt, wo die Altersgruppe und ihr Teil wohnen.")


def read_population(context: Context, stichtag: date) -> Verteilung:
    """Read the population of a day as the scenario has it."""
    return _recall_annahme(context, stichtag) if context.szenario.bevoelkerung else spread_population(context, stichtag)


def read_shares(context: Context, stichtag: date) -> list[tuple[Bevoelkern, float]]:
    """Give each change of the people with how many more there are of each one concerned.

    Raises
    ------
    NotAssessable, NotFound, InvalidSzenario
        As `Annahme` says.

    """
    if not context.szenario.bevoelkerung:
        return []
    annahme = _recall_annahme(context, stichtag)
    return [(change, annahme.share_of(change)) for change in annahme.aenderungen]


def _recall_annahme(context: Context, stichtag: date) -> Annahme:
    stated, changes = spread_population(context, stichtag), context.szenario.bevoelkerung
    key = ("annahme", context.catalogue_revision(), stichtag, changes)
    parts = (stated.gebiete, stated.zaehlungen, stated.gitter)
    return context.figures.recall(key, lambda: Annahme(*parts, stated=stated, aenderungen=changes))
