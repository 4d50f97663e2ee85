"""Pflegebedürftige by area and kind of care: the people of test_bedarf, whose Stolberg has the golden 361.03.

Of S03a 0.023 · (1400 + 1450) + 0.271 · 200 + 0.196 · 140 + 0.606 · 60 + 0.432 · 30 + 0.864 · 25 + 0.696 · 10
= 225.07; of S03b 135.96; together 361.03.
"""

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.stolberg import ANGEBOTE, M01, MONSCHAU, RAEUME, REGION, S03A, S03B, STOLBERG
from usecases.strassendorf import catalogue, row, rows
from usecases.test_bedarf import PEOPLE, PUBLIC, REGISTER, register, write_rates
from usecases.test_kohorte import write_counts

from infrastruktur.domain.pflegestatistik import AUFGETEILT, Leistung
from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.disclosure import protect
from infrastruktur.planning.plan_columns import PFLEGEBEDARF
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf

EXPECTED = {S03A: 225.07, S03B: 135.96, M01: 160.20, STOLBERG: 361.03, MONSCHAU: 160.20, REGION: 521.23}


def towns(installation, zaehlung=REGISTER, **more):
    installation.home.mkdir(parents=True, exist_ok=True)
    return catalogue(installation, RAEUME, ANGEBOTE, zaehlung=zaehlung, **more)


def people(table, gebiet, leistung="insgesamt", name="erwartet"):
    return row(table, gebiet=gebiet, leistung=leistung)[name]


def test_golden_pflegebeduerftige_of_every_level(store_settings):
    with towns(store_settings) as context:
        table = estimate_pflegebedarf(context)
    assert {gebiet: people(table, gebiet) for gebiet in EXPECTED} == pytest.approx(EXPECTED)


def test_kinds_of_care_sum_to_all_and_guests_of_a_tagespflege_are_none_of_them(store_settings):
    with towns(store_settings) as context:
        write_rates(store_settings.home, "stationaer", 1)
        write_counts(
            store_settings.home,
            *((REGION, leistung, number) for leistung, number in zip(AUFGETEILT, (300, 120, 60, 60), strict=True)),
            (REGION, "insgesamt", 540),
            (REGION, "teilstationaer", 54),
        )
        table = estimate_pflegebedarf(context)
    for gebiet in EXPECTED:
        whole = people(table, gebiet)
        assert sum(people(table, gebiet, leistung) for leistung in AUFGETEILT) == pytest.approx(whole)
        assert people(table, gebiet, Leistung.TEILSTATIONAER) == pytest.approx(whole / 10)
    assert people(table, REGION) == pytest.approx(540)
    assert people(table, REGION, "vollstationaer") == pytest.approx(60), "rates of homes are scaled to those counted"
    assert people(table, STOLBERG, "ambulant") == pytest.approx(people(table, STOLBERG, "pflegegeld") * 120 / 300)


def test_without_counts_the_shares_of_the_land_are_used_and_named(store_settings):
    with towns(store_settings) as context:
        table = estimate_pflegebedarf(context, leistung="ambulant")
    assert {each["leistung"] for each in table.records()} == {"ambulant"}
    assert people(table, STOLBERG, "ambulant") == pytest.approx(361.03 * 0.197)
    assert "IT.NRW" in people(table, STOLBERG, "ambulant", "rechenweg")


def test_counted_by_expected_only_where_somebody_counted(store_settings):
    with towns(store_settings) as context:
        write_counts(store_settings.home, (S03A, "insgesamt", 270.084), (REGION, "insgesamt", 521.23))
        table = estimate_pflegebedarf(context)
    assert people(table, S03A, name="verhaeltnis") == pytest.approx(1.2)
    assert people(table, REGION, name="verhaeltnis") == pytest.approx(1)
    assert people(table, S03B, name="verhaeltnis") is None
    assert people(table, S03B, name="beobachtet") is None
    assert people(table, S03B, name="erwartet") is not None


def test_people_whose_sex_nobody_tells_are_no_basis(store_settings):
    with towns(store_settings, zaehlung=()) as context:
        table = estimate_pflegebedarf(context)
    assert {(each["grund"], each["erwartet"]) for each in table.records()} == {("keine_daten", None)}
    assert any("Einwohnerregister" in hint for hint in table.herkunft.hinweise)


def test_a_register_of_kommunen_says_nothing_of_sozialraeume(store_settings):
    kommunen = tuple(register({STOLBERG: PEOPLE[S03A], MONSCHAU: PEOPLE[M01]}))
    with towns(store_settings, zaehlung=kommunen) as context:
        table = estimate_pflegebedarf(context)
    assert {each["ebene"] for each in table.records()} == {"kommune", "region"}


def test_an_area_with_few_in_one_kind_is_silent_in_all(store_settings):
    few = {**PEOPLE, S03B: ((300, 20, 5, 2), (300, 20, 5, 2))}
    with towns(store_settings, zaehlung=tuple(register(few)), **PUBLIC) as context:
        table = estimate_pflegebedarf(context)
    for name in ("erwartet", "beobachtet", "verhaeltnis"):
        assert {each[name] for each in rows(table, gebiet=S03B)} == {None}
        assert {each[name] for each in rows(table, gebiet=S03A)} == {None}, "Stolberg less S03a is S03b"
    assert people(table, STOLBERG) is not None


@given(st.lists(st.integers(0, 300), min_size=2, max_size=5))
@settings(max_examples=examples(60))
def test_no_public_estimate_shows_a_few_people_or_lets_a_single_area_be_subtracted(numbers):
    shares = {"insgesamt": 1.0, "pflegegeld": 0.55, "ambulant": 0.2, "vollstationaer": 0.14, "ohne": 0.11}
    stated = [
        build_zeile(
            PFLEGEBEDARF,
            {
                "ebene": "region" if at is None else "kommune",
                "gebiet": REGION if at is None else f"05334{at:03d}",
                "leistung": leistung,
                "erwartet": number * share,
            },
        )
        for leistung, share in shares.items()
        for at, number in [*enumerate(numbers), (None, sum(numbers))]
    ]
    herkunft = Herkunft(titel="Pflegebedürftige", stichtag=REGISTER[0].stichtag)
    shown = protect(Tabelle(name="pflegebedarf", spalten=PFLEGEBEDARF, zeilen=tuple(stated), herkunft=herkunft))
    hidden = {each["gebiet"] for each in shown.records() if each["grund"] == "geheim"}
    for each in shown.records():
        assert each["erwartet"] is None or each["erwartet"] == 0 or each["erwartet"] >= 10
        if each["gebiet"] in hidden:
            assert each["erwartet"] is None
    assert REGION in hidden or len(hidden) != 1
