"""List what can be reached from a point, nearest first: what lies within 15 minutes of my mother's flat.

Travel times decide, not circles. What the list cannot know is said: a point on no street, Angebote without a point or
street, and after how many minutes the search met the edge of the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.art import get_art, list_arten
from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_xy
from infrastruktur.domain.query import Excerpt
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert, build_zeile
from infrastruktur.routing.search import travel_times
from infrastruktur.storage.angebote import Supply
from infrastruktur.storage.layers import PointSelection, angebot_layer, select_page
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.prepare_reise import (
    HINDERNISSE,
    Hindernis,
    Points,
    Reise,
    Richtung,
    Wer,
    minutes_to_edge,
    name_herkunft,
    open_reise,
    place_points,
    place_supply,
    whole_minutes,
)
from infrastruktur.usecases.read_supply import read_supply

TITEL = "In der Nähe"
NEARBY = (
    Spalte(name="rang", titel="Rang", typ=Typ.GANZZAHL),
    Spalte(name="id", titel="Kennung"),
    Spalte(name="name", titel="Name"),
    Spalte(name="art", titel="Art"),
    Spalte(name="art_titel", titel="Art (Bezeichnung)"),
    Spalte(name="traeger", titel="Träger"),
    Spalte(name="status", titel="Status"),
    Spalte(name="minuten", titel="Minuten, aufgerundet", typ=Typ.GANZZAHL, einheit="min"),
    Spalte(name="sekunden", titel="Sekunden", typ=Typ.ZAHL, einheit="s"),
    Spalte(name="luftlinie_m", titel="Luftlinie", typ=Typ.GANZZAHL, einheit="m"),
    Spalte(name="tuer", titel="Die Haustür ist kartiert, der Weg führt zu ihr", typ=Typ.WAHRHEIT),
    Spalte(name="strasse", titel="Straße"),
    Spalte(name="hausnummer", titel="Hausnummer"),
    Spalte(name="plz", titel="PLZ"),
    Spalte(name="ort", titel="Ort"),
    Spalte(name="laenge", titel="Länge", typ=Typ.ZAHL, einheit="°", nachkommastellen=COORDINATE_DECIMALS),
    Spalte(name="breite", titel="Breite", typ=Typ.ZAHL, einheit="°", nachkommastellen=COORDINATE_DECIMALS),
)
_OF_ANGEBOT = ("id", "name", "art", "traeger", "status", "strasse", "hausnummer", "plz", "ort")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Treffer:
    """What is shown, with the way to each (n,), the straight line, and whether the way leads to a mapped door."""

    supply: Supply
    seconds: Floats
    metres: Floats
    at_door: NDArray[np.bool_]


class NearbyFrage(Wer, frozen=True, kw_only=True):
    """From which point, how, how long, and what of; `art` may name several with |."""

    punkt: Points
    minuten: int
    art: str | None = None
    kategorie: str | None = None
    richtung: Richtung = Richtung.HIN
    limit: int = 50
    stichtag: date | None = None


class Befund(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the list.

    `grund` says why there is none. `gefunden` counts all within the minutes, shown or not; `ohne_punkt` and
    `ohne_strasse` those of the kinds asked for, anywhere in the catalogue, that no way can be found to. Up to
    `rand_minuten` the list misses nothing; None means it misses nothing at all.
    """

    grund: Hindernis | None
    insel: bool
    gefunden: int
    ohne_punkt: int
    ohne_strasse: int
    rand_minuten: int | None


class Nearby(msgspec.Struct, frozen=True, kw_only=True):
    """The list, nearest first, and what it cannot know."""

    tabelle: Tabelle
    befund: Befund


def list_nearby(context: Context, frage: NearbyFrage) -> Nearby:
    """List the Angebote within so many minutes, nearest first, ties by their place in the catalogue.

    Raises
    ------
    InvalidParameter
        Not exactly one point, one that cannot be one, or an unknown mode.
    LimitExceeded
        More minutes or Angebote than one request may ask for.
    NotFound
        A kind or category nobody knows.

    """
    _check(context, frage)
    day, reverse = frage.stichtag or context.today(), frage.richtung is Richtung.ZURUECK
    reise = open_reise(context, frage, [frage.minuten])
    supply = _asked(read_supply(context, day), frage)
    start, places = place_points(reise, frage.punkt, "punkt"), place_supply(reise, supply)
    limit_ds = reise.limit_ds(frage.minuten)
    found = travel_times(reise.network, start.snapped, places.snapped, limit_ds=limit_ds, reverse=reverse)
    order = np.argsort(found.time_ds, kind="stable")[: frage.limit]
    rows = found.target[order].astype(np.intp)
    metres = np.hypot(*(supply.xy_25832[rows] - start.xy_25832).T)
    shown = _Treffer(supply.take(rows), reise.seconds(found.time_ds[order]), metres, places.at_door[rows])
    on_map = np.isfinite(supply.xy_25832[:, 0])
    befund = Befund(
        grund=start.hindernis(0),
        insel=start.on_island(0),
        gefunden=len(found.target),
        ohne_punkt=int((~on_map).sum()),
        ohne_strasse=int((on_map & (places.snapped.edge < 0)).sum()),
        rand_minuten=minutes_to_edge(reise, start.snapped, limit_ds=limit_ds, reverse=reverse),
    )
    hinweise = (*_hinweise(frage, befund), *start.describe_doors(), *reise.describe_ways())
    zeilen, herkunft = _rows(context, shown, day), _herkunft(context, frage, day, reise, hinweise)
    return Nearby(tabelle=Tabelle(name="nearby", spalten=NEARBY, zeilen=zeilen, herkunft=herkunft), befund=befund)


def _check(context: Context, frage: NearbyFrage) -> None:
    most = context.settings.limits.nearby_angebote
    if len(frage.punkt) != 1:
        raise InvalidParameter("punkt", "Erwartet wird genau ein Punkt. Beispiel: 6.0839,50.7753.")
    if frage.limit > most:
        raise LimitExceeded(f"Höchstens {most} Angebote auf einmal, gefragt sind {frage.limit}.")


def _asked(supply: Supply, frage: NearbyFrage) -> Supply:
    """Narrow to the kinds asked for."""
    arten = None if frage.art is None else {get_art(code).code for code in frage.art.split("|")}
    if frage.kategorie is not None:
        of_kategorie = {art.code for art in list_arten(frage.kategorie)}
        arten = of_kategorie if arten is None else arten & of_kategorie
    return supply if arten is None else supply.take(np.flatnonzero(np.isin(supply.art, sorted(arten))))


def _rows(context: Context, shown: _Treffer, day: date) -> tuple[tuple[Wert, ...], ...]:
    ids = tuple(shown.supply.id.tolist())
    layer = angebot_layer(PointSelection(stichtag=day, ids=ids, public=context.public))
    with context.store.read() as connection:
        found, _ = select_page(connection, layer, Excerpt(len(ids)))
    known = {row["id"]: row for row in found.rows()}
    minutes = whole_minutes(shown.seconds)
    lonlat = np.round(transform_xy(shown.supply.xy_25832, 25832, 4326), COORDINATE_DECIMALS)
    return tuple(
        build_zeile(
            NEARBY,
            {name: known[id_][name] for name in _OF_ANGEBOT}
            | {
                "rang": at + 1,
                "art_titel": get_art(known[id_]["art"]).titel,
                "minuten": int(minutes[at]),
                "sekunden": round(float(shown.seconds[at]), 1),
                "luftlinie_m": round(float(shown.metres[at])),
                "tuer": bool(shown.at_door[at]),
                "laenge": float(lonlat[at, 0]),
                "breite": float(lonlat[at, 1]),
            },
        )
        for at, id_ in enumerate(ids)
    )


def _herkunft(context: Context, frage: NearbyFrage, day: date, reise: Reise, hinweise: tuple[str, ...]) -> Herkunft:
    asked = {name: getattr(frage, name) for name in ("punkt", "modus", "minuten", "art", "kategorie", "richtung")}
    parameter = asked | {"profil": reise.titel}
    return name_herkunft(context, TITEL, day, parameter=parameter, hinweise=hinweise)


def _hinweise(frage: NearbyFrage, befund: Befund) -> Iterator[str]:
    """Say in sentences what the list cannot know."""
    if befund.grund is not None:
        yield HINDERNISSE[befund.grund]
    if befund.insel:
        yield HINDERNISSE[Hindernis.INSEL]
    if befund.gefunden > frage.limit:
        yield f"Gezeigt sind die nächsten {frage.limit} von {befund.gefunden} erreichbaren Angeboten."
    if befund.rand_minuten is not None:
        yield (
            f"Vollständig bis {befund.rand_minuten} Minuten: Danach kam die Suche an den Rand der Daten, hinter dem "
            "es Weiteres geben kann."
        )
    if befund.ohne_punkt:
        yield f"Ohne Punkt und daher nie in der Liste: {befund.ohne_punkt} der gefragten Angebote."
    if befund.ohne_strasse:
        yield f"An keiner Straße im Netz und daher nie in der Liste: {befund.ohne_strasse} der gefragten Angebote."
