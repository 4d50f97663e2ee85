"""Sozialräume that are split and merged on a day leave the figures of earlier days as they were.

On 1 July 2025 S03a (A, a Tagespflege) is cut into S04 (0 to 400 m) and S05 (400 to 1000 m), where Haus A stands, and
a year later S05 and S03b (K, B) are merged into S06. Each day's register counts the areas of its day.

    S03a 510 people of 75 and over = S04 210 + S05 300;  S05 300 + S03b 229 = S06 529
"""

from collections import Counter
from datetime import UTC, date, datetime

import msgspec
import pytest
from usecases.stolberg import ANGEBOTE, HAUS_A, HAUS_B, MONSCHAU, RAEUME, REGION, S03A, S03B, STOLBERG, heim
from usecases.strassendorf import QUELLE, TOLD, box, catalogue, places, row, rows, state

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.query import LayerQuery
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.http.planning import answer_words
from infrastruktur.storage.bevoelkerung import apply_bevoelkerung
from infrastruktur.storage.history import Change
from infrastruktur.storage.lage import set_lagezeiten
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.locate_standorte import locate_standorte
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.migrate_store import migrate_store
from infrastruktur.usecases.read_layer import count_features, find_collection, iterate_features
from infrastruktur.usecases.take_bestand import take_bestand

S04, S05, S06 = (f"{STOLBERG}-S{number:02d}" for number in (4, 5, 6))
BEFORE, BETWEEN, AFTER = date(2024, 12, 31), date(2025, 12, 31), date(2026, 7, 31)
SPLIT, MERGED = date(2025, 7, 1), date(2026, 7, 1)
PEOPLE = {
    BEFORE: {S03A: 510, S03B: 229},
    BETWEEN: {S04: 210, S05: 300, S03B: 229},
    AFTER: {S04: 210, S06: 529},
}
HEIM = "pflege.dauerpflege"
ASKED = (
    ("bestand",),
    ("provision", "indicator=vq_tp75"),
    ("bestandsbericht",),
)


def raum(key, since, west, east):
    return Raum(
        schluessel=key, ebene=Ebene.SOZIALRAUM, name="", oberraum=STOLBERG, geom_25832=box(west, east),
        gueltig_von=since, quelle=QUELLE,
    )  # fmt: skip


def register(day):
    return tuple(
        Bevoelkerung(
            quelle="register", stichtag=day, raum=key, geschlecht=Geschlecht.INSGESAMT, gruppe="ab75", personen=float(n)
        )
        for key, n in {**PEOPLE[day], f"{MONSCHAU}-M01": 0}.items()
    )


@pytest.fixture
def context(store_settings):
    with catalogue(store_settings, RAEUME, ANGEBOTE, zaehlung=register(BEFORE)) as opened:
        yield opened


def divide(context):
    """Split S03a, then merge its eastern part with S03b, each with the register of the day that follows."""
    with context.store.of_installation().write() as connection:
        cut = (raum(S04, SPLIT, 0, 400), raum(S05, SPLIT, 400, 1000))
        apply_raeume(connection, Change(quelle=QUELLE, neu=cut, beendet=((S03A, date(2025, 6, 30)),)), **TOLD)
        whole = (raum(S06, MERGED, 400, 2000),)
        ended = tuple((key, date(2026, 6, 30)) for key in (S05, S03B))
        apply_raeume(connection, Change(quelle=QUELLE, neu=whole, beendet=ended), **TOLD)
        for day in (BETWEEN, AFTER):
            apply_bevoelkerung(connection, "register", register(day), **TOLD)
        locate_standorte(connection)


def test_the_figures_of_an_earlier_day_stay_to_the_byte(context):
    asked = [(name, *more, "f=csv", f"stichtag={BEFORE}") for name, *more in ASKED if name != "bestandsbericht"]
    before = [answer_words(context, name, more) for name, *more in asked]
    assert all(S03A.encode() in each for each in before)
    divide(context)
    assert [answer_words(context, name, more) for name, *more in asked] == before


@pytest.mark.parametrize("day", PEOPLE)
def test_each_day_has_its_areas_and_their_sums_are_the_same(context, day):
    divide(context)
    bestand, quoten = take_bestand(context, stichtag=day), assess_provision(context, stichtag=day, indicator="vq_tp75")
    small = [each for each in rows(quoten, ebene="sozialraum") if each["gebiet"].startswith(STOLBERG)]
    assert {each["gebiet"]: each["nenner"] for each in small} == PEOPLE[day]
    assert row(quoten, gebiet=STOLBERG)["nenner"] == row(quoten, gebiet=REGION)["nenner"] == 739
    assert row(quoten, gebiet=STOLBERG)["zaehler"] == sum(each["zaehler"] for each in small) == 15
    places = [each["plaetze_zugelassen"] or 0 for each in rows(bestand, ebene="sozialraum", art=HEIM)]
    assert sum(places) == row(bestand, gebiet=STOLBERG, art=HEIM)["plaetze_zugelassen"] == 80
    assert {each["gebiet"] for each in rows(bestand, ebene="sozialraum")} <= {*PEOPLE[day], f"{MONSCHAU}-M01", None}


@pytest.mark.parametrize(("day", "where"), [(BEFORE, S03A), (BETWEEN, S05), (AFTER, S06)])
def test_a_home_stands_in_the_area_of_the_day(context, day, where):
    divide(context)
    table = take_bestand(context, stichtag=day)
    assert row(table, gebiet=where, art=HEIM)["plaetze_zugelassen"] == 80


@pytest.mark.parametrize("day", PEOPLE)
def test_the_layer_of_areas_has_those_of_the_day(context, day):
    divide(context)
    (areas,) = iterate_features(context, LayerQuery(collection="sozialraeume", stichtag=day))
    assert {key for key in areas.id if key.startswith(STOLBERG)} == set(PEOPLE[day])
    (values,) = iterate_features(context, LayerQuery(collection="vq_tp75_sozialraum", stichtag=day))
    assert {key for key in values.id if key.startswith(STOLBERG)} == set(PEOPLE[day])


def test_the_difference_of_two_days_is_stated_for_areas_of_both(context):
    divide(context)
    compared = take_bestand(context, stichtag=BETWEEN, vergleich=BEFORE)
    assert row(compared, gebiet=S05, art=HEIM)["plaetze_differenz"] == 0, "both days by the areas of the later one"
    assert row(compared, gebiet=STOLBERG, art=HEIM)["plaetze_differenz"] == 0
    assert not rows(compared, gebiet=S03A)


def narrow(text):
    return parse_text(text, find_collection("angebote").properties)


def layer(context, name, day, **more):
    (features,) = iterate_features(context, LayerQuery(collection=name, stichtag=day, **more))
    return features.columns


def test_the_layer_names_the_area_of_the_day_and_finds_by_it(context):
    divide(context)
    for day, *areas in ((BEFORE, S03A, S03B), (BETWEEN, S05, S03B), (AFTER, S06, S06)):
        check_areas(context, "angebote", day, *areas)
        check_areas(context, "pflege", day, *areas)


def check_areas(context, name, day, tagespflege, kurzzeit):
    shown = layer(context, name, day)
    assert dict(zip(shown["name"], shown["sozialraum"], strict=True)) == {
        "Haus A": tagespflege, "Tagespflege A": tagespflege, "Haus B": kurzzeit, "Kurzzeit": kurzzeit
    }  # fmt: skip
    for key in {S03A, S03B, S05, S06} - {tagespflege, kurzzeit}:
        query = LayerQuery(collection=name, stichtag=day, filter=narrow(f"sozialraum = '{key}'"))
        assert count_features(context, query) == 0
    found = layer(context, name, day, filter=narrow(f"sozialraum = '{kurzzeit}'"))
    assert set(found["name"]) >= {"Kurzzeit", "Haus B"}


def test_the_layer_and_the_figure_say_the_same_of_every_day(context):
    divide(context)
    for day in PEOPLE:
        check_figure(context, day)


def check_figure(context, day):
    shown, table = layer(context, "angebote", day), take_bestand(context, stichtag=day)
    for art in set(shown["art"]):
        there = [
            raum
            for raum, its, state in zip(shown["sozialraum"], shown["art"], shown["status"], strict=True)
            if its == art and state == "in_betrieb"
        ]
        counted = {each["gebiet"]: each["angebote"] for each in rows(table, ebene="sozialraum", art=art)}
        assert {key: number for key, number in counted.items() if number} == Counter(there)


def test_standorte_are_shown_in_the_area_of_the_day_too(context):
    divide(context)
    for day in PEOPLE:
        standorte, shown = layer(context, "standorte", day), layer(context, "angebote", day)
        assert sorted(set(standorte["sozialraum"])) == sorted(set(shown["sozialraum"]))
        query = LayerQuery(collection="standorte", stichtag=day, filter=narrow(f"sozialraum = '{S03A}'"))
        assert count_features(context, query) == (day == BEFORE)


def test_what_is_changed_moved_and_looked_back_at_keeps_its_days(context):
    """Haus A gets 75 places, then moves next to B; a moment of knowledge has the areas that were known then."""
    divide(context)
    known = datetime.now(UTC)
    state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
    assert area(context, "Haus A", BEFORE) == S03A
    moved = msgspec.structs.replace(HAUS_A.standort, schluessel="neu", punkt_25832=HAUS_B.standort.punkt_25832)
    state(context, msgspec.structs.replace(HAUS_A, standort=moved))
    assert [area(context, "Haus A", day) for day in PEOPLE] == [S03B, S03B, S06]
    assert [area(look_back(context, known), "Haus A", day) for day in PEOPLE] == [S03A, S05, S06]


def test_a_catalogue_of_before_has_its_days_once_it_is_migrated(store_settings, context):
    divide(context)
    with context.store.of_installation().write() as connection:
        set_lagezeiten(connection, {HAUS_A.standort_id: ()})
    assert area(context, "Haus A", BEFORE) == S06
    migrate_store(store_settings)
    assert area(context, "Haus A", BEFORE) == S03A


def test_before_the_first_outline_and_after_the_last_the_nearest_holds(context):
    """M01 ends, and nothing follows: what stands there stays named after it; nobody knows of another area."""
    state(context, heim("Haus M", 3000, 10))
    with context.store.of_installation().write() as connection:
        apply_raeume(connection, Change(quelle=QUELLE, beendet=((f"{MONSCHAU}-M01", date(2025, 6, 30)),)), **TOLD)
        locate_standorte(connection)
    assert [area(context, "Haus M", day) for day in PEOPLE] == [f"{MONSCHAU}-M01"] * 3


def area(context, name, day):
    shown = layer(context, "angebote", day)
    return dict(zip(shown["name"], shown["sozialraum"], strict=True))[name]
