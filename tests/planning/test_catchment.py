"""Angebot je Person im Wettbewerb: the papers' own examples, and laws that hold for any town."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.dense import NEVER, share_densely, to_pairs
from planning.towns import CONSERVING, DECAYS, PER_PERSON, Town, minutes, share, towns

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.planning.catchment import (
    NACHFRAGE_UNBEKANNT,
    OHNE_NACHFRAGE,
    OHNE_PLATZZAHL,
    USUAL_DECAY,
    VERTEILT,
    Verfahren,
    balance_supply,
    derive_figure,
    share_supply,
)
from infrastruktur.planning.decay import ZONEN_10_20_30, Exponentiell, Gauss, Potenz, Stufe, Zonen
from infrastruktur.planning.pairs import append_demands, append_supplies, weigh_pairs

DECAY = st.sampled_from(DECAYS)


# The papers' examples


def test_t1_luo_and_wang_figure_3():
    near_a, near_b = {1, 2, 3, 4, 6, 7, 9, 10}, {4, 5, 8, 11}
    ways = minutes(*([10 if i in near else None for i in range(1, 12)] for near in (near_a, near_b)))
    found = share(Verfahren.ZWEI_SFCA, Town(ways, np.ones(11), np.ones(2)), Stufe(max_minuten=30.0))
    assert found.verhaeltnis.tolist() == [0.125, 0.25]
    assert found.je_person.tolist() == [
        0.125 + 0.25 if i == 4 else 0.125 if i in near_a else 0.25 for i in range(1, 12)
    ]


HOSPITALS = {"s0": (40, 40, 80), "s1": (20, 40, 80), "s2": (40, 20, 80), "s3": (20, 20, 40)}
GRAVITY_61 = Potenz(max_minuten=61.0)
GOLDEN = {
    (Verfahren.GRAVITATION, GRAVITY_61): {
        "s0": (0.331444, 0.579828, 7.286418),
        "s1": (0.435340, 0.683724, 5.727977),
        "s2": (0.331072, 0.577858, 7.299992),
        "s3": (0.442568, 0.666758, 5.740525),
    },
    (Verfahren.DREI_SFCA, GRAVITY_61): {
        "s0": (0.156257, 0.406216, 9.906352),
        "s1": (0.173814, 0.423772, 9.643002),
        "s2": (0.156526, 0.406373, 9.902877),
        "s3": (0.174802, 0.424036, 9.631801),
    },
    (Verfahren.M2SFCA, GRAVITY_61): {
        "s0": (0.154171, 0.402555, 7.273070),
        "s1": (0.163912, 0.412296, 5.714628),
        "s2": (0.153799, 0.400585, 7.274091),
        "s3": (0.161942, 0.391736, 5.715598),
    },
    (
        Verfahren.E2SFCA,
        Zonen(bis_minuten=(20.0, 40.0, 60.0), gewichte=(1.0, 0.68, 0.22), max_minuten=60.0),
    ): {
        "s0": (0.747592, 0.959256, 1.227799),
        "s1": (0.765449, 0.977113, 0.959942),
        "s2": (0.743506, 0.940476, 1.362554),
        "s3": (0.835417, 0.852083, 0.885417),
    },
    (Verfahren.ZWEI_SFCA, Gauss(sigma_minuten=20.0, max_minuten=60.0)): {
        "s0": (0.594826, 0.836277, 3.370360),
        "s1": (0.748716, 0.990167, 1.062010),
        "s2": (0.588243, 0.803510, 3.600020),
        "s3": (0.772568, 0.905993, 1.244356),
    },
    (Verfahren.ZWEI_SFCA, Stufe(max_minuten=30.0)): {
        "s0": (0.15, 0.40, 10.0),
        "s1": (0.775, 1.025, 0.625),
        "s2": (0.136364, 0.333333, 10.469697),
        "s3": (0.761364, 0.958333, 1.094697),
    },
}


@pytest.mark.parametrize("scenario", HOSPITALS)
@pytest.mark.parametrize(("method", "expected"), GOLDEN.items(), ids=lambda each: str(each)[:40])
def test_t2_the_hospitals_of_pysal(method, expected, scenario):
    inbound, outbound, cross = HOSPITALS[scenario]
    # Rows are hospitals; people of 1 and 2 travel inbound to 3, those of 3 outbound to 1 and 2.
    ways = minutes((1, cross, outbound), (cross, 1, outbound), (inbound, inbound, 1))
    verfahren, decay = method
    found = share(verfahren, Town(ways, np.array([100.0, 50, 10]), np.array([15.0, 20, 100])), decay)
    assert found.je_person == pytest.approx(expected[scenario], abs=6e-7)
    handed_out = float(found.plaetze.sum())
    assert handed_out < 135 if verfahren is Verfahren.M2SFCA else handed_out == pytest.approx(135, rel=1e-12)


def test_t3_a_gaussian_of_one_minute():
    ways = minutes((0, 1, 2), (2, 1, 0))
    town = Town(ways, np.full(3, 100.0), np.full(2, 10.0))
    found = share(Verfahren.ZWEI_SFCA, town, Gauss(sigma_minuten=1.0, max_minuten=5.0))
    assert found.je_person == pytest.approx([0.065179, 0.069641, 0.065179], abs=6e-7)


def test_t4_where_all_is_in_reach_all_get_the_same():
    town = Town(np.zeros((6, 4), np.int64), np.arange(1.0, 5), np.arange(1.0, 7))
    for verfahren in (Verfahren.ZWEI_SFCA, Verfahren.VERFUEGBARKEIT, Verfahren.AUSGEGLICHEN, Verfahren.DREI_SFCA):
        assert share(verfahren, town, Stufe(max_minuten=1.0)).je_person == pytest.approx([2.1] * 4, rel=1e-12)


def test_spatial_availability_of_three_towns_soukhov_2023():
    """A of 50,000 and B of 150,000 people lie close, C of 10,000 far away; jobs: 100,000, 100,000, 10,000."""
    ways = minutes((15, 30, 100), (30, 15, 100), (100, 100, 15))
    town = Town(ways, np.array([50_000.0, 150_000, 10_000]), np.array([100_000.0, 100_000, 10_000]))
    jobs = share(Verfahren.VERFUEGBARKEIT, town, Exponentiell(beta=0.1, max_minuten=120.0)).plaetze
    assert jobs == pytest.approx([66_833, 133_203, 9_963], abs=1)
    assert jobs.sum() == pytest.approx(210_000, rel=1e-12)


def test_bfca_hands_out_to_cells_and_is_refused_per_person():
    """One supply of 10 among 200 people: 0.05 each; as published every one of two cells gets half of that ratio."""
    whole = Town(np.array([[0]]), np.array([200.0]), np.array([10.0]))
    halved = Town(np.array([[0, 0]]), np.array([100.0, 100]), np.array([10.0]))
    decay = Stufe(max_minuten=1.0)
    assert share(Verfahren.BFCA, whole, decay).je_person.tolist() == [0.05]
    assert share(Verfahren.BFCA, halved, decay).je_person.tolist() == [0.025, 0.025]
    assert share(Verfahren.AUSGEGLICHEN, halved, decay).je_person.tolist() == [0.05, 0.05]
    with pytest.raises(InvalidParameter, match="ausgeglichen"):
        _ = share(Verfahren.BFCA, halved, decay).plaetze


def test_who_has_two_supplies_competes_once_where_balanced():
    """10 people have only X (5 places), 10 have X and Y (5 places)."""
    town = Town(minutes((0, 0), (None, 0)), np.array([10.0, 10]), np.array([5.0, 5]))
    twice = share(Verfahren.ZWEI_SFCA, town, Stufe(max_minuten=1.0))
    once = share(Verfahren.AUSGEGLICHEN, town, Stufe(max_minuten=1.0))
    assert twice.nachfrage.tolist() == [20, 10]  # 30 of 20 people
    assert once.nachfrage.tolist() == [15, 5]
    assert twice.je_person == pytest.approx([0.25, 0.75])
    assert once.je_person == pytest.approx([1 / 3, 2 / 3])


# What cannot be handed out


def test_supplies_nobody_reaches_are_counted_with_their_places():
    town = Town(
        minutes((0, 5, None), (None, None, 0), (90, None, None)), np.array([10.0, 30, 0]), np.array([8.0, 3, 7])
    )
    found = share(Verfahren.E2SFCA, town, ZONEN_10_20_30)
    assert found.zustand.tolist() == [VERTEILT, OHNE_NACHFRAGE, OHNE_NACHFRAGE]
    assert np.isnan(found.verhaeltnis).tolist() == [False, True, True]
    assert found.je_person.tolist() == [0.2, 0.2, 0.0]
    balance = balance_supply(found)
    assert (balance.angebote, balance.plaetze) == ((1, 2, 0, 0), (8.0, 10.0, 0.0, 0.0))
    assert found.ohne_angebot.tolist() == [False, False, False]  # the third has a supply at the door, and no people


def test_an_unknown_size_is_counted_and_leaves_a_lower_bound():
    town = Town(minutes((0, 0), (None, 0)), np.array([10.0, 10]), np.array([5.0, np.nan]))
    found = share(Verfahren.ZWEI_SFCA, town, Stufe(max_minuten=1.0))
    assert found.je_person.tolist() == [0.25, 0.25]
    assert found.mindestens.tolist() == [False, True]
    assert balance_supply(found).angebote == (1, 0, 1, 0)
    assert found.zustand.tolist() == [VERTEILT, OHNE_PLATZZAHL]


@given(st.data(), towns(), DECAY, st.sampled_from(PER_PERSON), st.integers(0, 90))
@settings(max_examples=examples(60), deadline=None)
def test_whatever_the_unknown_size_is_nobody_gets_less_than_the_lower_bound(data, town, decay, verfahren, size):
    number = data.draw(st.integers(0, len(town.kapazitaet) - 1))
    unknown, known = town.kapazitaet.copy(), town.kapazitaet.copy()
    unknown[number], known[number] = np.nan, size
    bound = share(verfahren, Town(town.time_ds, town.personen, unknown), decay)
    exact = share(verfahren, Town(town.time_ds, town.personen, known), decay)
    assert (exact.je_person >= bound.je_person * (1 - 1e-12)).all()
    assert exact.je_person[~bound.mindestens] == pytest.approx(bound.je_person[~bound.mindestens], rel=1e-12)


def test_where_people_are_unknown_nothing_is_said_of_those_they_compete_with():
    town = Town(minutes((0, 0, None), (None, 0, 0)), np.array([np.nan, 10, 10]), np.array([5.0, 8]))
    found = share(Verfahren.ZWEI_SFCA, town, Stufe(max_minuten=1.0))
    assert found.zustand.tolist() == [NACHFRAGE_UNBEKANNT, VERTEILT]
    assert found.je_person.tolist() == pytest.approx([np.nan, np.nan, 0.4], nan_ok=True)
    assert balance_supply(found).plaetze == (8.0, 0.0, 0.0, 5.0)


@pytest.mark.parametrize(("personen", "kapazitaet"), [(-1.0, 1.0), (1.0, -1.0), (np.inf, 1.0), (1.0, np.inf)])
def test_impossible_numbers_are_refused(personen, kapazitaet):
    with pytest.raises(ValueError, match="finite"):
        share(Verfahren.E2SFCA, Town(np.zeros((1, 1)), np.array([personen]), np.array([kapazitaet])), ZONEN_10_20_30)


def test_arrays_of_another_town_are_refused():
    with pytest.raises(ValueError, match="1 demands"):
        share(Verfahren.E2SFCA, Town(np.zeros((1, 1)), np.ones(2), np.ones(1)), ZONEN_10_20_30)


@pytest.mark.parametrize(("demand", "time_ds"), [(-1, 0), (2, 0), (0, -1)])
def test_pairs_that_cannot_be_are_refused(demand, time_ds):
    given = np.array([0, 1], np.int64), np.array([demand], np.int32), np.array([time_ds], np.int32)
    with pytest.raises(ValueError, match="must lie in"):
        weigh_pairs(*given, decay=ZONEN_10_20_30, n_demands=2)


def test_blocks_of_different_towns_are_not_joined():
    one, two = (
        to_pairs(np.zeros((1, 2), np.int64), ZONEN_10_20_30),
        to_pairs(np.zeros((2, 3), np.int64), ZONEN_10_20_30),
    )
    with pytest.raises(ValueError, match="demands"):
        append_supplies(one, two)
    with pytest.raises(ValueError, match="supplies"):
        append_demands(one, two)


def test_m2sfca_refuses_weights_above_one():
    town = Town(np.zeros((1, 1)), np.ones(1), np.ones(1))
    with pytest.raises(InvalidParameter, match="höchstens 1"):
        share(Verfahren.M2SFCA, town, Potenz(skala_minuten=10.0, max_minuten=30.0))


def test_every_method_has_a_usual_decay_it_takes():
    town = Town(np.zeros((1, 1)), np.ones(1), np.array([2.0]))
    assert {float(share(each, town, USUAL_DECAY[each]).je_person[0]) for each in Verfahren} <= {2.0, 2 * 0.962}


# Laws


@given(towns(populated=True), DECAY, st.sampled_from(Verfahren))
@settings(max_examples=examples(150), deadline=None)
def test_sparse_blocks_give_what_the_formulas_of_the_papers_give(town, decay, verfahren):
    expected = share_densely(verfahren, town.time_ds, decay, town.personen, town.kapazitaet)
    assert share(verfahren, town, decay).je_person == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(towns(), DECAY, st.sampled_from(CONSERVING))
@settings(max_examples=examples(100), deadline=None)
def test_every_place_in_reach_of_anybody_is_handed_out_once(town, decay, verfahren):
    found = share(verfahren, town, decay)
    balance = balance_supply(found)
    assert found.plaetze.sum() == pytest.approx(balance.plaetze[VERTEILT], rel=1e-9)
    assert sum(balance.plaetze) == town.kapazitaet.sum()
    assert sum(balance.angebote) == len(town.kapazitaet)


@given(towns(), DECAY)
@settings(max_examples=examples(60), deadline=None)
def test_m2sfca_loses_what_is_far_away_and_nothing_at_the_door(town, decay):
    lost = share(Verfahren.M2SFCA, town, decay)
    assert lost.plaetze.sum() <= balance_supply(lost).plaetze[VERTEILT] * (1 + 1e-12)
    at_the_door = Town(np.where(town.time_ds == NEVER, NEVER, 0), town.personen, town.kapazitaet)
    kept = share(Verfahren.M2SFCA, at_the_door, decay)
    assert kept.plaetze.sum() == pytest.approx(balance_supply(kept).plaetze[VERTEILT], rel=1e-9)


@given(towns(), DECAY, st.sampled_from([Verfahren.AUSGEGLICHEN, Verfahren.BFCA]))
@settings(max_examples=examples(60), deadline=None)
def test_balanced_methods_count_everybody_who_reaches_anything_once(town, decay, verfahren):
    found = share(verfahren, town, decay)
    assert found.nachfrage.sum() == pytest.approx(town.personen[~found.ohne_angebot].sum(), rel=1e-9)
    if verfahren is Verfahren.BFCA:
        assert found.je_person.sum() == pytest.approx(np.nansum(found.verhaeltnis), rel=1e-9)


@given(st.data(), towns(), DECAY, st.sampled_from(Verfahren))
@settings(max_examples=examples(60), deadline=None)
def test_more_places_lower_nobody(data, town, decay, verfahren):
    more = town.kapazitaet + data.draw(
        st.lists(st.integers(0, 20), min_size=len(town.kapazitaet), max_size=len(town.kapazitaet))
    )
    before, after = share(verfahren, town, decay), share(verfahren, Town(town.time_ds, town.personen, more), decay)
    assert (after.je_person >= before.je_person * (1 - 1e-12)).all()


@given(towns(), DECAY, st.sampled_from(Verfahren), st.sampled_from([0.25, 3.0, 1000.0]))
@settings(max_examples=examples(60), deadline=None)
def test_places_scale_figures_and_people_scale_them_back(town, decay, verfahren, factor):
    plain = share(verfahren, town, decay).je_person
    places = share(verfahren, Town(town.time_ds, town.personen, factor * town.kapazitaet), decay).je_person
    people = share(verfahren, Town(town.time_ds, factor * town.personen, town.kapazitaet), decay).je_person
    assert places == pytest.approx(factor * plain, rel=1e-9)
    assert people == pytest.approx(plain / factor, rel=1e-9)


@given(st.data(), towns(), DECAY, st.sampled_from(PER_PERSON))
@settings(max_examples=examples(60), deadline=None)
def test_a_cell_cut_in_two_leaves_figures_per_person_as_they_are(data, town, decay, verfahren):
    cut = data.draw(st.integers(0, len(town.personen) - 1))
    half = town.personen.copy()
    half[cut] /= 2
    halved = Town(np.hstack([town.time_ds, town.time_ds[:, [cut]]]), np.append(half, half[cut]), town.kapazitaet)
    whole = share(verfahren, town, decay).je_person
    assert share(verfahren, halved, decay).je_person == pytest.approx([*whole, whole[cut]], rel=1e-9)


@given(st.data(), towns(), DECAY, st.sampled_from(Verfahren))
@settings(max_examples=examples(60), deadline=None)
def test_blocks_joined_give_what_one_block_gives(data, town, decay, verfahren):
    supplies, demands = town.time_ds.shape
    row, column = data.draw(st.integers(0, supplies)), data.draw(st.integers(0, demands))
    quarters = [
        append_demands(to_pairs(part[:, :column], decay), to_pairs(part[:, column:], decay))
        for part in (town.time_ds[:row], town.time_ds[row:])
    ]
    joined = share_supply(verfahren, append_supplies(*quarters), town.personen, town.kapazitaet)
    whole = share(verfahren, town, decay)
    assert joined.zustand.tolist() == whole.zustand.tolist()
    assert joined.je_person == pytest.approx(whole.je_person, rel=1e-12)


def test_groups_walk_the_same_ways_at_their_own_pace():
    """1 km at 3.6 km/h is 16:40; at 3.0 it is 20:00, at 2.5 it is 24:00: within 20 minutes the slow miss it."""
    ways, decay = np.array([[10_000]]), Stufe(max_minuten=20.0)
    both = append_demands(to_pairs(ways, decay, pace=1.2), to_pairs(ways, decay, pace=1.44))
    found = share_supply(Verfahren.ZWEI_SFCA, both, np.array([40.0, 10.0]), np.array([8.0]))
    assert found.je_person.tolist() == [0.2, 0.0]
    assert found.ohne_angebot.tolist() == [False, True]


@given(towns(populated=True), DECAY, st.sampled_from(Verfahren), st.data())
@settings(max_examples=examples(100), deadline=None)
def test_nobody_gains_by_neighbours_who_compete(town, decay, verfahren, data):
    beyond = data.draw(towns().filter(lambda each: len(each.time_ds) >= len(town.time_ds)))
    ways = np.hstack((town.time_ds, beyond.time_ds[: len(town.time_ds)]))
    larger = Town(ways, np.concatenate((town.personen, beyond.personen)), town.kapazitaet)
    alone = share(verfahren, town, decay).je_person
    assert (share(verfahren, larger, decay).je_person[: len(alone)] <= alone * (1 + 1e-12)).all()


@given(st.data(), towns(), DECAY, st.sampled_from(Verfahren))
@settings(max_examples=examples(60), deadline=None)
def test_every_figure_can_be_recomputed_from_its_derivation(data, town, decay, verfahren):
    found = share(verfahren, town, decay)
    demand = data.draw(st.integers(0, len(town.personen) - 1))
    derived = derive_figure(found, demand)
    ways = town.time_ds[derived.supply, demand]
    assert derived.time_ds.tolist() == ways.tolist()
    assert len(derived.supply) == found.reached[demand].sum()
    assert derived.gewicht == pytest.approx(decay.weigh(ways / 600), rel=1e-12)
    assert derived.plaetze.sum() == pytest.approx(found.je_person[demand], rel=1e-9, abs=1e-20)


def test_a_figure_with_pen_and_paper():
    """X is 5 minutes away and has 12 places for 10 · 1 + 10 · 0.68; Y is at the door of the second only: 5 for 10."""
    town = Town(minutes((5, 15), (None, 0), (None, 31)), np.array([10.0, 10]), np.array([12.0, 5, 9]))
    derived = derive_figure(share(Verfahren.E2SFCA, town, ZONEN_10_20_30), 1)
    assert derived.supply.tolist() == [0, 1]
    assert derived.time_ds.tolist() == [9000, 0]
    assert derived.gewicht.tolist() == derived.zaehlt.tolist() == [0.68, 1.0]
    assert derived.anteil == pytest.approx([12 / 16.8, 0.5])
    assert derived.plaetze == pytest.approx([0.68 * 12 / 16.8, 0.5])
