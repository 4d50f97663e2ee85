"""A catchment changed supply by supply is the catchment computed from nothing."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.dense import NEVER, to_pairs
from planning.towns import DECAYS, Town, rows, towns

from infrastruktur.planning.catchment import Catchment, Verfahren, balance_supply, share_supply
from infrastruktur.planning.decay import Stufe
from infrastruktur.planning.supply_change import add_supply, close_supply, move_supply, resize_supply

SIZES = st.integers(0, 90).map(float) | st.just(np.nan)


def assert_computed_from_nothing(changed: Catchment, town: Town, decay) -> None:
    """Closed supplies are rows that reach nobody."""
    time_ds = np.where(changed.offen[:, None], town.time_ds, NEVER)
    fresh = share_supply(changed.verfahren, to_pairs(time_ds, decay), town.personen, town.kapazitaet)
    assert changed.je_person == pytest.approx(fresh.je_person, rel=1e-9, abs=1e-20)
    assert changed.nachfrage == pytest.approx(fresh.nachfrage, rel=1e-9)
    assert changed.zustand[changed.offen].tolist() == fresh.zustand[changed.offen].tolist()
    assert changed.reached[:, 0].tolist() == fresh.reached[:, 0].tolist()
    assert changed.ohne_angebot.tolist() == fresh.ohne_angebot.tolist()
    assert changed.mindestens.tolist() == fresh.mindestens.tolist()


@given(st.data(), towns(), st.sampled_from(DECAYS), st.sampled_from(Verfahren))
@settings(max_examples=examples(150), deadline=None)
def test_any_row_of_changes_gives_what_is_computed_from_nothing(data, town, decay, verfahren):
    changed = share_supply(verfahren, to_pairs(town.time_ds, decay), town.personen, town.kapazitaet)
    time_ds, kapazitaet = town.time_ds, town.kapazitaet.copy()
    for kind in data.draw(st.lists(st.sampled_from(["resize", "close", "move", "add"]), max_size=6)):
        number = data.draw(st.integers(0, len(kapazitaet) - 1))
        if kind == "resize":
            kapazitaet[number] = data.draw(SIZES)
            changed = resize_supply(changed, number, kapazitaet[number])
        elif kind == "close":
            changed = close_supply(changed, number)
        elif kind == "move":
            row = data.draw(rows(town))
            time_ds = np.vstack([time_ds[:number], row, time_ds[number + 1 :]])
            changed = move_supply(changed, number, to_pairs(row, decay))
        else:
            row, size = data.draw(rows(town)), data.draw(SIZES)
            time_ds, kapazitaet = np.vstack([time_ds, row]), np.append(kapazitaet, size)
            changed = add_supply(changed, to_pairs(row, decay), size)
        assert_computed_from_nothing(changed, Town(time_ds, town.personen, kapazitaet), decay)


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("verfahren", Verfahren)
def test_what_is_left_when_the_large_one_closes_keeps_every_digit(verfahren, large):
    """A millionth of a person alone reaches 10,000 places; of 1 place among 1,000 nothing may get lost in them."""
    decay = Stufe(max_minuten=1.0)
    time_ds = np.array([[0, 0], [0, 0]])
    time_ds[large, 1] = NEVER
    personen = np.array([1e-6, 1_000.0])
    kapazitaet = np.ones(2)
    kapazitaet[large] = 1e4
    before = share_supply(verfahren, to_pairs(time_ds, decay), personen, kapazitaet)
    left = [1 - large]
    fresh = share_supply(verfahren, to_pairs(time_ds[left], decay), personen, kapazitaet[left])
    assert before.je_person[0] > 1e9 / 2
    assert close_supply(before, large).je_person == pytest.approx(fresh.je_person, rel=1e-12)


def test_a_change_leaves_the_catchment_before_as_it_was():
    decay = Stufe(max_minuten=1.0)
    before = share_supply(Verfahren.E2SFCA, to_pairs(np.array([[0, 0]]), decay), np.array([1.0, 3]), np.array([4.0]))
    for after in (
        resize_supply(before, 0, 8.0),
        close_supply(before, 0),
        move_supply(before, 0, to_pairs(np.array([[NEVER, 0]]), decay)),
        add_supply(before, to_pairs(np.array([[NEVER, 0]]), decay), 3.0),
    ):
        assert after.je_person.tolist() != before.je_person.tolist()
        assert before.je_person.tolist() == [1.0, 1.0]
        assert before.pairs.n_supplies == 1


def test_a_closed_supply_is_in_no_count_and_comes_back_with_its_places():
    decay = Stufe(max_minuten=1.0)
    before = share_supply(Verfahren.E2SFCA, to_pairs(np.array([[0]]), decay), np.array([2.0]), np.array([4.0]))
    closed = close_supply(before, 0)
    assert (balance_supply(closed).angebote, balance_supply(closed).plaetze) == ((0, 0, 0, 0), (0.0, 0.0, 0.0, 0.0))
    assert closed.ohne_angebot.tolist() == [True]
    back = move_supply(resize_supply(closed, 0, 6.0), 0, to_pairs(np.array([[0]]), decay))
    assert back.je_person.tolist() == [3.0]


def test_an_unknown_supply_and_impossible_places_are_refused():
    before = share_supply(Verfahren.E2SFCA, to_pairs(np.array([[0]]), Stufe(max_minuten=1.0)), np.ones(1), np.ones(1))
    for change in (
        lambda: close_supply(before, 1),
        lambda: resize_supply(before, -1, 1.0),
        lambda: move_supply(before, 1, before.pairs),
    ):
        with pytest.raises(IndexError, match="no supply"):
            change()
    with pytest.raises(ValueError, match="kapazitaet"):
        resize_supply(before, 0, -1.0)
    with pytest.raises(ValueError, match="kapazitaet"):
        add_supply(before, before.pairs, np.inf)


def test_a_row_of_other_demands_or_of_several_supplies_is_refused():
    decay = Stufe(max_minuten=1.0)
    before = share_supply(Verfahren.E2SFCA, to_pairs(np.array([[0]]), decay), np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="1 demands, not 2"):
        move_supply(before, 0, to_pairs(np.array([[0, 0]]), decay))
    with pytest.raises(ValueError, match="one supply"):
        add_supply(before, to_pairs(np.array([[0], [0]]), decay), 1.0)
