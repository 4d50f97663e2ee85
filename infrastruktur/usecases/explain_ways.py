"""Explain how far people have it and among how many Träger they choose; for staff, who may count those of one way."""

from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.coverage import NICHT_ERREICHT
from infrastruktur.planning.ways import Wege
from infrastruktur.usecases.choose_areas import Gebietsschnitt
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import measure_reach
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.state_gaps import find_nearest

Floats = NDArray[np.float64]


class Wegzahl(StrEnum):
    """The numbers about ways that can be explained."""

    MEDIAN_MINUTEN = "median_minuten"
    P90_MINUTEN = "p90_minuten"
    MEDIAN_METER = "median_meter"
    P90_METER = "p90_meter"
    TRAEGER_MITTEL = "traeger_mittel"


_SHARES = {
    Wegzahl.MEDIAN_MINUTEN: 0.5,
    Wegzahl.MEDIAN_METER: 0.5,
    Wegzahl.P90_MINUTEN: 0.9,
    Wegzahl.P90_METER: 0.9,
}


_NUR_VERWALTUNG = (
    "Dieser Rechenweg zählt die Menschen einzelner Wege und steht nur der Verwaltung offen; öffentlich steht die Zahl "
    "in der Tabelle."
)


def require_staff_for_ways(context: Context) -> None:
    """Refuse the public what single ways, and so single cells, are made of.

    Raises
    ------
    NotAssessable
        The public asks.

    """
    if context.public:
        raise NotAssessable(Grund.GEHEIM, _NUR_VERWALTUNG)


def explain_ways(
    context: Context, ziel: Ziel, where: tuple[Gebietsschnitt, int], stichtag: date, zahl: Wegzahl
) -> Schritt:
    """Take a number about the ways to a target, in one of some areas, back to people.

    The people are those the target has a statement on. A quantile is the shortest way that at least its share of them
    does not exceed.
    """
    messung = measure_reach(context, ziel, stichtag)
    wege = messung.wege
    here, personen = _live_here(messung, wege, where)
    if zahl is Wegzahl.TRAEGER_MITTEL:
        return _average(messung.of_pieces(messung.traeger)[wege.order][here], personen, _name_quelle(messung))
    return _find_quantile(messung, wege.weg[here], personen, _SHARES[zahl])


def explain_nearest(
    context: Context, ziel: Ziel, where: tuple[Gebietsschnitt, int], stichtag: date, hinweise: tuple[str, ...]
) -> Schritt:
    """Take the way to what is nearest to most people without access, in one of some areas, back to them.

    It is the median of just those people (`planning.gaps.nearest_for_unserved`).
    """
    messung = measure_reach(context, ziel, stichtag)
    schnitt, at = where
    owner = int(find_nearest(messung, schnitt).owner[at])
    ways, people = [], []
    for teil, zustand, nearest in zip(messung.teile, messung.zustand, messung.nearest, strict=True):
        area, share = schnitt.of_pieces(teil.wohnorte.gitter)
        cell = teil.wohnorte.gitter.pieces.cell
        personen = teil.wohnorte.personen * share
        theirs = (area == at) & (zustand[cell] == NICHT_ERREICHT) & (messung.nearest_angebot[cell] == owner)
        theirs &= np.isfinite(nearest[cell]) & (personen > 0)
        ways.append(nearest[cell[theirs]] / (60 if messung.ziel.max_meter is None else 1))
        people.append(personen[theirs])
    weg, personen = np.concatenate(ways), np.concatenate(people)
    rising = np.argsort(weg, kind="stable")
    return _find_quantile(messung, weg[rising], personen[rising], 0.5, hinweise)


def _live_here(messung: Messung, wege: Wege, where: tuple[Gebietsschnitt, int]) -> tuple[NDArray[np.bool_], Floats]:
    """Find the ways that begin in an area, and how many people of it have each."""
    schnitt, at = where
    cut = [schnitt.of_pieces(teil.wohnorte.gitter) for teil in messung.teile]
    area, share = (np.concatenate(each)[wege.order] for each in zip(*cut, strict=True))
    here = (area == at) & (wege.personen * share > 0)
    return here, (wege.personen * share)[here]


def _name_quelle(messung: Messung) -> str:
    return f"{', '.join(sorted({teil.wohnorte.quelle for teil in messung.teile}))}; Wegenetz {messung.netz}"


def _find_quantile(
    messung: Messung, weg: Floats, personen: Floats, share: float, hinweise: tuple[str, ...] = ()
) -> Schritt:
    """Show at which way a share of the people (n,) is met; their ways (n,) rise."""
    quelle, einheit = _name_quelle(messung), "Minuten" if messung.ziel.max_meter is None else "Meter"
    running = np.cumsum(personen)
    value = weg[np.searchsorted(running, (share - 1e-9) * running[-1])]

    def count(name: str, those: NDArray[np.bool_]) -> Eingabe:
        return Eingabe(name=name, wert=float(personen[those].sum()), einheit="Personen", quelle=quelle)

    less, just = count("Kürzer haben es", weg < value), count("Genau so weit haben es", weg == value)
    classes = (less, just, count("Weiter haben es", weg > value))
    people = build_schritt("Personen", "Personen", "Summe der drei", Rechnung.SUMME, classes)
    part = Eingabe(name="Anteil", wert=share, einheit="", quelle="Welche Zahl der Zeile")
    threshold = build_schritt("So viele zählen", "Personen", "Anteil × Personen", Rechnung.PRODUKT, (part, people))
    way = Eingabe(name="Weg, bei dem es so viele sind", wert=float(value), einheit=einheit, quelle=quelle)
    formula = "Der kürzeste Weg, den mindestens so viele höchstens haben"
    parts = (threshold, less, just, way)
    return build_schritt("Weg", einheit, formula, Rechnung.QUANTIL, parts, hinweise=hinweise)


def _average(traeger: NDArray[np.int32], personen: Floats, quelle: str) -> Schritt:
    """Take the mean of how many Träger people (n,) reach back to how many people reach how many."""
    numbers, class_of = np.unique(traeger, return_inverse=True)
    people = np.bincount(class_of, weights=personen, minlength=len(numbers))
    counted = [
        Eingabe(name=f"Personen mit {number} Träger in Reichweite", wert=each, einheit="Personen", quelle=quelle)
        for number, each in zip(numbers.tolist(), people.tolist(), strict=True)
    ]
    choices = tuple(
        build_schritt(
            f"{number} × {each.name}",
            "",
            "Zahl der Träger × Personen",
            Rechnung.PRODUKT,
            (Eingabe(name="Träger", wert=float(number), einheit="", quelle="Klasse"), each),
        )
        for number, each in zip(numbers.tolist(), counted, strict=True)
    )
    total = build_schritt("Summe der Träger", "", "Summe der Klassen", Rechnung.SUMME, choices)
    everybody = build_schritt("Personen mit Aussage", "Personen", "Summe der Klassen", Rechnung.SUMME, tuple(counted))
    formula = "Summe der Träger ÷ Personen"
    return build_schritt("Träger in Reichweite", "Träger", formula, Rechnung.QUOTIENT, (total, everybody))
