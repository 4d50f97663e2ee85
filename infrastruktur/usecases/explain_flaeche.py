"""Explain a Versorgungsquote of a drawn area: each Angebot by its point, the people by the parts of their cells."""

from datetime import date

import numpy as np

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.planning.provision import Indikator, get_indikator
from infrastruktur.usecases.assess_flaeche import assess_flaeche
from infrastruktur.usecases.assess_provision import list_indikatoren
from infrastruktur.usecases.choose_areas import Flaechenschnitt, cut_flaeche
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_gaps import require_shown
from infrastruktur.usecases.explain_provision import divide
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Verteilung


def explain_flaeche(context: Context, flaeche: Flaeche, indicator: str, *, stichtag: date | None = None) -> Schritt:
    """Take the value of an indicator in a drawn area back to Angebote and people.

    Raises
    ------
    InvalidParameter
        The public asks.
    NotFound
        There is no such indicator.
    NotAssessable
        The table has no value.

    """
    day = choose_stichtag(context, stichtag)
    indikator = get_indikator(list_indikatoren(), indicator)
    row = next(iter(assess_flaeche(context, flaeche, stichtag=day, indicator=indicator).records()), {"wert": None})
    require_shown({"grund": None, **row}, "wert")
    verteilung = read_population(context, day)
    schnitt = cut_flaeche(verteilung, flaeche)
    zaehler = _sum_supply(context, schnitt, indikator, day)
    if indikator.gruppe is None:
        return zaehler
    return divide(indikator, zaehler, _sum_people(verteilung, schnitt, indikator.gruppe))


def _sum_supply(context: Context, schnitt: Flaechenschnitt, indikator: Indikator, day: date) -> Schritt:
    supply = read_supply(context, day)
    inside = np.isin(supply.art, indikator.arten) & (supply.status == Status.IN_BETRIEB) & (schnitt.place(supply) == 0)
    sizes = supply.sizes.get(indikator.groesse, np.full(len(supply), np.nan))
    parts = tuple(
        Eingabe(
            name=str(supply.name[row]),
            wert=float(sizes[row]),
            einheit=indikator.groesse,
            quelle=cite_angebot(supply, row),
            stichtag=day,
        )
        for row in np.flatnonzero(inside & ~np.isnan(sizes)).tolist()
    )
    silent = supply.name[inside & np.isnan(sizes)].tolist()
    hints = (f"mindestens; ohne Angabe: {', '.join(silent)}",) if silent else ()
    formula = f"Summe der Angebote in der Fläche, die am {day:%d.%m.%Y} in Betrieb sind"
    total = build_schritt(
        f"Summe {indikator.groesse}", indikator.groesse, formula, Rechnung.SUMME, parts, hinweise=hints
    )
    factor = Eingabe(name="Faktor", wert=indikator.faktor, einheit="", quelle="Indikator")
    return build_schritt("Zähler", "", "Summe × Faktor", Rechnung.PRODUKT, (total, factor))


def _sum_people(verteilung: Verteilung, schnitt: Flaechenschnitt, gruppe: Gruppe) -> Schritt:
    """Sum the people of a group by Sozialraum: deeper stand single cells, which are no one's to publish."""
    wohnorte = verteilung.locate(gruppe)
    area, share = schnitt.of_pieces(wohnorte.gitter)
    inside = area == 0
    leaves = wohnorte.gitter.pieces.area[inside]
    per_leaf = np.bincount(leaves, (wohnorte.personen * share)[inside], len(verteilung.gebiete.leaves))
    parts = tuple(
        Eingabe(
            name=f"{gruppe.titel} in der Fläche, {verteilung.gebiete.leaves[leaf].titel}",
            wert=float(per_leaf[leaf]),
            einheit="Personen",
            quelle=f"{wohnorte.quelle}, verteilt auf Zensuszellen, Zellen am Rand nach ihrer Fläche",
            stichtag=wohnorte.stichtag,
        )
        for leaf in np.unique(leaves).tolist()
    )
    return build_schritt(f"{gruppe.titel} in der Fläche", "Personen", "Summe der Gebiete", Rechnung.SUMME, parts)
