"""OpenStreetMap files: tagged nodes, closed ways and multipolygons, by the tag rules of a recipe.

An area is read as a point on its surface, since a building's centroid may lie in its courtyard.
Linear ways (a bus platform drawn as a line) are no areas and are passed over by osmium.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import osmium
import shapely

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.recipe import TagRegel
from infrastruktur.intake.record import Record

ART = "@art"
ID = "@id"


def read_osm(path: Path, rules: tuple[TagRegel, ...]) -> Iterator[Record]:
    """Read the objects one of the rules takes; the record's columns are the tags, `@id` (`n1`, `w1`, `r1`) and `@art`.

    Raises
    ------
    SourceRefused
        osmium cannot read the file.

    """
    keys = sorted({key for rule in rules for tags in rule.tags for key, value in tags.items() if value != "!"})
    wanted = osmium.filter.KeyFilter(*keys)
    try:
        for item in osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted):
            if isinstance(item, osmium.osm.Node | osmium.osm.Area):
                tags = {tag.k: tag.v for tag in item.tags}
                if art := find_art_of_tags(tags, rules):
                    yield _read_object(item, tags, art)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise SourceRefused(path.name, "Die OSM-Datei ist nicht lesbar. Bitte neu herunterladen.") from error


def find_art_of_tags(tags: dict[str, str], rules: tuple[TagRegel, ...]) -> str | None:
    """Find the Art by the first rule that fits; None when none does."""
    for rule in rules:
        if any(all(_fits(tags.get(key), value) for key, value in wanted.items()) for wanted in rule.tags):
            return rule.art
    return None


def _fits(found: str | None, wanted: str) -> bool:
    """Compare a tag's value; OSM lists several values with semicolons."""
    if wanted == "!":
        return found is None
    return found is not None and (wanted == "*" or wanted in found.replace(" ", "").split(";"))


_WKB = osmium.geom.WKBFactory()


def _read_object(item: Any, tags: dict[str, str], art: str) -> Record:
    if item.is_node():
        return Record(None, {**tags, ID: f"n{item.id}", ART: art}, shapely.Point(item.location.lon, item.location.lat))
    outline = shapely.from_wkb(_WKB.create_multipolygon(item))
    code = f"{'w' if item.from_way() else 'r'}{item.orig_id()}"
    return Record(None, {**tags, ID: code, ART: art}, shapely.point_on_surface(outline))
