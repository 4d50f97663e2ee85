"""What a clerk reads when an Angebot is wrong."""

from datetime import date

import msgspec
import pytest

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit
from infrastruktur.domain.art import angebot_record, get_kategorie, validate_angebot, validate_record

HEIM = Angebot(
    quelle="beispiel",
    schluessel="BSP-1",
    art="pflege.dauerpflege",
    name="Beispielheim",
    standort=Standort(schluessel="s", plz="52062", punkt_25832=(294420.0, 5628970.0)),
    kapazitaeten=(
        Kapazitaet(groesse="plaetze_zugelassen", wert=80),
        Kapazitaet(groesse="eingestreute_kurzzeitpflege", wert=6),
    ),
)


def changed(**fields: object) -> Angebot:
    return msgspec.structs.replace(HEIM, **fields)


def places(**sizes: float) -> Angebot:
    return changed(kapazitaeten=tuple(Kapazitaet(groesse=code, wert=wert) for code, wert in sizes.items()))


def test_a_sound_angebot_has_nothing_to_say() -> None:
    assert validate_angebot(HEIM) == []


@pytest.mark.parametrize(
    ("angebot", "sentence"),
    [
        (changed(art="pflege.wellness"), "Die Art „pflege.wellness“ gibt es nicht."),
        (changed(name=""), "„Name“ fehlt."),
        (changed(name="x" * 201), "„Name“ ist mit 201 Zeichen zu lang (höchstens 200)."),
        (changed(standort=Standort(schluessel="s", plz="1067")), "„PLZ“: „1067“ hat nicht die erwartete Form."),
        (
            changed(traeger_art="gewerblich"),
            "„Trägerart“: „gewerblich“ gibt es nicht. Möglich sind: freigemeinnützig, privat, öffentlich, kirchlich.",
        ),
        (places(plaetze_zugelassen=-4), "„Plätze zugelassen“ muss mindestens 0 sein, nicht -4."),
        (places(plaetze_zugelassen=12.5), "„Plätze zugelassen“ muss eine ganze Zahl sein, nicht „12.5“."),
        (places(plaetze_zugelassen=9999), "„Plätze zugelassen“ darf höchstens 5000 sein, nicht 9999."),
        (places(vzae=float("nan")), "„VZÄ“ ist keine endliche Zahl."),
        (places(betten=3), "Hier nicht vorgesehen: „Betten“."),
        (
            places(plaetze_zugelassen=10, eingestreute_kurzzeitpflege=11),
            "„davon eingestreute Kurzzeitpflege“ ist mit 11 größer als die Gesamtzahl 10, deren Teil es ist.",
        ),
        (
            changed(attribute={"aufnahmestopp_seit": "31.12.2025"}),
            "„Aufnahmestopp seit“: „31.12.2025“ ist kein Datum.",
        ),
    ],
)
def test_each_fault_is_one_german_sentence(angebot: Angebot, sentence: str) -> None:
    assert validate_angebot(angebot) == [sentence]


def test_missing_fields_are_named_by_their_heading() -> None:
    record = {"art": "pflege.tagespflege"}
    assert validate_record(get_kategorie("pflege"), record) == ["„Schlüssel“ fehlt. „Name“ fehlt."]


def test_the_record_states_the_latest_of_dated_facts() -> None:
    angebot = changed(
        status=(
            Statuszeit(status=Status.GEPLANT, gueltig_bis=date(2027, 3, 31)),
            Statuszeit(status=Status.IN_BETRIEB, gueltig_von=date(2027, 4, 1)),
        ),
        kapazitaeten=(
            Kapazitaet(groesse="plaetze_zugelassen", wert=80, gueltig_von=date(2026, 1, 1)),
            Kapazitaet(groesse="plaetze_zugelassen", wert=72, gueltig_bis=date(2025, 12, 31)),
        ),
    )
    record = angebot_record(angebot)
    assert (record["status"], record["in_betrieb_ab"]) == ("in_betrieb", "2027-04-01")
    assert record["plaetze_zugelassen"] == 80
