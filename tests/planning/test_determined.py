"""Which unknowns have one value only: exactly those that a dense rank says, and without rounding."""

from fractions import Fraction

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.planning.determined import find_determined

EQUATIONS = st.lists(
    st.dictionaries(st.integers(0, 9), st.sampled_from([-3, -2, -1, 1, 1, 1, 2]), min_size=1, max_size=5), max_size=9
)


def adds_no_rank(equations: list[dict[int, int]], unknown: int) -> bool:
    """Decide by rank over fractions: an unknown is determined when naming it alone tells nothing new."""
    width = 1 + max(each for equation in equations for each in equation)
    rows = [[Fraction(equation.get(at, 0)) for at in range(width)] for equation in equations]
    alone = [Fraction(at == unknown) for at in range(width)]
    return rank(rows) == rank([*rows, alone])


def rank(rows: list[list[Fraction]]) -> int:
    rows, found = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            times = row[column] / pivot[column]
            row[:] = [own - times * other for own, other in zip(row, pivot, strict=True)]
        found += 1
    return found


@settings(max_examples=examples(200), deadline=None)
@given(EQUATIONS)
def test_determined_is_what_adds_no_rank(equations: list[dict[int, int]]) -> None:
    named = {unknown for equation in equations for unknown in equation}
    assert set(find_determined(equations)) == {each for each in named if adds_no_rank(equations, each)}


@pytest.mark.parametrize(
    ("equations", "determined"),
    [
        ([], []),
        ([{1: 1}], [1]),
        ([{1: 1, 2: 1}], []),
        ([{1: 1, 2: 1}, {1: 1, 2: -1}], [1, 2]),
        ([{1: 1, 2: 1, 3: 1}, {1: 1, 2: 1}], [3]),
        ([{1: 2, 2: 3}, {2: 5, 3: 7}, {3: 11, 1: 13}], [1, 2, 3]),
        ([{1: 1, 2: 1}, {1: 1, 2: 1}], []),
    ],
)
def test_drawn_equations(equations: list[dict[int, int]], determined: list[int]) -> None:
    assert find_determined(equations) == determined


def test_a_determinant_no_float_can_tell_from_nought_determines_all() -> None:
    big = 10**17
    assert np.linalg.matrix_rank(np.array([[big, big + 1], [big - 1, big]], dtype=np.float64)) == 1
    assert find_determined([{1: big, 2: big + 1}, {1: big - 1, 2: big}]) == [1, 2]


def test_a_region_of_unknowns_is_decided_without_waiting_for_a_dense_decomposition() -> None:
    """A hundred areas in ten groups, ten questions of three states each: 1,400 sums of 4,500 unknowns."""
    equations = []
    for question in range(10):
        for area in range(111):
            split = {(area, "all"): -1} | {(area, question, state): 1 for state in range(3)}
            equations.append(split)
        for state in range(3):
            for upper in range(11):
                parts = range(11 + 10 * (upper - 1), 11 + 10 * upper) if upper else range(1, 11)
                equations.append({(upper, question, state): -1} | {(part, question, state): 1 for part in parts})
    number = {name: at for at, name in enumerate(dict.fromkeys(each for row in equations for each in row))}
    rows = [{number[name]: factor for name, factor in row.items()} for row in equations]
    assert find_determined(rows) == []
    known = {number[0, 3, 0], number[0, 3, 1], number[0, "all"]}
    left = [{each: factor for each, factor in row.items() if each not in known} for row in rows]
    assert find_determined(left) == [number[0, 3, 2]]
