"""Who reaches: distinct Träger, three states that sum to everybody, medians somebody really has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infrastruktur.planning.coverage import (
    ABSEITS,
    ERREICHT,
    NICHT_ERREICHT,
    OHNE_AUSSAGE,
    RAND_DER_DATEN,
    SONST,
    TRAEGER_UNBEKANNT,
    UNERREICHBAR,
    add_ohne_zelle,
    anteil_prozent,
    cell_states,
    change_wahl,
    count_providers,
    count_wahl,
    find_reasons,
    mean_choices,
    nearest_straight,
    reach_straight,
    tally,
    tally_choices,
    tally_reasons,
)


def _rows(*targets: list[int]) -> tuple[np.ndarray, np.ndarray]:
    indptr = np.cumsum([0, *(len(t) for t in targets)]).astype(np.int64)
    return indptr, np.array([t for row in targets for t in row], dtype=np.int32)


def test_two_houses_of_one_traeger_are_no_choice() -> None:
    indptr, target = _rows([0, 1], [0], [0, 2])
    assert count_providers(indptr, target, np.array([7, 7, 8], np.int32), 4).tolist() == [2, 1, 1, 0]


def test_an_unknown_traeger_reaches_but_is_no_choice() -> None:
    indptr, target = _rows([0, 1], [0], [0, 2])
    assert count_providers(indptr, target, np.array([3, -1, -1], np.int32), 3).tolist() == [1, 1, 1]


SOURCES = st.lists(st.tuples(st.integers(-1, 2), st.sets(st.integers(0, 5))), max_size=6)


@given(SOURCES, SOURCES)
def test_a_kept_count_follows_every_change_of_a_traeger(before, after):
    """From the cells each reached to those each reaches, Träger by Träger, to what counting anew gives."""

    def rows_of(sources, number):
        return [np.array(sorted(cells), np.int32) for of, cells in sources if of == number]

    def names(sources):
        return ["" if number < 0 else str(number) for number, _ in sources]

    wahl = count_wahl([np.array(sorted(cells), np.int32) for _, cells in before], names(before), 6)
    for number in range(-1, 3):
        wahl = change_wahl(wahl, rows_of(before, number), rows_of(after, number), known=number >= 0)
    indptr, target = _rows(*(sorted(cells) for _, cells in after))
    provider = np.array([number for number, _ in after], np.int32)
    assert wahl.surely.tolist() == count_providers(indptr, target, provider, 6).tolist()
    own = np.where(provider < 0, 10 + np.arange(len(provider)), provider).astype(np.int32)
    assert wahl.perhaps.tolist() == count_providers(indptr, target, own, 6).tolist()


@given(st.lists(st.tuples(st.integers(-1, 4), st.lists(st.integers(0, 5), max_size=6)), max_size=8))
def test_counts_equal_sets(sources: list[tuple[int, list[int]]]) -> None:
    indptr, target = _rows(*(cells for _, cells in sources))
    counted = count_providers(indptr, target, np.array([p for p, _ in sources], np.int32), 6)
    for cell in range(6):
        reaching = {p for p, cells in sources if cell in cells}
        assert counted[cell] == (len(reaching - {-1}) or len(reaching))


def test_reached_is_always_reached_and_the_edge_leaves_it_open() -> None:
    #          reached  edge met  not snapped  reached at the edge  plainly not
    states = cell_states(
        np.array([2, 1, 0, 2, 1], np.int32),
        mindestens=2,
        snapped=np.array([True, True, False, True, True]),
        edge_met=np.array([False, True, False, True, False]),
    )
    assert states.tolist() == [ERREICHT, OHNE_AUSSAGE, OHNE_AUSSAGE, ERREICHT, NICHT_ERREICHT]
    assert states.dtype == np.uint8


@given(st.data(), st.integers(1, 5), st.integers(1, 30))
def test_h11_the_three_states_sum_to_all_people(data: st.DataObject, n_areas: int, n_pieces: int) -> None:
    area = data.draw(arrays(np.int32, n_pieces, elements=st.integers(0, n_areas - 1)))
    cell = data.draw(arrays(np.int32, n_pieces, elements=st.integers(0, 9)))
    states = data.draw(arrays(np.uint8, 10, elements=st.integers(0, 2)))
    # Quarters are exact in binary, so the sums must be equal and not just close.
    people = data.draw(arrays(np.float64, n_pieces, elements=st.integers(0, 4000).map(lambda x: x / 4)))
    counts = tally(people, area, cell, states, n_areas)
    assert counts.shape == (n_areas, 3)
    assert counts.sum(axis=1).tolist() == np.bincount(area, weights=people, minlength=n_areas).tolist()


def test_people_without_a_cell_are_without_a_statement() -> None:
    counts = add_ohne_zelle(np.array([[1.0, 2.0, 3.0]]), np.array([4.0]))
    assert counts.tolist() == [[1.0, 2.0, 7.0]]


def test_r8_a_share_of_nobody_is_null() -> None:
    assert np.isnan(anteil_prozent(np.array([0.0]), np.array([0.0])))[0]
    assert anteil_prozent(np.array([30.0]), np.array([40.0]))[0] == 75.0


def test_straight_lines_include_the_limit_and_pass_over_unknown_points() -> None:
    cells = np.array([[0.0, 0.0], [1000.0, 0.0], [1000.1, 0.0], [np.nan, 0.0]])
    sources = np.array([[0.0, 0.0], [np.nan, np.nan], [2000.0, 0.0]])
    reach = reach_straight(cells, sources, 1000.0)
    assert reach.indptr.tolist() == [0, 2, 2, 4]
    assert reach.target.tolist() == [0, 1, 1, 2]
    owner, metres = nearest_straight(cells, sources)
    assert owner.tolist()[0::3] == [0, -1]
    assert metres.tolist() == [0.0, 1000.0, pytest.approx(999.9), np.inf]


def test_without_sources_nothing_is_near() -> None:
    owner, metres = nearest_straight(np.zeros((2, 2)), np.zeros((0, 2)))
    assert owner.tolist() == [-1, -1]
    assert np.isinf(metres).all()
    assert reach_straight(np.zeros((2, 2)), np.zeros((0, 2)), 500.0).indptr.tolist() == [0]


def test_each_cell_without_a_statement_has_one_reason() -> None:
    states = np.array([OHNE_AUSSAGE] * 4 + [NICHT_ERREICHT, NICHT_ERREICHT, ERREICHT], np.uint8)
    snapped = np.array([False, False, True, True, True, True, True])
    edge_met = np.array([True, False, True, False, False, True, True])
    nearest = np.array([1.0, np.inf, 1.0, 1.0, np.inf, 9.0, 1.0])
    reasons = find_reasons(states, snapped=snapped, edge_met=edge_met, nearest=nearest)
    assert reasons.tolist() == [ABSEITS, ABSEITS, RAND_DER_DATEN, TRAEGER_UNBEKANNT, UNERREICHBAR, SONST, SONST]
    personen, area = np.arange(1.0, 8.0), np.zeros(7, np.int32)
    tallied = tally_reasons(personen, area, np.arange(7, dtype=np.int32), reasons, 1)
    assert tallied.tolist() == [[3.0, 3.0, 4.0, 5.0]]


def test_a_choice_is_the_mean_of_whom_something_can_be_said() -> None:
    people, area = np.array([3.0, 1.0, 5.0, np.nan]), np.array([0, 0, 0, 1], np.int32)
    total = tally_choices(people, area, np.arange(4, dtype=np.int32), np.array([2, 6, -1, 4], np.int32), 2)
    assert total.tolist() == [[4.0, 12.0], [0.0, 0.0]]
    assert mean_choices(total)[0] == 3.0
    assert np.isnan(mean_choices(total)[1])
