"""Who reaches what, in a village where it can be counted on fingers."""

import pytest
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, people, row, rows, status, village

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.find_gaps import find_gaps

TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
TWO_HALVES = cells({300: 50, 690: 50, 1500: 100})
"""S 1 lives half at 300 m and half at 690 m, S 2 all at 1,500 m."""


def test_each_group_walks_at_its_own_speed(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        s1 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    # 90 people of 75 to 84 all reach it; of 30 people of 85+ the half at 300 m.
    assert s1["personen"] == pytest.approx(120)
    assert s1["erreicht"] == pytest.approx(90 + 15)
    assert s1["nicht_erreicht"] == pytest.approx(15)
    assert s1["anteil_prozent"] == pytest.approx(100 * 105 / 120)
    assert s1["profil"] == "75 bis unter 85 Jahre 3,0 km/h, 85+ 2,5 km/h"
    assert s1["stichtag_personen"] == STICHTAG
    assert s1["quelle_personen"] == "register"


def test_levels_add_up_and_everybody_is_in_one_of_three_states(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung"))
    for each in table.records():
        assert each["personen"] == pytest.approx(each["erreicht"] + each["nicht_erreicht"] + each["ohne_aussage"])
    for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage"):
        parts = sum(row(table, gebiet=key)[name] for key in (S1, S2))
        assert (
            parts == pytest.approx(row(table, gebiet=KOMMUNE)[name]) == pytest.approx(row(table, gebiet="05334")[name])
        )
    assert row(table, gebiet="05334")["personen"] == pytest.approx(240)


def test_the_share_of_a_kommune_is_no_mean_of_shares(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,), tuple(people((S1,))) + _few_in_s2()) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung", ebene="kommune"))
    assert row(table, gebiet=KOMMUNE)["anteil_prozent"] == pytest.approx(100 * 105 / 140)


def _few_in_s2():
    counted = zip(people((S2,)), (10.0, 5.0, 3.0, 1.0, 1.0), strict=True)
    return tuple(type(each)(**{**_fields(each), "personen": number}) for each, number in counted)


def _fields(each):
    return {name: getattr(each, name) for name in each.__struct_fields__}


def test_two_houses_of_one_traeger_are_no_choice(store_settings):
    twice = (TREFF, angebot("Treff 2", "quartier.seniorentreff", 10, traeger="verein "))
    other = angebot("Treff 3", "quartier.seniorentreff", 20, traeger="Stadt")
    frage = CoverageFrage(
        art="quartier.seniorentreff", mindestens=2, modus="zu_fuss", max_minuten=15, altersgruppe="ab75"
    )
    with village(store_settings, twice, (TWO_HALVES,)) as context:
        assert row(assess_coverage(context, frage), gebiet=S1)["erreicht"] == 0
    with village(store_settings, (*twice, other), (TWO_HALVES,)) as context:
        assert row(assess_coverage(context, frage), gebiet=S1)["erreicht"] > 0


def test_h06_a_cell_off_the_streets_is_no_gap_but_without_a_statement(store_settings):
    far = cells({300: 50, 690: 50, 1500: 50})
    away = far.xy_3035.copy()
    away[2, 1] += 400
    off = type(far)(
        **{
            **far.__dict__,
            "xy_3035": away,
            "gitter_id": ("CRS3035RES100mN1E1", "CRS3035RES100mN1E2", "CRS3035RES100mN1E3"),
        }
    )
    with village(store_settings, (TREFF,), (off,)) as context:
        s2 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S2)
    assert s2["ohne_aussage"] == pytest.approx(120)
    assert s2["nicht_erreicht"] == 0
    assert s2["anteil_prozent"] is None
    assert s2["grund"] == "keine_daten"


def test_people_of_an_area_without_any_cell_are_counted_without_a_statement(store_settings):
    with village(store_settings, (TREFF,), (cells({300: 50}),)) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung"))
    assert row(table, gebiet=S2)["ohne_aussage"] == pytest.approx(120)
    assert row(table, gebiet="05334")["personen"] == pytest.approx(240)


def test_a_group_no_source_tells_is_keine_daten(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        schule = rows(assess_coverage(context, CoverageFrage(ziel="grundschule")))
    assert {each["grund"] for each in schule} == {"keine_daten"}
    assert {each["personen"] for each in schule} == {None}


def test_a_target_that_needs_a_timetable_says_so(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        halt = rows(assess_coverage(context, CoverageFrage(ziel="haltestelle")))
    assert {each["grund"] for each in halt} == {"kein_fahrplan"}


def test_cells_are_taken_as_they_are_where_there_is_no_register(store_settings):
    ab80 = cells({300: 7, 690: 5}, merkmal="ab80", quelle="zensus2011")
    frage = CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab80")
    with village(store_settings, (TREFF,), (ab80,), ()) as context:
        s1 = row(assess_coverage(context, frage), gebiet=S1)
    # The source does not part 80 to 84 from 85+, so all walk at 2.5 km/h: no figure is flattered.
    assert (s1["personen"], s1["erreicht"], s1["nicht_erreicht"]) == (12, 7, 5)
    assert s1["profil"] == "80+ 2,5 km/h"


def test_a_question_of_ones_own_needs_its_parts(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        with pytest.raises(InvalidParameter, match="max_minuten"):
            assess_coverage(context, CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss"))
        with pytest.raises(InvalidParameter, match="oepnv"):
            assess_coverage(
                context,
                CoverageFrage(art="quartier.seniorentreff", modus="oepnv", max_minuten=9, altersgruppe="ab75"),
            )


def test_a_gap_is_said_twice_and_names_what_is_nearest(store_settings):
    checked = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=STICHTAG)
    with village(store_settings, (checked,), (TWO_HALVES,)) as context:
        s2 = row(find_gaps(context, ziel="begegnung"), gebiet=S2)
    assert s2["ohne_zugang"] == pytest.approx(120)
    assert s2["bis_zum_ziel"] == 84, "70 percent of 120"
    assert s2["naechstes_angebot"] == "Treff"
    assert s2["naechste_minuten"] == pytest.approx(1500 / 50, rel=0.05), "1,500 m at 3.0 km/h, the median person's pace"
    assert s2["ziel_status"] == "Arbeitswert, nicht beschlossen"
    assert s2["sicherheit"].startswith("gut")
    assert (s2["rang_personen"], s2["rang_anteil"]) == (1, 1)


def test_r5_what_is_planned_reaches_nobody_yet(store_settings):

    planned = angebot("Treff", "quartier.seniorentreff", 0, status=(status(Status.GEPLANT),))
    with village(store_settings, (planned,), (TWO_HALVES,)) as context:
        assert row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)["erreicht"] == 0


def test_sexes_are_added(store_settings):
    both = tuple(
        type(each)(**{**_fields(each), "geschlecht": sex, "personen": each.personen / 2})
        for each in people()
        for sex in (Geschlecht.WEIBLICH, Geschlecht.MAENNLICH)
    )
    with village(store_settings, (TREFF,), (TWO_HALVES,), both) as context:
        assert row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)["personen"] == pytest.approx(
            120
        )


def test_an_unknown_traeger_is_neither_a_choice_nor_none(store_settings):
    known = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
    unknown = angebot("Treff ohne Träger", "quartier.seniorentreff", 10)
    frage = CoverageFrage(
        art="quartier.seniorentreff", mindestens=2, modus="zu_fuss", max_minuten=15, altersgruppe="ab75"
    )
    with village(store_settings, (known, unknown), (TWO_HALVES,)) as context:
        table = assess_coverage(context, frage)
    s1, s2 = row(table, gebiet=S1), row(table, gebiet=S2)
    assert (s1["erreicht"], s1["nicht_erreicht"]) == (0, pytest.approx(15)), "85+ at 690 m reach neither"
    assert s1["ohne_aussage"] == pytest.approx(105), "they may have two to choose from, or one"
    assert s2["nicht_erreicht"] == pytest.approx(120)


# How far, among how many, and why nothing can be said


def test_ways_are_those_of_half_and_of_nine_in_ten_people(store_settings):
    # Of S 1 45 have 6 minutes, 15 have 7.2, 45 have 13.8 and 15 have 16.56; of S 2 90 have 30 minutes and 30 have 36.
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung"))
    s1, s2, whole = (row(table, gebiet=key) for key in (S1, S2, KOMMUNE))
    assert (s1["median_minuten"], s1["p90_minuten"]) == pytest.approx((7.2, 16.56), abs=0.05)
    assert (s2["median_minuten"], s2["p90_minuten"]) == pytest.approx((30, 36), abs=0.05)
    assert whole["median_minuten"] == pytest.approx(16.56, abs=0.05), "120 of 240 have no more"
    assert (s1["median_meter"], s1["p90_meter"]) == (None, None)
    assert s1["traeger_mittel"] == pytest.approx(105 / 120)
    assert (s2["traeger_mittel"], whole["traeger_mittel"]) == pytest.approx((0, 105 / 240))


def test_a_target_in_metres_has_ways_in_metres(store_settings):
    old, laden = cells({300: 40, 1500: 60}, merkmal="ab65"), angebot("Laden", "alltag.lebensmittel", 0)
    with village(store_settings, (laden,), (old,), ()) as context:
        s2 = row(assess_coverage(context, CoverageFrage(ziel="lebensmittel")), gebiet=S2)
    assert (s2["median_minuten"], s2["p90_minuten"]) == (None, None)
    assert (s2["median_meter"], s2["p90_meter"]) == pytest.approx((1500, 1500), abs=2)


def test_where_there_is_nothing_everybody_is_out_of_reach(store_settings):
    with village(store_settings, (), (TWO_HALVES,)) as context:
        s1 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    assert (s1["nicht_erreicht"], s1["unerreichbar"]) == pytest.approx((120, 120))
    assert (s1["median_minuten"], s1["p90_minuten"], s1["traeger_mittel"]) == (None, None, 0)


def test_the_reasons_sum_to_those_without_a_statement(store_settings):
    with village(store_settings, (TREFF,), (cells({300: 50}),)) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung"))
    assert row(table, gebiet=S2)["abseits"] == pytest.approx(120), "without a cell"
    unknown = angebot("Treff ohne Träger", "quartier.seniorentreff", 10)
    frage = CoverageFrage(
        art="quartier.seniorentreff", mindestens=2, modus="zu_fuss", max_minuten=15, altersgruppe="ab75"
    )
    with village(store_settings, (TREFF, unknown), (TWO_HALVES,)) as context:
        own = assess_coverage(context, frage)
    assert row(own, gebiet=S1)["traeger_unbekannt"] == pytest.approx(105)
    for each in (*table.records(), *own.records()):
        reasons = each["abseits"] + each["rand_der_daten"] + each["traeger_unbekannt"]
        assert reasons == pytest.approx(each["ohne_aussage"])
        assert each["unerreichbar"] <= each["nicht_erreicht"] + 1e-9


def test_somebody_with_a_rollator_gets_less_far(store_settings):
    # 2.5 km/h for everybody: 625 m in 15 minutes, so only those at 300 m.
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context:
        table = assess_coverage(context, CoverageFrage(ziel="begegnung", profil="rollator"))
        own = CoverageFrage(
            art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab75", profil="rollator"
        )
        asked = row(assess_coverage(context, own), gebiet=S1)
    s1 = row(table, gebiet=S1)
    assert (s1["erreicht"], asked["erreicht"]) == pytest.approx((60, 60))
    assert s1["profil"] == "Mit Rollator 2,5 km/h"
    assert s1["ziel"] == "begegnung"
    assert s1["median_minuten"] == pytest.approx(7.2, abs=0.05)


def test_only_who_walks_has_a_profile_here(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,)) as context, pytest.raises(InvalidParameter):
        assess_coverage(context, CoverageFrage(ziel="begegnung", profil="pkw"))


def test_the_public_reads_no_way_of_a_few_and_no_reasons(store_settings):
    with village(store_settings, (TREFF,), (TWO_HALVES,), audience=Audience.PUBLIC) as context:
        s1 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    assert (s1["median_minuten"], s1["p90_minuten"]) == (7.2, 16.6)
    assert {s1[name] for name in ("abseits", "rand_der_daten", "traeger_unbekannt", "unerreichbar")} == {None}
    # Of 30 older people of S 1 only 6 live at 690 m, too far: with their number the ways are secret.
    few = cells({300: 80, 690: 20, 1500: 100})
    with village(store_settings, (TREFF,), (few,), audience=Audience.PUBLIC) as context:
        s1 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    assert (s1["nicht_erreicht"], s1["grund"]) == (None, "geheim")
    assert (s1["median_minuten"], s1["p90_minuten"], s1["traeger_mittel"]) == (None, None, None)
