"""Analyse where one gets to within so many minutes, or from where: areas for the eye, people from their cells.

A start is a point, an Angebot, or all Angebote of some kinds together. The figures beside an area do not come from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_geometry, transform_xy
from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Herkunft
from infrastruktur.planning.disclosure import THRESHOLD
from infrastruktur.routing.isochrone import isochrones, reached_roads
from infrastruktur.routing.snap import Snapped
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.count_residents import (
    Bewohner,
    Zahl,
    count_within,
    locate_residents,
    publish_counts,
)
from infrastruktur.usecases.prepare_reise import (
    HINDERNISSE,
    Hindernis,
    Orte,
    Points,
    Reise,
    Richtung,
    Wer,
    minutes_to_edge,
    name_herkunft,
    open_reise,
    place_angebote,
    place_points,
    place_supply,
)
from infrastruktur.usecases.read_supply import read_supply

TITEL = "Isochronen"
_ONE_OF = "Bitte genau eine Angabe: punkt, angebot oder art."


class IsochroneFrage(Wer, frozen=True, kw_only=True):
    """From where, how, and how far. `richtung` None is away from points, and towards Angebote."""

    punkt: Points = ()
    angebot: tuple[str, ...] = ()
    art: str | None = None
    minuten: tuple[int, ...]
    richtung: Richtung | None = None
    kanten: bool = False
    stichtag: date | None = None

    @property
    def reverse(self) -> bool:
        """Whether people travel towards the start."""
        return (self.richtung or (Richtung.ZURUECK if self.punkt else Richtung.HIN)) is Richtung.HIN


class Isochrone(msgspec.Struct, frozen=True, kw_only=True):
    """One band of one start; without a geometry `grund` says why.

    `start` names it: number of the point, or id and name of the Angebot, and its door where that is mapped; or the
    kinds and how many Angebote of them count, have no point, lie on no street, or are entered by a mapped door.
    `rand_minuten` as in nearby: up to there the band misses nothing.
    """

    start: dict[str, Any]
    minuten: int
    geometry_json: bytes | None
    area_km2: float | None = None
    laenge_km: float | None = None
    personen: dict[str, Zahl] = {}
    rand_minuten: int | None = None
    grund: Hindernis | None = None
    hinweis: str | None = None


class Isochronen(msgspec.Struct, frozen=True, kw_only=True):
    """All bands, the largest of a start first so that it lies beneath, and where they come from."""

    bands: tuple[Isochrone, ...]
    herkunft: Herkunft


@dataclass(frozen=True)
class _Start:
    worte: dict[str, Any]
    orte: Orte

    @property
    def hindernis(self) -> Hindernis | None:
        if not len(self.orte):
            return Hindernis.KEIN_ANGEBOT
        reasons = [self.orte.hindernis(place) for place in range(len(self.orte))]
        return None if None in reasons else reasons[0]


@dataclass(frozen=True)
class _Question:
    """What every start is asked, opened: limits in minutes, the longest first."""

    frage: IsochroneFrage
    minuten: tuple[int, ...]
    reise: Reise
    bewohner: tuple[Bewohner, ...]
    public: bool


def analyse_isochrones(context: Context, frage: IsochroneFrage) -> Isochronen:
    """Draw what is reached within each limit from each start, or from where it is.

    Raises
    ------
    LimitExceeded
        More starts, bands, minutes or roads than one request may ask for.
    InvalidParameter, NotFound
        No start or several kinds of them, one that cannot be one, an unknown mode.

    """
    _check(context, frage)
    reise = open_reise(context, frage, frage.minuten)
    day = frage.stichtag or context.today()
    starts = tuple(_list_starts(context, frage, reise, day))
    bewohner = locate_residents(context, reise, frage.altersgruppe, frage.stichtag)
    asked = _Question(frage, tuple(sorted(set(frage.minuten), reverse=True)), reise, bewohner, context.public)
    bands: list[Isochrone] = []
    roads, most = 0, context.settings.limits.isochrone_edges
    for number, start in enumerate(starts):
        tell(f"Ort {number + 1} von {len(starts)}", number / len(starts))
        shapes = _draw(asked, start)
        roads += sum(map(_count_roads, shapes))
        if roads > most:
            raise LimitExceeded(f"Mit kanten=ja höchstens {most} Straßenstücke; bitte weniger Minuten oder Orte.")
        bands += _bands(asked, start, shapes)
    return Isochronen(bands=tuple(bands), herkunft=_herkunft(context, asked, day))


def _count_roads(shape: tuple[shapely.MultiPolygon, shapely.MultiLineString | None]) -> int:
    return 0 if shape[1] is None else int(shapely.get_num_geometries(shape[1]))


def _check(context: Context, frage: IsochroneFrage) -> None:
    limits = context.settings.limits
    if (bool(frage.punkt), bool(frage.angebot), bool(frage.art)).count(True) != 1:
        raise InvalidParameter("punkt", _ONE_OF)
    starts, bands = len(frage.punkt) + len(frage.angebot), len(set(frage.minuten))
    if starts > limits.isochrone_points:
        raise LimitExceeded(f"Höchstens {limits.isochrone_points} Orte auf einmal, gefragt sind {starts}.")
    if bands > limits.isochrone_bands:
        raise LimitExceeded(f"Höchstens {limits.isochrone_bands} Zeiten auf einmal, gefragt sind {bands}.")
    if not bands:
        raise InvalidParameter("minuten", "Es fehlt eine Reisezeit.")


def _list_starts(context: Context, frage: IsochroneFrage, reise: Reise, day: date) -> Iterator[_Start]:
    if frage.art is not None:
        yield _start_of_kinds(read_supply(context, day), frage.art, reise)
        return
    if frage.punkt:
        for number, punkt in enumerate(frage.punkt):
            orte = place_points(reise, (punkt,), "punkt")
            yield _Start({"punkt": number, **_name_door(orte)}, orte)
        return
    supply = read_supply(context, day)
    names = dict(zip(supply.id.tolist(), supply.name.tolist(), strict=True))
    for id_ in frage.angebot:
        orte = place_angebote(reise, supply, (id_,))
        yield _Start({"angebot": id_, "name": names[id_], **_name_door(orte)}, orte)


def _name_door(orte: Orte) -> dict[str, float | None]:
    """Name the place of the one door, where it is known."""
    if not orte.at_door[0]:
        return {"tuer_laenge": None, "tuer_breite": None}
    lon, lat = np.round(transform_xy(orte.door_25832, 25832, 4326), COORDINATE_DECIMALS)[0].tolist()
    return {"tuer_laenge": lon, "tuer_breite": lat}


def _start_of_kinds(supply: Supply, art: str, reise: Reise) -> _Start:
    """Take everything of some kinds that is in operation as one start: who reaches the nearest of them."""
    arten = [get_art(code).code for code in art.split("|")]
    counts = np.isin(supply.art, arten) & (supply.status == Status.IN_BETRIEB)
    chosen = supply.take(np.flatnonzero(counts))
    orte = place_supply(reise, chosen)
    on_map = np.isfinite(chosen.xy_25832[:, 0])
    worte = {
        "art": art,
        "angebote": len(chosen),
        "ohne_punkt": int((~on_map).sum()),
        "ohne_strasse": int((on_map & (orte.snapped.edge < 0)).sum()),
        "an_tueren": int(orte.at_door.sum()),
    }
    return _Start(worte, orte)


def _draw(asked: _Question, start: _Start) -> Sequence[tuple[shapely.MultiPolygon, shapely.MultiLineString | None]]:
    """Draw the area, and the roads if asked for, of each band; nothing for a start that is not on the network."""
    if start.hindernis is not None:
        return ()
    given: dict[str, Any] = {
        "limits_s": [minutes * 60 for minutes in asked.minuten],
        "speed_km_h": asked.reise.speed_km_h,
        "reverse": asked.frage.reverse,
    }
    areas = isochrones(asked.reise.network, start.orte.snapped, **given)
    if not asked.frage.kanten:
        return [(area, None) for area in areas]
    return list(zip(areas, reached_roads(asked.reise.network, start.orte.snapped, **given), strict=True))


def _bands(
    asked: _Question,
    start: _Start,
    shapes: Sequence[tuple[shapely.MultiPolygon, shapely.MultiLineString | None]],
) -> Iterator[Isochrone]:
    grund = start.hindernis
    if grund is not None:
        for minutes in asked.minuten:
            yield Isochrone(
                start=start.worte, minuten=minutes, geometry_json=None, grund=grund, hinweis=HINDERNISSE[grund]
            )
        return
    limits_ds = [asked.reise.limit_ds(minutes) for minutes in asked.minuten]
    people = _count_people(asked, start.orte.snapped, limits_ds)
    edge = minutes_to_edge(asked.reise, start.orte.snapped, limit_ds=max(limits_ds), reverse=asked.frage.reverse)
    island = all(start.orte.on_island(place) for place in range(len(start.orte)) if start.orte.hindernis(place) is None)
    for column, (minutes, (area, roads)) in enumerate(zip(asked.minuten, shapes, strict=True)):
        yield Isochrone(
            start=start.worte,
            minuten=minutes,
            geometry_json=_to_geojson(area if roads is None else roads),
            area_km2=round(float(shapely.area(area)) / 1e6, 4),
            laenge_km=None if roads is None else round(float(shapely.length(roads)) / 1e3, 3),
            personen={code: counts[column] for code, counts in people.items()},
            rand_minuten=edge if edge is not None and edge < minutes else None,
            hinweis=HINDERNISSE[Hindernis.INSEL] if island else None,
        )


def _count_people(asked: _Question, places: Snapped, limits_ds: Sequence[int]) -> dict[str, list[Zahl]]:
    """Count per group and band, in the bands' order."""
    shortest_first = sorted(limits_ds)
    counted = count_within(asked.reise, asked.bewohner, places, shortest_first, reverse=asked.frage.reverse)
    published = publish_counts(asked.bewohner, counted, public=asked.public)
    return {
        each.gruppe.code: [row[shortest_first.index(limit)] for limit in limits_ds]
        for each, row in zip(asked.bewohner, published, strict=True)
    }


def _to_geojson(shape_25832: shapely.Geometry) -> bytes:
    """Write a shape in CRS84, rings wound as RFC 7946 wants them, at seven decimals."""
    shape = shapely.orient_polygons(transform_geometry(shape_25832, 25832, 4326))
    rounded = shapely.transform(shape, lambda xy: np.round(xy, COORDINATE_DECIMALS))
    return str(shapely.to_geojson(rounded)).encode()


def _herkunft(context: Context, asked: _Question, day: date) -> Herkunft:
    frage = asked.frage
    parameter = {
        "modus": frage.modus,
        "profil": asked.reise.titel,
        "richtung": Richtung.HIN if frage.reverse else Richtung.ZURUECK,
        "altersgruppe": frage.altersgruppe,
        "minuten": list(asked.minuten),
    }
    return name_herkunft(context, TITEL, day, parameter=parameter, hinweise=_hinweise(asked))


def _hinweise(asked: _Question) -> Iterator[str]:
    yield from asked.reise.describe_ways()
    yield "Die Flächen sind für das Auge. Wie viele Menschen es sind, sagen die Reisezeiten ihrer Zellen."
    located = [each for each in asked.bewohner if each.personen is not None]
    for quelle, stichtag in dict.fromkeys((each.quelle, each.stichtag) for each in located):
        yield f"Einwohner der Region: {quelle}, {stichtag:%d.%m.%Y}."
    for each in located:
        missing = round(each.ohne_aussage)
        if missing and not (asked.public and missing < THRESHOLD):
            yield f"{missing} Menschen ({each.gruppe.titel}) wohnen an keiner Straße im Netz und sind nirgends gezählt."
    if asked.public:
        yield "Zahlen unter 10 sind geheim, ebenso, was sie durch Abziehen verriete."
