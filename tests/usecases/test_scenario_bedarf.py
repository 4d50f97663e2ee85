"""Need and supply under a scenario, with the people of test_bedarf: 361.03 Pflegebedürftige in Stolberg.

Of 85 and over 77.88 in S03a (0.606 · 60 + 0.432 · 30 + 0.864 · 25 + 0.696 · 10), 43.26 in S03b, together 121.14.
"""

import numpy as np
import pytest
from usecases.stolberg import HAUS_A, HAUS_B, MONSCHAU, REGION, S03A, S03B, STOLBERG
from usecases.strassendorf import STICHTAG, build_streets, row, rows
from usecases.test_bedarf import ANTEIL, FIRST, SECOND, THIRD, cell, register, towns, write_prognose, write_rates
from usecases.test_kohorte import write_counts
from usecases.test_scenario import punkt, under

from infrastruktur.domain.errors import NotAssessable, NotFound
from infrastruktur.domain.herleitung import list_eingaben
from infrastruktur.domain.szenario import Bemessen, Bevoelkern, Hinzufuegen, Schliessen, Szenario, build_szenario
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf
from infrastruktur.usecases.plan_bedarf import Zelle, explain_bedarf, plan_bedarf
from infrastruktur.usecases.read_register import count_leaves, count_register
from infrastruktur.usecases.run_scenario import run_scenario
from infrastruktur.usecases.spread_population import spread_population

HOCHALTRIG = Bevoelkern(gebiet=STOLBERG, altersgruppe="ab85", faktor=2.0)


@pytest.fixture
def stadt(store_settings):
    with towns(store_settings) as context:
        yield context


def expected(context, gebiet, leistung="insgesamt"):
    return row(estimate_pflegebedarf(context), gebiet=gebiet, leistung=leistung)["erwartet"]


@pytest.mark.parametrize(
    ("change", "s03a", "s03b"),
    [
        (HOCHALTRIG, 2 * 77.88, 2 * 43.26),
        (Bevoelkern(gebiet=S03A, altersgruppe="ab85", faktor=0.5), 77.88 / 2, 43.26),
        (Bevoelkern(gebiet=REGION, altersgruppe="ab85", faktor=0.0), 0, 0),
        # 125 people of 85 and over live in S03a, 70 in S03b.
        (Bevoelkern(gebiet=S03A, altersgruppe="ab85", summand=25.0), 77.88 * 1.2, 43.26),
        (Bevoelkern(gebiet=STOLBERG, altersgruppe="ab85", summand=39.0), 77.88 * 1.2, 43.26 * 1.2),
        (Bevoelkern(gebiet=MONSCHAU, altersgruppe="ab85", faktor=3.0), 77.88, 43.26),
    ],
)
def test_who_comes_needs_care_as_those_do_who_are_there(stadt, change, s03a, s03b):
    after = under(stadt, change)
    assert expected(after, S03A) == pytest.approx(225.07 - 77.88 + s03a)
    assert expected(after, S03B) == pytest.approx(135.96 - 43.26 + s03b)
    assert expected(after, STOLBERG) == pytest.approx(361.03 - 121.14 + s03a + s03b)
    assert expected(after, REGION) == pytest.approx(expected(after, STOLBERG) + expected(after, MONSCHAU))
    assert expected(stadt, S03A) == pytest.approx(225.07), "the catalogue stays what it is"


def test_leaves_sum_to_their_kommune_by_sex_and_age(stadt):
    after = under(stadt, Bevoelkern(gebiet=S03A, altersgruppe="ab90", faktor=4.0))
    gebiete = spread_population(after, STICHTAG).gebiete
    small, kommunen = count_leaves(after, gebiete, STICHTAG), count_register(after, gebiete, STICHTAG)
    assert small.gruppen == kommunen.gruppen
    at = {kommune.schluessel: row for row, kommune in enumerate(gebiete.kommunen)}[STOLBERG]
    leaves = [row for row, leaf in enumerate(gebiete.stufen[0].raeume) if leaf.oberraum == STOLBERG]
    assert np.allclose(small.personen[leaves].sum(axis=0), kommunen.personen[at])
    # 25 women and 10 men of 90 and over live in S03a, 15 and 5 in S03b.
    assert kommunen.personen[at, :, -1].tolist() == [4 * 25 + 15, 4 * 10 + 5]


def test_a_band_across_the_edge_of_a_change_is_never_split_by_guess(stadt):
    after = under(stadt, Bevoelkern(gebiet=S03A, altersgruppe="ab80", faktor=2.0))
    table = estimate_pflegebedarf(after)
    assert {each["grund"] for each in table.records()} == {"keine_daten"}
    with pytest.raises(NotAssessable, match=r"75 bis 84|75–84|75"):
        count_register(after, spread_population(after, STICHTAG).gebiete, STICHTAG)


def test_a_register_of_kommunen_cannot_tell_who_comes_to_a_part_of_one(store_settings):
    kommunen = tuple(register({STOLBERG: ((900, 90, 9, 9),) * 2, MONSCHAU: ((900, 90, 9, 9),) * 2}))
    with towns(store_settings, zaehlung=kommunen) as context:
        whole = under(context, HOCHALTRIG)
        assert expected(whole, STOLBERG) > expected(context, STOLBERG)
        people = count_register(whole, spread_population(whole, STICHTAG).gebiete, STICHTAG)
        assert people.personen[:, :, -1].max() == 18


def test_rates_are_those_of_the_people_who_were_counted(store_settings):
    """A count of the Kreis says what rates were: who is assumed beside them adds to it."""
    with towns(store_settings) as context:
        write_rates(store_settings.home, "pflegebeduerftig", 10)
        write_counts(store_settings.home, (REGION, "insgesamt", 2 * expected(context, REGION)))
        before = expected(context, REGION)
        twice = under(context, Bevoelkern(gebiet=REGION, altersgruppe="alle", faktor=2.0))
        assert expected(twice, REGION) == pytest.approx(2 * before)


def test_a_plan_follows_people_through_its_three_years(stadt):
    after = plan_bedarf(under(stadt, HOCHALTRIG))
    for tag in (FIRST, SECOND, THIRD):
        assert cell(after, STOLBERG, tag)["pflegebeduerftige"] == pytest.approx(361.03 + 121.14)
        assert cell(after, MONSCHAU, tag)["pflegebeduerftige"] == pytest.approx(160.20)


def test_a_forecast_is_changed_by_the_share_the_counted_people_are(stadt):
    write_prognose(stadt.settings.home, 4, THIRD)
    table = plan_bedarf(under(stadt, HOCHALTRIG))
    assert cell(table, STOLBERG, THIRD)["pflegebeduerftige"] == pytest.approx(4 * (361.03 + 121.14))
    # A third of the way, but for a day of the leap year, between what is counted and what is expected.
    assert cell(table, STOLBERG, FIRST)["pflegebeduerftige"] == pytest.approx(2 * (361.03 + 121.14), rel=2e-3)
    assert cell(table, MONSCHAU, THIRD)["pflegebeduerftige"] == pytest.approx(4 * 160.20)


def test_places_come_and_go_on_every_day_of_the_plan(stadt):
    new = Hinzufuegen(art="pflege.dauerpflege", punkt=punkt(1600), kapazitaet=30.0, name="Haus Neu")
    plans = [plan_bedarf(under(stadt, *changes)) for changes in ((new,), (Schliessen(angebot=HAUS_A.id), new))]
    for tag in (FIRST, SECOND):
        opened = 0 if tag == FIRST else 40  # Haus B, from July 2027
        assert [cell(plan, STOLBERG, tag)["angebot"] for plan in plans] == [80 + 30 + opened, 30 + opened]
        assert [cell(plan, STOLBERG, tag)["bestand_stichtag"] for plan in plans] == [110, 30]
    larger = plan_bedarf(under(stadt, Bemessen(angebot=HAUS_B.id, kapazitaet=55.0)))
    assert cell(larger, STOLBERG, SECOND)["zugang_geplant"] == 55
    with pytest.raises(NotFound, match="Stichtag nicht"):
        plan_bedarf(under(stadt, Schliessen(angebot="0" * 36)))


def test_an_explanation_says_which_house_is_only_assumed(stadt):
    new = Hinzufuegen(art="pflege.dauerpflege", punkt=punkt(1600), kapazitaet=30.0, name="Haus Neu")
    zelle = Zelle(STOLBERG, ANTEIL, FIRST, "status_quo", Groesse.ANGEBOT)
    explained = explain_bedarf(under(stadt, new), zelle)
    said = {leaf.name: leaf.quelle for leaf in list_eingaben(explained)}
    assert explained.wert == 110
    assert "Annahme eines Szenarios" in said["Haus Neu"]
    assert said["Haus A"].startswith(f"Katalog, Angebot {HAUS_A.id}, Quelle ")


def test_ratios_of_need_follow_people_and_places(stadt):
    def find(context, indicator):
        return row(assess_provision(context, indicator=indicator), gebiet=STOLBERG)

    after = under(stadt, HOCHALTRIG, Bemessen(angebot=HAUS_A.id, kapazitaet=100.0))
    # 482.17 · 0.14 / 0.95 = 71.06 places.
    assert find(stadt, "saldo_dp_anteil")["wert"] == 80 - 54
    assert find(after, "saldo_dp_anteil")["wert"] == 100 - 72


def test_the_comparison_lists_need_beside_what_does_not_react(stadt):
    build_streets(stadt.settings.home)
    table = run_scenario(stadt, build_szenario(Szenario(aenderungen=(HOCHALTRIG,))))
    cells = rows(table, auswertung="pflegebedarf", gegenstand="insgesamt", gebiet=S03A, groesse="erwartet")
    assert [each["differenz"] for each in cells] == pytest.approx([77.88])
    days = rows(table, auswertung="demand", gegenstand=ANTEIL, gebiet=STOLBERG, groesse="pflegebeduerftige")
    assert {(each["tag"], each["variante"]) for each in days} == {
        (tag, variante) for tag in (FIRST, SECOND, THIRD) for variante in ("status_quo", "kapazitaet")
    }
    moved = build_szenario(Szenario(aenderungen=(Schliessen(angebot=HAUS_A.id),)))
    still = rows(run_scenario(stadt, moved), reagiert=False)
    assert {each["gegenstand"] for each in still if each["auswertung"] == "pflegebedarf"} >= {"insgesamt", "ambulant"}
    silent = {each["gegenstand"] for each in still if each["auswertung"] == "demand"}
    assert "dauerpflege_heimquote" in silent
    assert ANTEIL not in silent
    told = rows(run_scenario(stadt, moved), auswertung="demand", gegenstand="tagespflege_vergleich")
    assert {each["groesse"] for each in told} == {"in_heimen"}
