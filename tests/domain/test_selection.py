"""Selecting in memory: layers of points and of areas, and layers without anything in them."""

from typing import Any

import numpy as np
import pytest
import shapely
from domain.sentences import PROPERTIES, X0, Y0

from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.crs import CRS84, STORED
from infrastruktur.domain.layer import Features
from infrastruktur.domain.selection import select


def points(**columns: Any) -> Features:
    """Give a feature at the corner of the board, one 100 m east of it, and one without a point."""
    xy = np.array([[X0, Y0], [X0 + 100.0, Y0], [np.nan, np.nan]])
    return Features(id=["a", "b", "c"], columns=columns, geom_25832=xy)


def selected(written: str, features: Features, crs=STORED) -> str:
    chosen = select(parse_text(written, PROPERTIES, crs), features)
    assert (chosen.shape, chosen.dtype) == ((len(features),), np.bool_)
    return "".join(features.id[position] for position in np.flatnonzero(chosen))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("S_WITHIN(geometry, BBOX(289999,5619999,290050,5620050))", "a"),
        ("S_TOUCHES(geometry, BBOX(290000,5620000,290050,5620050))", "a"),
        ("S_DISJOINT(geometry, BBOX(290000,5620000,290050,5620050))", "b"),
        ("S_WITHIN(POINT(290100 5620000), geometry)", "b"),
        ("S_INTERSECTS(geometry, LINESTRING(290000 5620000,290100 5620000))", "ab"),
        ("geometry IS NULL", "c"),
    ],
)
def test_points(written, expected):
    assert selected(written, points()) == expected


def test_areas():
    near, far = shapely.box(X0, Y0, X0 + 50, Y0 + 50), shapely.box(X0 + 50, Y0, X0 + 100, Y0 + 50)
    areas = Features(id=["a", "b"], columns={}, geom_25832=np.array([near, far]))
    assert selected("S_CONTAINS(geometry, POINT(290010 5620010))", areas) == "a"
    assert selected("S_INTERSECTS(geometry, POINT(290050 5620010))", areas) == "ab"
    assert selected("S_WITHIN(geometry, BBOX(5,50,7,51))", areas, CRS84) == "ab"


def test_the_id_of_a_feature_is_a_property_even_where_it_is_no_column():
    assert selected("id IN ('a', 'c')", points()) == "ac"
    assert selected("id > 'x'", points(id=["x", "y", "z"])) == "bc"


def test_days_are_text_in_columns_and_compare_as_days():
    dated = points(stand=["2026-01-31", "2026-02-01", None])
    assert selected("stand > DATE('2026-01-31')", dated) == "b"
    assert selected("stand IN ('2026-01-31', DATE('2026-03-01'))", dated) == "a"
    assert selected("T_INTERSECTS(stand, INTERVAL('..','2026-01-31'))", dated) == "a"


@pytest.mark.parametrize("written", ["TRUE", "name = 'a' OR NOT aktiv", "S_DISJOINT(geometry, POINT(290000 5620000))"])
def test_a_layer_without_features_gives_none(written):
    nothing = Features(id=[], columns={"name": [], "aktiv": []}, geom_25832=np.empty((0, 2)))
    assert selected(written, nothing) == ""
