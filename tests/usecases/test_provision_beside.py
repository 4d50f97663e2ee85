"""What stands beside a Versorgungsquote: need, Auslastung, the Region, another day, a target, and it without homes."""

import math
from datetime import date

import msgspec
import pytest
from usecases.stolberg import ANGEBOTE, HAUS_A, M01, MONSCHAU, OPENING, REGION, S03A, S03B, STOLBERG, heim, stolberg
from usecases.strassendorf import STICHTAG, row, rows, seen_by, state
from usecases.test_bedarf import PEOPLE, register, towns

from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.szenario import Bevoelkern, Schliessen, Szenario, build_szenario
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.plan_bedarf import plan_bedarf

LIVING = 80 * 0.9519 * 124_015 / 169_213
"""Of 80 places, those who live there and are of 80 and over."""


def figure(context, indicator, gebiet, **asked):
    return row(assess_provision(context, indicator=indicator, **asked), gebiet=gebiet)


def fine(people):
    """State 75 to 79 apart: nobody of 80 to 84 is there."""
    for each in register(people):
        if each.gruppe == "75bis84":
            yield msgspec.structs.replace(each, gruppe="75bis79")
            yield msgspec.structs.replace(each, gruppe="80bis84", personen=0.0)
        else:
            yield each


FEW = tuple(fine({**PEOPLE, M01: ((1000, 2, 60, 10), (1000, 2, 50, 10))}))
"""Of Monschau's people of 75 and over only 4 are under 80."""


def with_sizes(one, **sizes):
    stated = tuple(Kapazitaet(groesse=name, wert=wert) for name, wert in sizes.items())
    return msgspec.structs.replace(one, kapazitaeten=(*one.kapazitaeten, *stated))


# Bedarf


def test_golden_versorgungsgrad_and_saldo_hold_80_places_against_361_03_people(store_settings):
    with towns(store_settings) as context:
        grad, saldo = (figure(context, f"{name}_dp_anteil", STOLBERG) for name in ("vg", "saldo"))
        monschau = figure(context, "saldo_dp_anteil", MONSCHAU)
        region = figure(context, "saldo_dp_anteil", REGION)
        levels = {each["ebene"] for each in rows(assess_provision(context, indicator="saldo_dp_anteil"))}
    assert grad["wert"] == pytest.approx(100 * 80 / (361.03 * 0.14 / 0.95))
    assert (saldo["zaehler"], saldo["bedarf"], saldo["wert"]) == (80, 54, 26)
    assert saldo["nenner"] == pytest.approx(361.03 * 0.14), "the people whose need it is"
    assert (monschau["wert"], region["wert"]) == (-24, 80 - 77)
    assert saldo["hinweis"].endswith("Bedarf informatorisch, keine verbindliche Bedarfsplanung.")
    assert levels == {"kommune", "region"}
    assert saldo["wert_region"] is None, "a part of the Region has fewer places than it"


def test_need_and_supply_are_those_of_the_plan(store_settings):
    """The plan of three years, where nothing changes, says what the Stichtag says."""
    with towns(store_settings, angebote=(HAUS_A,)) as context:
        planned = row(
            plan_bedarf(context),
            gebiet=STOLBERG,
            regel="dauerpflege_anteil",
            variante="status_quo",
            tag=date(2026, 12, 31),
        )
        grad, saldo = (figure(context, f"{name}_dp_anteil", STOLBERG) for name in ("vg", "saldo"))
    assert grad["wert"] == pytest.approx(planned["versorgungsgrad_prozent"])
    assert saldo["wert"] == planned["saldo"]


def test_places_per_pflegebeduerftige_use_the_estimate(store_settings):
    with towns(store_settings) as context:
        found = figure(context, "vq_dppb", STOLBERG)
    assert (found["nenner"], found["wert"]) == (pytest.approx(361.03), pytest.approx(100 * 80 / 361.03))
    assert "Pflegequoten" in found["quelle_nenner"]


def test_without_people_by_sex_there_is_no_need_and_the_reason_is_said(store_settings):
    with stolberg(store_settings) as context:
        found = figure(context, "vg_dp_anteil", STOLBERG)
    assert (found["wert"], found["grund"]) == (None, "keine_daten")
    assert "Keine Quelle nennt Personen nach Alter und Geschlecht" in found["hinweis"]


# Auslastung and Belegung


def test_auslastung_comes_from_platztage_alone(store_settings):
    full = with_sizes(heim("Haus C", 700, 100), platztage_belegt=34_675, platztage_verfuegbar=36_500, bewohner=90)
    with stolberg(store_settings, full) as context:
        auslastung, belegung = figure(context, "ausl_dp", STOLBERG), figure(context, "beleg_dp", STOLBERG)
        tagespflege = figure(context, "ausl_tp", STOLBERG)
    assert (auslastung["wert"], auslastung["ohne_platzzahl"]) == (95, 1), "Haus A states no Platztage"
    assert (belegung["wert"], belegung["zaehler"], belegung["nenner_groesse"]) == (90, 90, 100)
    assert (tagespflege["wert"], tagespflege["grund"]) == (None, "keine_daten")


def test_the_public_sees_no_occupancy_of_few_houses(store_settings):
    sizes = {"platztage_belegt": 9_000, "platztage_verfuegbar": 10_000}
    houses = [with_sizes(heim(f"Haus {name}", 700, 30), **sizes) for name in "CDE"]
    with stolberg(store_settings, *houses[:2]) as context:
        public = seen_by(context, Audience.PUBLIC)
        two = rows(assess_provision(public, indicator="ausl_dp"))
        state(context, houses[2])
        three = rows(assess_provision(public, indicator="ausl_dp"))
    assert [(each["ebene"], each["wert"], each["grund"]) for each in two] == [("region", None, "geheim")]
    assert [(each["ebene"], each["wert"], each["grund"]) for each in three] == [("region", 90, None)]


def test_the_public_sees_no_occupancy_under_a_scenario(store_settings):
    """Of four houses less one that is closed would follow that one's."""
    sizes = {"platztage_belegt": 9_000, "platztage_verfuegbar": 10_000}
    houses = [with_sizes(heim(f"Haus {name}", 700, 30), **sizes) for name in "CDEF"]
    change = Schliessen(angebot=houses[0].id)
    with stolberg(store_settings, *houses) as context:
        public = seen_by(context, Audience.PUBLIC)
        closed = rows(
            assess_provision(public.under(build_szenario(Szenario(aenderungen=(change,)))), indicator="ausl_dp")
        )
        plain = rows(assess_provision(public, indicator="ausl_dp"))
    assert [(each["wert"], each["grund"]) for each in plain] == [(90, None)]
    assert [(each["wert"], each["zaehler"], each["nenner_groesse"], each["grund"]) for each in closed] == [
        (None, None, None, "geheim")
    ]


def test_twice_as_many_of_75_and_over_need_care_by_the_same_rates(store_settings):
    """Of the 361.03, those of 75 and over are 81.3 + 47.04 + 54.54 + 21.6 + 34.56 + 10.44 = 249.48."""
    more = Bevoelkern(gebiet=STOLBERG, altersgruppe="ab75", faktor=2.0)
    with towns(store_settings, angebote=(HAUS_A,)) as context:
        assumed = context.under(build_szenario(Szenario(aenderungen=(more,))))
        saldo = figure(assumed, "saldo_dp_anteil", STOLBERG)
    assert saldo["nenner"] == pytest.approx((361.03 + 249.48) * 0.14)
    assert (saldo["zaehler"], saldo["bedarf"], saldo["wert"]) == (80, math.ceil(85.4714 / 0.95), 80 - 90)


def test_what_no_house_states_is_no_secret(store_settings):
    with stolberg(store_settings) as context:
        found = row(assess_provision(seen_by(context, Audience.PUBLIC), indicator="ausl_dp"))
    assert (found["wert"], found["grund"], found["quelle_nenner"]) == (None, "keine_daten", "Katalog")


def test_the_public_reads_the_nenner_of_each_figure_and_of_no_other(store_settings):
    """Secrecy knows a count by its group, day and source: places and needs are no people, and not one another."""
    sizes = {"platztage_belegt": 9_000, "platztage_verfuegbar": 10_000, "bewohner": 28}
    full = [with_sizes(heim(name, 700, 30), **sizes) for name in "CDE"]
    with towns(store_settings, angebote=(*ANGEBOTE, *full)) as context:
        staff = {(each["indicator"], each["gebiet"]): each for each in rows(assess_provision(context))}
        public = rows(assess_provision(seen_by(context, Audience.PUBLIC)))
    for name in ("nenner", "bedarf", "nenner_groesse"):
        shown = [each for each in public if each[name] is not None]
        assert {"nenner": "vq_dppb", "bedarf": "saldo_tp_vergleich", "nenner_groesse": "beleg_dp"}[name] in {
            each["indicator"] for each in shown
        }
        for each in shown:
            assert abs(each[name] - staff[each["indicator"], each["gebiet"]][name]) <= 1, each["indicator"]


def test_a_need_gives_no_people_back_to_the_public(store_settings):
    """One group of Monschau is hidden, and so is what is made of another."""
    with towns(store_settings, zaehlung=FEW) as context:
        shown = rows(assess_provision(seen_by(context, Audience.PUBLIC)))
        known = rows(assess_provision(context), gebiet=MONSCHAU)
    hidden = {each["gebiet"] for each in shown if each["ebene"] == "kommune" and each["grund"] == "geheim"}
    estimates = ("vq_dppb", "vg_dp_anteil", "saldo_dp_anteil", "vg_tp_vergleich", "saldo_tp_vergleich")
    silent = {(each["indicator"], each["gebiet"]) for each in shown if each["wert"] is None}
    assert MONSCHAU in hidden
    assert {(code, gebiet) for code in estimates for gebiet in hidden} <= silent
    assert len(hidden) > 1 or {(code, REGION) for code in estimates} <= silent
    assert {each["indicator"] for each in known if each["wert"] is not None} >= set(estimates[:3])


# Beside the Region, another day, a target


def test_a_figure_stands_beside_its_region_and_another_day(store_settings):
    with stolberg(store_settings) as context:
        now = figure(context, "vq_dp80", S03B, stichtag=OPENING, vergleich=STICHTAG)
        alone = figure(context, "vq_dp80", S03B)
    region = 100 * 120 / 409
    assert now["wert"] == pytest.approx(100 * 40 / 109)
    assert (now["wert_region"], now["differenz_region"]) == (pytest.approx(region), pytest.approx(now["wert"] - region))
    assert (now["wert_vergleich"], now["differenz_vergleich"]) == (0, pytest.approx(now["wert"]))
    assert now["vergleich_stichtag"] == STICHTAG
    assert (alone["wert_vergleich"], alone["vergleich_stichtag"]) == (None, None)


def test_why_another_day_has_no_figure_is_said(store_settings):
    """Nobody says how many lived there in 2019: no change would be the wrong reading."""
    with stolberg(store_settings) as context:
        asked = {"indicator": "vq_dp80", "stichtag": STICHTAG}
        silent = assess_provision(context, vergleich=date(2019, 12, 31), **asked)
        told = assess_provision(context, vergleich=OPENING, **asked)
    stated = [each for each in rows(silent) if each["wert"] is not None]
    assert {each["wert_vergleich"] for each in rows(silent)} == {None}
    said = f"Am 31.12.2019 ohne Wert, darum nicht verglichen: {len(stated)} wegen keine_daten."
    assert said in silent.herkunft.hinweise
    assert not any("verglichen" in each for each in told.herkunft.hinweise)


def test_a_hidden_figure_does_not_come_back_by_comparison(store_settings):
    with towns(store_settings, zaehlung=FEW) as context:
        table = assess_provision(seen_by(context, Audience.PUBLIC), stichtag=OPENING, vergleich=STICHTAG)
    hidden = [each for each in rows(table) if each["grund"] == "geheim"]
    assert hidden
    for each in hidden:
        assert each["differenz_region"] is None
        assert each["differenz_vergleich"] is None
        assert each["abstand_zielwert"] is None


def test_a_target_says_how_binding_it_is_and_an_installation_has_its_own(store_settings):
    with towns(store_settings) as context:
        given = figure(context, "vg_dp_anteil", STOLBERG)
        (context.settings.home / "zielwerte.toml").write_text(
            '[[zielwert]]\nindikator = "vq_dp80"\nwert = 20\ngrundlage = "Probe"\ngueltig_von = 2020-01-01\n'
        )
        kommune, sozialraum = figure(context, "vq_dp80", STOLBERG), figure(context, "vq_dp80", S03A)
    assert (given["zielwert"], given["abstand_zielwert"]) == (100, pytest.approx(given["wert"] - 100))
    assert given["zielwert_status"].startswith("Arbeitswert, nicht beschlossen (§ 7 Abs. 6 APG NRW")
    assert kommune["zielwert_status"] == "Arbeitswert, nicht beschlossen (Probe)"
    assert sozialraum["zielwert"] is None, "Dauerpflege is judged from the Kommune up (R10)"


# Unknown sizes


def test_an_upper_bound_stands_only_under_a_stated_assumption(store_settings):
    with stolberg(store_settings, heim("Haus C", 700)) as context:
        bare = figure(context, "vq_dp80", S03A)
        table = assess_provision(context, indicator="vq_dp80", angenommen=60)
        with pytest.raises(InvalidParameter, match="indicator"):
            assess_provision(context, angenommen=60)
    assumed = row(table, gebiet=S03A)
    assert (bare["wert"], bare["wert_bis"], bare["ohne_platzzahl"]) == (pytest.approx(100 * 80 / 300), None, 1)
    assert (assumed["wert"], assumed["wert_bis"]) == (bare["wert"], pytest.approx(100 * 140 / 300))
    assert "angenommen 60" in " ".join(table.herkunft.hinweise)


# Without those who live in homes


def test_r9_a_figure_is_stated_again_without_residents_of_homes(store_settings):
    with stolberg(store_settings) as context:
        s03a, s03b, region = (figure(context, "vq_dp80", area) for area in (S03A, S03B, REGION))
        young = figure(context, "vq_dp65", S03A)
    assert s03a["nenner_ohne_einrichtungsbevoelkerung"] == pytest.approx(300 - LIVING)
    assert s03a["wert_ohne_einrichtungsbevoelkerung"] == pytest.approx(100 * 80 / (300 - LIVING))
    assert s03b["wert_ohne_einrichtungsbevoelkerung"] == s03b["wert"] == 0, "no home is in operation here"
    assert region["nenner_ohne_einrichtungsbevoelkerung"] == pytest.approx(409 - LIVING)
    assert s03a["annahme_ohne_einrichtungsbevoelkerung"] == "1 Heim mit Plätzen × 95,19 %; davon 73,3 % in der Gruppe"
    assert young["annahme_ohne_einrichtungsbevoelkerung"] is None


def test_a_stated_number_of_residents_goes_before_the_assumption_for_staff(store_settings):
    counted = with_sizes(HAUS_A, bewohner=60)
    with stolberg(store_settings) as context:
        state(context, counted)
        staff = figure(context, "vq_dp80", S03A)
        shown = figure(seen_by(context, Audience.PUBLIC), "vq_dp80", STOLBERG)
    assert staff["nenner_ohne_einrichtungsbevoelkerung"] == pytest.approx(300 - 60 * 124_015 / 169_213)
    assert "1 Heim mit gezählten" in staff["annahme_ohne_einrichtungsbevoelkerung"]
    assert shown["nenner_ohne_einrichtungsbevoelkerung"] in (None, round(409 - LIVING))


def test_without_an_answer_the_second_value_is_null_and_says_why(store_settings):
    with stolberg(store_settings, heim("Riesenhaus", 700, 900)) as context:
        nobody = figure(context, "vq_dp80", S03A)
        state(context, heim("Haus C", 700))
        unknown = figure(context, "vq_dp80", S03A)
    for each, reason in ((unknown, "Weder Bewohner:innen noch Plätze"), (nobody, "niemand")):
        assert each["wert_ohne_einrichtungsbevoelkerung"] is None
        assert reason in each["annahme_ohne_einrichtungsbevoelkerung"]
