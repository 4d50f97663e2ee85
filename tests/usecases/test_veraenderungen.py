"""The layer of differences: between two Stichtage, between two states of knowledge, for staff and for the public.

Haus C went from 30 to 20 places on 1 January 2025, Haus D (25) closed on 30 June 2024, Haus E (10), under construction,
opened on 1 March 2024, and Haus B is planned throughout: as in test_bestandsbericht.
"""

from datetime import date

import msgspec
import pytest
from usecases.stolberg import HAUS_A, KURZZEIT, REGION, heim
from usecases.strassendorf import STICHTAG, angebot, places, row, seen_by, state
from usecases.test_bestandsbericht import HEIM, towns
from usecases.test_look_back import now

from infrastruktur.domain.query import LayerQuery, Vergleich
from infrastruktur.settings import Audience
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.read_layer import iterate_features
from infrastruktur.usecases.take_bestand import take_bestand

BEFORE = date(2023, 12, 31)


def differences(context, **vergleich):
    query = LayerQuery(collection="veraenderungen", stichtag=STICHTAG, vergleich=Vergleich(**vergleich))
    (features,) = iterate_features(context, query)
    assert len(features.geom_25832) == len(features) == len(set(features.id))
    return features.rows()


def told(rows):
    return {(each["name"], each["was"], each["vorher"], each["nachher"], each["differenz"]) for each in rows}


@pytest.fixture
def context(store_settings):
    with towns(store_settings) as opened:
        yield opened


def test_two_stichtage_are_compared_and_add_up_to_the_difference_of_the_tables(context):
    rows = differences(context, stichtag=BEFORE)
    assert told(rows) == {
        ("Haus C", "kapazitaet", "30", "20", -10),
        ("Haus D", "geschlossen", "in Betrieb", None, -25),
        ("Haus E", "eroeffnet", "im Bau", "in Betrieb", 10),
    }
    table = take_bestand(context, stichtag=STICHTAG, vergleich=BEFORE)
    assert sum(each["differenz"] for each in rows) == row(table, gebiet=REGION, art=HEIM)["plaetze_differenz"] == -25
    assert {(each["stichtag_vorher"], each["stichtag"]) for each in rows} == {("2023-12-31", "2025-12-31")}


def test_without_a_day_it_is_a_year_before(context):
    assert told(differences(context)) == {("Haus C", "kapazitaet", "30", "20", -10)}
    same = LayerQuery(collection="veraenderungen")
    assert told(next(iterate_features(context, same)).rows()) == told(differences(context)), "of the region's Stichtag"


def test_what_was_corrected_is_told_by_two_states_of_knowledge_of_one_day(context):
    wrong = heim("Doppelt", 300, 12)
    state(context, wrong)
    moment = now()
    moved = msgspec.structs.replace(HAUS_A.standort, punkt_25832=KURZZEIT.standort.punkt_25832)
    state(context, msgspec.structs.replace(HAUS_A, standort=moved, traeger="Verein", kapazitaeten=places(75)))
    state(context, msgspec.structs.replace(wrong, status=()), heim("Vergessen", 900, 9))
    corrected = differences(context, known_at=moment)
    assert told(corrected) == {
        ("Haus A", "kapazitaet", "80", "75", -5),
        ("Haus A", "standort", None, "900 m entfernt", None),
        ("Tagespflege A", "standort", None, "900 m entfernt", None),
        ("Haus A", "traeger", None, "Verein", None),
        ("Doppelt", "entfallen", "in Betrieb", None, -12),
        ("Vergessen", "eroeffnet", None, "in Betrieb", 9),
    }
    assert {(each["stichtag_vorher"], each["stichtag"]) for each in corrected} == {("2025-12-31", "2025-12-31")}
    assert differences(look_back(context, moment), known_at=moment) == []
    assert told(differences(look_back(context, moment))) == told(differences(context)) - told(corrected)


def test_two_frozen_stichtage_are_compared_each_as_it_was_known(context):
    first = now()
    state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
    second = now()
    state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=places(60)))
    rows = differences(look_back(context, second), stichtag=BEFORE, known_at=first)
    assert ("Haus A", "kapazitaet", "80", "75", -5) in told(rows)
    assert len(rows) == 4


@pytest.mark.parametrize("hidden", [{"vertraulich": True}, {"art": "pflege.wg_selbst"}])
def test_what_is_confidential_is_in_no_difference_of_the_public(context, hidden):
    refuge = angebot("Zuflucht", "beratung.gewaltschutz", 300)
    before = now()
    state(context, refuge)
    published = now()
    state(context, msgspec.structs.replace(refuge, **hidden))
    public = seen_by(context, Audience.PUBLIC)
    for moment in (before, published):
        assert "Zuflucht" not in str(differences(public, known_at=moment))
        assert "Zuflucht" not in str(differences(look_back(public, published), known_at=moment))
    assert "Zuflucht" in str(differences(context, known_at=before))


def test_a_difference_has_the_columns_the_layer_announces(context):
    rows = differences(context, stichtag=BEFORE)
    assert [each["id"] for each in rows] == sorted(each["id"] for each in rows)
    closed = next(each for each in rows if each["was"] == "geschlossen")
    assert (closed["art"], closed["einheit"], closed["kommune"]) == (HEIM, "Plätze", "05334032")
    assert closed["id"] == f"{closed['angebot']}.geschlossen"
