"""From a record to an Angebot: dates become periods, numbers Kapazitäten, and the rest attributes.

What the schemas do not allow is refused with the row's line; nothing is mended in silence.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
import shapely

from infrastruktur.domain.angebot import (
    Angebot,
    Barrierefrei,
    Kapazitaet,
    Standort,
    Status,
    Statuszeit,
    merge_dated,
    normal_text,
)
from infrastruktur.domain.art import list_groessen, validate_angebot
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.geometry import describe_implausible, transform_xy
from infrastruktur.intake.readers.osm import ART, ID
from infrastruktur.intake.recipe import Recipe
from infrastruktur.intake.record import Record, clean_text
from infrastruktur.intake.transforms import apply_rule

_UPCOMING = (Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU)
_ATTRIBUTES = (
    *("aufnahmestopp_seit", "kapazitaet_anlass", "oeffnungszeiten", "internet", "fundstelle", "schulnummer"),
    *("einsatzgebiet", "rufbereitschaft_24h", "aufsuchend"),
    *("bedarfsbestaetigung", "bedarfsbestaetigung_fundstelle"),
)


def map_values(record: Record, recipe: Recipe) -> dict[str, Any]:
    """Apply all rules of the recipe; properties the record says nothing about are left out."""
    values = {name: apply_rule(name, rule, record, recipe.csv.dezimal) for name, rule in recipe.regeln.items()}
    return {name: value for name, value in values.items() if value is not None and value != ""}


def map_angebot(record: Record, recipe: Recipe) -> Angebot:
    """Build an Angebot and check it against the schema of its category.

    Raises
    ------
    Refused
        The record cannot be taken; the message says why in German.

    """
    values = map_values(record, recipe)
    if ART in record.werte:
        values["art"] = record.werte[ART]
    if missing := [name for name in ("art", "name") if name not in values]:
        raise Refused(f"Es fehlt: {', '.join(missing)}.")
    standort = _build_standort(record, recipe, values)
    angebot = Angebot(
        quelle=recipe.quelle,
        schluessel=row_key(record, recipe, values),
        art=values["art"],
        name=values["name"],
        standort=standort,
        traeger=values.get("traeger", ""),
        traeger_art=values.get("traeger_art", ""),
        status=merge_dated((), build_status(values)),
        kapazitaeten=merge_dated((), _build_kapazitaeten(values)),
        stand=values.get("stand", recipe.stichtag),
        zuletzt_geprueft=values.get("zuletzt_geprueft"),
        vertraulich=values.get("vertraulich", False),
        attribute={name: _plain(values[name]) for name in _ATTRIBUTES if name in values},
    )
    if wrong := validate_angebot(angebot):
        raise Refused(" ".join(wrong))
    return angebot


def find_row_key(record: Record, recipe: Recipe) -> str:
    """Find the source's own key of a row that may be faulty elsewhere; "" without one."""
    try:
        return row_key(record, recipe, {}) if recipe.schluessel else ""
    except Refused:
        return ""


def row_key(record: Record, recipe: Recipe, values: Mapping[str, Any]) -> str:
    """Take the source's own key; without one, a digest of what a person would recognise the row by."""
    if recipe.schluessel:
        parts = [clean_text(record.werte.get(column) or "") for column in recipe.schluessel]
        if not all(parts):
            raise Refused(f"Der Schlüssel ist leer ({', '.join(recipe.schluessel)}).")
        return "-".join(parts)
    identity = (values["art"], normal_text(values["name"]), _address(values))
    return sha256("|".join(identity).encode()).hexdigest()[:16]


def _address(values: Mapping[str, Any]) -> str:
    return normal_text(" ".join(values.get(name, "") for name in ("strasse", "hausnummer", "plz", "ort")))


def _build_standort(record: Record, recipe: Recipe, values: Mapping[str, Any]) -> Standort:
    """Place the Angebot; a Standort without a name is known by its whole address, else by its row.

    An OSM object is its own Standort: its point is better than what its address tags share.
    """
    whole = {"strasse", "hausnummer", "ort"} <= values.keys() and ID not in record.werte
    key = values.get("standort") or (_address(values) if whole else f"zeile {row_key(record, recipe, values)}")
    return Standort(
        schluessel=key,
        strasse=values.get("strasse", ""),
        hausnummer=values.get("hausnummer", ""),
        plz=values.get("plz", ""),
        ort=values.get("ort", ""),
        punkt_25832=_read_point(record, recipe, values),
        barrierefrei=Barrierefrei(values.get("barrierefrei", Barrierefrei.UNBEKANNT)),
        vertraulich=values.get("vertraulich", False),
    )


def _read_point(record: Record, recipe: Recipe, values: Mapping[str, Any]) -> tuple[float, float] | None:
    """Give the point in EPSG:25832; a file's geometry is in CRS84, a table's columns in the recipe's CRS."""
    epsg = recipe.epsg
    if record.geometrie is not None:
        inside = shapely.point_on_surface(record.geometrie)
        x, y, epsg = inside.x, inside.y, 4326
    elif "ostwert" in values and "nordwert" in values:
        x, y = values["ostwert"], values["nordwert"]
    elif "ostwert" in values or "nordwert" in values:
        raise Refused("Von der Koordinate steht nur ein Wert in der Zeile.")
    else:
        return None
    if "epsg" in values and values["epsg"] != f"EPSG:{epsg}":
        raise Refused(f"Die Koordinate ist in {values['epsg']}, das Rezept erwartet EPSG:{epsg}.")
    if wrong := describe_implausible(x, y, epsg):
        raise Refused(wrong)
    east, north = transform_xy(np.array([[x, y]]), epsg, 25832)[0].tolist()
    return east, north


def build_status(values: Mapping[str, Any]) -> tuple[Statuszeit, ...]:
    """Turn status, `status_ab`, `in_betrieb_ab` and `geschlossen_zum` into periods without gap or overlap.

    Raises
    ------
    Refused
        The dates contradict each other.

    """
    status = Status(values.get("status", Status.IN_BETRIEB))
    begin: date | None = values.get("status_ab")
    opening: date | None = values.get("in_betrieb_ab")
    last: date | None = values.get("geschlossen_zum")
    if status is Status.GESCHLOSSEN and last is None:
        return (Statuszeit(status=status, gueltig_von=begin),)
    pieces: list[tuple[Status, date | None]] = [(status, begin)]
    if status is Status.GESCHLOSSEN:
        pieces = [(Status.IN_BETRIEB, opening)]
    elif opening is not None and status in _UPCOMING:
        pieces.append((Status.IN_BETRIEB, opening))
    elif opening is not None and status is Status.IN_BETRIEB:
        pieces = [(status, opening)]
    if last is not None:
        pieces.append((Status.GESCHLOSSEN, last + timedelta(days=1)))
    return _close_periods(pieces)


def _close_periods(pieces: list[tuple[Status, date | None]]) -> tuple[Statuszeit, ...]:
    begins = [begin or date.min for _, begin in pieces]
    if begins != sorted(set(begins)):
        raise Refused("Die Daten zum Status widersprechen sich (Beginn, Eröffnung, Schließung).")
    ends = [begin - timedelta(days=1) for begin in begins[1:]]
    return tuple(
        Statuszeit(status=status, gueltig_von=begin, gueltig_bis=end)
        for (status, begin), end in zip(pieces, [*ends, None], strict=True)
    )


def _build_kapazitaeten(values: Mapping[str, Any]) -> tuple[Kapazitaet, ...]:
    begin = values.get("kapazitaet_ab")
    return tuple(
        Kapazitaet(groesse=groesse.code, wert=values[groesse.code], gueltig_von=begin)
        for groesse in list_groessen()
        if groesse.code in values
    )


def _plain(value: Any) -> str | float | bool:
    return value.isoformat() if isinstance(value, date) else value
