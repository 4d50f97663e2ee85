"""What a layer's file holds beside its geometry: its columns with their types, and where it comes from."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from infrastruktur.domain.crs import CRS84, Crs
from infrastruktur.domain.layer import Collection, Features, Property
from infrastruktur.domain.tabelle import Spalte, Typ, Wert

_TYP = {
    ("integer", None): Typ.GANZZAHL,
    ("number", None): Typ.ZAHL,
    ("boolean", None): Typ.WAHRHEIT,
    ("string", "date"): Typ.DATUM,
}
_ID = Property(name="id", titel="Kennung", type="string")


def list_spalten(collection: Collection) -> tuple[Spalte, ...]:
    """List a file's columns: the layer's own, and first `id`, by which the API gives a feature, where it is none."""
    named = any(each.name == _ID.name for each in collection.properties)
    properties = collection.properties if named else (_ID, *collection.properties)
    return tuple(_spalte(each) for each in properties)


def _spalte(prop: Property) -> Spalte:
    typ = _TYP.get((prop.type, prop.format), Typ.TEXT)
    return Spalte(name=prop.name, titel=prop.titel, typ=typ, einheit=prop.einheit, nachkommastellen=None)


def values_of(features: Features, spalte: Spalte) -> list[Wert]:
    """Give a column's values (n,), days as days; no features need no columns."""
    if not len(features):
        return []
    values = features.columns.get(spalte.name, features.id if spalte.name == _ID.name else None)
    if values is None:
        raise KeyError(f"features have no column {spalte.name}")
    read = _READ.get(spalte.typ)
    return list(values) if read is None else [None if value is None else read(value) for value in values]


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value)


_READ: dict[Typ, Callable[[Any], Wert]] = {Typ.DATUM: date.fromisoformat, Typ.GANZZAHL: _whole}


def describe_herkunft(collection: Collection, crs: Crs) -> Iterator[tuple[str, str]]:
    """Say where a layer's file comes from, as pairs of a label and a text; it is as of now."""
    yield "Kartenebene", collection.titel
    yield "Name in der Schnittstelle", collection.id
    yield "Beschreibung", collection.beschreibung
    if collection.stichtag is not None:
        yield "Stichtag", f"{collection.stichtag:%d.%m.%Y}"
    yield "Abgerufen am", f"{datetime.now().astimezone():%d.%m.%Y %H:%M (UTC%z)}"
    yield from (("Quelle", quelle) for quelle in collection.quellen)
    yield "Koordinaten", f"{titel_of(crs)} (EPSG:{crs.epsg}), x nach Osten, y nach Norden"


def titel_of(crs: Crs) -> str:
    """Name a system by what it is, without an order of axes: files hold x first, whichever was asked for."""
    return {CRS84.epsg: "WGS 84", 4258: "ETRS89"}.get(crs.epsg, crs.titel)
