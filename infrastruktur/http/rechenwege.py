"""From a row of a figure to how its number came about: the address of its Rechenweg, by what row and question say."""

from collections.abc import Mapping, Sequence

import msgspec

from infrastruktur.domain.tabelle import Spalte, Tabelle, Wert
from infrastruktur.http.explanations import EXPLANATIONS
from infrastruktur.http.links import href
from infrastruktur.usecases.explain_bestand import OHNE
from infrastruktur.usecases.list_gaps import ZIEL

RECHENWEG = Spalte(name="rechenweg", titel="Wie die Zahlen zustande kommen")
_SCHLUESSEL: Mapping[str, Sequence[str]] = {
    "bestand": ("art", "gebiet"),
    "bestandsbericht": ("art", "gebiet"),
    "provision": ("indicator", "gebiet"),
    "coverage": ("ziel", "gebiet"),
    "gaps": ("ziel", "gebiet"),
    "versorgungsquartiere": ("kriterium", "gebiet"),
    "demand": ("gebiet", "regel", "tag", "variante"),
    "pflegebedarf": ("gebiet", "leistung"),
    "catchments": ("gebiet",),
    "siting": ("rang",),
}
"""What tells a row from the others of its figure."""
_ZAHL = {"zahl", "wert", "groesse"}
_ZELLE = "zelle"


def link_rechenwege(tabelle: Tabelle, name: str, written: Mapping[str, str], base_url: str) -> Tabelle:
    """Add the column `rechenweg`: of the first number a row has that can be explained, asked as the table was.

    Null where a row has no such number, is a single cell, or is a gap of no target.
    """
    if name not in _SCHLUESSEL:
        return tabelle
    ways = [_find_way(row, name, written, base_url) for row in tabelle.records()]
    return msgspec.structs.replace(
        tabelle,
        spalten=(*tabelle.spalten, RECHENWEG),
        zeilen=tuple((*zeile, way) for zeile, way in zip(tabelle.zeilen, ways, strict=True)),
    )


def _find_way(row: Mapping[str, Wert], name: str, written: Mapping[str, str], base_url: str) -> str | None:
    taken = {each.name: each for each in EXPLANATIONS[name].parameters}
    (zahl,) = taken.keys() & _ZAHL
    known = taken[zahl].schema["enum"][: 1 if "flaeche" in written else None]
    stated = next((each for each in known if row.get(each) is not None), None)
    if stated is None or row.get("ebene") == _ZELLE or row.get("herkunft", ZIEL) != ZIEL:
        return None
    asked = {key: text for key, text in written.items() if key in taken and key not in {"ebene", zahl}}
    return href(base_url, f"/planning/{name}/explain", {**asked, **_name_row(row, name, written), zahl: stated})


def _name_row(row: Mapping[str, Wert], name: str, written: Mapping[str, str]) -> dict[str, str]:
    """Say which row it is; a drawn area is its own key."""
    named = {key: str(row[key]) for key in _SCHLUESSEL[name] if row[key] not in {None, ""}}
    if "flaeche" in written:
        del named["gebiet"]
    elif "gebiet" in _SCHLUESSEL[name] and "gebiet" not in named:
        named |= {"gebiet": OHNE, "ebene": str(row["ebene"])}
    return named
