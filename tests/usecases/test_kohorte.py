"""Variants by survival factors, and rates scaled to what was counted: 100 women and 100 men in each of 20 age groups.

One in ten needs care. Of each group nine in ten live five years later, and the youngest is as many as before: of
2,000 women 100 + 18 · 90 + 2 · 90 = 1,900 are left in 2030, and on the way there 1,980 in 2026.
"""

from datetime import date

import pytest
from usecases.stolberg import ANGEBOTE, MONSCHAU, RAEUME, REGION, STOLBERG
from usecases.strassendorf import STICHTAG, catalogue, row
from usecases.test_bedarf import ANTEIL, FIRST, SECOND, THIRD, write_prognose, write_rates

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.herleitung import list_eingaben
from infrastruktur.domain.pflegestatistik import Leistung, parse_pflegestatistik
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.usecases.plan_bedarf import Planfrage, Zelle, explain_bedarf, plan_bedarf

CODES = (*(f"{low:02d}bis{low + 4:02d}" for low in range(0, 95, 5)), "ab95")
REGISTER = tuple(
    Bevoelkerung(quelle="register", stichtag=STICHTAG, raum=raum, geschlecht=sex, gruppe=code, personen=100.0)
    for raum in (STOLBERG, MONSCHAU)
    for sex in (Geschlecht.WEIBLICH, Geschlecht.MAENNLICH)
    for code in CODES
)
KOHORTE = Planfrage(variante="kohorte")


def write_survival(home, factor=0.9, juengste="konstant"):
    lines = [
        "[ueberlebenstafel]\ncode = 'sterbetafel'\ntitel = 'Sterbetafel'\ngebiet = '05'\nstichtag = 2024-12-31",
        f"quelle = 'erfunden'\nmit_wanderung = false\njuengste = '{juengste}'",
        *(f"[[ueberlebenstafel.faktoren]]\naltersgruppe = '{code}'\nw = {factor}\nm = {factor}" for code in CODES),
    ]
    (home / "ueberleben.toml").write_text("\n".join(lines) + "\n")


def write_counts(home, *counts):
    blocks = (
        f"[[zaehlung]]\ngebiet = '{gebiet}'\nleistung = '{leistung}'\nstichtag = 2023-12-15\n"
        f"personen = {personen}\nquelle = 'Pflegestatistik 2023'\n"
        for gebiet, leistung, personen in counts
    )
    (home / "pflegestatistik.toml").write_text("\n".join(blocks))


@pytest.fixture
def context(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    write_rates(store_settings.home, "pflegebeduerftig", 10)
    with catalogue(store_settings, RAEUME, ANGEBOTE, zaehlung=REGISTER) as opened:
        yield opened


def cell(table, gebiet=STOLBERG, tag=FIRST, variante="kohorte"):
    return row(table, gebiet=gebiet, tag=tag, variante=variante, regel=ANTEIL)


def test_people_grow_older_by_survival_factors_where_there_is_no_forecast(context):
    write_survival(context.settings.home)
    table = plan_bedarf(context, KOHORTE)
    for years, tag in enumerate((FIRST, SECOND, THIRD), 1):
        assert cell(table, tag=tag)["pflegebeduerftige"] == pytest.approx(0.1 * 2 * (2000 - 20 * years))
    assert cell(table, variante="status_quo")["pflegebeduerftige"] == pytest.approx(400)
    said = " ".join(table.herkunft.hinweise)
    assert "ohne Wanderung" in said
    assert "experimentell" in said
    assert "Sterbetafel (erfunden, 31.12.2024)" in said


def test_cohorts_stand_beside_a_forecast_and_do_not_use_it(context):
    write_survival(context.settings.home)
    before = cell(plan_bedarf(context, KOHORTE))
    write_prognose(context.settings.home, 3, THIRD)
    after = plan_bedarf(context, KOHORTE)
    assert cell(after) == before


def test_unknown_births_are_not_nobody(context):
    write_survival(context.settings.home, juengste="keine_daten")
    assert cell(plan_bedarf(context, KOHORTE))["grund"] == "keine_daten"


def test_without_survival_factors_the_variant_says_what_to_bring(context):
    table = plan_bedarf(context, KOHORTE)
    assert {each["grund"] for each in table.records()} == {"keine_daten"}
    assert any("Überlebenstafel einspielen" in hint for hint in table.herkunft.hinweise)


def test_a_number_of_a_cohort_goes_back_to_counted_people_and_factors(context):
    write_survival(context.settings.home)
    write_counts(context.settings.home, (REGION, "insgesamt", 880))
    table = plan_bedarf(context, KOHORTE)
    for gebiet in (STOLBERG, REGION):
        for groesse in Groesse:
            explained = explain_bedarf(context, Zelle(gebiet, ANTEIL, SECOND, "kohorte", groesse))
            assert explained.wert == pytest.approx(cell(table, gebiet, SECOND)[groesse.value])
    leaves = list(list_eingaben(explain_bedarf(context, Zelle(STOLBERG, ANTEIL, SECOND, "kohorte", Groesse.BEDARF))))
    assert {"Sterbetafel, erfunden", "register"} <= {leaf.quelle for leaf in leaves}


def test_a_resolution_names_the_survival_table(context):
    write_survival(context.settings.home)
    named = ["eigene", ANTEIL, "status_quo", "kohorte", "register", "sterbetafel"]
    (context.settings.home / "bedarf.toml").write_text(
        f"[[beschluss]]\nam = 2025-12-01\ngremium = 'Kreistag'\nfundstelle = 'Vorlage 7'\nparameter = {named}\n"
    )
    assert cell(plan_bedarf(context, KOHORTE))["status"].startswith("beschlossen")


def test_rates_are_scaled_to_the_total_of_the_kreis(context):
    """880 counted of 8,000, where one in ten is expected: all rates times 1.1."""
    write_counts(context.settings.home, (REGION, "insgesamt", 880), (STOLBERG, "insgesamt", 500))
    table = plan_bedarf(context)
    assert cell(table, REGION, variante="status_quo")["pflegebeduerftige"] == pytest.approx(880)
    assert cell(table, STOLBERG, variante="status_quo")["pflegebeduerftige"] == pytest.approx(440)
    assert any("mal 1,1," in hint and "Pflegestatistik 2023" in hint for hint in table.herkunft.hinweise)


def test_a_total_no_rates_can_reach_leaves_them_and_says_so(context):
    write_counts(context.settings.home, (REGION, "insgesamt", 9000))
    table = plan_bedarf(context)
    assert cell(table, REGION, variante="status_quo")["pflegebeduerftige"] == pytest.approx(800)
    assert any("nicht kalibriert" in hint for hint in table.herkunft.hinweise)


def test_a_total_older_than_the_rates_is_not_used(context):
    write_counts(context.settings.home, (REGION, "insgesamt", 880))
    statistik = (context.settings.home / "pflegestatistik.toml").read_text()
    (context.settings.home / "pflegestatistik.toml").write_text(statistik.replace("2023-12-15", "2021-12-15"))
    assert cell(plan_bedarf(context), REGION, variante="status_quo")["pflegebeduerftige"] == pytest.approx(800)


def count(leistung, personen, tag=date(2023, 12, 15)):
    return {"gebiet": REGION, "leistung": leistung, "stichtag": tag, "personen": personen, "quelle": "erfunden"}


def test_guests_of_a_tagespflege_are_not_added_to_the_others():
    """R13: 550 + 197 + 140 + 113 are all; 30 of them are guests of a Tagespflege too."""
    parts = [count(*each) for each in (("pflegegeld", 550), ("ambulant", 197), ("vollstationaer", 140), ("ohne", 113))]
    guests = count("teilstationaer", 30)
    good = parse_pflegestatistik({"zaehlung": [*parts, guests, count("insgesamt", 1000)]}, "probe")
    assert good.find(REGION, Leistung.TEILSTATIONAER, STICHTAG).personen == 30
    with pytest.raises(SourceRefused, match="Teilstationär Versorgte sind darin schon enthalten"):
        parse_pflegestatistik({"zaehlung": [*parts, guests, count("insgesamt", 1030)]}, "probe")


def test_a_count_stated_twice_is_refused():
    with pytest.raises(SourceRefused, match="zweimal"):
        parse_pflegestatistik({"zaehlung": [count("insgesamt", 1), count("insgesamt", 2)]}, "probe")
