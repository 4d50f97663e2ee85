"""Take stock: what exists on a Stichtag, by area and kind, and what changed since another one.

An Angebot that belongs to no area of a level, because it has no point, is counted in a row of its
own, so that the areas always add up to the Region.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.art import Art, list_arten
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.columns import BESTAND
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.place_supply import areas_of, place_supply, read_placed
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Gebiete, Stufe, spread_population

OHNE_ZUORDNUNG = "ohne Zuordnung"
GROESSE = "plaetze_zugelassen"
GEPLANT = (Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU)


def take_bestand(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, vergleich: date | None = None
) -> Tabelle:
    """State the Bestand of a Stichtag, beside the difference to another where one is named."""
    day = choose_stichtag(context, stichtag)
    usual = stichtag is None and vergleich is None
    table = recall_table(
        context, ("bestand", day, vergleich), lambda: state_bestand(context, list_arten(), day, vergleich), keep=usual
    )
    return publish_table(context, table, ebene=ebene)


def state_bestand(context: Context, arten: tuple[Art, ...], stichtag: date, vergleich: date | None = None) -> Tabelle:
    """State the Bestand of some kinds, at every level; compared is with the catalogue, never with a scenario."""
    gebiete = spread_population(context, stichtag).gebiete
    supply = of_region(read_placed(context, stichtag))
    before = None if vergleich is None else load_bestand(context.under(UNCHANGED), gebiete, vergleich)
    zeilen = [
        row
        for stufe in gebiete.stufen
        if stufe.raeume
        for art in arten
        for row in _rows_of_art(stufe, art, supply, before, {"stichtag": stichtag, "vergleich_stichtag": vergleich})
    ]
    herkunft = Herkunft(
        titel="Bestand",
        stichtag=stichtag,
        parameter={"vergleich": None if vergleich is None else vergleich.isoformat()},
        hinweise=(
            "In Betrieb zählt nur, was am Stichtag in Betrieb ist; Geplantes und Ruhendes steht daneben.",
            "Eingestreute Kurzzeitpflege ist in den Dauerpflegeplätzen enthalten und wird nicht addiert.",
        ),
    )
    return Tabelle(name="bestand", spalten=BESTAND, zeilen=tuple(zeilen), herkunft=herkunft)


def load_bestand(context: Context, gebiete: Gebiete, stichtag: date) -> Supply:
    """Load what belongs to the region, placed in its areas."""
    return place_supply(of_region(read_supply(context, stichtag)), gebiete)


def of_region(supply: Supply) -> Supply:
    """Take what belongs to the region: with a Kommune of it, or without a point and so perhaps in it."""
    return supply.take(np.flatnonzero(supply.lage != "ausserhalb"))


def _rows_of_art(
    stufe: Stufe, art: Art, supply: Supply, before: Supply | None, dates: dict[str, Wert]
) -> Iterable[tuple[Wert, ...]]:
    now = _count(stufe, art, supply)
    then = None if before is None else _count(stufe, art, before)
    for at, (area, counted) in enumerate(zip(list_gebiete(stufe), now, strict=True)):
        changed = {} if then is None else _difference(counted, then[at])
        if any(value for value in (*counted.values(), *changed.values())):
            names = {"art": art.code, "art_titel": art.titel, **dates}
            yield build_zeile(BESTAND, {**area, **names, **counted, **changed})


def list_gebiete(stufe: Stufe) -> list[dict[str, Wert]]:
    """Name the areas of a level, and behind them the row for what lies in none."""
    nowhere: dict[str, Wert] = {"ebene": stufe.raeume[0].ebene.value, "gebiet": None, "gebiet_name": OHNE_ZUORDNUNG}
    return [*(name_area(raum) for raum in stufe.raeume), nowhere]


def _count(stufe: Stufe, art: Art, supply: Supply) -> list[dict[str, Wert]]:
    of_art, where = locate_bestand(stufe, art, supply)
    return _sum_up(of_art, where, len(stufe.raeume) + 1, in_places=art.groesse == GROESSE)


def locate_bestand(stufe: Stufe, art: Art, supply: Supply) -> tuple[Supply, NDArray[np.int32]]:
    """Take the Angebote of a kind (n,), with the area of a level each counts in; behind the last: in none of them."""
    of_art = supply.take(np.flatnonzero(supply.art == art.code))
    areas = areas_of(of_art, stufe)
    if stufe.raeume[0].ebene is Ebene.SOZIALRAUM or stufe.raeume[0].ebene is Ebene.BEZIRK:
        divided = {raum.oberraum for raum in stufe.raeume}
        of_art_inside = np.isin(of_art.kommune, sorted(divided)) | (of_art.kommune == "")
        of_art, areas = of_art.take(np.flatnonzero(of_art_inside)), areas[of_art_inside]
    return of_art, np.where(areas < 0, len(stufe.raeume), areas).astype(np.int32)


def _sum_up(supply: Supply, where: NDArray[np.int32], n_areas: int, *, in_places: bool) -> list[dict[str, Wert]]:
    """Count the Angebote of a kind (n,) by area; of a kind counted in places, also those without their number."""

    def count(which: NDArray[np.bool_]) -> list[int]:
        found: list[int] = np.bincount(where[which], minlength=n_areas).tolist()
        return found

    running = supply.status == Status.IN_BETRIEB
    unknown = running & in_places & np.isnan(_size(supply, GROESSE))
    columns: dict[str, Sequence[Wert]] = {
        "angebote": count(running),
        "plaetze_zugelassen": _total(_size(supply, GROESSE), where, running, n_areas),
        "plaetze_betrieben": _total(_size(supply, "plaetze_betrieben"), where, running, n_areas),
        "geplant": count(np.isin(supply.status, GEPLANT)),
        "ohne_platzzahl": count(unknown),
        "ruhend": count(supply.status == Status.RUHEND),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _size(supply: Supply, groesse: str) -> NDArray[np.float64]:
    return supply.sizes.get(groesse, np.full(len(supply), np.nan))


def _total(
    values: NDArray[np.float64], where: NDArray[np.int32], running: NDArray[np.bool_], n_areas: int
) -> list[float | None]:
    """Sum what is known of the running (n,) by area; None where nothing is known."""
    known = running & np.isfinite(values)
    total = np.bincount(where[known], weights=values[known], minlength=n_areas).tolist()
    stated = np.bincount(where[known], minlength=n_areas).tolist()
    return [each if number else None for each, number in zip(total, stated, strict=True)]


def _difference(now: dict[str, Wert], then: dict[str, Wert]) -> dict[str, Wert]:
    places_now, places_then = _known_places(now), _known_places(then)
    unknown = places_now is None or places_then is None
    return {
        "angebote_differenz": int(_number(now["angebote"]) - _number(then["angebote"])),
        "plaetze_differenz": None if unknown else _number(places_now) - _number(places_then),
    }


def _known_places(counted: dict[str, Wert]) -> float | None:
    """Give the places of a day: nought where nothing is in operation, None where a number is unknown.

    Of a kind that is not counted in places nobody is asked for a number, and so none lacks one.
    """
    if counted["ohne_platzzahl"] or (counted["angebote"] and counted["plaetze_zugelassen"] is None):
        return None
    return _number(counted["plaetze_zugelassen"])


def _number(value: Wert) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
