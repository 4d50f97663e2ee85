"""Versorgungsquoten against figures a planner can check by head, and the rules a planner tests first.

A test named `test_r5_…` holds rule 5 of this list:

R1 Standort, Angebot and Kapazität are three things. R2 Eingestreute Kurzzeitpflege is part of Dauerpflege.
R3 A Tagespflegeplatz is not a person. R4 The office of a Dienst is not its supply. R5 Only what is in operation
counts. R6 Zugelassen, betrieben and frei are three numbers. R7 A ratio names its days and the source of its
denominator. R8 Nobody to count is null with a reason. R9 Residents of a home are in the denominator. R10 Dauerpflege
is judged from the Kommune up. R11 Access looks beyond the border. R12 Different days are shown, never merged.
R14 Confidential places stay with staff. R15 The census is raked to the register. R16 A past Stichtag stays as it was.
"""

from datetime import date

import msgspec
import pytest
from usecases.stolberg import (
    HAUS_A,
    HAUS_B,
    KURZZEIT,
    M01,
    MONSCHAU,
    OPENING,
    PEOPLE,
    RAEUME,
    REGION,
    S03A,
    S03B,
    STOLBERG,
    at_haus_a,
    heim,
    register,
    stolberg,
)
from usecases.strassendorf import (
    STICHTAG,
    angebot,
    catalogue,
    cells,
    places,
    row,
    rows,
    seen_by,
    state,
    status,
    village,
)

from infrastruktur.domain.angebot import Kapazitaet, Standort, Status
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.take_bestand import take_bestand

LAST_DAY = date(2026, 3, 31)


def quote(context, indicator, area, stichtag=None):
    return row(assess_provision(context, stichtag=stichtag, indicator=indicator), gebiet=area)


# The golden figures


def test_golden_dauerpflegeplaetze_je_100_personen_80_plus(store_settings):
    with stolberg(store_settings) as context:
        table = assess_provision(context, indicator="vq_dp80")
        later = assess_provision(context, stichtag=date(2027, 12, 31), indicator="vq_dp80")
    found = {each["gebiet"]: each["wert"] for each in table.records()}
    assert found[S03A] == pytest.approx(80 / 300 * 100)
    assert round(found[S03A], 2) == 26.67
    assert found[S03B] == 0.0
    assert round(found[STOLBERG], 2) == 19.56, "a ratio of sums: the mean of ratios would be 13.33"
    assert found[REGION] == found[STOLBERG], "nobody lives in Monschau"
    assert round(row(later, gebiet=S03B)["wert"], 2) == 36.70


def test_golden_solitaere_kurzzeitpflege(store_settings):
    with stolberg(store_settings) as context:
        s03b = quote(context, "vq_kzp", S03B)
    assert s03b["wert"] == pytest.approx(12 / 109 * 100)
    assert round(s03b["wert"], 2) == 11.01, "je 100 Personen, as all Pflegeplätze"
    assert s03b["einheit"] == "Plätze je 100 Personen 80+"


def test_gueltig_bis_is_the_last_day_that_counts(store_settings):
    closed = msgspec.structs.replace(
        HAUS_A,
        status=(status(Status.IN_BETRIEB, bis=LAST_DAY), status(Status.GESCHLOSSEN, von=date(2026, 4, 1))),
    )
    with stolberg(store_settings) as context:
        state(context, closed)
        zaehler = {
            day: quote(context, "vq_dp80", S03A, day)["zaehler"] for day in (STICHTAG, LAST_DAY, date(2026, 4, 1))
        }
    assert zaehler == {STICHTAG: 80, LAST_DAY: 80, date(2026, 4, 1): 0}


# What is not known, and what has no place


def test_an_unknown_number_of_places_is_counted_and_is_no_zero(store_settings):
    unknown = (heim("Haus C", 700), heim("Haus D", 1700))
    with stolberg(store_settings, *unknown) as context:
        s03a, s03b = quote(context, "vq_dp80", S03A), quote(context, "vq_dp80", S03B)
        whole = quote(context, "vq_dp80", STOLBERG)
    assert (s03a["zaehler"], s03a["ohne_platzzahl"], s03a["grund"]) == (80, 1, None), "a lower bound, and says so"
    assert (s03b["wert"], s03b["zaehler"], s03b["ohne_platzzahl"]) == (None, None, 1)
    assert s03b["grund"] == "keine_platzzahl"
    assert (whole["zaehler"], whole["ohne_platzzahl"]) == (80, 2)


def test_without_a_point_an_angebot_counts_where_its_ort_says_and_no_deeper(store_settings):
    with stolberg(store_settings, heim("Haus E", None, 30, ort=" stolberg")) as context:
        table = assess_provision(context, indicator="vq_dp80")
    counted = {each["gebiet"]: each["zaehler"] for each in table.records()}
    assert counted == {S03A: 80, S03B: 0, M01: 0, STOLBERG: 110, MONSCHAU: 0, REGION: 110}


def test_without_a_point_and_a_known_ort_an_angebot_counts_nowhere(store_settings):
    with stolberg(store_settings, heim("Haus F", None, 30, ort="Stolberg-Nord")) as context:
        assert quote(context, "vq_dp80", REGION)["zaehler"] == 80


def test_an_indicator_or_level_nobody_knows_is_refused_by_name(store_settings):
    with stolberg(store_settings) as context:
        with pytest.raises(NotFound, match="vq_dp99"):
            assess_provision(context, indicator="vq_dp99")
        with pytest.raises(InvalidParameter, match="sozialraum, bezirk, kommune, region"):
            assess_provision(context, ebene="strasse")


# The rules


def test_r1_one_standort_holds_angebote_with_places_of_their_own(store_settings):
    with stolberg(store_settings) as context:
        assert quote(context, "vq_dp80", S03A)["zaehler"] == 80
        assert quote(context, "vq_tp80", S03A)["zaehler"] == 15
        assert row(take_bestand(context, ebene="sozialraum"), gebiet=S03A, art="pflege.tagespflege")["angebote"] == 1


def test_r2_eingestreute_kurzzeitpflege_is_never_added(store_settings):
    with stolberg(store_settings) as context:
        assert quote(context, "vq_dp80", S03A)["zaehler"] == 80, "not 88"
        assert quote(context, "vq_kzp", S03A)["zaehler"] == 0
        davon = quote(context, "vq_kzp_eingestreut", S03A)
        bestand = row(take_bestand(context), gebiet=S03A, art="pflege.dauerpflege")
    assert davon["zaehler"] == 8
    assert davon["hinweis"].startswith("Teilmenge der Dauerpflegeplätze")
    assert bestand["plaetze_zugelassen"] == 80


def test_r3_a_tagespflegeplatz_is_not_a_person_and_says_so(store_settings):
    with stolberg(store_settings) as context:
        s03a = quote(context, "vq_tp75", S03A)
    assert s03a["wert"] == pytest.approx(15 / 510 * 100)
    assert "nicht eine Person" in s03a["hinweis"]


def test_r4_the_office_of_a_dienst_is_no_supply_of_its_sozialraum(store_settings):
    dienst = angebot("Dienst", "pflege.ambulant", 500, kapazitaeten=(Kapazitaet(groesse="vzae", wert=4.09),))
    with stolberg(store_settings, dienst) as context:
        table = assess_provision(context, indicator="vq_amb")
    assert {each["ebene"] for each in table.records()} == {"kommune", "region"}
    assert row(table, gebiet=STOLBERG)["wert"] == pytest.approx(4.09 / 409 * 1000)


def test_r5_only_what_is_in_operation_counts(store_settings):
    others = [heim(kind.value, 700, 50, status=(status(kind),)) for kind in Status if kind is not Status.IN_BETRIEB]
    with stolberg(store_settings, *others) as context:
        assert quote(context, "vq_dp80", S03A)["zaehler"] == 80


def test_r5_what_is_planned_counts_from_its_opening(store_settings):
    with stolberg(store_settings) as context:
        eve = date(2027, 6, 30)
        assert [quote(context, "vq_dp80", S03B, day)["zaehler"] for day in (eve, OPENING)] == [0, 40]


def test_r5_a_reduction_of_places_is_dated(store_settings):
    fewer = (*places(80, gueltig_bis=date(2025, 12, 30)), *places(72, gueltig_von=STICHTAG))
    with stolberg(store_settings) as context:
        state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=fewer))
        before, after = (quote(context, "vq_dp80", S03A, day)["zaehler"] for day in (date(2025, 12, 30), STICHTAG))
    assert (before, after) == (80, 72)


def test_r6_zugelassen_is_the_numerator_and_betrieben_stands_beside(store_settings):
    staffed = Kapazitaet(groesse="plaetze_betrieben", wert=61)
    with stolberg(store_settings) as context:
        state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=(*HAUS_A.kapazitaeten, staffed)))
        assert quote(context, "vq_dp80", S03A)["zaehler"] == 80
        bestand = row(take_bestand(context), gebiet=S03A, art="pflege.dauerpflege")
    assert (bestand["plaetze_zugelassen"], bestand["plaetze_betrieben"]) == (80, 61)


def test_r7_r12_a_ratio_names_both_days_and_the_source_of_its_denominator(store_settings):
    with stolberg(store_settings) as context:
        later = quote(context, "vq_dp80", S03B, date(2027, 12, 31))
    assert (later["stichtag_zaehler"], later["stichtag_nenner"]) == (date(2027, 12, 31), STICHTAG)
    assert (later["nenner"], later["quelle_nenner"]) == (109, "register")


def test_r8_nobody_to_count_is_null_with_a_reason(store_settings):
    with stolberg(store_settings) as context:
        m01 = quote(context, "vq_dp80", M01)
        children = quote(context, "vq_kita_u3", STOLBERG)
        before_any_count = quote(context, "vq_dp80", S03A, date(2020, 12, 31))
    assert (m01["wert"], m01["nenner"], m01["grund"]) == (None, 0, "keine_bevoelkerung")
    assert (children["wert"], children["nenner"], children["grund"]) == (None, None, "keine_daten")
    assert (before_any_count["wert"], before_any_count["grund"]) == (None, "keine_daten")


def test_r8_a_home_where_nobody_is_registered_has_no_ratio_either(store_settings):
    with stolberg(store_settings, heim("Haus M", 3000, 20)) as context:
        m01, whole = quote(context, "vq_dp80", M01), quote(context, "vq_dp80", REGION)
    assert (m01["wert"], m01["zaehler"], m01["grund"]) == (None, 20, "keine_bevoelkerung")
    assert whole["zaehler"] == 100


def test_r9_r10_below_the_kommune_dauerpflege_is_information(store_settings):
    with stolberg(store_settings) as context:
        table = assess_provision(context, indicator="vq_dp80")
    note = "Auf dieser Ebene eine Information, keine Aussage über Bedarf."
    assert {each["ebene"] for each in table.records() if note in each["hinweis"]} == {"sozialraum"}
    assert "Bewohner:innen eines Pflegeheims zählen im Nenner" in row(table, gebiet=S03A)["hinweis"]


def test_r11_beyond_the_border_supply_is_no_provision_but_reaches_people(store_settings):
    """The village ends at 4,000 m, and so does its Kommune; S 2 has its people at 3,700 m."""
    beyond = angebot("Treff D", "quartier.seniorentreff", 4_100)
    hours = Kapazitaet(groesse="oeffnungsstunden", wert=20)
    beyond = msgspec.structs.replace(beyond, kapazitaeten=(hours,))
    frage = CoverageFrage(
        art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab75", ebene="region"
    )
    with village(store_settings, (beyond,), (cells({300: 1, 3_700: 1}),)) as context:
        provision = quote(context, "vq_beg", REGION)
        reached = row(assess_coverage(context, frage))["erreicht"]
        stock = rows(take_bestand(context), art="quartier.seniorentreff")
    assert provision["zaehler"] == 0
    assert reached == pytest.approx(120), "all of S 2"
    assert stock == []


def test_r14_confidential_places_are_in_no_public_count(store_settings):
    secret = angebot(
        "Schutzhaus", "beratung.gewaltschutz", 600, kapazitaeten=(Kapazitaet(groesse="vzae", wert=3),), vertraulich=True
    )
    hidden_place = Standort(schluessel="geheim", punkt_25832=HAUS_A.standort.punkt_25832, vertraulich=True)
    at_hidden_place = msgspec.structs.replace(heim("Haus G", 600, 30), standort=hidden_place)
    flat = angebot("WG", "pflege.wg_selbst", 650, kapazitaeten=places(8))
    with stolberg(store_settings, secret, at_hidden_place, flat) as context:
        staff = {(each["indicator"], each["gebiet"]): each["zaehler"] for each in assess_provision(context).records()}
        outside = seen_by(context, Audience.PUBLIC)
        public = {(each["indicator"], each["gebiet"]): each["zaehler"] for each in assess_provision(outside).records()}
        stock = {each["art"] for each in take_bestand(outside).records()}
        known = {each["art"] for each in take_bestand(context).records()}
    assert staff["vq_dp80", STOLBERG] == 110
    assert staff["vq_wg", STOLBERG] == 8
    assert public["vq_dp80", STOLBERG] == 80
    assert public["vq_wg", STOLBERG] is None, "what is hidden is unknown, no nought"
    assert "pflege.wg_selbst" in known
    assert {"beratung.gewaltschutz", "pflege.wg_selbst"}.isdisjoint(stock)


def test_r15_the_number_is_the_register_s_wherever_the_census_says_otherwise(store_settings):
    census = cells({500: 3.0, 1_500: 999.0}, merkmal="ab80", quelle="zensus2011")
    with catalogue(store_settings, RAEUME, (HAUS_A,), (census,), tuple(register())) as context:
        s03b = quote(context, "vq_dp80", S03B)
    assert (s03b["nenner"], s03b["quelle_nenner"]) == (109, "register")


def test_r16_a_past_stichtag_stays_as_it_was(store_settings):
    with stolberg(store_settings) as context:
        before = assess_provision(context, stichtag=STICHTAG).zeilen
        grown = (*HAUS_A.kapazitaeten[1:], *places(80, gueltig_bis=STICHTAG), *places(90, gueltig_von=date(2026, 1, 1)))
        state(
            context,
            msgspec.structs.replace(HAUS_A, kapazitaeten=grown),
            heim("Haus N", 700, 99, status=(status(Status.IN_BETRIEB, von=date(2026, 1, 1)),)),
            beendet=((KURZZEIT.schluessel, LAST_DAY),),
        )
        assert assess_provision(context, stichtag=STICHTAG).zeilen == before
        assert quote(context, "vq_dp80", S03A, date(2026, 1, 1))["zaehler"] == 189
        assert quote(context, "vq_kzp", S03B, date(2026, 4, 1))["zaehler"] == 0


# Secrecy


def test_the_public_sees_no_figure_on_few_people(store_settings):
    """Of S03b, where 9 people of 80 and over live; by subtraction S03a's 300 would give them away."""
    few = PEOPLE | {S03B: (120, 0, 0, 9)}
    with catalogue(
        store_settings,
        RAEUME,
        (HAUS_A, HAUS_B, KURZZEIT),
        zaehlung=tuple(register(few)),
        audience=Audience.PUBLIC,
    ) as context:
        table = assess_provision(context, indicator="vq_dp80")
        secret = {each["gebiet"] for each in table.records() if each["grund"] == "geheim"}
        shown = row(table, gebiet=STOLBERG)
        staff = quote(seen_by(context, Audience.STAFF), "vq_kzp", S03B)
    assert secret == {S03A, S03B}
    assert {(each["wert"], each["nenner"]) for each in rows(table) if each["gebiet"] in secret} == {(None, None)}
    assert (shown["nenner"], shown["wert"]) == (309, round(80 / 309 * 100, 2))
    assert row(table, gebiet=M01)["grund"] == "keine_bevoelkerung", "nobody is no secret"
    assert (staff["nenner"], staff["grund"]) == (9, None)


def test_figures_of_enough_people_are_public_and_rounded(store_settings):
    with stolberg(store_settings, audience=Audience.PUBLIC) as context:
        s03a = quote(context, "vq_dp80", S03A)
    assert (s03a["wert"], s03a["nenner"], s03a["grund"]) == (26.67, 300, None)


def test_an_angebot_at_the_standort_of_another_lies_in_its_sozialraum(store_settings):
    second = at_haus_a(angebot("Kurz A", "pflege.kurzzeit_solitaer", None, kapazitaeten=places(5)))
    with stolberg(store_settings, second) as context:
        assert quote(context, "vq_kzp", S03A)["zaehler"] == 5
