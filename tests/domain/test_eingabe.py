"""What is stated in a layer's properties becomes an Angebot, and the days before stay as they were."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit, find_valid, put_from
from infrastruktur.domain.art import list_arten
from infrastruktur.domain.eingabe import (
    ABGELEITET,
    TITEL,
    Eingabe,
    Ort,
    apply_stated,
    begin_angebot,
    check_angebot,
    check_stated,
    close_angebot,
    find_stated,
    is_gone,
    merge_patch,
    name_handlung,
    show_angebot,
    void_angebot,
)
from infrastruktur.domain.permission import Handlung
from infrastruktur.usecases.describe_layers import describe_collections

HEUTE, BALD = date(2026, 3, 1), date(2026, 7, 1)
ARTEN = tuple(art.code for art in list_arten())
PUNKT = (300_000.0, 5_630_000.0)
ORT = Ort(kommune="05334032", sozialraum="05334032-S01", lage="innerhalb")
HEIM = Angebot(
    quelle="liste",
    schluessel="A-1",
    art="pflege.dauerpflege",
    name="Haus A",
    standort=Standort(schluessel="Haus", strasse="Weg", hausnummer="1", plz="52222", ort="Stolberg", punkt_25832=PUNKT),
    status=(
        Statuszeit(status=Status.GEPLANT, gueltig_bis=BALD - timedelta(days=1)),
        Statuszeit(status=Status.IN_BETRIEB, gueltig_von=BALD),
    ),
    kapazitaeten=(Kapazitaet(groesse="plaetze_zugelassen", wert=80),),
    attribute={"oeffnungszeiten": "Mo-Fr 09:00-17:00", "internet": "www.beispiel.example"},
)
TREFF = Angebot(
    quelle="liste", schluessel="T-1", art="quartier.seniorentreff", name="Treff", standort=Standort(schluessel="T")
)


def state(angebot: Angebot, punkt: Any = UNSET, **felder: Any) -> dict[str, Any]:
    return find_stated(show_angebot(angebot, ORT, HEUTE), angebot, Eingabe(felder=felder, punkt_25832=punkt))


# What is a statement


def test_the_layers_show_exactly_what_may_be_stated_and_what_is_derived() -> None:
    layer = next(each for each in describe_collections() if each.id == "angebote")
    shown = [each.name for each in layer.properties]
    assert list(show_angebot(HEIM, ORT, HEUTE)) == shown
    assert set(shown) == {*TITEL, *ABGELEITET} - {"geometry"}


def test_a_whole_feature_sent_back_states_nothing() -> None:
    assert state(HEIM, PUNKT, **show_angebot(HEIM, ORT, HEUTE)) == {}
    assert state(HEIM, (PUNKT[0] + 0.01, PUNKT[1]), name=" Haus A ") == {}


def test_what_differs_is_stated_and_blanks_mean_nothing() -> None:
    assert state(HEIM, None, name="Haus B", ort="  ", plz="52222") == {"name": "Haus B", "ort": None, "geometry": None}
    assert state(HEIM, (PUNKT[0] + 0.03, PUNKT[1])) == {"geometry": (PUNKT[0] + 0.03, PUNKT[1])}


def test_opening_hours_are_written_as_the_standard_does() -> None:
    assert state(TREFF, oeffnungszeiten="Mo-Fr 8-16 Uhr") == {"oeffnungszeiten": "Mo-Fr 08:00-16:00"}
    assert state(HEIM, oeffnungszeiten="Mo-Fr 9-17 Uhr") == {}
    assert state(HEIM, oeffnungszeiten=" ") == {"oeffnungszeiten": None}


def test_opening_hours_come_back_as_they_were_imported() -> None:
    odd = msgspec.structs.replace(HEIM, attribute={"oeffnungszeiten": "werktags 9 Uhr"})
    assert state(odd, **show_angebot(odd, ORT, HEUTE)) == {}
    (fehler,) = check_stated(state(HEIM, oeffnungszeiten="werktags 9 Uhr"), ARTEN)
    assert fehler.meldung.startswith(
        "„Öffnungszeiten“ versteht „werktags 9 Uhr“ nicht. Bitte so schreiben: Mo-Fr 08:00"
    )


def test_two_unicode_forms_of_a_name_are_one() -> None:
    cafe = msgspec.structs.replace(TREFF, name="Caf\u00e9")
    assert state(cafe, name="Cafe\u0301") == {}


@pytest.mark.parametrize("name", ABGELEITET)
def test_d06_what_is_derived_is_refused_by_name_with_the_way_to_change_it(name) -> None:
    (fehler,) = check_stated(state(HEIM, **{name: "05334002"}), ARTEN)
    assert (fehler.feld, fehler.meldung) == (name, ABGELEITET[name])


@pytest.mark.parametrize("name", ["version", "created_by", "vertraulich", "quelle", "x" * 5000])
def test_d07_what_no_layer_has_is_refused_by_name(name) -> None:
    (fehler,) = check_stated(state(HEIM, **{name: True}), ARTEN)
    assert fehler.feld == name
    assert "gibt es hier nicht" in fehler.meldung
    assert len(fehler.meldung) < 300


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", 5, "„Name“ muss ein Text sein"),
        ("name", ["a"], "„Name“ muss ein Text sein"),
        ("name", "Haus\u202e", "„Name“ enthält unsichtbare Zeichen"),
        ("ort", "A\x00", "„Ort“ enthält unsichtbare Zeichen"),
        ("oeffnungszeiten", 8, "„Öffnungszeiten“ muss ein Text sein"),
        ("oeffnungszeiten", "8-16\u202e", "„Öffnungszeiten“ enthält unsichtbare Zeichen"),
        ("kapazitaet", "80", "„Kapazität“ muss eine Zahl sein"),
        ("kapazitaet", True, "„Kapazität“ muss eine Zahl sein"),
        ("kapazitaet", float("inf"), "„Kapazität“ muss eine Zahl sein"),
        ("stand", "31.12.2026", "„Stand der Angaben“ muss ein Datum sein"),
        ("stand", "2026-02-30", "„Stand der Angaben“ muss ein Datum sein"),
        ("status", "offen", "„Status“ kennt „offen“ nicht. Möglich sind: geplant"),
        ("art", "wellness", "„Art“ kennt „wellness“ hier nicht"),
    ],
)
def test_a_value_of_a_wrong_kind_is_refused_in_words_a_clerk_knows(name, value, said) -> None:
    (fehler,) = check_stated({name: value}, ARTEN)
    assert fehler.feld == name
    assert fehler.meldung.startswith(said)


def test_a_kind_of_another_layer_is_named_as_such() -> None:
    (fehler,) = check_stated({"art": "schule.grundschule"}, ("pflege.tagespflege",))
    assert "„Grundschule“ gehört in eine andere Kartenebene" in fehler.meldung


def test_only_what_the_change_made_wrong_is_its_fault() -> None:
    broken = msgspec.structs.replace(HEIM, standort=msgspec.structs.replace(HEIM.standort, plz="1067"))
    assert check_angebot(broken, apply_stated(broken, {"name": "B"}, HEUTE), {"name": "B"}) == []
    said = check_angebot(HEIM, apply_stated(HEIM, {"plz": "1067"}, HEUTE), {"plz": "1067"})
    assert [(each.feld, each.meldung) for each in said] == [("plz", "„PLZ“: „1067“ hat nicht die erwartete Form.")]


@pytest.mark.parametrize(
    ("angebot", "stated", "felder"),
    [
        (HEIM, {"name": None}, ["name"]),
        (HEIM, {"status": None}, ["status"]),
        (HEIM, {"kapazitaet": -1}, ["kapazitaet"]),
        (HEIM, {"kapazitaet": 8.5}, ["kapazitaet"]),
        (HEIM, {"name": "x" * 201}, ["name"]),
        (HEIM, {"oeffnungszeiten": f'"{"x" * 999}"'}, ["oeffnungszeiten"]),
        (msgspec.structs.replace(TREFF, art="pflege.quartierspflege"), {"kapazitaet": 20}, ["kapazitaet"]),
        (begin_angebot("neu"), {"name": "Ohne Art"}, ["art"]),
        (begin_angebot("neu"), {"art": "quartier.seniorentreff"}, ["name"]),
    ],
)
def test_what_the_schema_refuses_is_said_of_the_layer_s_property(angebot, stated, felder) -> None:
    found = check_angebot(angebot, apply_stated(angebot, stated, HEUTE), stated)
    assert [each.feld for each in found] == felder


# What comes of it


def test_a_capacity_holds_from_a_day_on_and_the_past_stays() -> None:
    changed = apply_stated(HEIM, {"kapazitaet": 60}, HEUTE)
    assert [(piece.wert, piece.gueltig_von, piece.gueltig_bis) for piece in changed.kapazitaeten] == [
        (80, None, date(2026, 2, 28)),
        (60, HEUTE, None),
    ]


def test_a_status_holds_until_what_is_known_for_later() -> None:
    changed = apply_stated(HEIM, {"status": "im_bau"}, HEUTE)
    assert [(piece.status.value, piece.gueltig_von) for piece in changed.status] == [
        ("geplant", None),
        ("im_bau", HEUTE),
        ("in_betrieb", BALD),
    ]


def test_a_change_taken_back_on_its_day_leaves_no_trace_in_what_holds() -> None:
    assert apply_stated(apply_stated(HEIM, {"kapazitaet": 60}, HEUTE), {"kapazitaet": 80}, HEUTE) == HEIM


def test_a_capacity_that_nobody_knows_any_more_ends_the_day_before() -> None:
    changed = apply_stated(HEIM, {"kapazitaet": None}, HEUTE)
    assert [(piece.wert, piece.gueltig_bis) for piece in changed.kapazitaeten] == [(80, date(2026, 2, 28))]


def test_who_moves_leaves_the_neighbours_where_they_are() -> None:
    for stated in ({"strasse": "Gasse"}, {"geometry": (300_100.0, 5_630_000.0)}):
        assert apply_stated(HEIM, stated, HEUTE).standort_id != HEIM.standort_id
    assert apply_stated(HEIM, {"name": "B", "kapazitaet": 5}, HEUTE).standort_id == HEIM.standort_id


def test_what_no_layer_shows_survives_an_edit() -> None:
    assert apply_stated(HEIM, {"name": "B"}, HEUTE).attribute == HEIM.attribute


def test_opening_hours_are_stated_and_taken_away_beside_it() -> None:
    for stated, left in (("24/7", {"oeffnungszeiten": "24/7"}), (None, {})):
        changed = apply_stated(HEIM, {"oeffnungszeiten": stated}, HEUTE)
        assert changed.attribute == {**left, "internet": "www.beispiel.example"}


def test_closed_counts_until_the_day_before_and_void_never() -> None:
    closed = close_angebot(HEIM, HEUTE)
    before, then = find_valid(closed.status, "status", HEUTE - timedelta(days=1)), closed.status[-1]
    assert before is not None
    assert (before.status, then.status, then.gueltig_bis) == (Status.GEPLANT, Status.GESCHLOSSEN, None)
    assert [is_gone(closed, day) for day in (HEUTE - timedelta(days=1), HEUTE)] == [False, True]
    assert is_gone(void_angebot(HEIM), date(2000, 1, 1))
    assert not void_angebot(HEIM).kapazitaeten


@pytest.mark.parametrize(
    ("angebot", "stated", "handlung"),
    [
        (HEIM, {"kapazitaet": 60}, Handlung.FREIGEBEN),
        (HEIM, {"status": "im_bau"}, Handlung.FREIGEBEN),
        (HEIM, {"strasse": "Gasse"}, Handlung.FREIGEBEN),
        (HEIM, {"strasse": "WEG "}, Handlung.AENDERN),
        (HEIM, {"geometry": (300_001.0, 5_630_000.0)}, Handlung.AENDERN),
        (HEIM, {"geometry": (300_300.0, 5_630_400.0)}, Handlung.AENDERN),
        (HEIM, {"geometry": (300_301.0, 5_630_400.0)}, Handlung.FREIGEBEN),
        (msgspec.structs.replace(TREFF, standort=HEIM.standort), {"geometry": (310_000.0, 5.63e6)}, Handlung.AENDERN),
        (msgspec.structs.replace(HEIM, standort=TREFF.standort), {"geometry": (310_000.0, 5.63e6)}, Handlung.AENDERN),
        (HEIM, {"name": "B"}, Handlung.AENDERN),
        (TREFF, {"status": "ruhend"}, Handlung.AENDERN),
        (TREFF, {"art": "pflege.tagespflege"}, Handlung.FREIGEBEN),
        (begin_angebot("n"), {"art": "pflege.tagespflege"}, Handlung.FREIGEBEN),
    ],
)
def test_four_eyes_are_for_capacity_status_and_relocation_in_the_pflege(angebot, stated, handlung) -> None:
    assert name_handlung(angebot, apply_stated(angebot, stated, HEUTE), stated) is handlung


# Laws


def days(low: int = 0, high: int = 40) -> st.SearchStrategy[date]:
    return st.integers(low, high).map(lambda number: HEUTE + timedelta(days=number))


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(days(), st.none() | st.integers(0, 3)), max_size=8), days(), st.none() | st.integers(0, 3))
def test_from_the_day_on_it_holds_and_before_nothing_changed(steps, tag, wert) -> None:
    def put(current: tuple[Kapazitaet, ...], day: date, number: int | None) -> tuple[Kapazitaet, ...]:
        piece = None if number is None else Kapazitaet(groesse="betten", wert=number)
        return put_from(current, "betten", piece, day)

    def value(current: tuple[Kapazitaet, ...], day: date) -> float | None:
        found = find_valid(current, "betten", day)
        return None if found is None else found.wert

    before: tuple[Kapazitaet, ...] = (Kapazitaet(groesse="zimmer", wert=1),)
    for day, number in steps:
        before = put(before, day, number)
    after = put(before, tag, wert)
    assert value(after, tag) == wert
    for number in range(-2, 45):
        day = HEUTE + timedelta(days=number)
        if day < tag:
            assert value(after, day) == value(before, day)
        held = [piece for piece in after if piece.slot == "betten" and find_valid([piece], "betten", day)]
        assert len(held) <= 1
    assert [piece for piece in after if piece.slot == "zimmer"] == [before[0]]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_null(each) for name, each in value.items() if each is not None}
    return value


@settings(max_examples=examples(100))
@given(JSON, JSON)
def test_a_patch_applied_twice_changes_nothing_more(target, patch) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert merge_patch({}, patch) == without_null(patch)


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7396(target, patch, merged) -> None:
    assert merge_patch(target, patch) == merged
