"""Two drawn layers with everything a file could get wrong, and batches that tell who holds them."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from infrastruktur.domain.layer import Collection, Features, Property

HOSTILE = '=HYPERLINK("http://x") \'ß"; \n\t<Ü>'
EAST, NORTH = 300_000.125, 5_630_000.5

POINTS = Collection(
    id="angebote",
    titel="Angebote: Probe/2025",
    beschreibung="Gezeichnet & erfunden.",
    geometry="Point",
    stichtag=date(2025, 12, 31),
    quellen=("Beispielregister (© Kreis, dl-de/by-2-0)", "Beispielliste"),
    properties=(
        Property(name="id", titel="Kennung", type="string"),
        Property(name="name", titel="Name", type="string"),
        Property(name="plz", titel="Postleitzahl", type="string"),
        Property(name="kapazitaet", titel="Kapazität", type="number", einheit="Plätze"),
        Property(name="angebote", titel="Zahl der Angebote", type="integer"),
        Property(name="stand", titel="Stand der Angaben", type="string", format="date"),
        Property(name="barrierefrei", titel="Barrierefrei", type="boolean"),
    ),
)
ROWS: list[dict[str, Any]] = [
    {"id": "a-1", "name": "Wäldchen", "plz": "01067", "kapazitaet": 12.5, "angebote": 3, "stand": "2025-03-01",
     "barrierefrei": True},
    {"id": "a-2", "name": HOSTILE, "plz": "52062", "kapazitaet": 80, "angebote": 2**40, "stand": "1899-12-31",
     "barrierefrei": False},
    {"id": "a-3", "name": None, "plz": None, "kapazitaet": None, "angebote": None, "stand": None,
     "barrierefrei": None},
    {"id": "a-4", "name": "", "plz": "00000", "kapazitaet": -0.1, "angebote": 0, "stand": "9999-12-31",
     "barrierefrei": True},
]  # fmt: skip
XY = np.array([[EAST, NORTH], [EAST + 1000, NORTH], [np.nan, np.nan], [EAST, NORTH + 1000]])

AREAS = Collection(
    id="kommunen",
    titel="Kommunen",
    beschreibung="Zwei Quadrate, das zweite mit Loch.",
    geometry="MultiPolygon",
    properties=(
        Property(name="schluessel", titel="Schlüssel", type="string"),
        Property(name="personen", titel="Personen", type="integer", einheit="Personen"),
    ),
)
SQUARE = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)
HOLED = shapely.MultiPolygon([SQUARE.difference(shapely.box(EAST + 10, NORTH + 10, EAST + 20, NORTH + 20))])


def points(rows: list[dict[str, Any]] = ROWS, xy_25832: Any = XY) -> Features:
    columns = {each.name: [row[each.name] for row in rows] for each in POINTS.properties}
    return Features(id=columns["id"], columns=columns, geom_25832=np.asarray(xy_25832, dtype=float).reshape(-1, 2))


def placed() -> Features:
    """Give the points that have a place."""
    known = [0, 1, 3]
    return points([ROWS[at] for at in known], XY[known])


def areas() -> Features:
    outlines = np.array([SQUARE, HOLED], dtype=object)
    keys = ["05334001", "05334002"]
    return Features(id=keys, columns={"schluessel": keys, "personen": [7, None]}, geom_25832=outlines)


def cut(features: Features, size: int) -> Iterator[Features]:
    """Cut features into batches."""
    for begin in range(0, len(features), size):
        part = slice(begin, begin + size)
        columns = {name: values[part] for name, values in features.columns.items()}
        yield Features(id=features.id[part], columns=columns, geom_25832=features.geom_25832[part])


class _Column(list[Any]):
    """A list that can be watched."""


def watched(batch: Features, count: int) -> Iterator[Features]:
    """Give `count` copies of a batch, and fail as soon as anything of more than the last one is held."""
    given: list[tuple[weakref.ref[Any], ...]] = []
    for _ in range(count):
        gc.collect()
        held = sum(any(part() is not None for part in parts) for parts in given)
        assert held <= 1, f"{held} batches are held"
        columns = {name: _Column(values) for name, values in batch.columns.items()}
        copy = replace(batch, columns=columns, geom_25832=batch.geom_25832.copy())
        given.append(tuple(map(weakref.ref, (copy, copy.geom_25832, *columns.values()))))
        yield copy
        del copy, columns
