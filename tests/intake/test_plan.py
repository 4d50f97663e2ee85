"""A plan says what would change; the brakes stop what looks like an accident."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.recipes import ANGEBOTE, angebot, with_

from infrastruktur.domain.angebot import Angebot, Kapazitaet
from infrastruktur.domain.errors import ImportStopped
from infrastruktur.intake.plan import Plan, Refusal, check_row_count, make_plan

LOOSE = with_(ANGEBOTE, max_anteil_verschwunden=1.0)


def by_key(*angebote: Angebot) -> dict[str, Angebot]:
    return {each.schluessel: each for each in angebote}


def plan_of(current: dict[str, Angebot], *drafts: Angebot, refused: tuple[Refusal, ...] = ()) -> Plan[Angebot]:
    return make_plan(current, drafts, refused, LOOSE)


def test_new_changed_unchanged_gone() -> None:
    current = by_key(angebot("1"), angebot("2"), angebot("3"))
    plan = plan_of(current, angebot("1"), angebot("2", "Neuer Name"), angebot("4"))
    assert [draft.schluessel for draft in plan.neu] == ["4"]
    assert [(before.name, after.name) for before, after in plan.geaendert] == [("Tafel 2", "Neuer Name")]
    assert (plan.unveraendert, plan.verschwunden) == (1, ("3",))


def test_a_refused_or_contradictory_row_is_not_gone() -> None:
    current = by_key(angebot("1"), angebot("2"), angebot("3"))
    refused = (Refusal(2, "Die Art ist unbekannt.", "1"),)
    plan = plan_of(current, angebot("2", "a"), angebot("2", "b"), angebot("3"), refused=refused)
    assert (plan.verschwunden, plan.unveraendert) == ((), 1)
    assert plan.abgelehnt[1].grund == "Schlüssel „2“: 2 Zeilen widersprechen sich, keine wurde übernommen."


def test_identical_repeats_are_taken_once_and_counted() -> None:
    plan = plan_of({}, angebot("1"), angebot("1"), angebot("1"), angebot("2"))
    assert (len(plan.neu), plan.wiederholt, plan.abgelehnt) == (2, 2, ())


def test_a_dated_capacity_keeps_what_was_before() -> None:
    before = angebot("1", kapazitaeten=(Kapazitaet(groesse="vzae", wert=2),))
    new = angebot("1", kapazitaeten=(Kapazitaet(groesse="vzae", wert=3, gueltig_von=date(2026, 1, 1)),))
    ((_, after),) = plan_of(by_key(before), new).geaendert
    assert [(piece.wert, piece.gueltig_bis) for piece in after.kapazitaeten] == [(2, date(2025, 12, 31)), (3, None)]
    assert plan_of(by_key(after), new).is_empty


NAMES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y"]), min_size=1)


@given(NAMES, NAMES)
def test_f08_applied_once_a_plan_is_empty(old: dict[str, str], new: dict[str, str]) -> None:
    current, drafts = ({key: angebot(key, name) for key, name in names.items()} for names in (old, new))
    try:
        plan = plan_of(current, *drafts.values())
    except ImportStopped:
        assert not current.keys() & drafts.keys()
        return
    applied = {key: each for key, each in current.items() if key not in plan.verschwunden}
    applied |= by_key(*plan.neu, *(after for _, after in plan.geaendert))
    assert plan_of(applied, *drafts.values()).unveraendert == len(drafts)
    assert len(plan.neu) + len(plan.geaendert) + plan.unveraendert == len(drafts)


@pytest.mark.parametrize("kept", range(0, 101, 1))
def test_f09_a_source_that_shrank_is_stopped_beyond_ten_percent(kept: int) -> None:
    everything = [angebot(str(number)) for number in range(100)]
    if kept >= 90:
        assert len(make_plan(by_key(*everything), everything[:kept], (), ANGEBOTE).verschwunden) == 100 - kept
    else:
        with pytest.raises(ImportStopped, match="Nichts wurde geändert"):
            make_plan(by_key(*everything), everything[:kept], (), ANGEBOTE)


def test_f10_a_source_that_renamed_its_keys_is_stopped() -> None:
    with pytest.raises(ImportStopped, match="Alle 1 bisherigen Schlüssel fehlen"):
        plan_of(by_key(angebot("1")), angebot("2"))


def test_f09_too_few_rows_are_stopped() -> None:
    with pytest.raises(ImportStopped, match="nur 1 brauchbare Zeilen, erwartet werden mindestens 2"):
        make_plan({}, [angebot("1")], (), with_(ANGEBOTE, min_zeilen=2))
    with pytest.raises(ImportStopped):
        check_row_count(0, ANGEBOTE)
