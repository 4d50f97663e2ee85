"""One list of all gaps: targets, criteria and missing places, each with two ranks."""

from datetime import date

import pytest
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, row, rows, seen_by, village

from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.columns import GAPS, GAPS_GESAMT, VERSORGUNGSQUARTIERE
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG
from infrastruktur.settings import Audience
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.list_gaps import join_gaps, list_gaps

HALVES = cells({300: 50, 690: 50, 1500: 100})
CHECKED = {"zuletzt_geprueft": STICHTAG}
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", **CHECKED)
FLAT = angebot("Wohnen", "pflege.servicewohnen", 3900, traeger="Verein", **CHECKED)


def test_the_gaps_of_targets_stay_as_they_are(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        assert list_gaps(context) == find_gaps(context)
        assert list_gaps(context).spalten == GAPS == GAPS_GESAMT[: len(GAPS)]


def test_a_criterion_that_asks_what_a_target_asks_is_not_listed_twice(store_settings):
    with village(store_settings, (TREFF, FLAT), (HALVES,)) as context:
        table = list_gaps(context, umfang="gesamt")
        target = row(find_gaps(context, ziel="begegnung"), gebiet=S2)
    begegnung = row(table, gebiet=S2, kriterium="begegnung")
    assert (begegnung["herkunft"], begegnung["ziel"]) == ("ziel", "begegnung")
    assert {name: begegnung[name] for name in target if name != "sicherheit"} == {
        name: value for name, value in target.items() if name != "sicherheit"
    }
    wohnen = row(table, gebiet=S1, kriterium="wohnen")
    assert (wohnen["herkunft"], wohnen["ziel"], wohnen["bis_zum_ziel"]) == ("kriterium", "wohnen", 60)


def test_each_gap_has_two_ranks_in_the_list_of_its_level(store_settings):
    """S 2 lacks 84 people to meet, S 1 60 to live near a flat; a Kommune is ranked among Kommunen."""
    with village(store_settings, (TREFF, FLAT), (HALVES,)) as context:
        table = list_gaps(context, umfang="gesamt", ebene="sozialraum")
        whole = list_gaps(context, umfang="gesamt")
    by_people = sorted(table.records(), key=lambda each: each["rang_liste_personen"])
    assert table.records() == by_people, "the largest first"
    numbers = [each["bis_zum_ziel"] for each in by_people]
    assert numbers == sorted(numbers, reverse=True)
    best = min(table.records(), key=lambda each: each["rang_liste_anteil"])
    assert best["ziel_prozent"] - best["anteil_beurteilt_prozent"] == max(
        each["ziel_prozent"] - each["anteil_beurteilt_prozent"] for each in table.records()
    )
    assert 1 in {each["rang_liste_personen"] for each in rows(whole, gebiet=KOMMUNE)}
    assert rows(whole, ebene="sozialraum") == table.records()


def test_what_has_no_number_is_counted_in_the_notes(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        table = list_gaps(context, umfang="gesamt")
        silent = sum(
            each["bis_zum_ziel"] is None
            for whole in (find_gaps(context), judge_quarters(context, Quartierfrage()))
            for each in whole.records()
        )
    assert all(each["bis_zum_ziel"] or each["fehlende_plaetze"] for each in table.records())
    assert any(f"{silent} Zeilen ohne Zahl" in each for each in table.herkunft.hinweise)


def test_the_public_list_shows_nothing_its_parts_hide(store_settings):
    few = cells({300: 50, 690: 45, 1500: 5, 2500: 100})
    with village(store_settings, (TREFF, FLAT), (few,)) as context:
        public = seen_by(context, Audience.PUBLIC)
        shown = {
            (each["gebiet"], each["art"], each["ohne_zugang"], each["bis_zum_ziel"])
            for whole in (find_gaps(public), judge_quarters(public, Quartierfrage()))
            for each in whole.records()
        }
        listed = list_gaps(public, umfang="gesamt").records()
    assert listed
    for each in listed:
        assert (each["gebiet"], each["art"], each["ohne_zugang"], each["bis_zum_ziel"]) in shown


# Missing places


def plan(*stated: tuple[str, date, str, float]) -> Tabelle:
    zeilen = tuple(
        build_zeile(
            BEDARFSPLANUNG,
            {
                "ebene": "kommune",
                "gebiet": gebiet,
                "gebiet_name": gebiet,
                "art": "pflege.dauerpflege",
                "tag": tag,
                "variante": variante,
                "saldo": saldo,
                "versorgungsgrad_prozent": 90.0,
                "ohne_platzzahl": 0,
                "regel": "dauerpflege_anteil",
                "status": "informatorisch",
                "stichtag": STICHTAG,
            },
        )
        for gebiet, tag, variante, saldo in stated
    )
    return Tabelle(name="demand", spalten=BEDARFSPLANUNG, zeilen=zeilen, herkunft=ORIGIN)


ORIGIN = Herkunft(titel="", stichtag=STICHTAG)
NOTHING = Tabelle(name="gaps", spalten=GAPS, zeilen=(), herkunft=ORIGIN)
NO_QUARTER = Tabelle(name="versorgungsquartiere", spalten=VERSORGUNGSQUARTIERE, zeilen=(), herkunft=ORIGIN)


def test_missing_places_are_those_of_the_last_day_by_the_status_quo():
    first, last = date(2026, 12, 31), date(2028, 12, 31)
    table = join_gaps(
        NOTHING,
        NO_QUARTER,
        plan(
            ("05334002", first, "status_quo", -90.0),
            ("05334002", last, "status_quo", -12.0),
            ("05334002", last, "kapazitaet", -50.0),
            ("05334004", last, "status_quo", -30.0),
            ("05334008", last, "status_quo", 7.0),
        ),
    )
    assert [(each["gebiet"], each["fehlende_plaetze"]) for each in table.records()] == [
        ("05334004", 30),
        ("05334002", 12),
    ]
    assert {each["herkunft"] for each in table.records()} == {"platzsaldo"}
    assert [each["rang_liste_personen"] for each in table.records()] == [1, 2]
    assert [each["rang_liste_anteil"] for each in table.records()] == [1, 1], "10 of 100 are missing in both"
    assert table.records()[0]["ziel_titel"].startswith("Plätze am 31.12.2028")
    assert table.records()[0]["bis_zum_ziel"] is None, "a place is no person"


def test_a_place_ranks_like_a_person():
    missed = {"ebene": "kommune", "gebiet": "05334002", "bis_zum_ziel": 20.0, "ziel": "begegnung"}
    shares = {"ziel_prozent": 70.0, "anteil_beurteilt_prozent": 40.0}
    targets = Tabelle(name="gaps", spalten=GAPS, zeilen=(build_zeile(GAPS, missed | shares),), herkunft=ORIGIN)
    last = date(2028, 12, 31)
    table = join_gaps(targets, NO_QUARTER, plan(("05334002", last, "status_quo", -30.0)))
    ranks = [(each["herkunft"], each["rang_liste_personen"], each["rang_liste_anteil"]) for each in table.records()]
    assert ranks == [("platzsaldo", 1, 2), ("ziel", 2, 1)]


def test_the_list_of_a_drawn_area_has_no_places(store_settings):
    from usecases.test_flaeche import drawn  # noqa: PLC0415 - the one test that draws

    with village(store_settings, (TREFF, FLAT), (HALVES,)) as context:
        table = list_gaps(context, flaeche=drawn(1400, 1600), umfang="gesamt")
    assert {each["ebene"] for each in table.records()} == {"flaeche"}
    assert row(table, ziel="begegnung")["bis_zum_ziel"] == pytest.approx(84)
