"""Explain whom a plan serves: by area, age group and whole minutes of their way; for staff.

Cells are counted and not named: how many people of an age live in one is spread from an area's count, and deeper than
`explain_coverage` goes nobody can recompute it.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.planning.siting.plan import Plan, Seats
from infrastruktur.routing.profiles import WALK_REFERENCE_KM_H
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.find_proposal import Antwort
from infrastruktur.usecases.search_sites import beyond_minutes
from infrastruktur.usecases.split_group import Gehende

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOISE_MINUTES = 1e-9
_CLASS_METERS = 100
_METERS_A_MINUTE = WALK_REFERENCE_KM_H * 1000 / 60


def explain_people(
    antwort: Antwort,
    name: str,
    formel: str,
    seats: Seats,
    minuten: Floats | None = None,
    hinweise: tuple[str, ...] = (),
) -> Schritt:
    """Sum people of demands, each once, by area and age group, and with `minuten` (s,) by the length of their way."""
    parts = [
        part
        for number, teil in enumerate(antwort.messung.teile)
        for part in _explain_part(antwort, (number, teil), seats, minuten)
    ]
    return build_schritt(name, "Personen", formel, Rechnung.SUMME, tuple(parts), hinweise=hinweise)


def _explain_part(
    antwort: Antwort, part: tuple[int, Gehende], seats: Seats, minuten: Floats | None
) -> Iterator[Herleitung]:
    """Count those of a part of the group, which moves alike, per leaf they live in."""
    number, teil = part
    pieces, nachfrage = teil.wohnorte.gitter.pieces, antwort.nachfrage
    n_cells = len(nachfrage.bewohner)
    mine = seats.demand // n_cells == number
    cell, share, weg = seats.demand[mine] % n_cells, np.zeros(n_cells), np.zeros(n_cells)
    share[cell] = seats.personen[mine] / nachfrage.beurteilt[number, cell]
    if minuten is not None:
        weg[cell] = minuten[mine]
    personen = np.where(nachfrage.inside[pieces.area], teil.wohnorte.personen, 0.0) * share[pieces.cell]
    for leaf in np.unique(pieces.area[personen > 0]).tolist():
        here = (pieces.area == leaf) & (personen > 0)
        name = f"{teil.gruppe.titel}, {antwort.gebiete.leaves[leaf].titel}"
        quelle = f"{teil.wohnorte.quelle}, verteilt auf Zensuszellen; Wegenetz {antwort.messung.netz}; {teil.profil}"
        cited = quelle, teil.wohnorte.stichtag
        if minuten is None:
            yield _count(f"{name}, {_say_cells(int(here.sum()))}", float(personen[here].sum()), cited)
            continue
        ways = _count_by_way(antwort, personen[here], weg[pieces.cell[here]], cited)
        yield build_schritt(name, "Personen", "Summe der Wege", Rechnung.SUMME, tuple(ways))


def _count_by_way(antwort: Antwort, personen: Floats, minuten: Floats, cited: tuple[str, date]) -> Iterator[Eingabe]:
    """Count people (n,), one number a cell, by whole minutes of their way, or by 100 m where the target has metres."""
    in_meters = antwort.messung.ziel.max_meter is not None
    width, einheit = (_CLASS_METERS, "Metern") if in_meters else (1, "Minuten")
    way = minuten * (_METERS_A_MINUTE if in_meters else 1.0)
    classes, class_of = _classify(way, width)
    for place, begin in enumerate(classes.tolist()):
        here = class_of == place
        said = f"{begin} bis unter {begin + width} {einheit}, {_say_cells(int(here.sum()))}"
        yield _count(said, float(personen[here].sum()), cited)


def _classify(way: Floats, width: int) -> tuple[Ints, Ints]:
    """Give where each class of ways begins (k,), and the class of each way (n,)."""
    begins, class_of = np.unique(np.floor((way + _NOISE_MINUTES) / width).astype(np.int64), return_inverse=True)
    return begins * width, class_of


def _say_cells(cells: int) -> str:
    return f"{cells} Zelle" if cells == 1 else f"{cells} Zellen"


def _count(name: str, personen: float, cited: tuple[str, date]) -> Eingabe:
    quelle, stichtag = cited
    return Eingabe(name=name, wert=personen, einheit="Personen", quelle=quelle, stichtag=stichtag)


# How far people have it on average


def explain_mean_way(antwort: Antwort, name: str, plan: Plan) -> Schritt:
    """Take the mean way of everybody under a plan back to how many people have which way, by whole minutes."""
    sites, everybody = antwort.vorschlag.sites, antwort.vorschlag.personen
    minuten = sites.minutes_between(plan.seats.site, plan.seats.demand)
    quelle = f"{antwort.messung.teile[0].wohnorte.quelle}; Wegenetz {antwort.messung.netz}"
    begins, class_of = _classify(minuten, 1)
    people = np.bincount(class_of, weights=plan.seats.personen, minlength=len(begins))
    mean = np.bincount(class_of, weights=plan.seats.personen * minuten, minlength=len(begins)) / people
    ways = [
        (f"{begin} bis unter {begin + 1} Minuten", *each)
        for begin, *each in zip(begins.tolist(), people.tolist(), mean.tolist(), strict=True)
    ]
    without = float(everybody.sum() - plan.seats.personen.sum())
    beyond = beyond_minutes(antwort.messung.ziel)
    if without > 0:
        ways.append(("weiter, oder ohne Platz" if antwort.frage.counts_places else "weiter", without, beyond))
    cited = quelle, antwort.messung.teile[0].wohnorte.stichtag
    counted = [_count(f"Personen, {said}", personen, cited) for said, personen, _ in ways]
    products = tuple(
        build_schritt(
            f"Wege, {said}",
            "Minuten",
            "Personen × Minuten im Mittel",
            Rechnung.PRODUKT,
            (each, Eingabe(name="Minuten im Mittel", wert=length, einheit="Minuten", quelle=quelle)),
        )
        for (said, _, length), each in zip(ways, counted, strict=True)
    )
    total = build_schritt("Alle Wege zusammen", "Minuten", "Summe der Klassen", Rechnung.SUMME, products)
    persons = build_schritt("Personen", "Personen", "Summe der Klassen", Rechnung.SUMME, tuple(counted))
    formel = f"Alle Wege ÷ Personen; was weiter ist, zählt {beyond:.0f} Minuten"
    return build_schritt(name, "Minuten", formel, Rechnung.QUOTIENT, (total, persons))


# Who has a place where


def explain_standing(antwort: Antwort, name: str, plan: Plan) -> Schritt:
    """Sum who has a place at what stands, Angebot by Angebot."""
    supply, seats = antwort.bestehende, plan.seats
    people = np.bincount(seats.site, weights=seats.personen, minlength=antwort.vorschlag.stands)
    parts = tuple(
        Eingabe(
            name=f"Mit Platz bei {supply.name[row]}",
            wert=float(people[row]),
            einheit="Personen",
            quelle=cite_angebot(supply, row),
            stichtag=antwort.messung.stichtag,
        )
        for row in np.flatnonzero(people[: len(supply)]).tolist()
    )
    return build_schritt(name, "Personen", "Summe der Angebote", Rechnung.SUMME, parts)
