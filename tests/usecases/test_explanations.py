"""Every number of a table follows from the figures its explanation names, by plain arithmetic.

The arithmetic is done here again and not by the package: with the signs a reader sees, from the inputs up.
"""

import math
from datetime import date

import msgspec
import pytest
from litestar.testing import TestClient
from usecases.stolberg import MONSCHAU, REGION, S03A, STOLBERG, heim, stolberg
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, row, rows, seen_by, village
from usecases.test_bedarf import write_rates
from usecases.test_catchments import CELLS, asked, house
from usecases.test_kohorte import write_counts
from usecases.test_pflegebedarf import towns

from infrastruktur.app import create_app
from infrastruktur.domain.errors import InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.herleitung import Eingabe, list_eingaben, write_rechenweg
from infrastruktur.domain.pflegestatistik import AUFGETEILT, Leistung
from infrastruktur.planning.catchment import FORMELN
from infrastruktur.settings import Audience
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf
from infrastruktur.usecases.explain_bestand import (
    OHNE,
    Berichtszahl,
    Bestandszahl,
    explain_bestand,
    explain_bestandsbericht,
)
from infrastruktur.usecases.explain_catchments import Einzugszahl, explain_catchment
from infrastruktur.usecases.explain_gaps import Luecke, explain_gap
from infrastruktur.usecases.explain_pflegebedarf import Pflegezahl, explain_pflegebedarf
from infrastruktur.usecases.explain_quarter import Quartierzahl, explain_quarter
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.report_bestand import report_bestand
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.take_bestand import take_bestand

CHECKED = {"zuletzt_geprueft": STICHTAG}
HALVES = cells({300: 50, 690: 50, 1500: 100})
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", **CHECKED)
PUBLIC = Audience.PUBLIC
SIGNS = {
    "+": math.fsum,
    "−": lambda parts: parts[0] - parts[1],
    "×": math.prod,
    "÷": lambda parts: parts[0] / parts[1],
    "min": min,
    "max": max,
    "hoch": lambda parts: parts[0] ** parts[1],
    "aufgerundet": lambda parts: math.ceil(parts[0] - 1e-6),
    "quantil": lambda parts: parts[3] if parts[1] < parts[0] * (1 - 1e-9) <= parts[1] + parts[2] else math.nan,
}


def by_hand(herleitung):
    """Compute from the inputs up, as with pen and paper."""
    if isinstance(herleitung, Eingabe):
        return herleitung.wert
    return SIGNS[str(herleitung.rechnung)]([by_hand(teil) for teil in herleitung.teile])


def check(explained, stated, tolerance=1e-9):
    assert by_hand(explained) == pytest.approx(stated, rel=tolerance, abs=tolerance)
    assert all(leaf.quelle for leaf in list_eingaben(explained))
    assert list(write_rechenweg(explained))
    assert msgspec.to_builtins(explained), "numbers of numpy are no JSON"


# Bestand


def test_every_count_of_the_bestand_names_the_angebote_it_counts(store_settings):
    more = (heim("ohne Zahl", 600), heim("ohne Ort", None, 40), heim("Monschau", 3000, 20))
    seen = 0
    with stolberg(store_settings, *more) as context:
        for each in take_bestand(context).records():
            gebiet = each["gebiet"] or OHNE
            for zahl in Bestandszahl:
                if each[zahl] is None:
                    continue
                explained = explain_bestand(context, each["art"], gebiet, zahl=zahl, ebene=each["ebene"])
                check(explained, each[zahl])
                seen += 1
        one = explain_bestand(context, "pflege.dauerpflege", S03A, zahl=Bestandszahl.PLAETZE_ZUGELASSEN)
    assert seen > 50
    assert [(leaf.name, leaf.wert) for leaf in list_eingaben(one)] == [("Haus A", 80)]
    assert one.hinweise == ("mindestens; ohne Angabe: ohne Zahl",)


def test_the_public_is_told_of_no_confidential_house(store_settings):
    with stolberg(store_settings, heim("Schutz", 600, 7, vertraulich=True)) as context:
        places = [
            explain_bestand(each, "pflege.dauerpflege", S03A, zahl=Bestandszahl.PLAETZE_ZUGELASSEN)
            for each in (context, seen_by(context, PUBLIC))
        ]
    assert [each.wert for each in places] == [87, 80]
    assert "Schutz" not in "".join(write_rechenweg(places[1]))


def test_what_the_bestand_does_not_have_is_not_explained(store_settings):
    with stolberg(store_settings, heim("ohne Zahl", 3000)) as context:
        with pytest.raises(NotFound, match="05334999"):
            explain_bestand(context, "pflege.dauerpflege", "05334999")
        with pytest.raises(InvalidParameter, match="Ebene"):
            explain_bestand(context, "pflege.dauerpflege", OHNE)
        with pytest.raises(NotAssessable, match="nennt seine Plätze"):
            explain_bestand(context, "pflege.dauerpflege", MONSCHAU, zahl=Bestandszahl.PLAETZE_ZUGELASSEN)


def test_every_count_of_the_report_names_its_angebote_also_of_the_report_before(store_settings):
    seen = set()
    with stolberg(store_settings, heim("Monschau", 3000, 20), heim("ohne Zahl", 600)) as context:
        for each in report_bestand(context).records():
            for zahl in Berichtszahl:
                if each[zahl] is None:
                    with pytest.raises(NotAssessable):
                        explain_bestandsbericht(context, each["art"], each["gebiet"], zahl=zahl)
                    continue
                check(explain_bestandsbericht(context, each["art"], each["gebiet"], zahl=zahl), each[zahl])
                seen.add((zahl, each[zahl]))
        with pytest.raises(NotFound, match="kleineren"):
            explain_bestandsbericht(context, "pflege.dauerpflege", S03A)
    assert {zahl for zahl, number in seen if number} >= {Berichtszahl.PLAETZE, Berichtszahl.PLAETZE_GEPLANT}


# Gaps and quarters

OF_PEOPLE = (Luecke.BIS_ZUM_ZIEL, Luecke.ANTEIL_BEURTEILT_PROZENT, Luecke.OHNE_ZUGANG)


@pytest.mark.parametrize("zahl", [*OF_PEOPLE, Luecke.NAECHSTE_MINUTEN])
def test_every_gap_follows_from_the_people_who_reach_the_target(store_settings, zahl):
    seen = 0
    with village(store_settings, (TREFF, angebot("Arzt", "alltag.hausarzt", 1000)), (HALVES,)) as context:
        for each in find_gaps(context).records():
            if each[zahl] is None:
                with pytest.raises(NotAssessable):
                    explain_gap(context, each["ziel"], each["gebiet"], zahl=zahl)
                continue
            check(explain_gap(context, each["ziel"], each["gebiet"], zahl=zahl), each[zahl])
            seen += 1
        nearest = explain_gap(context, "begegnung", S2).hinweise
    assert seen >= (8 if zahl in OF_PEOPLE else 4)
    assert any("Treff" in hint for hint in nearest)


@pytest.mark.parametrize("zahl", OF_PEOPLE)
def test_the_public_recomputes_a_gap_from_the_published_people(store_settings, zahl):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        public = seen_by(context, PUBLIC)
        shown = rows(find_gaps(public), ziel="begegnung")
        for each in shown:
            if each[zahl] is None:
                with pytest.raises(NotAssessable):
                    explain_gap(public, "begegnung", each["gebiet"], zahl=zahl)
                continue
            explained = explain_gap(public, "begegnung", each["gebiet"], zahl=zahl)
            assert by_hand(explained) == pytest.approx(each[zahl], abs=1)
            people = {leaf.wert for leaf in list_eingaben(explained) if leaf.quelle == "register"}
            assert people <= {each["erreicht"], each["ohne_zugang"], each["ohne_aussage"]}
    assert any(each[zahl] is not None for each in shown)


def test_every_criterion_follows_from_people_thresholds_and_records(store_settings):
    old = angebot("Alt", "quartier.seniorentreff", 900, traeger="Zwei", zuletzt_geprueft=date(2020, 1, 1))
    flat = angebot("Wohnen", "pflege.servicewohnen", 3900, traeger="Verein", **CHECKED)
    seen = set()
    with village(store_settings, (TREFF, old, flat), (HALVES,)) as context:
        table = judge_quarters(context, Quartierfrage())
        for each in table.records():
            for zahl in Quartierzahl:
                if each[zahl] is None:
                    continue
                explained = explain_quarter(
                    context, Quartierfrage(kriterium=each["kriterium"]), each["gebiet"], zahl=zahl
                )
                check(explained, each[zahl])
                seen.add((zahl, each["kriterium"]))
        said = explain_quarter(context, Quartierfrage(kriterium="begegnung"), S1).hinweise
        with pytest.raises(NotFound):
            explain_quarter(context, Quartierfrage(kriterium="hunde"), S1)
    assert {zahl for zahl, _ in seen} == set(Quartierzahl) - {Quartierzahl.NAECHSTE_METER}
    stated = row(table, gebiet=S1, kriterium="begegnung")
    assert f"Zustand: {stated['zustand']}." in said
    assert any(f"hier {stated['ungeprueft']} von {stated['angebote']}" in hint for hint in said)


def test_the_public_reads_of_a_criterion_what_its_table_shows(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        public = seen_by(context, PUBLIC)
        for each in judge_quarters(public, Quartierfrage(kriterium="begegnung")).records():
            if each["bis_zum_ziel"] is not None:
                explained = explain_quarter(public, Quartierfrage(kriterium="begegnung"), each["gebiet"])
                assert by_hand(explained) == pytest.approx(each["bis_zum_ziel"], abs=1)
                people = {leaf.wert for leaf in list_eingaben(explained) if leaf.quelle == "register"}
                assert people <= {each["erreicht"], each["ohne_zugang"], each["ohne_aussage"]}


# Pflegebedürftige


@pytest.mark.parametrize("homes", [False, True])
def test_everybody_expected_follows_from_people_by_age_and_rates(store_settings, homes):
    with towns(store_settings) as context:
        if homes:
            write_rates(store_settings.home, "stationaer", 1)
        numbers = zip(AUFGETEILT, (300, 120, 60, 60), strict=True)
        counts = [(REGION, leistung, number) for leistung, number in numbers]
        write_counts(store_settings.home, *counts, (REGION, "insgesamt", 540), (REGION, "teilstationaer", 54))
        table = estimate_pflegebedarf(context)
        for each in table.records():
            leistung = Leistung(each["leistung"])
            for zahl in Pflegezahl:
                if each[zahl] is not None:
                    check(explain_pflegebedarf(context, each["gebiet"], leistung=leistung, zahl=zahl), each[zahl])
        with pytest.raises(NotAssessable, match="Verwaltung"):
            explain_pflegebedarf(seen_by(context, PUBLIC), STOLBERG)
        with pytest.raises(NotFound):
            explain_pflegebedarf(context, "05334999")
    assert row(table, gebiet=REGION, leistung="insgesamt")["verhaeltnis"] is not None


# Catchments


@pytest.mark.parametrize("verfahren", [each.value for each, formel in FORMELN.items() if not formel.per_cell])
def test_supply_per_person_follows_from_each_angebot_and_who_competes_for_it(store_settings, verfahren):
    houses = (house("West", 300, 42), house("Mitte", 1010, 48), house("Ost", 1900, 9), house("Klein", 1400))
    frage = asked(verfahren=verfahren)
    with village(store_settings, houses, (CELLS,)) as context:
        table = share_catchments(context, frage)
        for each in table.records():
            for zahl in Einzugszahl:
                check(explain_catchment(context, frage, each["gebiet"], zahl=zahl), each[zahl])
        lines = "\n".join(write_rechenweg(explain_catchment(context, frage, KOMMUNE)))
    assert {each["gebiet"] for each in table.records()} >= {S1, S2, KOMMUNE}
    assert "Personen im Wettbewerb" in lines
    assert "mindestens; ohne Angabe: Klein" in lines


def test_the_public_reads_supply_per_person_without_houses(store_settings):
    with village(store_settings, (house("West", 300, 42),), (CELLS,)) as context:
        public, frage = seen_by(context, PUBLIC), asked()
        for each in share_catchments(public, frage).records():
            if each["wert"] is None:
                with pytest.raises(NotAssessable):
                    explain_catchment(public, frage, each["gebiet"])
                continue
            explained = explain_catchment(public, frage, each["gebiet"])
            assert by_hand(explained) == pytest.approx(each["wert"], abs=0.51)
            assert "West" not in "".join(write_rechenweg(explained))


# By address and at the command line


def test_each_way_has_an_address(store_settings):
    queries = (
        f"bestand/explain?art=quartier.seniorentreff&gebiet={S1}",
        "bestand/explain?art=quartier.seniorentreff&gebiet=ohne&ebene=kommune&zahl=geplant",
        f"bestandsbericht/explain?art=quartier.seniorentreff&gebiet={KOMMUNE}&zahl=angebote",
        f"gaps/explain?ziel=begegnung&gebiet={S2}",
        f"versorgungsquartiere/explain?kriterium=begegnung&gebiet={S2}&zahl=angebote",
        f"catchments/explain?art=pflege.tagespflege&modus=zu_fuss&altersgruppe=ab75&gebiet={S1}",
        "siting/explain?ziel=begegnung&anzahl=1&zahl=anteil_nachher_prozent",
        "siting/explain?ziel=begegnung&anzahl=1&rang=1&zahl=zugeordnet",
    )
    houses = (TREFF, house("West", 300, 42))
    with village(store_settings, houses, (HALVES,)) as context, TestClient(create_app(context.settings)) as client:
        answers = [client.get(f"/planning/{query}") for query in queries]
    for query, answer in zip(queries, answers, strict=True):
        assert answer.status_code == 200, (query, answer.text)
        assert answer.json()["rechenweg"][0].count(" = ") == 2


@pytest.mark.parametrize(("asked", "named"), [("zahl=nur_hier", "unerreichbar"), ("rang=1", "zugeordnet")])
def test_a_number_of_a_site_wants_its_rang_and_a_rang_such_a_number(store_settings, asked, named):
    with village(store_settings, (TREFF,), (HALVES,)) as context, TestClient(create_app(context.settings)) as client:
        answer = client.get(f"/planning/siting/explain?ziel=begegnung&anzahl=1&{asked}")
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
