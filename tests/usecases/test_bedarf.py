"""Nachfrage und Bedarf in one call: Stolberg with Haus A (80) and the planned Haus B (40 from July 2027), and Monschau.

Pflegebedürftige by the rates of Germany 2021, women and men of `PEOPLE`:

              0 to 74        75 to 84                     85 to 89                  90 and over
    Stolberg  2.3 % · 4,850  27.1 % · 300, 19.6 % · 240   60.6 % · 90, 43.2 % · 50  86.4 % · 40, 69.6 % · 15  361.03
    Monschau  2.3 % · 2,000  27.1 % · 100, 19.6 % · 100   60.6 % · 50, 43.2 % · 50  86.4 % · 10, 69.6 % · 10  160.20

14 % of them live in homes, 0.95 people on a place: 53.2 and 23.6 places.
"""

import math
from datetime import date

import msgspec
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from usecases.stolberg import ANGEBOTE, M01, MONSCHAU, RAEUME, REGION, S03A, S03B, STOLBERG, TAGESPFLEGE, heim
from usecases.strassendorf import STICHTAG, catalogue, row, rows, seen_by

from infrastruktur.app import create_app
from infrastruktur.domain.bedarf import INFORMATORISCH
from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import InvalidParameter, NotAssessable, NotFound, SourceRefused
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.herleitung import list_eingaben
from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.http.documents import SCHEMAS
from infrastruktur.planning.disclosure import protect
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG
from infrastruktur.settings import Audience
from infrastruktur.usecases.gather_grundlagen import OHNE_PROGNOSE
from infrastruktur.usecases.plan_bedarf import Planfrage, Zelle, explain_bedarf, plan_bedarf

BANDS = ("00bis74", "75bis84", "85bis89", "ab90")
SEXES = (Geschlecht.WEIBLICH, Geschlecht.MAENNLICH)
PEOPLE = {
    S03A: ((1400, 200, 60, 25), (1450, 140, 30, 10)),
    S03B: ((1000, 100, 30, 15), (1000, 100, 20, 5)),
    M01: ((1000, 100, 50, 10), (1000, 100, 50, 10)),
}
ANTEIL, HEIMQUOTE, TAGESPFLEGE_VERGLEICH = "dauerpflege_anteil", "dauerpflege_heimquote", "tagespflege_vergleich"
FIRST, SECOND, THIRD = date(2026, 12, 31), date(2027, 12, 31), date(2028, 12, 31)
PUBLIC = {"audience": Audience.PUBLIC}


def register(people=PEOPLE):
    for raum, sexes in people.items():
        for geschlecht, bands in zip(SEXES, sexes, strict=True):
            for gruppe, personen in zip(BANDS, bands, strict=True):
                yield Bevoelkerung(
                    quelle="register",
                    stichtag=STICHTAG,
                    raum=raum,
                    geschlecht=geschlecht,
                    gruppe=gruppe,
                    personen=float(personen),
                )


REGISTER = tuple(register())


def towns(installation, angebote=ANGEBOTE, zaehlung=REGISTER, **more):
    installation.home.mkdir(parents=True, exist_ok=True)
    return catalogue(installation, RAEUME, angebote, zaehlung=zaehlung, **more)


def cell(table, gebiet, tag=FIRST, variante="status_quo", regel=ANTEIL):
    return row(table, gebiet=gebiet, tag=tag, variante=variante, regel=regel)


def write_rates(home, merkmal, percent):
    """State the same rate for everybody of the Kreis."""
    (home / "quoten.toml").write_text(
        f'[[quotentafel]]\ncode = "eigene"\ntitel = "Eigene"\nmerkmal = "{merkmal}"\ngebiet = "05334"\n'
        'stichtag = 2023-12-15\nquelle = "erfunden"\n[[quotentafel.quoten]]\naltersgruppe = "alle"\n'
        f"w_prozent = {percent}\nm_prozent = {percent}\n"
    )


def write_prognose(home, factor, tag=SECOND):
    """Expect so many times the people in each Kommune on a day."""
    (home / "prognose.toml").write_text(
        '[prognose]\ncode = "eigene_prognose"\ntitel = "Eigene Prognose"\nvariante = "mittlere"\n'
        f'basis = {STICHTAG}\nquelle = "erfunden"\ndatei = "prognose.csv"\n'
    )
    lines = ["raum,stichtag,geschlecht,altersgruppe,personen"]
    for each in register():
        kommune = each.raum.partition("-")[0]
        if each.raum != S03B:
            same = PEOPLE[S03B] if each.raum == S03A else ((0,) * 4,) * 2
            beside = same[SEXES.index(each.geschlecht)][BANDS.index(each.gruppe)]
            lines.append(f"{kommune},{tag},{each.geschlecht},{each.gruppe},{factor * (each.personen + beside)}")
    (home / "prognose.csv").write_text("\n".join(lines) + "\n")


def test_golden_need_and_supply_of_three_years(store_settings):
    with towns(store_settings) as context:
        table = plan_bedarf(context)
    now, later, monschau, region = (
        cell(table, STOLBERG),
        cell(table, STOLBERG, SECOND),
        cell(table, MONSCHAU),
        cell(table, REGION),
    )
    assert {each["tag"] for each in table.records()} == {FIRST, SECOND, THIRD}
    assert now["pflegebeduerftige"] == pytest.approx(361.03)
    assert (now["bedarf"], now["angebot"], now["saldo"]) == (54, 80, 26)
    assert (later["angebot"], later["zugang_geplant"], later["saldo"]) == (120, 40, 66)
    assert (monschau["bedarf"], monschau["angebot"], monschau["saldo"]) == (24, 0, -24)
    assert region["bedarf"] == math.ceil((361.03 + 160.20) * 0.14 / 0.95) == 77, "54 + 24 would round twice"
    assert {each["status"] for each in table.records()} == {INFORMATORISCH}


def test_the_second_variant_says_whom_places_leave_out(store_settings):
    with towns(store_settings) as context:
        monschau = cell(plan_bedarf(context), MONSCHAU, variante="kapazitaet")
        trend = cell(plan_bedarf(context, Planfrage(variante="trend_fallend")), STOLBERG, THIRD, "trend_fallend")
        with pytest.raises(NotFound, match="wunsch"):
            plan_bedarf(context, Planfrage(variante="wunsch"))
    assert (monschau["personen"], monschau["ohne_platz"]) == (0, pytest.approx(160.20 * 0.14))
    assert trend["pflegebeduerftige"] == pytest.approx(361.03 * 0.996**7)


def test_a_rule_of_places_per_head_has_no_variant_of_capacity(store_settings):
    with towns(store_settings) as context:
        table = plan_bedarf(context, regel=TAGESPFLEGE_VERGLEICH)
    assert {each["variante"] for each in table.records()} == {"status_quo"}
    stolberg = cell(table, STOLBERG, regel=TAGESPFLEGE_VERGLEICH)
    assert stolberg["personen"] == 735
    assert (stolberg["bedarf"], stolberg["angebot"]) == (math.ceil(735 * 0.0068), 15)


def test_without_a_forecast_people_stay_and_the_table_says_so(store_settings):
    with towns(store_settings) as context:
        table = plan_bedarf(context)
    assert cell(table, STOLBERG, FIRST)["bedarf"] == cell(table, STOLBERG, THIRD)["bedarf"]
    assert any(OHNE_PROGNOSE in hint for hint in table.herkunft.hinweise)


def test_people_lie_between_the_register_and_the_forecast(store_settings):
    with towns(store_settings) as context:
        write_prognose(store_settings.home, 3, THIRD)
        table = plan_bedarf(context)
    assert cell(table, STOLBERG, FIRST)["pflegebeduerftige"] == pytest.approx(361.03 * (1 + 2 / 3))
    assert cell(table, STOLBERG, THIRD)["pflegebeduerftige"] == pytest.approx(361.03 * 3)
    assert table.herkunft.parameter["prognose"] == "eigene_prognose"


def test_a_forecast_is_not_carried_on_behind_its_last_day(store_settings):
    with towns(store_settings) as context:
        write_prognose(store_settings.home, 2)
        table = plan_bedarf(context, regel=ANTEIL)
    assert cell(table, STOLBERG, THIRD)["grund"] == "keine_daten"


def test_a_forecast_whose_table_is_missing_is_refused(store_settings):
    with towns(store_settings) as context:
        write_prognose(store_settings.home, 2)
        (store_settings.home / "prognose.csv").unlink()
        with pytest.raises(SourceRefused, match="Tabelle „prognose"):
            plan_bedarf(context)


def test_rates_of_the_kreis_come_before_those_of_germany(store_settings):
    with towns(store_settings) as context:
        write_rates(store_settings.home, "pflegebeduerftig", 10)
        table = plan_bedarf(context)
    assert cell(table, MONSCHAU)["pflegebeduerftige"] == pytest.approx(232)


def test_a_rule_without_its_rates_is_null_with_a_reason_until_the_region_states_them(store_settings):
    with towns(store_settings) as context:
        before = plan_bedarf(context)
        write_rates(store_settings.home, "stationaer", 1.9)
        after = plan_bedarf(context)
    silent = rows(before, regel=HEIMQUOTE)
    assert len(silent) == 3 * 2 * 3
    assert {(each["grund"], each["bedarf"]) for each in silent} == {("keine_daten", None)}
    assert any("Heimquoten" in hint and "stationaer" in hint for hint in before.herkunft.hinweise)
    assert cell(after, MONSCHAU, regel=HEIMQUOTE)["bedarf"] == math.ceil(2320 * 0.019 / 0.95)


def test_people_whose_sex_nobody_tells_are_no_basis(store_settings):
    women = [each for each in register() if each.geschlecht is Geschlecht.WEIBLICH]
    together = tuple(msgspec.structs.replace(each, geschlecht=Geschlecht.INSGESAMT) for each in women)
    with towns(store_settings, zaehlung=together) as context:
        table = plan_bedarf(context)
    assert {(each["grund"], each["bedarf"]) for each in table.records()} == {("keine_daten", None)}
    assert any("Einwohnerregister" in hint for hint in table.herkunft.hinweise)


def test_places_nobody_counts_are_not_nought(store_settings):
    with towns(store_settings, angebote=(TAGESPFLEGE,)) as context:
        table = plan_bedarf(context, regel=ANTEIL)
    assert {(each["angebot"], each["grund"]) for each in table.records()} == {(None, "keine_daten")}


def test_a_house_without_a_known_kommune_is_named(store_settings):
    with towns(store_settings, angebote=(*ANGEBOTE, heim("Irgendwo", None, 50))) as context:
        table = plan_bedarf(context)
    assert cell(table, REGION)["angebot"] == 80
    assert any("1 Angebote ohne bekannte Kommune" in hint for hint in table.herkunft.hinweise)


def test_a_resolution_binds_the_plan_it_names_and_no_other(store_settings):
    named = ("pflegequote_dg_2021", ANTEIL, "status_quo", "kapazitaet", "register")
    with towns(store_settings) as context:
        (store_settings.home / "bedarf.toml").write_text(
            "[[beschluss]]\nam = 2026-03-01\ngremium = 'Kreistag'\nfundstelle = 'Vorlage 7'\n"
            f"parameter = {list(named)}\n"
        )
        after = plan_bedarf(context, Planfrage(ab=date(2026, 3, 1)))
        before = plan_bedarf(context, Planfrage(ab=date(2026, 2, 28)))
    assert {each["status"] for each in rows(after, regel=ANTEIL)} == {"beschlossen am 01.03.2026 (Kreistag, Vorlage 7)"}
    assert {each["status"] for each in rows(after, regel=TAGESPFLEGE_VERGLEICH)} == {INFORMATORISCH}
    assert {each["status"] for each in before.records()} == {INFORMATORISCH}
    assert {each["tag"] for each in after.records()} == {SECOND, THIRD, date(2029, 12, 31)}


@pytest.mark.parametrize("ab", [date(2024, 12, 31), date(2029, 1, 1), date(9999, 1, 1)])
def test_three_years_that_do_not_follow_the_stichtag_are_refused(store_settings, ab):
    with towns(store_settings) as context, pytest.raises(InvalidParameter, match="ab"):
        plan_bedarf(context, Planfrage(ab=ab))


def test_every_number_follows_from_its_inputs(store_settings):
    with towns(store_settings) as context:
        write_prognose(store_settings.home, 2, THIRD)
        table = plan_bedarf(context)
        for each in rows(table, regel=ANTEIL):
            for groesse in Groesse:
                zelle = Zelle(each["gebiet"], ANTEIL, each["tag"], each["variante"], groesse)
                explained = explain_bedarf(context, zelle)
                assert explained.wert == pytest.approx(each[groesse.value])
                assert all(leaf.quelle for leaf in list_eingaben(explained))


def test_staff_read_the_way_to_a_number_as_lines_and_as_a_tree(store_settings):
    query = f"gebiet={STOLBERG}&regel={ANTEIL}&tag={SECOND}&variante=status_quo"
    with towns(store_settings, audience=Audience.STAFF) as context, TestClient(create_app(context.settings)) as client:
        answer = client.get(f"/planning/demand/explain?{query}&groesse=saldo").json()
        unknown = client.get(f"/planning/demand/explain?{query}&groesse=glueck")
        nowhere = client.get(f"/planning/demand/explain?{query.replace(STOLBERG, '1')}&groesse=saldo")
    assert answer["rechenweg"][0] == "Platzsaldo = 66 Plätze = 120 − 54 (Angebot − Bedarf, § 7 Abs. 6 APG NRW)"
    assert answer["herleitung"]["wert"] == 66
    assert answer["zelle"]["gebiet"] == STOLBERG
    assert set(answer) == set(SCHEMAS["Explanation"]["required"])
    assert (unknown.status_code, nowhere.status_code) == (400, 404)


def test_the_public_reads_how_places_came_about_but_no_ages_of_people(store_settings):
    zelle = Zelle(STOLBERG, ANTEIL, SECOND, "status_quo", Groesse.ANGEBOT)
    secret = heim("Schutz", 1500, 7, vertraulich=True)
    with towns(store_settings, angebote=(*ANGEBOTE, secret), **PUBLIC) as context:
        assert explain_bedarf(context, zelle).wert == 120
        assert explain_bedarf(seen_by(context, Audience.STAFF), zelle).wert == 127
        for groesse in set(Groesse) - {Groesse.ANGEBOT}:
            with pytest.raises(NotAssessable, match="Verwaltung"):
                explain_bedarf(context, Zelle(STOLBERG, ANTEIL, SECOND, "status_quo", groesse))


def test_an_area_with_a_small_number_is_silent_in_all_its_rows(store_settings):
    """In Monschau 40 need care and 5.6 of them a home: the 40 by another rule, times 14 %, would tell."""
    few = {**PEOPLE, M01: ((500, 20, 5, 2), (500, 20, 5, 2))}
    with towns(store_settings, zaehlung=tuple(register(few)), **PUBLIC) as context:
        table = plan_bedarf(context)
    monschau = [each for each in rows(table, gebiet=MONSCHAU) if each["regel"] != HEIMQUOTE]
    assert {each["grund"] for each in monschau} == {"geheim"}
    for name in ("pflegebeduerftige", "pflegebeduerftige_mindestens", "personen", "bedarf", "saldo", "ohne_platz"):
        assert {each[name] for each in monschau} == {None}, name
    assert {each["angebot"] for each in rows(table, gebiet=MONSCHAU, regel=ANTEIL)} == {0}, "places are no persons"
    assert cell(table, REGION)["personen"] is not None
    assert cell(table, STOLBERG)["personen"] is None, "the Region less Stolberg is Monschau"


def plan_row(kommune, tag, personen):
    return build_zeile(
        BEDARFSPLANUNG,
        {
            "ebene": "region" if kommune is None else "kommune",
            "gebiet": REGION if kommune is None else f"05334{kommune:03d}",
            "art": "pflege.dauerpflege",
            "tag": tag,
            "variante": "status_quo",
            "regel": ANTEIL,
            "pflegebeduerftige": personen / 0.14,
            "personen": personen,
            "bedarf": float(math.ceil(personen / 0.95)),
            "stichtag": STICHTAG,
        },
    )


@given(st.lists(st.integers(0, 60), min_size=2, max_size=5), st.floats(0.9, 1.1))
@settings(max_examples=examples(60))
def test_no_public_plan_shows_a_few_people_or_lets_a_single_area_be_subtracted(numbers, growth):
    stated = [
        plan_row(kommune, tag, personen * factor)
        for tag, factor in ((FIRST, 1.0), (SECOND, growth))
        for kommune, personen in [*enumerate(numbers), (None, sum(numbers))]
    ]
    table = Tabelle(
        name="demand",
        spalten=BEDARFSPLANUNG,
        zeilen=tuple(stated),
        herkunft=Herkunft(titel="Nachfrage und Bedarf", stichtag=STICHTAG),
    )
    shown = protect(table)
    hidden = {each["gebiet"] for each in shown.records() if each["grund"] == "geheim"}
    for each in shown.records():
        assert each["personen"] is None or each["personen"] == 0 or each["personen"] >= 10
        assert (each["bedarf"] is None) == (each["gebiet"] in hidden), "an area is shown in all its rows or in none"
    assert REGION in hidden or len(hidden) != 1
