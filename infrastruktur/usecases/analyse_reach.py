"""Analyse where one gets to from a point: isochrones, for the eye; figures come from the cells."""

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, describe_implausible, transform_geometry, transform_xy
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.routing.isochrone import isochrones as draw_isochrones
from infrastruktur.routing.profiles import Modus, walking_speed_km_h
from infrastruktur.routing.snap import SnapReason, snap
from infrastruktur.settings import Limits
from infrastruktur.usecases.context import Context

ADULT_KM_H = 4.5

_NOT_SNAPPED = {
    SnapReason.TOO_FAR: "Der Punkt liegt zu weit von jeder Straße im Netz.",
    SnapReason.NO_POINT: "Das ist kein Punkt.",
}


class IsochroneFrage(msgspec.Struct, frozen=True, kw_only=True):
    """From which points (longitude, latitude), how, and how far; `altersgruppe` sets the walking speed."""

    points_4326: tuple[tuple[float, float], ...]
    modus: str
    minuten: tuple[int, ...]
    altersgruppe: str | None = None


class Isochrone(msgspec.Struct, frozen=True, kw_only=True):
    """One band of one point; without a geometry `grund` says why."""

    minuten: int
    punkt: int
    geometry_json: bytes | None
    area_km2: float
    grund: str | None


def isochrones(context: Context, frage: IsochroneFrage) -> tuple[Isochrone, ...]:
    """Draw what is reached from each point within each limit, largest band first so that it lies beneath.

    Raises
    ------
    LimitExceeded
        More points, bands or minutes than one request may ask for.
    InvalidParameter
        A mode nobody knows, or a point that cannot be one.

    """
    modus, minuten = _check(context.settings.limits, frage)
    network = context.network(modus)
    speed_km_h = None if modus is not Modus.ZU_FUSS else _speed_km_h(frage.altersgruppe)
    points = transform_xy(np.array(frage.points_4326, dtype=np.float64), 4326, 25832)
    bands: list[Isochrone] = []
    for number in range(len(points)):
        start = snap(network, points[number : number + 1])
        if start.edge[0] < 0:
            reason = _NOT_SNAPPED.get(SnapReason(int(start.reason[0])), "Der Punkt liegt an keiner Straße im Netz.")
            bands += [_empty(number, minutes, reason) for minutes in minuten]
            continue
        limits_s = [minutes * 60 for minutes in minuten]
        outlines = draw_isochrones(network, start, limits_s=limits_s, speed_km_h=speed_km_h)
        bands += [_band(number, minutes, each) for minutes, each in zip(minuten, outlines, strict=True)]
    return tuple(bands)


def _check(limits: Limits, frage: IsochroneFrage) -> tuple[Modus, tuple[int, ...]]:
    if frage.modus not in set(Modus):
        raise InvalidParameter("modus", f"Möglich sind {', '.join(Modus)}; für oepnv liegt kein Fahrplan vor.")
    modus = Modus(frage.modus)
    if not 1 <= len(frage.points_4326) <= limits.isochrone_points:
        raise LimitExceeded(f"Eine Anfrage darf 1 bis {limits.isochrone_points} Punkte nennen.")
    if not 1 <= len(frage.minuten) <= limits.isochrone_bands:
        raise LimitExceeded(f"Eine Anfrage darf 1 bis {limits.isochrone_bands} Zeitgrenzen nennen.")
    longest = {
        Modus.ZU_FUSS: limits.isochrone_minutes_walk,
        Modus.RAD: limits.isochrone_minutes_bike,
        Modus.PKW: limits.isochrone_minutes_car,
    }[modus]
    if min(frage.minuten) < 1 or max(frage.minuten) > longest:
        raise LimitExceeded(f"Möglich sind 1 bis {longest} Minuten.")
    for lon, lat in frage.points_4326:
        implausible = describe_implausible(lon, lat, 4326)
        if implausible is not None:
            raise InvalidParameter("punkt", f"{implausible} Erwartet wird Länge,Breite in Grad.")
    return modus, tuple(sorted(set(frage.minuten), reverse=True))


def _speed_km_h(altersgruppe: str | None) -> float:
    return ADULT_KM_H if altersgruppe is None else walking_speed_km_h(parse_gruppe(altersgruppe))


def _empty(punkt: int, minuten: int, grund: str) -> Isochrone:
    return Isochrone(minuten=minuten, punkt=punkt, geometry_json=None, area_km2=0.0, grund=grund)


def _band(punkt: int, minuten: int, outline_25832: shapely.MultiPolygon) -> Isochrone:
    outline = shapely.orient_polygons(transform_geometry(outline_25832, 25832, 4326))
    rounded = shapely.transform(outline, lambda xy: np.round(xy, COORDINATE_DECIMALS))
    area_km2 = round(float(shapely.area(outline_25832)) / 1e6, 4)
    written = str(shapely.to_geojson(rounded)).encode()
    return Isochrone(minuten=minuten, punkt=punkt, geometry_json=written, area_km2=area_km2, grund=None)
