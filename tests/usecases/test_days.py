"""Areas and targets that change from a day on, and what the nearest Angebot is said to be."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest
import shapely
from usecases.strassendorf import (
    KOMMUNE,
    QUELLE,
    RAEUME,
    S1,
    S2,
    STICHTAG,
    STREET_Y,
    TOLD,
    WEST,
    angebot,
    box,
    build_streets,
    catalogue,
    cells,
    people,
    places,
    row,
    rows,
    village,
)

from infrastruktur.domain.geometry import Bbox, bbox_to_4326
from infrastruktur.domain.query import LayerQuery
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.list_areas import list_outlines
from infrastruktur.usecases.locate_standorte import locate_standorte
from infrastruktur.usecases.read_layer import get_feature
from infrastruktur.usecases.take_bestand import take_bestand

HEIM = angebot("Heim", "pflege.dauerpflege", 300, kapazitaeten=places(80))
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
BOTH = cells({300: 50, 690: 50, 1500: 100})


def test_e_a_split_sozialraum_keeps_its_homes_before_and_after(store_settings):
    """S 1 is cut in two from 2026: each Stichtag counts the home in the area that held on it."""
    cut = date(2026, 1, 1)
    halves = tuple(
        msgspec.structs.replace(RAEUME[1], schluessel=f"{KOMMUNE}-{name}", geom_25832=outline, gueltig_von=cut)
        for name, outline in (("S01a", box(-200, 500)), ("S01b", box(500, 1000)))
    )
    with village(store_settings, (HEIM,), (BOTH,)) as context:
        with context.store.of_installation().write() as connection:
            change = Change(quelle=QUELLE, neu=halves, beendet=((S1, date(2025, 12, 31)),))
            apply_raeume(connection, change, **TOLD)
            locate_standorte(connection)
        before = rows(assess_provision(context, stichtag=STICHTAG, indicator="vq_dp80"), ebene="sozialraum")
        after = rows(assess_provision(context, stichtag=cut, indicator="vq_dp80"), ebene="sozialraum")
        stock = rows(take_bestand(context, stichtag=cut), ebene="sozialraum", art="pflege.dauerpflege")
    assert {each["gebiet"]: each["zaehler"] for each in before} == {S1: 80, S2: 0}
    assert {each["gebiet"]: each["zaehler"] for each in after} == {f"{KOMMUNE}-S01a": 80, f"{KOMMUNE}-S01b": 0, S2: 0}
    assert [(each["gebiet"], each["angebote"]) for each in stock] == [(f"{KOMMUNE}-S01a", 1)]


def test_a_figure_is_drawn_in_the_outlines_of_its_day(store_settings):
    wider = msgspec.structs.replace(RAEUME[1], geom_25832=box(-200, 1200), gueltig_von=date(2026, 1, 1))
    narrower = msgspec.structs.replace(RAEUME[2], geom_25832=box(1200, 4000), gueltig_von=date(2026, 1, 1))
    with village(store_settings, (HEIM,), (BOTH,)) as context:
        with context.store.of_installation().write() as connection:
            apply_raeume(connection, Change(quelle=QUELLE, geaendert=(wider, narrower)), **TOLD)
        then, later = (
            get_feature(context, LayerQuery(collection="vq_dp75_sozialraum", stichtag=day), S1).geom_25832[0]
            for day in (STICHTAG, date(2026, 1, 1))
        )
        tables = shapely.from_geojson(list_outlines(context, date(2026, 1, 1))["sozialraum", S1])
    assert (then.bounds, later.bounds) == (RAEUME[1].geom_25832.bounds, wider.geom_25832.bounds)
    assert tables.bounds == pytest.approx(bbox_to_4326(Bbox(wider.geom_25832.bounds)), abs=1e-6)


def test_a_day_before_all_areas_has_no_figures_and_no_error(store_settings):
    later = tuple(
        msgspec.structs.replace(raum, gueltig_von=date(2017, 1, 1)) if raum.schluessel == KOMMUNE else raum
        for raum in RAEUME
    )
    build_streets(store_settings.home)
    with catalogue(store_settings, later, (HEIM, TREFF), (BOTH,), tuple(people())) as context:
        day = date(2010, 1, 1)
        assert not rows(assess_provision(context, stichtag=day), ebene="kommune")
        assert not rows(find_gaps(context, stichtag=day), ebene="kommune")
        assert not rows(take_bestand(context, stichtag=day), ebene="kommune")


def test_a_target_holds_on_its_last_day_and_its_successor_from_the_next(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    block = """
[[ziel]]
code = "begegnung"
titel = "Begegnung"
arten = ["quartier.seniorentreff"]
modus = "zu_fuss"
max_minuten = {minuten}
altersgruppe = "ab75"
ziel_prozent = {prozent}
grundlage = "Beschluss"
"""
    old = block.format(minuten=15, prozent=70) + "gueltig_bis = 2025-12-31\n"
    new = block.format(minuten=10, prozent=80) + "gueltig_von = 2026-01-01\n"
    store_settings.ziele.write_text(old + new, encoding="utf-8")
    with village(store_settings, (TREFF,), (BOTH,)) as context:
        last = row(find_gaps(context, ziel="begegnung", stichtag=STICHTAG), gebiet=S1)
        first = row(find_gaps(context, ziel="begegnung", stichtag=date(2026, 1, 1)), gebiet=S1)
        reached = row(assess_coverage(context, CoverageFrage(ziel="begegnung", stichtag=STICHTAG)), gebiet=S1)
    assert (last["ziel_prozent"], first["ziel_prozent"], reached["max_minuten"]) == (70, 80, 15)


def test_a_target_in_metres_says_metres_to_the_nearest(store_settings):
    shop = angebot("Laden", "alltag.lebensmittel", 0)
    alle = tuple(msgspec.structs.replace(each, gruppe="ab65") for each in people() if each.gruppe == "75bis79")
    with village(store_settings, (shop,), (BOTH,), alle) as context:
        gap = row(find_gaps(context, ziel="lebensmittel"), gebiet=S2)
    assert gap["naechste_meter"] == pytest.approx(1500, rel=0.02)
    assert gap["naechste_minuten"] is None


def test_where_two_are_wanted_the_nearest_one_is_no_answer(store_settings):
    one = angebot("Dienst", "pflege.ambulant", 300, traeger="Verein")
    inside = replace(BOTH, werte=BOTH.werte)
    with village(store_settings, (one,), (inside,)) as context:
        gap = row(find_gaps(context, ziel="ambulant"), gebiet=S1)
    assert gap["naechstes_angebot"] is None, "they reach it, and lack another"
    assert gap["naechste_minuten"] is None


def test_what_has_no_point_or_no_street_is_said_beside_the_gap(store_settings):
    nowhere = angebot("Treff ohne Punkt", "quartier.seniorentreff", None, ort="Dorf")
    place = msgspec.structs.replace(TREFF.standort, schluessel="Wiese", punkt_25832=(WEST + 300, STREET_Y + 5000))
    off_street = msgspec.structs.replace(TREFF, schluessel="Wiese", standort=place)
    with village(store_settings, (TREFF, nowhere, off_street), (BOTH,)) as context:
        gap = row(find_gaps(context, ziel="begegnung"), gebiet=S2)
    assert gap["sicherheit"].endswith("2 ohne Punkt oder Straße, wen sie erreichen ist unbekannt")
