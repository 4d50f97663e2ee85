"""A place by its name: which one is meant, and its outline, as Nominatim knows them."""

import re
from dataclasses import dataclass

import msgspec
import shapely

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded, NotFound, SourceRefused
from infrastruktur.domain.geometry import GERMANY_4326, transform_geometry
from infrastruktur.intake.fetch import Errand, ask

SERVER = "Nominatim"
Outline = shapely.Polygon | shapely.MultiPolygon

_UMLAUTE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Ort:
    """A place with its outline (EPSG:4326).

    kennung: letters, digits and `-`, fit for a file name; weitere: names of other places that were found.
    """

    name: str
    kennung: str
    outline_4326: Outline
    weitere: tuple[str, ...] = ()

    @property
    def area_km2(self) -> float:
        """To two decimals, as `size` shows it."""
        return round(float(shapely.area(transform_geometry(self.outline_4326, 4326, 25832))) / 1e6, 2)

    @property
    def size(self) -> str:
        return f"{self.area_km2:g} km²".replace(".", ",")


class _Found(msgspec.Struct, frozen=True):
    """A result of Nominatim; a postcode has no id, and few have no importance."""

    display_name: str
    osm_type: str = ""
    osm_id: int = 0
    importance: float | None = None
    geojson: msgspec.Raw = msgspec.Raw()


def find_ort(name: str, errand: Errand) -> Ort:
    """Ask for a place; of several that have an outline the most important is meant, as Nominatim ranks them.

    Raises
    ------
    NotFound
        No place has this name.
    InvalidParameter
        The name is empty or no name.
    SourceRefused
        The place has no outline, lies elsewhere, or the answer is none.
    LimitExceeded
        The place is larger than `Limits.ort_km2`.
    SourceUnavailable
        As `fetch.ask`.

    """
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidParameter("--ort", "Erwartet wird ein Ortsname wie „Aachen, Deutschland“.")
    answer = ask(errand, SERVER, "Ort suchen", lambda osmnx: osmnx.geocode_to_gdf(name))
    ort = _choose(name, _read(answer))
    _check(ort, errand.settings.limits.ort_km2)
    return ort


def _read(answer: bytes) -> list[_Found]:
    try:
        found = msgspec.json.decode(answer, type=list[_Found])
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceRefused(
            SERVER, "Die Antwort ist keine Liste von Orten. Bitte die Adresse in INFRASTRUKTUR_NOMINATIM prüfen."
        ) from error
    return sorted(found, key=lambda each: -(each.importance or 0.0))


def _choose(name: str, found: list[_Found]) -> Ort:
    if not found:
        raise NotFound(f"Den Ort „{name}“ kennt {SERVER} nicht. Bitte Schreibweise und Land prüfen.")
    outlined = [(each, outline) for each in found if (outline := _outline(each.geojson)) is not None]
    if not outlined:
        raise SourceRefused(
            name, "Davon ist kein Umriss bekannt, nur ein Punkt. Bitte eine Gemeinde oder einen Kreis nennen."
        )
    (chosen, outline), *rest = outlined
    shown = _printable(chosen.display_name)
    others = dict.fromkeys(_printable(other.display_name) for other, _ in rest)
    return Ort(
        name=shown,
        kennung=f"{_slug(shown.partition(',')[0])}-{_slug(chosen.osm_type)[:1]}{chosen.osm_id}",
        outline_4326=outline,
        weitere=tuple(other for other in others if other != shown),
    )


def _outline(geojson: msgspec.Raw) -> Outline | None:
    outline = shapely.from_geojson(bytes(geojson), on_invalid="ignore") if bytes(geojson) else None
    if not isinstance(outline, Outline):
        return None
    outline = shapely.force_2d(outline if outline.is_valid else shapely.make_valid(outline))
    return outline if isinstance(outline, Outline) and outline.area > 0 else None


def _check(ort: Ort, limit_km2: int) -> None:
    if not ort.outline_4326.within(shapely.box(*GERMANY_4326)):
        raise SourceRefused(ort.name, "Der Ort liegt nicht in Deutschland. Bitte das Land mit angeben.")
    if ort.area_km2 > limit_km2:
        raise LimitExceeded(
            f"{ort.name} ist {ort.size} groß, herunterladen lassen sich höchstens {limit_km2} km². Bitte ein "
            "kleineres Gebiet wählen oder das Netz aus einem OSM-Auszug (.osm.pbf) bauen."
        )


def _printable(text: str) -> str:
    """Drop what would steer a terminal."""
    return "".join(character for character in text if character.isprintable())


def _slug(text: str) -> str:
    plain = text.lower().translate(_UMLAUTE)
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")
