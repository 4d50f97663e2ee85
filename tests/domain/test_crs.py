"""Rectangles of every system in the plane: what lies inside one in its own system lies inside it here."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.crs import ALL, STORED, Crs, get_crs, to_crs, window_of
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.geometry import Bbox, parse_bbox, transform_xy

EAST = st.floats(280_000, 340_000)
NORTH = st.floats(5_590_000, 5_640_000)
SYSTEMS = st.sampled_from(ALL)


def _own(crs: Crs, x: float, y: float) -> tuple[float, float]:
    first, second = to_crs(np.array([[x, y]]), crs)[0].tolist()
    return (second, first) if crs.northing_first else (first, second)


@given(SYSTEMS, st.lists(st.tuples(EAST, NORTH), min_size=2, max_size=2), EAST, NORTH)
def test_a_point_is_in_the_window_when_it_is_in_the_rectangle(
    crs: Crs, corners: list[tuple[float, float]], x: float, y: float
) -> None:
    placed = np.array([_own(crs, *corner) for corner in corners])
    low, high = placed.min(axis=0), placed.max(axis=0)
    window = window_of(Bbox((*low, *high)), crs)
    outline = window.polygon_25832()
    own = _own(crs, x, y)
    inside = bool(np.all(own >= low) and np.all(own <= high))
    # Within 5 cm of an edge rounding decides.
    if shapely.distance(shapely.boundary(outline), shapely.points(x, y)) > 0.05:
        assert shapely.intersects_xy(outline, x, y) == inside
    if inside:
        assert shapely.intersects_xy(shapely.box(*window.around_25832), x, y)


def test_the_edges_of_a_degree_rectangle_bend() -> None:
    window = window_of(Bbox((6.0, 50.4, 6.6, 50.9)), ALL[0])
    assert window.ring_25832 is not None
    hull = shapely.convex_hull(window.polygon_25832())
    assert hull.area > window.polygon_25832().area, "the south edge bulges inwards"
    assert shapely.area(shapely.box(*window.around_25832)) > window.polygon_25832().area


def test_the_box_of_what_was_written_finds_it_again() -> None:
    random = np.random.default_rng(1)
    places = np.column_stack((random.uniform(280_000, 340_000, 50), random.uniform(5_590_000, 5_640_000, 50)))
    for crs in ALL:
        for place, written in zip(places, np.round(to_crs(places, crs), crs.decimals).tolist(), strict=True):
            x, y = written[::-1] if crs.northing_first else written
            window = window_of(Bbox((x, y, x, y)), crs)
            outline = window.polygon_25832()
            assert shapely.intersects_xy(outline, *place), crs.uri


def test_a_rectangle_elsewhere_on_earth_holds_nothing_of_ours() -> None:
    for box in ((177, 65, 180, 70), (-180, -90, -179, -89), (0, 0, 0, 0)):
        window = window_of(Bbox(box), ALL[0])
        assert window.around_25832 == (0, 0, 0, 0)
    whole = window_of(Bbox((-180, -90, 180, 90)), ALL[0])
    assert shapely.intersects_xy(whole.polygon_25832(), 300_000, 5_630_000)


def test_axes_are_read_in_the_order_of_their_system() -> None:
    latlon = parse_bbox("50.7,6.0,50.8,6.1", northing_first=True)
    assert latlon == parse_bbox("6.0,50.7,6.1,50.8")
    assert parse_bbox("50.7,6.0,-5,50.8,6.1,900", northing_first=True) == latlon
    with pytest.raises(InvalidParameter, match="Westen"):
        parse_bbox("300000,5600000,290000,5610000", geographic=False)


def test_only_known_systems_are_taken() -> None:
    assert get_crs("crs", STORED.uri) is STORED
    with pytest.raises(InvalidParameter, match="25832"):
        get_crs("crs", "EPSG:25832")


@given(SYSTEMS, EAST, NORTH)
def test_a12_there_and_back_is_less_than_a_centimetre(crs: Crs, x: float, y: float) -> None:
    own = np.round(_own(crs, x, y), crs.decimals)
    back = transform_xy(own[np.newaxis], crs.epsg, STORED.epsg)[0]
    assert np.hypot(*(back - (x, y))) < 0.01
