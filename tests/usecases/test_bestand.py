"""The Bestand adds up on every level, and tells what changed since another day."""

from datetime import date

import msgspec
import pytest
from usecases.stolberg import HAUS_A, M01, MONSCHAU, RAEUME, REGION, S03A, S03B, STOLBERG, heim, register, stolberg
from usecases.strassendorf import STICHTAG, angebot, catalogue, row, rows, seen_by, state, status

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.raum import Ebene
from infrastruktur.settings import Audience
from infrastruktur.usecases.take_bestand import OHNE_ZUORDNUNG, take_bestand

DAUERPFLEGE = "pflege.dauerpflege"
LATER = date(2026, 12, 31)


def total(table, ebene, name):
    return sum(each[name] or 0 for each in rows(table, ebene=ebene, art=DAUERPFLEGE))


def test_areas_and_what_lies_in_none_add_up_to_the_region(store_settings):
    placed = (heim("in Monschau", 3000, 20), heim("nur Ort", None, 30, ort="Stolberg"))
    nowhere = (heim("ohne alles", None, 40), heim("ohne Zahl", None))
    with stolberg(store_settings, *placed, *nowhere) as context:
        table = take_bestand(context)
    for name, whole in (("angebote", 5), ("plaetze_zugelassen", 170), ("ohne_platzzahl", 1), ("geplant", 1)):
        assert [total(table, ebene, name) for ebene in ("sozialraum", "kommune", "region")] == [whole] * 3
    left = {each["ebene"]: each["angebote"] for each in rows(table, gebiet_name=OHNE_ZUORDNUNG, art=DAUERPFLEGE)}
    assert left == {"sozialraum": 3, "kommune": 2, "region": 2}, "the Ort places one of them in its Kommune"
    assert row(table, gebiet=MONSCHAU, art=DAUERPFLEGE)["plaetze_zugelassen"] == 20


def test_a_kommune_that_is_not_divided_is_left_out_below_not_put_nowhere(store_settings):
    whole_monschau = tuple(raum for raum in RAEUME if raum.schluessel != M01)
    angebote = (HAUS_A, heim("in Monschau", 3000, 20))
    with catalogue(store_settings, whole_monschau, angebote, zaehlung=tuple(register())) as context:
        table = take_bestand(context)
    assert total(table, "sozialraum", "plaetze_zugelassen") == 80
    assert total(table, "kommune", "plaetze_zugelassen") == total(table, "region", "plaetze_zugelassen") == 100
    assert rows(table, gebiet_name=OHNE_ZUORDNUNG) == []


def test_what_lies_outside_the_region_is_in_no_row(store_settings):
    with stolberg(store_settings, heim("jenseits", 3_800, 60), heim("dazwischen", 2_200, 60)) as context:
        assert total(take_bestand(context), "region", "plaetze_zugelassen") == 80


def test_the_difference_to_another_stichtag(store_settings):
    with stolberg(store_settings) as context:
        state(context, beendet=((HAUS_A.schluessel, date(2026, 3, 31)),))
        table = take_bestand(context, stichtag=LATER, vergleich=STICHTAG)
        s03a = row(table, gebiet=S03A, art=DAUERPFLEGE)
        day = row(table, gebiet=S03A, art="pflege.tagespflege")
    assert (s03a["angebote"], s03a["angebote_differenz"], s03a["plaetze_differenz"]) == (0, -1, -80)
    assert (day["angebote"], day["angebote_differenz"], day["plaetze_differenz"]) == (1, 0, 0)
    assert (s03a["stichtag"], s03a["vergleich_stichtag"]) == (LATER, STICHTAG)


def test_differences_add_up_too(store_settings):
    new = heim("neu", 1700, 25, status=(status(Status.IN_BETRIEB, von=date(2026, 6, 1)),))
    with stolberg(store_settings, new) as context:
        state(context, beendet=((HAUS_A.schluessel, date(2026, 3, 31)),))
        table = take_bestand(context, stichtag=LATER, vergleich=STICHTAG)
    for ebene in ("sozialraum", "kommune", "region"):
        assert (total(table, ebene, "angebote_differenz"), total(table, ebene, "plaetze_differenz")) == (0, 25 - 80)


@pytest.mark.parametrize("known_until", [None, STICHTAG], ids=["never", "then"])
def test_an_unknown_number_makes_the_difference_of_places_unknown(store_settings, known_until):
    before = () if known_until is None else heim("", None, 50).kapazitaeten
    dated = tuple(msgspec.structs.replace(each, gueltig_bis=known_until) for each in before)
    unknown = msgspec.structs.replace(heim("Haus C", 700), kapazitaeten=dated)
    with stolberg(store_settings, unknown) as context:
        table = take_bestand(context, stichtag=LATER, vergleich=STICHTAG)
        s03a, s03b = (rows(table, gebiet=key, art=DAUERPFLEGE) for key in (S03A, S03B))
    assert (s03a[0]["ohne_platzzahl"], s03a[0]["plaetze_zugelassen"]) == (1, 80)
    assert (s03a[0]["angebote_differenz"], s03a[0]["plaetze_differenz"]) == (0, None)
    assert s03b[0]["plaetze_differenz"] == 0


def test_what_is_not_counted_in_places_has_no_difference_of_places(store_settings):
    with stolberg(store_settings, angebot("Beratung", "beratung.senioren", 700)) as context:
        table = take_bestand(context, stichtag=LATER, vergleich=STICHTAG)
    found = row(table, gebiet=S03A, art="beratung.senioren")
    assert (found["angebote"], found["plaetze_zugelassen"], found["ohne_platzzahl"]) == (1, None, 0)
    assert (found["angebote_differenz"], found["plaetze_differenz"]) == (0, None)


def test_what_is_planned_or_ruhend_stands_apart(store_settings):
    kinds = (Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU, Status.RUHEND)
    others = [heim(kind.value, 700, 50, status=(status(kind),)) for kind in kinds]
    with stolberg(store_settings, *others) as context:
        s03a = row(take_bestand(context), gebiet=S03A, art=DAUERPFLEGE)
    assert (s03a["angebote"], s03a["plaetze_zugelassen"], s03a["geplant"], s03a["ruhend"]) == (1, 80, 3, 1)


def test_an_aufnahmestopp_does_not_end_a_home(store_settings):
    stopped = msgspec.structs.replace(HAUS_A, attribute={"aufnahmestopp_seit": "2025-11-01"})
    with stolberg(store_settings) as context:
        state(context, stopped)
        s03a = row(take_bestand(context), gebiet=S03A, art=DAUERPFLEGE)
    assert (s03a["angebote"], s03a["plaetze_zugelassen"], s03a["ruhend"]) == (1, 80, 0)


def test_kinds_that_have_no_places_lack_none(store_settings):
    with stolberg(store_settings, angebot("Treff", "quartier.seniorentreff", 500)) as context:
        s03a = row(take_bestand(context), gebiet=S03A, art="quartier.seniorentreff")
    assert (s03a["angebote"], s03a["plaetze_zugelassen"], s03a["ohne_platzzahl"]) == (1, None, 0)


def test_one_level_alone_is_the_same_as_in_the_whole(store_settings):
    with stolberg(store_settings) as context:
        whole = take_bestand(context)
        for ebene in (Ebene.SOZIALRAUM, Ebene.KOMMUNE, Ebene.REGION):
            assert rows(take_bestand(context, ebene=ebene.value)) == rows(whole, ebene=ebene.value)


def test_the_public_counts_no_confidential_home(store_settings):
    with stolberg(store_settings, heim("vertraulich", 700, 9, vertraulich=True)) as context:
        staff = row(take_bestand(context), gebiet=STOLBERG, art=DAUERPFLEGE)
        public = row(take_bestand(seen_by(context, Audience.PUBLIC)), gebiet=REGION, art=DAUERPFLEGE)
    assert (staff["angebote"], staff["plaetze_zugelassen"]) == (2, 89)
    assert (public["angebote"], public["plaetze_zugelassen"]) == (1, 80)
