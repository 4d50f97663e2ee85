"""From a record to an area, or to the people of one."""

import math
from datetime import date
from typing import Any, cast

import shapely

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.intake.mapping import map_values
from infrastruktur.intake.recipe import Recipe
from infrastruktur.intake.record import Record


def map_raum(record: Record, recipe: Recipe) -> Raum:
    """Build an area; its outline comes in CRS84 and is stored in EPSG:25832.

    Raises
    ------
    Refused
        A property or the outline is missing or no area.

    """
    values = _need(record, recipe, ("schluessel", "ebene", "name", "oberraum"))
    outline = record.geometrie
    if not isinstance(outline, shapely.Polygon | shapely.MultiPolygon):
        raise Refused("Der Raum hat keine Fläche.")
    parts = outline.geoms if isinstance(outline, shapely.MultiPolygon) else [outline]
    if values["ebene"] not in set(Ebene):
        raise Refused(f"Die Ebene „{values['ebene']}“ gibt es nicht. Möglich sind: {', '.join(Ebene)}.")
    return Raum(
        schluessel=values["schluessel"],
        ebene=Ebene(values["ebene"]),
        name=values["name"],
        oberraum=values["oberraum"],
        geom_25832=cast("shapely.MultiPolygon", transform_geometry(shapely.MultiPolygon(list(parts)), 4326, 25832)),
        gueltig_von=values.get("gueltig_von"),
        gueltig_bis=values.get("gueltig_bis"),
        quelle=recipe.quelle,
    )


def map_bevoelkerung(record: Record, recipe: Recipe) -> Bevoelkerung:
    """Build a count of people.

    Raises
    ------
    Refused
        A property is missing, the sex unknown or the count negative.

    """
    values = _need(record, recipe, ("raum", "gruppe", "personen"))
    stichtag = values.get("stichtag", recipe.stichtag)
    geschlecht = values.get("geschlecht", Geschlecht.INSGESAMT)
    if not isinstance(stichtag, date):
        raise Refused("Der Stichtag fehlt in der Zeile und im Rezept.")
    if geschlecht not in set(Geschlecht):
        raise Refused(f"Das Geschlecht „{geschlecht}“ gibt es nicht. Möglich sind: w, m, i (insgesamt).")
    if math.isnan(values["personen"]):
        raise Refused("Die Zahl der Personen ist unbekannt oder geheim.")
    if values["personen"] < 0:
        raise Refused("Die Zahl der Personen ist negativ.")
    return Bevoelkerung(
        quelle=recipe.quelle,
        stichtag=stichtag,
        raum=values["raum"],
        geschlecht=Geschlecht(geschlecht),
        gruppe=values["gruppe"],
        personen=values["personen"],
    )


def _need(record: Record, recipe: Recipe, names: tuple[str, ...]) -> dict[str, Any]:
    values = map_values(record, recipe)
    if missing := [name for name in names if name not in values]:
        raise Refused(f"Es fehlt: {', '.join(missing)}.")
    return values
