"""What would be, in a village where it can be counted on fingers, and that no short cut changes a number."""

import msgspec
import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, STREET_Y, WEST, angebot, cells, places, row, rows, village

from infrastruktur.domain.errors import Forbidden, InvalidSzenario, NotAssessable, NotFound
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.szenario import (
    Bemessen,
    Bevoelkern,
    Hinzufuegen,
    Schliessen,
    Szenario,
    Umstecken,
    Verlegen,
    build_szenario,
)
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.szenariovergleich import compare_states
from infrastruktur.settings import Audience
from infrastruktur.usecases import measure_reach as reach
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage, state_coverage
from infrastruktur.usecases.assess_provision import assess_provision, list_indikatoren, state_provision
from infrastruktur.usecases.choose_areas import Stufenschnitt, list_levels
from infrastruktur.usecases.find_gaps import find_gaps, state_gaps
from infrastruktur.usecases.judge_quarters import list_kriterien, state_kriterium
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.run_scenario import run_scenario
from infrastruktur.usecases.split_group import split_group
from infrastruktur.usecases.spread_population import spread_population

TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
HEIM = angebot("Heim", "pflege.dauerpflege", 400, traeger="Stadt", kapazitaeten=places(30))
APOTHEKE = angebot("Apotheke", "alltag.apotheke", 200)
TWO_HALVES = cells({300: 50, 690: 50, 1500: 100})
"""S 1 lives half at 300 m and half at 690 m, S 2 all at 1,500 m; 120 people of 75 and over in each."""


def punkt(at_m, beside_m=0.0):
    east, north = transform_xy(np.array([[WEST + at_m, STREET_Y + beside_m]]), 25832, 4326)[0].tolist()
    return east, north


def treff(at_m, traeger=""):
    return Hinzufuegen(art="quartier.seniorentreff", punkt=punkt(at_m), traeger=traeger)


def under(context, *changes):
    return context.under(build_szenario(Szenario(aenderungen=changes)))


def reached(context, gebiet):
    return row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=gebiet)["erreicht"]


@pytest.fixture
def dorf(store_settings):
    with village(store_settings, (TREFF, HEIM, APOTHEKE), (TWO_HALVES,)) as context:
        yield context


def test_a_new_treff_serves_who_lives_near_it(dorf):
    assert [reached(dorf, key) for key in (S1, S2)] == pytest.approx([90 + 15, 0])
    after = under(dorf, treff(1500))
    assert [reached(after, key) for key in (S1, S2)] == pytest.approx([90 + 15, 120])
    assert [reached(dorf, key) for key in (S1, S2)] == pytest.approx([90 + 15, 0]), "the catalogue stays what it is"


def test_a_treff_that_closes_or_moves_serves_others_or_nobody(dorf):
    treff_id = TREFF.id
    assert [reached(under(dorf, Schliessen(angebot=treff_id)), key) for key in (S1, S2)] == [0, 0]
    moved = under(dorf, Verlegen(angebot=treff_id, punkt=punkt(1500)))
    # From 1,500 m to 690 m are 810 m: too far for everybody.
    assert [reached(moved, key) for key in (S1, S2)] == pytest.approx([0, 120])


def test_a_place_no_street_leads_to_serves_nobody_and_is_counted(dorf):
    lost = under(dorf, Verlegen(angebot=TREFF.id, punkt=punkt(700, beside_m=600)), treff(20_000))
    assert [reached(lost, key) for key in (S1, S2)] == [0, 0]
    assert "2 ohne Punkt oder Straße" in row(find_gaps(lost, ziel="begegnung"), gebiet=S1)["sicherheit"]


def test_what_follows_is_named(dorf):
    after = under(dorf, Hinzufuegen(art="quartier.seniorentreff", punkt=punkt(2600), name="Treff Ost"))
    gap = row(find_gaps(after, ziel="begegnung"), gebiet=S2)
    # 1,100 m from 1,500 m to 2,600 m: 22 minutes at 3.0 km/h, 26.4 at 2.5; the median person is under 85.
    assert (gap["naechstes_angebot"], gap["naechste_minuten"]) == ("Treff Ost", pytest.approx(22, abs=0.2))


def quote(context, gebiet):
    return row(assess_provision(context, indicator="vq_dp80"), gebiet=gebiet)


def test_places_and_people_move_a_ratio(dorf):
    # Of 80 and over there are 60 in each Sozialraum.
    assert quote(dorf, KOMMUNE)["wert"] == pytest.approx(100 * 30 / 120)
    assert quote(under(dorf, Bemessen(angebot=HEIM.id, kapazitaet=60.0)), KOMMUNE)["wert"] == pytest.approx(50)
    more = under(dorf, Bevoelkern(gebiet=S1, altersgruppe="ab80", faktor=1.5))
    assert quote(more, KOMMUNE)["nenner"] == pytest.approx(60 * 1.5 + 60)
    assert quote(more, KOMMUNE)["wert"] == pytest.approx(100 * 30 / 150)
    unknown = quote(under(dorf, Bemessen(angebot=HEIM.id, kapazitaet=None)), KOMMUNE)
    assert (unknown["wert"], unknown["ohne_platzzahl"]) == (None, 1)


@pytest.mark.parametrize(
    ("change", "s1", "s2"),
    [
        (Bevoelkern(gebiet=S1, altersgruppe="ab75", faktor=2.0), 240, 120),
        (Bevoelkern(gebiet=S1, altersgruppe="75bis79", faktor=2.0), 120 + 60, 120),
        (Bevoelkern(gebiet=KOMMUNE, altersgruppe="ab75", faktor=0.5), 60, 60),
        (Bevoelkern(gebiet="05334", altersgruppe="ab80", faktor=0.0), 60, 60),
        (Bevoelkern(gebiet=S2, altersgruppe="ab75", summand=30.0), 120, 150),
        (Bevoelkern(gebiet=KOMMUNE, altersgruppe="80bis84", summand=-30.0), 105, 105),
    ],
)
def test_people_are_counted_where_they_come_and_go(dorf, change, s1, s2):
    """Counts and places of residence agree, and Sozialräume sum to Kommune and Region."""
    verteilung, ab75 = read_population(under(dorf, change), STICHTAG), parse_gruppe("ab75")
    small, kommune, region = verteilung.count(ab75).je_stufe
    assert small.tolist() == pytest.approx([s1, s2])
    assert kommune.tolist() == region.tolist() == pytest.approx([s1 + s2])
    wohnorte = verteilung.locate(ab75)
    per_leaf = np.bincount(wohnorte.gitter.pieces.area, wohnorte.personen, 2) + wohnorte.ohne_zelle
    assert per_leaf.tolist() == pytest.approx([s1, s2])
    assert "mit Annahmen" in wohnorte.quelle


def test_of_whom_no_source_tells_nothing_can_be_assumed(dorf):
    verteilung = read_population(under(dorf, Bevoelkern(gebiet=S1, altersgruppe="ab77", faktor=2.0)), STICHTAG)
    with pytest.raises(NotAssessable):
        verteilung.count(parse_gruppe("ab75"))


def test_more_than_there_are_cannot_go(dorf):
    with pytest.raises(InvalidSzenario, match="lassen sich nicht verteilen"):
        quote(under(dorf, Bevoelkern(gebiet=S1, altersgruppe="ab80", summand=-61.0)), KOMMUNE)


def test_what_there_is_not_cannot_be_changed(dorf):
    with pytest.raises(NotFound, match="Angebot"):
        read_supply(under(dorf, Schliessen(angebot="0" * 36)), STICHTAG)
    with pytest.raises(InvalidSzenario, match="nur gezählt"):
        read_supply(under(dorf, Bemessen(angebot=APOTHEKE.id, kapazitaet=3.0)), STICHTAG)


def test_the_public_gets_no_comparison(store_settings):
    with (
        village(store_settings, (TREFF,), (TWO_HALVES,), audience=Audience.PUBLIC) as context,
        pytest.raises(Forbidden),
    ):
        run_scenario(context, Szenario())


def test_a_comparison_tells_who_is_reached_anew(dorf):
    table = run_scenario(dorf, build_szenario(Szenario(aenderungen=(treff(1500),))))
    cell = row(table, auswertung="coverage", gegenstand="begegnung", gebiet=S2, groesse="erreicht")
    assert (cell["vorher"], cell["nachher"], cell["differenz"]) == pytest.approx((0, 120, 120))
    assert not rows(table, auswertung="coverage", gebiet=S1)
    assert {each["gegenstand"] for each in rows(table, auswertung="bestand", reagiert=True)} == {
        "quartier.seniorentreff"
    }


def test_a_home_that_closes_moves_what_is_stated_without_homes(dorf):
    """Of indicators of another kind, too: who lived there is among the others now."""
    table = run_scenario(dorf, build_szenario(Szenario(aenderungen=(Schliessen(angebot=HEIM.id),))))
    column = "nenner_ohne_einrichtungsbevoelkerung"
    moved = {each["gegenstand"] for each in rows(table, auswertung="provision", groesse=column)}
    assert {"vq_dp80", "vq_tp80"} <= moved
    for auswertung in ("coverage", "gaps", "versorgungsquartiere"):
        told = rows(table, auswertung=auswertung, gegenstand="begegnung", reagiert=True)
        assert {each["groesse"] for each in told} == {"in_heimen"}


ZIEL = Ziel(
    code="probe",
    titel="Probe",
    arten=("quartier.seniorentreff",),
    modus="zu_fuss",
    max_minuten=15,
    altersgruppe="ab75",
    ziel_prozent=70,
    grundlage="gezeichnet",
)
STANDING = tuple(
    angebot(f"Treff {at}", "quartier.seniorentreff", at, traeger=traeger)
    for at, traeger in ((100, "A"), (600, "A"), (900, "B"), (1400, ""), (2200, ""), (3100, "C"))
)
MANY = cells({at: 10 + at % 7 for at in range(50, 3900, 150)})
WHERE = st.integers(0, 3900)
CHANGES = st.one_of(
    st.builds(treff, WHERE, st.sampled_from(["", "A", "B", "Neu"])),
    st.builds(lambda each: Schliessen(angebot=each.id), st.sampled_from(STANDING)),
    st.builds(lambda each, at: Verlegen(angebot=each.id, punkt=punkt(at)), st.sampled_from(STANDING), WHERE),
    st.builds(lambda each: Verlegen(angebot=each.id, punkt=punkt(500, beside_m=600)), st.sampled_from(STANDING)),
    st.builds(lambda at: Verlegen(angebot=HEIM.id, punkt=punkt(at)), WHERE),
    st.builds(lambda places: Bemessen(angebot=HEIM.id, kapazitaet=float(places)), st.integers(0, 60)),
    st.builds(
        lambda gebiet, faktor: Bevoelkern(gebiet=gebiet, altersgruppe="ab80", faktor=faktor),
        st.sampled_from([S1, S2]),
        st.floats(0, 3),
    ),
)


def apart(change):
    if isinstance(change, Bevoelkern):
        return change.gebiet
    return change.angebot if isinstance(change, Schliessen | Verlegen | Bemessen) else repr(change)


@pytest.mark.parametrize("store_settings", ["geopackage"], indirect=True)
@pytest.mark.parametrize("mindestens", [1, 2, 3])
@pytest.mark.parametrize(
    "way",
    [{}, {"richtung": "vom_angebot"}, {"profil": "rollator"}, {"tempo": "langsamer"}, {"bevoelkerung": "ohne_heime"}],
    ids=str,
)
def test_to_follow_a_change_is_to_measure_all_anew(store_settings, mindestens, way):
    """Whatever comes, goes and moves: states, people, times and owners are those of a search from everything."""
    ziel = msgspec.structs.replace(ZIEL, mindestens=mindestens, **way)
    with village(store_settings, (*STANDING, HEIM), (MANY,)) as context:

        @settings(max_examples=examples(25), deadline=None)
        @given(st.lists(CHANGES, min_size=1, max_size=5, unique_by=apart))
        def law(changes):
            assumed = under(context, *changes)
            followed = reach.measure_reach(assumed, ziel, STICHTAG)
            eligible = reach.load_eligible(assumed, ziel, STICHTAG)
            verteilung = read_population(assumed, STICHTAG)
            placed = eligible.take(np.flatnonzero(np.isfinite(eligible.xy_25832[:, 0])))
            parts = split_group(verteilung, ziel)
            teile = tuple(reach._leave_out(assumed, ziel, teil, STICHTAG) for teil in parts)
            anew = reach._measure_on_network(assumed, verteilung, ziel, STICHTAG, placed, teile)
            assert followed.supply.id.tolist() == anew.supply.id.tolist()
            assert followed.ohne_ort == anew.ohne_ort
            assert np.array_equal(followed.tally, anew.tally)
            assert np.array_equal(followed.reason_tally, anew.reason_tally)
            assert np.array_equal(followed.nearest_angebot, anew.nearest_angebot)
            for column in ("zustand", "gruende", "traeger", "nearest"):
                for one, other in zip(getattr(followed, column), getattr(anew, column), strict=True):
                    assert np.array_equal(one, other), column
            reached = zip(followed.reichweite, anew.reichweite, strict=True)
            assert all(np.array_equal(np.sort(one), np.sort(other)) for one, other in reached)
            for stufe in verteilung.gebiete.stufen:
                stated = [Stufenschnitt(stufe).sum_ways(each) for each in (followed, anew)]
                assert stated[0].keys() == {"median_minuten", "p90_minuten", "traeger_mittel"}
                for column, values in stated[0].items():
                    assert np.array_equal(values, stated[1][column], equal_nan=True), column

        law()


@pytest.mark.parametrize("store_settings", ["geopackage"], indirect=True)
def test_where_no_cell_is_lived_in_a_statement_rests_on_the_whole_list(store_settings):
    """So that a place more anywhere is one record more there, though nobody reaches it."""
    with village(store_settings, (TREFF, HEIM, APOTHEKE), (cells({300: 100}),)) as context:
        table = run_scenario(context, build_szenario(Szenario(aenderungen=(treff(400),))))
        cell = row(table, auswertung="versorgungsquartiere", gegenstand="begegnung", gebiet=S2, groesse="angebote")
        assert (cell["vorher"], cell["nachher"]) == (1, 2)


@pytest.mark.parametrize("store_settings", ["geopackage"], indirect=True)
def test_the_first_of_a_kind_is_judged_in_a_comparison(store_settings):
    with village(store_settings, (HEIM,), (TWO_HALVES,)) as context:
        table = run_scenario(context, build_szenario(Szenario(aenderungen=(treff(1500),))))
        cell = row(table, auswertung="versorgungsquartiere", gegenstand="begegnung", gebiet=S2, groesse="zustand")
        assert (cell["vorher_text"], cell["nachher_text"]) == ("nicht_bewertbar", "erfuellt")


@pytest.mark.parametrize("store_settings", ["geopackage"], indirect=True)
def test_what_only_has_another_size_is_reached_as_it_was(store_settings):
    placeless = angebot("Irgendwo", "pflege.dauerpflege", None, kapazitaeten=places(10))
    with village(store_settings, (HEIM, placeless), (TWO_HALVES,)) as context:
        ziel = list_kriterien(context, STICHTAG)["dauerpflege"][0].as_ziel()
        stood = reach.measure_reach(context, ziel, STICHTAG)
        stands = reach.measure_reach(under(context, Bemessen(angebot=HEIM.id, kapazitaet=60.0)), ziel, STICHTAG)
        assert (stood.ohne_ort, stands.ohne_ort) == (1, 1)
        assert stands.supply.sizes["plaetze_zugelassen"].tolist() == [60.0]
        assert stands.tally is stood.tally
        gone = reach.measure_reach(under(context, Schliessen(angebot=placeless.id)), ziel, STICHTAG)
        assert gone.ohne_ort == 0


@pytest.mark.parametrize("store_settings", ["geopackage"], indirect=True)
def test_a_comparison_tells_what_comparing_all_areas_tells(store_settings):
    """It states anew only where something can differ: whole tables of both states held together say no more."""
    with village(store_settings, (*STANDING, HEIM, APOTHEKE), (MANY,)) as context:
        levels = list_levels(spread_population(context, STICHTAG))
        ziele, kriterien = context.ziele(STICHTAG), list_kriterien(context, STICHTAG)

        def state(assumed):
            for ziel in ziele:
                yield "coverage", ziel.code, state_coverage(assumed, levels, (ziel,), STICHTAG)
                yield "gaps", ziel.code, state_gaps(assumed, levels, (ziel,), STICHTAG)
            for code in kriterien:
                yield "versorgungsquartiere", code, state_kriterium(assumed, levels, code, STICHTAG)
            for indikator in list_indikatoren():
                yield "provision", indikator.code, state_provision(assumed, (indikator,), STICHTAG, levels)

        def differ(stood, stands):
            for (auswertung, gegenstand, before), (_, _, after) in zip(stood, stands, strict=True):
                for zelle in compare_states(before, after):
                    yield (auswertung, gegenstand, *zelle.wo[:2]), zelle

        standing = list(state(context))

        @settings(max_examples=examples(8), deadline=None)
        @given(st.lists(CHANGES, min_size=1, max_size=3, unique_by=apart))
        def law(changes):
            expected = {
                (*where, zelle.spalte.name): (zelle.vorher, zelle.nachher)
                for where, zelle in differ(standing, state(under(context, *changes)))
            }
            table = run_scenario(context, build_szenario(Szenario(aenderungen=changes)))
            told = {
                (*(each[name] for name in ("auswertung", "gegenstand", "ebene", "gebiet", "groesse")),): (
                    each["vorher_text"] if each["vorher"] is None else each["vorher"],
                    each["nachher_text"] if each["nachher"] is None else each["nachher"],
                )
                for each in rows(table, reagiert=True)
                if each["auswertung"] in {"coverage", "gaps", "versorgungsquartiere", "provision"}
            }
            assert told == expected

        law()


def test_a_target_of_another_value_is_measured_by_it(dorf):
    wide = under(dorf, Umstecken(ziel="begegnung", max_minuten=20))
    # 690 m are 16.6 minutes at 2.5 km/h; 1,500 m are 30 at 3.0.
    assert [reached(wide, key) for key in (S1, S2)] == pytest.approx([120, 0])
