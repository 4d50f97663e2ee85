"""Areas: Sozialraum, Bezirk, Kommune and Region, their keys, and in which of them a point lies."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import SourceRefused

_LABEL = re.compile(r"(AC|SI|A|B|E|H|M|R|S|W)\s*(\d{1,2})\s*([a-z])?", re.ASCII)
_KEY = re.compile(r"(?P<ags>\d{8})-(?P<prefix>[A-Z]{1,2})(?P<number>\d{2})(?P<letter>[a-z])?", re.ASCII)


class Ebene(StrEnum):
    """The levels figures are stated at, lowest first. A Bezirk stands in where no Sozialraum is known."""

    SOZIALRAUM = "sozialraum"
    BEZIRK = "bezirk"
    KOMMUNE = "kommune"
    REGION = "region"


class Raum(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an area's outline. `gueltig_bis` is the last valid day; None is open."""

    schluessel: str
    ebene: Ebene
    name: str
    oberraum: str
    """AGS of the Kommune for a Sozialraum, Regionalschlüssel for a Kommune."""
    geom_25832: shapely.MultiPolygon
    gueltig_von: date | None = None
    gueltig_bis: date | None = None
    quelle: str

    @property
    def titel(self) -> str:
        """How a person calls it: "S 3a" for a Sozialraum that has no name of its own."""
        return self.name or label_of_key(self.schluessel)


class Lagezeit(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a place lies in the same areas; both days inclusive, None open."""

    kommune: str | None
    sozialraum: str | None
    gueltig_von: date | None = None
    gueltig_bis: date | None = None


def list_turns(raeume: Iterable[Raum]) -> list[date]:
    """List the days on which other versions of areas are valid than the day before."""
    begins = {raum.gueltig_von for raum in raeume if raum.gueltig_von is not None}
    ends = {raum.gueltig_bis for raum in raeume if raum.gueltig_bis is not None and raum.gueltig_bis < date.max}
    return sorted(begins | {end + timedelta(days=1) for end in ends})


def key_of_label(ags: str, label: str) -> str:
    """Build the key of a Sozialraum from the official map's label: `S 3a` → `05334032-S03a`.

    Raises
    ------
    SourceRefused
        The label is not one of the official map.

    """
    match = _LABEL.fullmatch(label.strip())
    if match is None:
        raise SourceRefused("Sozialräume", f"„{label}“ ist keine Bezeichnung der amtlichen Karte (Beispiel: S 3a).")
    prefix, number, letter = match.groups()
    return f"{ags}-{prefix}{int(number):02d}{letter or ''}"


def label_of_key(key: str) -> str:
    """Write a Sozialraum's key as the official label: `05334032-S03a` → `S 3a`; other keys stay."""
    match = _KEY.fullmatch(key)
    return key if match is None else f"{match['prefix']} {int(match['number'])}{match['letter'] or ''}"


def locate(xy_25832: NDArray[np.float64], outlines_25832: Sequence[shapely.Geometry]) -> NDArray[np.int32]:
    """Find for each point (n, 2) the index of the area that holds it, -1 for none.

    A point on a shared border belongs to exactly one area, the first in order; NaN points to none.
    """
    found = np.full(len(xy_25832), -1, dtype=np.int32)
    known = np.isfinite(xy_25832).all(axis=1)
    if not known.any() or not len(outlines_25832):
        return found
    points = np.atleast_1d(np.asarray(shapely.points(xy_25832[known])))
    point, area = shapely.STRtree(outlines_25832).query(points, predicate="intersects")
    first = np.full(len(points), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(first, point, area.astype(np.int32))
    found[known] = np.where(first == np.iinfo(np.int32).max, -1, first)
    return found
