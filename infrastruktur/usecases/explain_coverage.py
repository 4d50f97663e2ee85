"""Explain a share of coverage: who reaches, who does not and of whom nothing is known, by area and age group.

Deeper it does not go: below stand single census cells, which are no one's to publish. To the public it is the counts
that the table shows.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Ziel, get_ziel
from infrastruktur.planning import coverage
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Stufenschnitt, find_area
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import Messung, measure_reach
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.split_group import Gehende
from infrastruktur.usecases.spread_population import Gebiete

Floats = NDArray[np.float64]

_ZUSTAENDE = {"erreicht": "Erreicht", "nicht_erreicht": "Nicht erreicht", "ohne_aussage": "Ohne Aussage"}
"""In the order of a tally's columns."""


def explain_coverage(
    context: Context, ziel: str, gebiet: str, *, stichtag: date | None = None, flaeche: Flaeche | None = None
) -> Schritt:
    """Take the share of people who reach a target back to counts, in the area of a key or in a drawn one.

    Raises
    ------
    InvalidParameter
        The public asks for a drawn area.
    NotFound
        There is no such target or area.
    NotAssessable
        The table has no share there.

    """
    day = choose_stichtag(context, stichtag)
    asked = get_ziel(context.ziele(day), ziel)
    table = assess_coverage(context, CoverageFrage(stichtag=day, ziel=ziel, flaeche=flaeche))
    row = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es am {day:%d.%m.%Y} nicht.")
    if row["anteil_prozent"] is None:
        grund = Grund(str(row["grund"])) if row["grund"] else Grund.KEINE_DATEN
        raise NotAssessable(grund, f"Diesen Anteil gibt es nicht (Grund: {grund}).")
    if context.public:
        return _share(asked, publish_states(row))
    return _share(asked, count_states(context, asked, gebiet, day, flaeche))


def count_states(
    context: Context, ziel: Ziel, gebiet: str, stichtag: date, flaeche: Flaeche | None = None
) -> tuple[Schritt, ...]:
    """Count who reaches a target, who does not, and of whom nothing is known, by area and age group; for staff."""
    messung = measure_reach(context, ziel, stichtag)
    verteilung = read_population(context, stichtag)
    schnitt, at = find_area(verteilung, gebiet, flaeche)
    counts = [_count_part(teil, state, schnitt, at) for teil, state in zip(messung.teile, messung.zustand, strict=True)]
    return tuple(_sum_up(messung, verteilung.gebiete, counts, state) for state in enumerate(_ZUSTAENDE))


def publish_states(row: Mapping[str, Wert]) -> tuple[Eingabe, ...]:
    """Take the three counts as a protected row of coverage or gaps states them, in whole people."""
    return tuple(_published(row, name, row.get(name, row.get("ohne_zugang"))) for name in _ZUSTAENDE)


def _share(ziel: Ziel, states: tuple[Herleitung, ...]) -> Schritt:
    """Compute the share from the three states, whose sum are all people."""
    personen = build_schritt("Personen", "Personen", "Summe der drei Zustände", Rechnung.SUMME, states)
    hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
    scaled = build_schritt("100 × Erreicht", "", "100 × Erreicht", Rechnung.PRODUKT, (hundred, states[0]))
    formula = f"100 × Erreicht ÷ Personen: {ziel.titel} ({ziel.status})"
    return build_schritt("Anteil erreicht", "%", formula, Rechnung.QUOTIENT, (scaled, personen))


def _published(row: Mapping[str, Wert], name: str, wert: Wert) -> Eingabe:
    day = row["stichtag_personen"]
    return Eingabe(
        name=_ZUSTAENDE[name],
        wert=float(wert) if isinstance(wert, int | float) else None,
        einheit="Personen",
        quelle=str(row["quelle_personen"]),
        stichtag=day if isinstance(day, date) else None,
    )


def _count_part(teil: Gehende, state: NDArray[np.uint8], schnitt: Gebietsschnitt, at: int) -> Floats:
    """Tally those of a part of the group, which moves alike, who live in an area: (n_leaves, 3) float64."""
    where, pieces = teil.wohnorte, teil.wohnorte.gitter.pieces
    area, share = schnitt.of_pieces(where.gitter)
    here = area == at
    n_leaves = len(where.ohne_zelle)
    people = (where.personen * share)[here]
    counted = coverage.tally(people, pieces.area[here], pieces.cell[here], state, n_leaves)
    if isinstance(schnitt, Stufenschnitt):
        counted = coverage.add_ohne_zelle(counted, np.where(schnitt.stufe.of_leaf == at, where.ohne_zelle, 0.0))
    return counted


def _sum_up(messung: Messung, gebiete: Gebiete, counts: Sequence[Floats], zustand: tuple[int, str]) -> Schritt:
    """Sum a state over the parts of an area and of the group; those nobody is in are left out."""
    column, name = zustand
    parts = tuple(
        Eingabe(
            name=f"{_ZUSTAENDE[name]}: {teil.gruppe.titel}, {gebiete.leaves[leaf].titel}",
            wert=float(counted[leaf, column]),
            einheit="Personen",
            quelle=f"{teil.wohnorte.quelle}, verteilt auf Zensuszellen; Wegenetz {messung.netz}; {teil.profil}",
            stichtag=teil.wohnorte.stichtag,
        )
        for leaf in range(len(gebiete.leaves))
        for teil, counted in zip(messung.teile, counts, strict=True)
        if counted[leaf, column] > 0
    )
    hints = (f"{len(messung.supply)} Angebote zählen für das Ziel.",) if name == "erreicht" else ()
    formula = "Summe der Gebiete und Altersgruppen"
    return build_schritt(_ZUSTAENDE[name], "Personen", formula, Rechnung.SUMME, parts, hinweise=hints)
