"""Count what an indicator of provision holds the supply against: people, Pflegebedürftige, or the places needed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import NotAssessable, NotFound
from infrastruktur.planning.demand import whole_places
from infrastruktur.planning.provision import Indikator
from infrastruktur.planning.provision import Nenner as Nennerart
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.plan_bedarf import STATUS_QUO, estimate_pflegebeduerftige, plan_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.spread_population import Gebiete, Verteilung

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Nenner:
    """One number per area, per level of `Gebiete.stufen`: (n_raeume,) float64, NaN where nobody tells.

    Attributes
    ----------
    personen
        The people behind it, where it is not these themselves: those whose need it is.

    """

    je_stufe: tuple[Floats, ...]
    personen: tuple[Floats, ...] | None = None
    quelle: str | None = None
    stichtag: date | None = None
    hinweis: str = ""


def count_nenner(context: Context, indikator: Indikator, stichtag: date) -> Nenner:
    """Count for all levels; what cannot be told is NaN, with the reason in `hinweis`. Kept until something changes.

    A size of the Angebote themselves is not counted here: it belongs to them, and only its source is named.
    """
    key = ("nenner", context.revision(), context.settings_revision(), context.public, indikator, stichtag)

    def count() -> Nenner:
        verteilung = read_population(context, stichtag)
        try:
            return _count(context, verteilung, indikator, stichtag)
        except (NotAssessable, NotFound) as error:
            said = "" if indikator.nenner is Nennerart.PERSONEN else str(error)
            return Nenner(_nowhere(verteilung.gebiete), hinweis=said)

    return context.figures.recall(key, count)


def _count(context: Context, verteilung: Verteilung, indikator: Indikator, stichtag: date) -> Nenner:
    if indikator.nenner is Nennerart.GROESSE:
        return Nenner(_nowhere(verteilung.gebiete), quelle="Katalog", stichtag=stichtag)
    if indikator.gruppe is not None:
        people = verteilung.count(indikator.gruppe)
        return Nenner(people.je_stufe, None, people.quelle, people.stichtag)
    if indikator.regel is not None:
        return _count_need(context, verteilung.gebiete, indikator.regel, stichtag, whole=indikator.saldo)
    estimated, people_of_day, tafel = estimate_pflegebeduerftige(context, stichtag)
    return Nenner(
        _lay_out(verteilung.gebiete, np.append(estimated.personen, estimated.personen.sum())),
        None,
        f"{people_of_day.quelle}; {tafel.titel} ({tafel.quelle}, {tafel.stichtag:%d.%m.%Y})",
        people_of_day.stichtag,
    )


def _count_need(context: Context, gebiete: Gebiete, regel: str, stichtag: date, *, whole: bool) -> Nenner:
    planung = plan_stichtag(context, stichtag, regel)
    teil = planung.find(stichtag, STATUS_QUO)
    rule = planung.grundlagen.annahmen.regel
    return Nenner(
        _lay_out(gebiete, whole_places(teil.bedarf) if whole else teil.bedarf),
        _lay_out(gebiete, teil.personen),
        f"{rule.titel} ({rule.status})",
        stichtag,
        f"Bedarf {planung.status}.",
    )


def _nowhere(gebiete: Gebiete) -> tuple[Floats, ...]:
    return tuple(np.full(len(stufe.raeume), np.nan) for stufe in gebiete.stufen)


def _lay_out(gebiete: Gebiete, per_kommune: Floats) -> tuple[Floats, ...]:
    """Give (n_kommunen + 1,), the Region last, to the levels; nothing is said of the parts of a Kommune."""
    small, *_ = gebiete.stufen
    return np.full(len(small.raeume), np.nan), per_kommune[:-1], per_kommune[-1:]
