"""Abklingen: the weights of the papers, limits that are included, and what cannot be a decay."""

import msgspec
import numpy as np
import pytest

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.planning.decay import (
    ZONEN_10_20_30,
    ZONEN_10_20_30_60,
    Decay,
    Exponentiell,
    Gauss,
    GaussBegrenzt,
    Potenz,
    Stufe,
    Zonen,
    limit_ds,
    move_limit,
    tabulate,
)


@pytest.mark.parametrize(
    ("decay", "minutes", "weights"),
    [
        (Stufe(max_minuten=15.0), [0, 15, 15.1], [1, 1, 0]),
        (ZONEN_10_20_30, [0, 10, 10.1, 20, 30, 30.1], [1, 1, 0.68, 0.68, 0.22, 0]),
        (ZONEN_10_20_30_60, [10, 20, 30, 60, 61], [0.962, 0.704, 0.377, 0.042, 0]),
        (Gauss(sigma_minuten=20.0, max_minuten=60.0), [0, 20, 40, 60], [1, 0.606531, 0.135335, 0.011109]),
        (GaussBegrenzt(max_minuten=10.0), [0, 2, 5, 8, 10, 11], [1, 0.949675, 0.701367, 0.304009, 0, 0]),
        (Potenz(beta=2.0, skala_minuten=20.0, max_minuten=60.0), [0, 1, 2, 20, 40], [400, 400, 100, 1, 0.25]),
        (Exponentiell(beta=0.1, max_minuten=60.0), [0, 10, 20], [1, 0.367879, 0.135335]),
    ],
)
def test_weights_are_those_of_the_papers(decay, minutes, weights):
    assert decay.weigh(np.array(minutes, dtype=np.float64)) == pytest.approx(weights, abs=5e-7)


def test_a_network_is_weighed_by_the_decisecond_with_its_limit_included():
    table = tabulate(ZONEN_10_20_30, 18_001)
    assert len(table) == 18_002
    assert [table[ds] for ds in (0, 6_000, 6_001, 12_000, 18_000, 18_001)] == [1, 1, 0.68, 0.68, 0.22, 0]
    assert limit_ds(ZONEN_10_20_30, 20_000) == 18_000
    assert limit_ds(ZONEN_10_20_30, 500) == 500


def test_a_limit_that_moves_takes_its_zones_along():
    assert move_limit(ZONEN_10_20_30, 15.0) == Zonen(bis_minuten=(5.0, 10.0, 15.0), max_minuten=15.0)
    assert move_limit(ZONEN_10_20_30_60, 60.0) == ZONEN_10_20_30_60
    assert move_limit(Gauss(sigma_minuten=20.0, max_minuten=60.0), 30.0) == Gauss(sigma_minuten=20.0, max_minuten=30.0)


@pytest.mark.parametrize("minuten", range(1, 61))
def test_zones_of_whole_minutes_end_at_the_limit(minuten):
    for decay in (ZONEN_10_20_30, ZONEN_10_20_30_60):
        moved = move_limit(decay, float(minuten))
        assert moved.weigh(np.array([float(minuten), minuten + 0.01])).tolist() == [decay.gewichte[-1], 0.0]


@pytest.mark.parametrize(("speed_km_h", "last_ds"), [(3.0, 7_500), (2.5, 6_250), (3.5, 8_750)])
def test_who_walks_slower_has_a_nearer_limit_to_the_decisecond(speed_km_h, last_ds):
    decay, pace = Stufe(max_minuten=15.0), 3.6 / speed_km_h
    assert limit_ds(decay, 20_000, pace=pace) == last_ds
    assert tabulate(decay, 20_000, pace=pace).sum() == last_ds + 1


@pytest.mark.parametrize(
    ("decay", "given"),
    [
        (Stufe, {"max_minuten": 0.0}),
        (Stufe, {"max_minuten": float("nan")}),
        (Gauss, {"max_minuten": 30.0, "sigma_minuten": -1.0}),
        (Potenz, {"max_minuten": 30.0, "beta": float("inf")}),
        (Potenz, {"max_minuten": 30.0, "ab_minuten": 0.0}),
        (Zonen, {"bis_minuten": (10.0, 5.0), "gewichte": (1.0, 0.5), "max_minuten": 5.0}),
        (Zonen, {"bis_minuten": (5.0, 10.0), "gewichte": (0.5, 1.0), "max_minuten": 10.0}),
        (Zonen, {"bis_minuten": (5.0, 10.0), "gewichte": (1.0,), "max_minuten": 10.0}),
        (Zonen, {"bis_minuten": (5.0, 10.0), "gewichte": (1.0, -0.5), "max_minuten": 10.0}),
        (Zonen, {"bis_minuten": (5.0, 10.0), "gewichte": (1.0, 0.5), "max_minuten": 30.0}),
        (Zonen, {"bis_minuten": (10.0,), "gewichte": (0.0,), "max_minuten": 10.0}),
        (Zonen, {"bis_minuten": (10.0,), "gewichte": (float("inf"),), "max_minuten": 10.0}),
        (Zonen, {"bis_minuten": (), "gewichte": (), "max_minuten": 30.0}),
        (Zonen, {"bis_minuten": (5.0, float("nan")), "gewichte": (1.0, 0.5), "max_minuten": 30.0}),
    ],
)
def test_what_cannot_be_a_decay_is_refused(decay, given):
    with pytest.raises(InvalidParameter, match="abklingen"):
        decay(**given)


def test_a_decay_is_written_as_data():
    text = b'{"form":"gauss","sigma_minuten":12.5,"max_minuten":30}'
    assert msgspec.json.decode(text, type=Decay) == Gauss(sigma_minuten=12.5, max_minuten=30.0)
    assert msgspec.json.decode(msgspec.json.encode(ZONEN_10_20_30), type=Decay) == ZONEN_10_20_30
