"""The report of 31 December 2025 and what led to it: Stolberg's Haus A with 80, and four houses that change.

Haus C went from 30 to 20 places on 1 January 2025 by the Einzelzimmerquote; Haus D (25) closed on 30 June 2024; Haus E
(10) opened on 1 March 2024; Haus B is planned with 40 from July 2027. In 2023 there are 80 + 30 + 25 = 135 places, in
2025 80 + 20 + 10 = 110.
"""

from datetime import date, timedelta

import msgspec
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.stolberg import ANGEBOTE, MONSCHAU, RAEUME, REGION, STOLBERG, heim
from usecases.strassendorf import angebot, catalogue, places, row, rows, state, status

from infrastruktur.domain.angebot import Angebot, Fassung, Kapazitaet, Standort, Status, Statuszeit, list_fassungen
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.planning.veraenderung import list_veraenderungen
from infrastruktur.settings import Audience
from infrastruktur.storage.fassungen import Angebotszeit
from infrastruktur.usecases.report_bestand import list_arten_des_gesetzes, list_platzveraenderungen, report_bestand

HEIM = "pflege.dauerpflege"
HAUS_C = angebot(
    "Haus C",
    HEIM,
    600,
    kapazitaeten=(*places(30, gueltig_bis=date(2024, 12, 31)), *places(20, gueltig_von=date(2025, 1, 1))),
    attribute={"kapazitaet_anlass": "Einzelzimmerquote"},
    stand=date(2025, 11, 1),
)
HAUS_D = heim(
    "Haus D",
    700,
    25,
    status=(status(Status.IN_BETRIEB, bis=date(2024, 6, 30)), status(Status.GESCHLOSSEN, von=date(2024, 7, 1))),
)
HAUS_E = heim(
    "Haus E",
    800,
    10,
    status=(status(Status.IM_BAU, bis=date(2024, 2, 29)), status(Status.IN_BETRIEB, von=date(2024, 3, 1))),
    stand=date(2026, 2, 1),
)
HOUSES = (*ANGEBOTE, HAUS_C, HAUS_D, HAUS_E)
DAY = date(2025, 12, 31)


def towns(installation, **more):
    return catalogue(installation, RAEUME, HOUSES, **more)


def test_the_bestand_of_the_day_and_how_it_came_of_the_report_before(store_settings):
    with towns(store_settings) as context:
        table = report_bestand(context)
    assert table.herkunft.stichtag == DAY
    stolberg = row(table, gebiet=STOLBERG, art=HEIM)
    assert (stolberg["plaetze_vorher"], stolberg["plaetze"], stolberg["angebote"]) == (135, 110, 3)
    assert (stolberg["zugang_im_bau"], stolberg["wegfall_schliessung"], stolberg["wegfall_abbau"]) == (10, 25, 10)
    assert (stolberg["angebote_geplant"], stolberg["plaetze_geplant"]) == (1, 40), "beside the Bestand, not in it"
    assert (stolberg["stand_von"], stolberg["stand_bis"]) == (date(2025, 11, 1), date(2026, 2, 1))
    assert row(table, gebiet=REGION, art=HEIM)["plaetze"] == 110
    assert any("1 Angaben haben einen Stand nach dem Stichtag" in hint for hint in table.herkunft.hinweise)


@pytest.mark.parametrize(
    ("confirmed", "places_of"), [("2025-12-31", (40, 0)), ("2026-01-01", (0, 40)), (None, (0, 40))]
)
def test_a_confirmation_counts_if_it_was_there_on_the_day(store_settings, confirmed, places_of):
    attribute = {} if confirmed is None else {"bedarfsbestaetigung": confirmed, "bedarfsbestaetigung_fundstelle": "x"}
    with towns(store_settings) as context:
        (haus_b,) = (each for each in ANGEBOTE if each.name == "Haus B")
        state(context, msgspec.structs.replace(haus_b, attribute=attribute))
        stolberg = row(report_bestand(context), gebiet=STOLBERG, art=HEIM)
    assert (stolberg["plaetze_mit_bestaetigung"], stolberg["plaetze_ohne_bestaetigung"]) == places_of


def test_every_kind_of_the_law_has_a_row_and_silence_is_no_nought(store_settings):
    with towns(store_settings) as context:
        table = report_bestand(context)
    kinds = {art.code for art in list_arten_des_gesetzes()}
    assert {each["art"] for each in rows(table, gebiet=MONSCHAU)} == kinds
    assert row(table, gebiet=MONSCHAU, art=HEIM)["angebote"] == 0
    nobody = row(table, gebiet=MONSCHAU, art="pflege.hospiz")
    assert (nobody["angebote"], nobody["plaetze"], nobody["grund"]) == (None, None, "keine_daten")


def test_no_other_day_is_reported(store_settings):
    with towns(store_settings) as context:
        with pytest.raises(InvalidParameter, match="jedes zweiten Jahres"):
            report_bestand(context, stichtag=date(2024, 12, 31))
        with pytest.raises(NotFound, match="glueck"):
            report_bestand(context, art="glueck")
        assert {each["art"] for each in report_bestand(context, art=HEIM).records()} == {HEIM}


def test_each_change_has_its_day_and_reason_and_what_is_to_come_is_only_announced(store_settings):
    with towns(store_settings) as context:
        table = list_platzveraenderungen(context)
    assert [
        (each["tag"], each["angebot"], each["bewegung"], each["differenz"], each["anlass"], each["angekuendigt"])
        for each in table.records()
    ] == [
        (date(2024, 3, 1), "Haus E", "zugang_im_bau", 10, "", False),
        (date(2024, 7, 1), "Haus D", "wegfall_schliessung", -25, "", False),
        (date(2025, 1, 1), "Haus C", "wegfall_abbau", -10, "Einzelzimmerquote", False),
        (date(2027, 7, 1), "Haus B", "zugang_geplant", 40, "", True),
    ]
    assert {each["gebiet"] for each in table.records()} == {STOLBERG}


def test_changes_between_two_reports_sum_to_their_difference(store_settings):
    with towns(store_settings) as context:
        report = row(report_bestand(context), gebiet=STOLBERG, art=HEIM)
        changes = list_platzveraenderungen(context, art=HEIM).records()
    past = sum(each["differenz"] for each in changes if not each["angekuendigt"])
    assert past == report["plaetze"] - report["plaetze_vorher"]


def test_changes_begin_before_the_stichtag(store_settings):
    with towns(store_settings) as context, pytest.raises(InvalidParameter, match="von"):
        list_platzveraenderungen(context, von=DAY)


def test_the_public_sees_no_confidential_house(store_settings):
    secret = heim("Schutz", 900, 7, vertraulich=True)
    with catalogue(store_settings, RAEUME, (*HOUSES, secret), audience=Audience.PUBLIC) as context:
        assert row(report_bestand(context), gebiet=STOLBERG, art=HEIM)["plaetze"] == 110


START = date(2023, 12, 31)
STATUSES = st.sampled_from([Status.GEPLANT, Status.IM_BAU, Status.IN_BETRIEB, Status.RUHEND, Status.GESCHLOSSEN])


@st.composite
def drawn_houses(draw):
    """Draw houses whose status and places change on some days of three years."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        turns = sorted(draw(st.sets(st.integers(0, 1100), min_size=1, max_size=4)))
        days = [START - timedelta(days=100) + timedelta(days=turn) for turn in turns]
        ends = [*(day - timedelta(days=1) for day in days[1:]), None]
        pieces = list(zip(days, ends, strict=True))
        found.append(
            Angebot(
                quelle="q",
                schluessel=str(number),
                art=HEIM,
                name="Haus",
                standort=Standort(schluessel="s"),
                status=tuple(Statuszeit(status=draw(STATUSES), gueltig_von=a, gueltig_bis=b) for a, b in pieces),
                kapazitaeten=tuple(
                    Kapazitaet(
                        groesse="plaetze_zugelassen", wert=draw(st.integers(0, 90)), gueltig_von=a, gueltig_bis=b
                    )
                    for a, b in pieces
                ),
            )
        )
    return found


def zeit(house: Angebot, time: Fassung) -> Angebotszeit:
    days = (time.gueltig_von, time.gueltig_bis)
    return Angebotszeit(house.id, house.art, house.name, "q", None, time.status, time.kapazitaet, *days, "")


@given(drawn_houses())
@settings(max_examples=examples(200))
def test_whatever_happens_between_two_days_adds_up(houses):
    zeiten = [zeit(house, time) for house in houses for time in list_fassungen(house, "plaetze_zugelassen")]

    def bestand(day):
        return sum(
            each.kapazitaet or 0
            for each in zeiten
            if each.status == Status.IN_BETRIEB
            and (each.gueltig_von is None or each.gueltig_von <= day)
            and (each.gueltig_bis is None or day <= each.gueltig_bis)
        )

    changes = sum(each.differenz for each in list_veraenderungen(zeiten, START, DAY))
    assert changes == bestand(DAY) - bestand(START)
