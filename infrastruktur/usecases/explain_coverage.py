"""Explain a number of coverage: who reaches, who does not, of whom nothing is known, and how far people have it.

By area and age group; deeper it does not go: below stand single census cells, which are no one's to publish. To the
public it is the counts that the table shows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Ziel, get_ziel
from infrastruktur.planning import coverage
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage, choose_ziele
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Stufenschnitt, find_area
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_ways import Wegzahl, explain_ways, require_staff_for_ways
from infrastruktur.usecases.measure_reach import measure_reach
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.split_group import Gehende
from infrastruktur.usecases.spread_population import Gebiete

Floats = NDArray[np.float64]
_Tally = Callable[[Floats, NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], int], Floats]


class Personenzahl(StrEnum):
    """The numbers of people that can be explained, and their share, which is the first to be asked for."""

    ANTEIL_PROZENT = "anteil_prozent"
    PERSONEN = "personen"
    ERREICHT = "erreicht"
    NICHT_ERREICHT = "nicht_erreicht"
    OHNE_AUSSAGE = "ohne_aussage"
    ABSEITS = "abseits"
    RAND_DER_DATEN = "rand_der_daten"
    TRAEGER_UNBEKANNT = "traeger_unbekannt"
    UNERREICHBAR = "unerreichbar"


_ZUSTAENDE = {
    Personenzahl.ERREICHT: "Erreicht",
    Personenzahl.NICHT_ERREICHT: "Nicht erreicht",
    Personenzahl.OHNE_AUSSAGE: "Ohne Aussage",
}
"""In the order of a tally's columns."""
GERUNDET = (
    "Aus den veröffentlichten, ganzen Personen gerechnet; die Tabelle rechnet vor dem Runden. Personen können um eine "
    "abweichen, ein Anteil um so viel, wie eine Person ausmacht."
)
_GRUENDE = {
    Personenzahl.ABSEITS: "Ohne Aussage, weil die Wohnzelle an keiner Straße liegt",
    Personenzahl.RAND_DER_DATEN: "Ohne Aussage, weil die Suche an den Rand der Daten kam",
    Personenzahl.TRAEGER_UNBEKANNT: "Ohne Aussage, weil ein unbekannter Träger entscheidet",
    Personenzahl.UNERREICHBAR: "Nicht erreicht, und in zwei Stunden gar kein Angebot",
}
"""In the order of the columns of a tally by reason."""


def explain_coverage(
    context: Context, frage: CoverageFrage, gebiet: str, *, zahl: Personenzahl | Wegzahl = Personenzahl.ANTEIL_PROZENT
) -> Schritt:
    """Take a number of the coverage of one target back to counts of people, in the area of a key or in a drawn one.

    Raises
    ------
    InvalidParameter
        The question names no target, or the public asks for a drawn area.
    NotFound
        There is no such target or area.
    NotAssessable
        The table has no such number there, or it is staff's to recompute.

    """
    day = choose_stichtag(context, frage.stichtag)
    asked = _choose_ziel(context, frage, day)
    row = next((row for row in assess_coverage(context, frage).records() if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es am {day:%d.%m.%Y} nicht.")
    if row[zahl] is None:
        grund = Grund(str(row["grund"])) if row["grund"] else Grund.KEINE_DATEN
        raise NotAssessable(grund, f"Diese Zahl gibt es nicht (Grund: {grund}).")
    if isinstance(zahl, Wegzahl):
        require_staff_for_ways(context)
        return explain_ways(context, asked, find_area(read_population(context, day), gebiet, frage.flaeche), day, zahl)
    if zahl in _GRUENDE:
        require_staff_for_ways(context)
        return _count_by(context, asked, gebiet, day, frage.flaeche, of_reasons=True)[list(_GRUENDE).index(zahl)]
    if not context.public:
        return _state(asked, count_states(context, asked, gebiet, day, frage.flaeche), zahl)
    states = publish_states(row)
    if zahl is Personenzahl.PERSONEN and any(each.wert is None for each in states):
        return _as_step(_published(row, "Personen", row[zahl]))  # all are shown, and how they split is secret
    return _state(asked, states, zahl, (GERUNDET,))


def _choose_ziel(context: Context, frage: CoverageFrage, stichtag: date) -> Ziel:
    ziele = choose_ziele(context, frage, stichtag)
    if frage.ziel is not None:
        return get_ziel(ziele, frage.ziel)
    if frage.art is None:
        raise InvalidParameter(
            "ziel", "Zu einem Rechenweg gehört ein ziel, oder art mit modus, max_minuten und Gruppe."
        )
    return ziele[0]


def count_states(
    context: Context, ziel: Ziel, gebiet: str, stichtag: date, flaeche: Flaeche | None = None
) -> tuple[Schritt, ...]:
    """Count who reaches a target, who does not, and of whom nothing is known, by area and age group; for staff."""
    return _count_by(context, ziel, gebiet, stichtag, flaeche)


def publish_states(row: Mapping[str, Wert]) -> tuple[Eingabe, ...]:
    """Take the three counts as a protected row of coverage or gaps states them, in whole people."""
    return tuple(_published(row, titel, row.get(name, row.get("ohne_zugang"))) for name, titel in _ZUSTAENDE.items())


def _state(ziel: Ziel, states: tuple[Herleitung, ...], zahl: Personenzahl, hinweise: tuple[str, ...] = ()) -> Schritt:
    """Compute what is asked from the three states, whose sum are all people."""
    formula = "Summe der drei Zustände"
    personen = build_schritt("Personen", "Personen", formula, Rechnung.SUMME, states, hinweise=hinweise)
    if zahl is Personenzahl.PERSONEN:
        return personen
    if zahl in _ZUSTAENDE:
        return _as_step(states[list(_ZUSTAENDE).index(zahl)])
    hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
    scaled = build_schritt("100 × Erreicht", "", "100 × Erreicht", Rechnung.PRODUKT, (hundred, states[0]))
    formula = f"100 × Erreicht ÷ Personen: {ziel.titel} ({ziel.status})"
    return build_schritt("Anteil erreicht", "%", formula, Rechnung.QUOTIENT, (scaled, personen), hinweise=hinweise)


def _as_step(found: Herleitung) -> Schritt:
    """Give a step as it is, and a number that only the table states as a sum of that one."""
    if isinstance(found, Schritt):
        return found
    return build_schritt(found.name, found.einheit, "So steht es in der Tabelle", Rechnung.SUMME, (found,))


def _published(row: Mapping[str, Wert], titel: str, wert: Wert) -> Eingabe:
    day = row["stichtag_personen"]
    return Eingabe(
        name=titel,
        wert=float(wert) if isinstance(wert, int | float) else None,
        einheit="Personen",
        quelle=str(row["quelle_personen"]),
        stichtag=day if isinstance(day, date) else None,
    )


def _count_by(
    context: Context, ziel: Ziel, gebiet: str, stichtag: date, flaeche: Flaeche | None, *, of_reasons: bool = False
) -> tuple[Schritt, ...]:
    """Count people by state, or by reason, each a sum over the parts of an area and of the group."""
    messung = measure_reach(context, ziel, stichtag)
    verteilung = read_population(context, stichtag)
    schnitt, at = find_area(verteilung, gebiet, flaeche)
    said, tally, names, nowhere = (
        (messung.gruende, coverage.tally_reasons, _GRUENDE, coverage.ABSEITS)
        if of_reasons
        else (messung.zustand, coverage.tally, _ZUSTAENDE, coverage.OHNE_AUSSAGE)
    )
    counts = [
        _count_part(teil, per_cell, schnitt, at, (tally, nowhere))
        for teil, per_cell in zip(messung.teile, said, strict=True)
    ]
    return tuple(
        _sum_up(messung, verteilung.gebiete, [each[:, column] for each in counts], titel)
        for column, titel in enumerate(names.values())
    )


def _count_part(
    teil: Gehende, said: NDArray[np.uint8], schnitt: Gebietsschnitt, at: int, count: tuple[_Tally, int]
) -> Floats:
    """Tally those of a part of the group, which moves alike, who live in an area: (n_leaves, k) float64.

    `count` is by what, and which column takes those of whom nobody knows where in a leaf they live.
    """
    where, pieces = teil.wohnorte, teil.wohnorte.gitter.pieces
    tally, nowhere = count
    area, share = schnitt.of_pieces(where.gitter)
    here = area == at
    people = (where.personen * share)[here]
    counted = tally(people, pieces.area[here], pieces.cell[here], said, len(where.ohne_zelle))
    if isinstance(schnitt, Stufenschnitt):
        counted[:, nowhere] += np.where(schnitt.stufe.of_leaf == at, where.ohne_zelle, 0.0)
    return counted


def _sum_up(messung: Messung, gebiete: Gebiete, counts: Sequence[Floats], titel: str) -> Schritt:
    """Sum (n_leaves,) counts of each part of the group; those nobody is in are left out."""
    parts = tuple(
        Eingabe(
            name=f"{titel}: {teil.gruppe.titel}, {gebiete.leaves[leaf].titel}",
            wert=float(counted[leaf]),
            einheit="Personen",
            quelle=f"{teil.wohnorte.quelle}, verteilt auf Zensuszellen; Wegenetz {messung.netz}; {teil.profil}",
            stichtag=teil.wohnorte.stichtag,
        )
        for leaf in range(len(gebiete.leaves))
        for teil, counted in zip(messung.teile, counts, strict=True)
        if counted[leaf] > 0
    )
    hints = (
        (f"{len(messung.supply)} Angebote zählen für das Ziel.",) if titel == _ZUSTAENDE[Personenzahl.ERREICHT] else ()
    )
    formula = "Summe der Gebiete und Altersgruppen"
    return build_schritt(titel, "Personen", formula, Rechnung.SUMME, parts, hinweise=hints)
