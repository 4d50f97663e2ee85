"""How far people have it: quantiles of ways, held against people who stand in a row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.planning.ways import find_quantiles, rise_again


def find(rows: list[tuple[float, float, int]], of_leaf: list[int], share: float) -> list[float]:
    """Find a quantile of each area; a row is a way, its people and their leaf."""
    ways, people, leaf = (np.array(column, dtype=np.float64) for column in zip(*sorted(rows), strict=True))
    of, known = np.array(of_leaf, np.int32), np.where(people > 0, people, 0.0)
    area = of[leaf.astype(np.int32)]
    total = np.array([known[area == at].sum() for at in range(max(of_leaf) + 1)])
    found: list[float] = find_quantiles(ways, people, leaf.astype(np.int32), of, total, (share,))[0].tolist()
    return found


def test_the_median_weighs_people_and_is_a_way_somebody_has() -> None:
    rows = [(5.0, 1.0, 0), (30.0, 3.0, 0), (1.0, np.nan, 0), (9.0, 2.0, 1)]
    assert find(rows, [0, 1], 0.5) == [30.0, 9.0]
    assert find(rows, [0, 1], 0.25) == [5.0, 9.0]
    assert find(rows, [0, 0], 0.5) == [9.0]
    assert np.isnan(find(rows, [1, -1], 0.5)[0])


def test_a_quantile_that_falls_on_who_finds_nothing_is_infinite() -> None:
    rows = [(5.0, 6.0, 0), (np.inf, 4.0, 0)]
    assert [find(rows, [0], share) for share in (0.5, 0.9)] == [[5.0], [np.inf]]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40),
    st.lists(st.integers(-1, 1), min_size=4, max_size=4),
    st.sampled_from([0.1, 0.5, 0.9]),
)
def test_a_quantile_is_that_of_people_in_a_row(
    rows: list[tuple[float, float, int]], of_leaf: list[int], share: float
) -> None:
    for area, found in enumerate(find(rows, [*of_leaf, 1], share)):
        line = sorted(way for way, people, leaf in rows if of_leaf[leaf] == area for _ in range(int(people)))
        expected = next((way for k, way in enumerate(line, start=1) if k >= share * len(line) - 1e-9), None)
        assert np.isnan(found) if expected is None else found == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 5)), max_size=30))
def test_who_is_sorted_again_stands_as_in_a_sort_of_all(places: list[tuple[int, int | None]]) -> None:
    before = np.array([way for way, _ in places], dtype=np.float64)
    ways = np.array([way if now is None else now for way, now in places], dtype=np.float64)
    ways[ways == 5] = np.inf
    again = rise_again(np.argsort(before, kind="stable"), ways, before != ways)
    assert again.tolist() == np.argsort(ways, kind="stable").tolist()
