"""What a scenario may say, and that two of the same changes are one."""

import json
import tomllib
from datetime import date

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.errors import InvalidSzenario, NotFound, Refused
from infrastruktur.domain.szenario import (
    ANGENOMMEN,
    MAX_AENDERUNGEN,
    MAX_KAPAZITAET,
    Bemessen,
    Bevoelkern,
    Hinzufuegen,
    Schliessen,
    Szenario,
    Umstecken,
    Verlegen,
    build_szenario,
)
from infrastruktur.domain.szenariotext import decode_json, read_szenario, write_szenario
from infrastruktur.domain.ziel import Ziel

ID, OTHER = "0b3f7d8e-1111-5222-8333-444455556666", "0b3f7d8e-1111-5222-8333-444455557777"
PUNKT = (6.08, 50.77)
NEU = Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, kapazitaet=14.0)


def build(*changes):
    return build_szenario(Szenario(aenderungen=changes))


CHANGES = (
    NEU,
    Hinzufuegen(art="quartier.seniorentreff", punkt=(6.1, 50.8), name="Treff", traeger="Verein"),
    Schliessen(angebot=ID),
    Verlegen(angebot=OTHER, punkt=PUNKT),
    Bemessen(angebot=OTHER, kapazitaet=80.0),
    Bevoelkern(gebiet="05334002-AC01", altersgruppe="ab80", faktor=1.2),
    Bevoelkern(gebiet="05334002-AC02", altersgruppe="ab80", summand=50.0),
    Umstecken(ziel="begegnung", ziel_prozent=80.0),
)


@settings(max_examples=examples(50))
@given(st.permutations(CHANGES), st.text(max_size=5))
def test_the_order_and_the_name_of_a_scenario_say_nothing(changes, name):
    szenario = build_szenario(Szenario(name="".join(filter(str.isprintable, name)), aenderungen=tuple(changes)))
    assert szenario.aenderungen == build(*CHANGES).aenderungen
    assert szenario.fingerprint == build(*CHANGES).fingerprint


@settings(max_examples=examples(50))
@given(st.lists(st.sampled_from(CHANGES), unique_by=repr))
def test_what_is_written_is_read_again(changes):
    szenario = build_szenario(Szenario(name="Plan", stichtag=date(2025, 12, 31), aenderungen=tuple(changes)))
    assert read_szenario(decode_json(write_szenario(szenario))) == szenario
    assert build_szenario(szenario) == szenario


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_changes_the_fingerprint(change):
    assert build(change).fingerprint != Szenario().fingerprint


def test_what_is_written_differently_and_means_the_same_is_the_same():
    written = {"was": "neu", "art": "pflege.tagespflege", "punkt": [6.08000000001, 50.77], "kapazitaet": 14}
    assert read_szenario({"aenderungen": [written | {"name": "  "}]}) == build(NEU)
    upper = {"was": "schliessen", "angebot": f" {ID.upper()} "}
    assert read_szenario({"aenderungen": [upper]}) == build(Schliessen(angebot=ID))
    minus = {"was": "kapazitaet", "angebot": ID, "kapazitaet": -0.0}
    assert read_szenario({"aenderungen": [minus]}).fingerprint == build(Bemessen(angebot=ID, kapazitaet=0)).fingerprint


@pytest.mark.parametrize("more", [{"faktor": 1.0}, {"summand": 0.0}])
def test_what_changes_nothing_is_left_out(more):
    assert build(Bevoelkern(gebiet="05334002", altersgruppe="ab75", **more)) == Szenario()


def test_a_file_in_toml_says_the_same():
    text = """
    name = "Treff im Norden"
    stichtag = 2025-12-31
    [[aenderungen]]
    was = "neu"
    art = "quartier.seniorentreff"
    punkt = [6.08, 50.77]
    """
    szenario = read_szenario(tomllib.loads(text))
    assert szenario.stichtag == date(2025, 12, 31)
    assert szenario.angebote == (Hinzufuegen(art="quartier.seniorentreff", punkt=PUNKT),)


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((Schliessen(angebot=ID), Verlegen(angebot=ID, punkt=PUNKT)), "widersprechen"),
        ((Schliessen(angebot=ID), Bemessen(angebot=ID, kapazitaet=1.0)), "widersprechen"),
        ((Verlegen(angebot=ID, punkt=PUNKT), Verlegen(angebot=ID, punkt=(6.0, 50.0))), "widersprechen"),
        ((Bemessen(angebot=ID, kapazitaet=1.0), Bemessen(angebot=ID, kapazitaet=2.0)), "widersprechen"),
        ((NEU, NEU), "dieselbe"),
        ((Umstecken(ziel="a", mindestens=1), Umstecken(ziel="a", mindestens=2)), "dasselbe Ziel"),
        (
            (
                Bevoelkern(gebiet="05334002", altersgruppe="ab75", faktor=2.0),
                Bevoelkern(gebiet="05334002-AC01", altersgruppe="ab80", faktor=2.0),
            ),
            "niemand zweimal",
        ),
        (
            (
                Bevoelkern(gebiet="05334002", altersgruppe="75bis79", faktor=2.0),
                Bevoelkern(gebiet="05334", altersgruppe="alle", summand=2.0),
            ),
            "niemand zweimal",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(pair, said):
    for order in (pair, pair[::-1]):
        with pytest.raises(InvalidSzenario, match=said):
            build(*order)


def test_what_only_looks_alike_is_taken():
    build(Verlegen(angebot=ID, punkt=PUNKT), Bemessen(angebot=ID, kapazitaet=1.0))
    build(
        Bevoelkern(gebiet="05334002", altersgruppe="75bis79", faktor=2.0),
        Bevoelkern(gebiet="05334002", altersgruppe="ab80", faktor=2.0),
        Bevoelkern(gebiet="05334004", altersgruppe="ab75", faktor=2.0),
    )


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Hinzufuegen(art="gibt.es.nicht", punkt=PUNKT), "gibt.es.nicht"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=(50.77, 6.08)), "vertauscht"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=(NAN, 50.77)), "keine Zahl"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=(0.0, 0.0)), "nicht in Deutschland"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, kapazitaet=-1.0), "zwischen 0"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, kapazitaet=NAN), "zwischen 0"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, kapazitaet=MAX_KAPAZITAET + 1), "zwischen 0"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, kapazitaet=1.5), "ganze Zahl"),
        (Hinzufuegen(art="alltag.apotheke", punkt=PUNKT, kapazitaet=1.0), "nur gezählt"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, name="x" * 201), "name"),
        (Hinzufuegen(art="pflege.tagespflege", punkt=PUNKT, traeger="a\u202eb"), "traeger"),
        (Schliessen(angebot="Heim 3"), "Kennung"),
        (Bemessen(angebot=ID, kapazitaet=1.0, groesse="gibt_es_nicht"), "gibt_es_nicht"),
        (Bevoelkern(gebiet="05334", altersgruppe="ab75"), "entweder"),
        (Bevoelkern(gebiet="05334", altersgruppe="ab75", faktor=1.1, summand=1.0), "entweder"),
        (Bevoelkern(gebiet="05334", altersgruppe="75+", faktor=1.1), "Altersgruppe"),
        (Bevoelkern(gebiet="05334", altersgruppe="ab75", faktor=NAN), "faktor"),
        (Bevoelkern(gebiet="05334", altersgruppe="ab75", summand=INF), "summand"),
        (Bevoelkern(gebiet=" ", altersgruppe="ab75", faktor=2.0), "Schlüssel"),
        (Umstecken(ziel="begegnung"), "was sich ändert"),
        (Umstecken(ziel="begegnung", ziel_prozent=101.0), "ziel_prozent"),
        (Umstecken(ziel="begegnung", max_minuten=0), "max_minuten"),
    ],
)
def test_what_nobody_can_compute_with_is_refused_in_a_sentence(change, said):
    with pytest.raises(InvalidSzenario, match=said) as refused:
        build(change)
    assert str(refused.value).startswith("Änderung 1: ")


def test_the_number_of_changes_is_limited():
    def many(number):
        return [Hinzufuegen(art="pflege.tagespflege", punkt=(6.0 + at / 1000, 50.8)) for at in range(number)]

    assert len(build(*many(MAX_AENDERUNGEN)).aenderungen) == MAX_AENDERUNGEN
    with pytest.raises(InvalidSzenario, match=str(MAX_AENDERUNGEN)):
        build(*many(MAX_AENDERUNGEN + 1))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "Erwartet wird eine Gruppe von Angaben in { }, da steht eine Liste in [ ]."),
        ({"id": "x"}, "Die Angabe „id“ gibt es hier nicht."),
        ({"aenderungen": [{"art": "x"}]}, "aenderungen[1]: Es fehlt „was“."),
        ({"aenderungen": [{"was": "oeffnen"}]}, "aenderungen[1].was: „oeffnen“ gibt es nicht. Möglich sind: neu, "),
        ({"aenderungen": [{"was": "neu", "art": "x"}]}, "aenderungen[1]: Es fehlt „punkt“."),
        (
            {"aenderungen": [{"was": "neu", "art": "x", "punkt": [1]}]},
            "aenderungen[1].punkt: Erwartet werden 2 Werte, es sind 1.",
        ),
        (
            {"aenderungen": [{"was": "kapazitaet", "angebot": ID, "kapazitaet": "acht"}]},
            "aenderungen[1].kapazitaet: Erwartet wird eine Zahl oder nichts, da steht ein Text in Anführungszeichen.",
        ),
        ({"stichtag": "gestern"}, "stichtag: Erwartet wird ein Tag wie 2025-12-31."),
    ],
)
def test_a_mistake_is_told_in_german_with_its_place(data, said):
    with pytest.raises(InvalidSzenario) as refused:
        read_szenario(data)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"name": "a", "name": "b"}', "zweimal"),
        (b'{"aenderungen": [{"was": "neu", "was": "ziel"}]}', "zweimal"),
        (b'{"x": NaN}', "NaN"),
        (b"{", "JSON"),
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_json_that_can_be_read_in_two_ways_or_none_is_refused(text, said):
    with pytest.raises(Refused, match=said):
        decode_json(text)


BEGEGNUNG = Ziel(
    code="begegnung",
    titel="Begegnung",
    arten=("quartier.seniorentreff",),
    modus="zu_fuss",
    altersgruppe="ab75",
    ziel_prozent=70,
    max_minuten=15,
    grundlage="gezeichnet",
)


def test_a_target_is_set_and_says_that_nobody_resolved_it():
    (ziel,) = build(Umstecken(ziel="begegnung", max_minuten=10)).change_ziele((BEGEGNUNG,))
    assert (ziel.max_minuten, ziel.ziel_prozent, ziel.status) == (10, 70, ANGENOMMEN)


def test_a_target_set_to_what_it_is_stays_as_it_is():
    assert build(Umstecken(ziel="begegnung", max_minuten=15)).change_ziele((BEGEGNUNG,)) == (BEGEGNUNG,)


def test_a_target_in_minutes_takes_no_metres():
    with pytest.raises(InvalidSzenario, match="Metern"):
        build(Umstecken(ziel="begegnung", max_meter=500)).change_ziele((BEGEGNUNG,))


def test_a_target_that_there_is_not_is_not_found():
    with pytest.raises(NotFound, match="gibt_es_nicht"):
        build(Umstecken(ziel="gibt_es_nicht", mindestens=1)).change_ziele((BEGEGNUNG,))


def test_a_link_carries_only_what_is_said():
    written = json.loads(write_szenario(build(NEU)))
    assert written == {
        "aenderungen": [{"was": "neu", "art": "pflege.tagespflege", "punkt": list(PUNKT), "kapazitaet": 14.0}]
    }
