"""Rolled up to areas: weighed by people, everybody counted, and a missing figure says why."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.towns import CONSERVING, DECAYS, Town, minutes, share, towns

from infrastruktur.domain.errors import Grund, InvalidParameter
from infrastruktur.planning.catchment import VERTEILT, Verfahren, balance_supply
from infrastruktur.planning.catchment_areas import (
    MINDESTENS,
    OHNE_ANGEBOT,
    OHNE_AUSSAGE,
    PERSONEN,
    PLAETZE,
    Wohnende,
    add_ohne_zelle,
    find_areas_in_reach,
    je_tausend,
    tally_supply,
)
from infrastruktur.planning.decay import Stufe

DECAY = st.sampled_from(DECAYS)


def test_areas_are_weighed_by_people_and_everybody_is_counted():
    """Cell 0 has 0.2 places a person, cell 1 has 0.1, cell 2 reaches nothing, cell 3 lies at no street."""
    ways = minutes((0, None, None, None), (None, 0, None, None))
    found = share(
        Verfahren.ZWEI_SFCA, Town(ways, np.array([10.0, 30, 5, 7]), np.array([2.0, 3])), Stufe(max_minuten=1.0)
    )
    wohnende = Wohnende(
        personen=np.array([10.0, 20, 10, 5, 7]),
        area=np.array([0, 0, 1, 1, 1], np.int32),
        demand=np.array([0, 1, 1, 2, 3], np.int32),
    )
    counts = tally_supply(found, wohnende, 3, ohne_aussage=np.array([False, False, False, True]))
    counts = add_ohne_zelle(counts, np.array([0.0, 3, 0]))
    assert counts[:, PERSONEN].tolist() == [30, 25, 0]
    assert counts[:, PLAETZE] == pytest.approx([4, 1, 0])
    assert counts[:, OHNE_ANGEBOT].tolist() == [0, 5, 0]
    assert counts[:, OHNE_AUSSAGE].tolist() == [0, 10, 0]
    wert, grund = je_tausend(counts)
    assert wert.tolist() == pytest.approx([4000 / 30, 1000 / 15, np.nan], nan_ok=True)
    assert grund == (None, None, Grund.KEINE_BEVOELKERUNG)
    region, _ = je_tausend(counts.sum(axis=0, keepdims=True))
    assert region.tolist() == pytest.approx([5000 / 45])
    assert je_tausend(counts, skala=100.0)[0][0] == pytest.approx(400 / 30)


def test_a_missing_figure_says_why():
    nothing, unknown = 0.0, np.nan
    counts = np.zeros((5, 5))
    counts[0] = [10, nothing, 10, 0, 0]
    counts[1] = [10, nothing, 0, 10, 0]
    counts[2] = [10, nothing, 0, 0, 10]
    counts[3] = [10, unknown, 0, 0, 0]
    counts[4] = [unknown, unknown, 0, 0, 0]
    wert, grund = je_tausend(counts)
    assert wert.tolist() == pytest.approx([0, np.nan, np.nan, np.nan, np.nan], nan_ok=True)
    assert grund == (None, Grund.KEINE_PLATZZAHL, Grund.KEINE_DATEN, Grund.KEINE_DATEN, Grund.KEINE_DATEN)


def test_people_of_an_unknown_size_in_reach_are_told():
    town = Town(minutes((0, 0), (None, 0)), np.array([10.0, 10]), np.array([5.0, np.nan]))
    found = share(Verfahren.ZWEI_SFCA, town, Stufe(max_minuten=1.0))
    wohnende = Wohnende(np.array([10.0, 10]), np.zeros(2, np.int32), np.arange(2, dtype=np.int32))
    counts = tally_supply(found, wohnende, 1, ohne_aussage=np.zeros(2, np.bool_))
    assert counts[0, [PERSONEN, PLAETZE, MINDESTENS]].tolist() == [20, 5, 10]


def test_an_area_reaches_what_its_people_reach():
    town = Town(minutes((0, 0), (None, 0)), np.array([10.0, 10]), np.array([5.0, np.nan]))
    found = share(Verfahren.ZWEI_SFCA, town, Stufe(max_minuten=1.0))
    # The third area has a part of the second cell, but nobody in it.
    wohnende = Wohnende(np.array([10.0, 10, 0]), np.arange(3, dtype=np.int32), np.array([0, 1, 1], np.int32))
    reached = find_areas_in_reach(found, wohnende, 3, np.array([1, 0]))
    assert reached.tolist() == [[False, True, False], [True, True, False]]


@given(st.data(), towns(), DECAY, st.sampled_from(CONSERVING))
@settings(max_examples=examples(60), deadline=None)
def test_areas_sum_to_the_people_and_to_the_places(data, town, decay, verfahren):
    n = len(town.personen)
    area = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int32)
    found = share(verfahren, town, decay)
    counts = tally_supply(
        found, Wohnende(town.personen, area, np.arange(n, dtype=np.int32)), 3, ohne_aussage=np.zeros(n, np.bool_)
    )
    assert counts[:, PERSONEN].sum() == town.personen.sum()
    assert counts[:, PLAETZE].sum() == pytest.approx(balance_supply(found).plaetze[VERTEILT], rel=1e-9)
    assert counts[:, OHNE_ANGEBOT].sum() == town.personen[found.ohne_angebot].sum()


def test_bfca_has_no_figure_of_an_area():
    found = share(Verfahren.BFCA, Town(np.zeros((1, 1)), np.ones(1), np.ones(1)), Stufe(max_minuten=1.0))
    wohnende = Wohnende(np.ones(1), np.zeros(1, np.int32), np.zeros(1, np.int32))
    with pytest.raises(InvalidParameter, match="ausgeglichen"):
        tally_supply(found, wohnende, 1, ohne_aussage=np.zeros(1, np.bool_))
