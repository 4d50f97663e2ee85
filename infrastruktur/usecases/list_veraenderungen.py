"""List what changed between two Stichtage, or between two states of knowledge of one: a row per Angebot and difference.

Both sides are read as the layer `angebote` shows them to this reader, so that nothing hidden is in a difference either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from infrastruktur.domain.layer import Features
from infrastruktur.domain.query import Excerpt, Vergleich
from infrastruktur.domain.unterschied import Was
from infrastruktur.planning.bestandsvergleich import Angebotsstand, Unterschied, compare
from infrastruktur.planning.gaps import year_before
from infrastruktur.storage.angebote import list_ever_there
from infrastruktur.storage.layers import PointSelection, angebot_layer, select_page
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import describe_collections, describe_veraenderungen
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.publish_table import choose_stichtag

_COLUMNS = tuple(each.name for each in describe_veraenderungen().properties)
_PLACE = ("kommune", "sozialraum", "strasse", "hausnummer", "plz", "ort")
_ALL = Excerpt(10_000_000)
_CODES = {each.name: each.werte for each in describe_collections()[0].properties}
_TITLES: Mapping[Was, Mapping[str, str]] = {
    **dict.fromkeys((Was.EROEFFNET, Was.GESCHLOSSEN, Was.ENTFALLEN, Was.ANGEKUENDIGT, Was.STATUS), _CODES["status"]),
    Was.ART: _CODES["art"],
}


@dataclass(frozen=True)
class _Seite:
    """The Angebote of one side by id: as they stand, and all that the layer shows of each."""

    stand: Mapping[str, Angebotsstand]
    zeilen: Mapping[str, dict[str, Any]]


def list_veraenderungen(context: Context, stichtag: date | None, vergleich: Vergleich | None) -> Features:
    """List differences by Angebot, in the order of their ids; kept until something changes.

    Without a day compared with, it is a year before; without a moment, both sides are as they are known to `context`.

    Raises
    ------
    InvalidParameter
        As `look_back`.

    """
    asked = vergleich or Vergleich()
    day = choose_stichtag(context, stichtag)
    former = look_back(context.gegenwart or context, asked.known_at) if asked.known_at else context
    day_before = asked.stichtag or (year_before(day) if asked.known_at is None else day)
    key = ("veraenderungen", context.revision(), former.revision(), context.public, day, day_before)
    compute = partial(_compare, context, former, (day, day_before))
    return context.figures.recall(key, compute)


def _compare(context: Context, former: Context, days: tuple[date, date]) -> Features:
    day, day_before = days
    return _list(_read(former, day_before), _read(context, day), context, days)


def _read(context: Context, day: date) -> _Seite:
    layer = angebot_layer(PointSelection(stichtag=day, public=context.public))
    with context.store.read() as connection:
        features, _ = select_page(connection, layer, _ALL)
    rows = dict(zip(features.id, features.rows(), strict=True))
    places = [None if np.isnan(x) else (x, y) for x, y in features.geom_25832.tolist()]
    stand = {id_: _build(row, place) for (id_, row), place in zip(rows.items(), places, strict=True)}
    return _Seite(stand, rows)


def _build(row: Mapping[str, Any], xy_25832: tuple[float, float] | None) -> Angebotsstand:
    taken = {name: row[name] for name in ("name", "art", "traeger", "oeffnungszeiten", "status", "kapazitaet")}
    return Angebotsstand(**taken, adresse=_address(row), xy_25832=xy_25832)


def _address(row: Mapping[str, Any]) -> str:
    street, town = (" ".join(row[name] for name in pair if row[name]) for pair in (_PLACE[2:4], _PLACE[4:]))
    return ", ".join(part for part in (street, town) if part)


def _list(before: _Seite, after: _Seite, context: Context, days: tuple[date, date]) -> Features:
    gone = sorted(before.stand.keys() - after.stand.keys())
    with context.store.read() as connection:
        void = set(gone) - list_ever_there(connection, gone)
    rows: list[dict[str, Any]] = []
    places: list[tuple[float, float]] = []
    for id_ in sorted({*before.stand, *after.stand}):
        found = list(compare(before.stand.get(id_), after.stand.get(id_), void=id_ in void))
        newest = after if id_ in after.stand else before
        rows += [_row(id_, newest.zeilen[id_], each, days) for each in found]
        places += [newest.stand[id_].xy_25832 or (np.nan, np.nan)] * len(found)
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    return Features(columns["id"], columns, np.array(places, dtype=np.float64).reshape(-1, 2))


def _row(id_: str, shown: Mapping[str, Any], found: Unterschied, days: tuple[date, date]) -> dict[str, Any]:
    day, day_before = days
    return {
        "id": f"{id_}.{found.was}",
        "angebot": id_,
        **{name: shown[name] for name in ("name", "art", "traeger", *_PLACE)},
        "was": found.was.value,
        "vorher": _say(found, found.vorher),
        "nachher": _say(found, found.nachher),
        "differenz": found.differenz,
        "einheit": None if found.differenz is None else shown["einheit"],
        "stichtag": day.isoformat(),
        "stichtag_vorher": day_before.isoformat(),
    }


def _say(found: Unterschied, value: str | None) -> str | None:
    """Call a code by its title, as the layer does."""
    return None if value is None else _TITLES.get(found.was, {}).get(value, value)
