"""Layers of a catalogue of a few Angebote: as of a day, in a box, by filter, and figures on their areas."""

import json
from datetime import date
from itertools import pairwise

import msgspec
import pytest
from usecases.stolberg import HAUS_A, M01, OPENING, PEOPLE, RAEUME, S03A, S03B, STOLBERG, heim, register, stolberg
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, box, catalogue, cells, rows, state, village

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.geometry import Bbox, bbox_to_4326
from infrastruktur.domain.layer import LayerQuery
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.settings import Audience
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.read_layer import get_collection, get_feature, read_page

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
HALVES = cells({300: 50, 690: 50, 1500: 100})


def page(context, collection, **query):
    return read_page(context, LayerQuery(collection=collection, limit=100, **query))


def names(context, collection, **query):
    return [each.properties["name"] for each in page(context, collection, **query).features]


def kinds_on(context, day):
    return {
        each.properties["name"]: each.properties["status"] for each in page(context, "pflege", stichtag=day).features
    }


def test_a_layer_is_of_a_day(store_settings):
    with stolberg(store_settings) as context:
        state(context, beendet=((HAUS_A.schluessel, date(2026, 3, 31)),))
        kinds = {day: kinds_on(context, day) for day in (date(2026, 3, 31), date(2026, 4, 1), OPENING)}
    assert kinds[date(2026, 3, 31)]["Haus A"] == "in_betrieb"
    assert "Haus A" not in kinds[date(2026, 4, 1)]
    assert (kinds[date(2026, 4, 1)]["Haus B"], kinds[OPENING]["Haus B"]) == ("geplant", "in_betrieb")


def test_a_category_holds_its_own_kinds(store_settings):
    with stolberg(store_settings, TREFF) as context:
        assert names(context, "quartiersangebote") == ["Treff"]
        assert set(names(context, "angebote")) == {"Treff", *names(context, "pflege")}
        with pytest.raises(NotFound):
            get_feature(context, "pflege", TREFF.id)
        assert get_feature(context, "angebote", TREFF.id).properties["name"] == "Treff"


def test_a_box_takes_points_and_areas_it_touches(store_settings):
    west_half = bbox_to_4326(Bbox(tuple(box(100, 900).bounds)))
    with stolberg(store_settings, heim("ohne Punkt", None, ort="Stolberg")) as context:
        assert set(names(context, "angebote", bbox_4326=west_half)) == {"Haus A", "Tagespflege A"}
        assert [each.id for each in page(context, "sozialraeume", bbox_4326=west_half).features] == [S03A]
        assert [each.id for each in page(context, "vq_dp80_kommune", bbox_4326=west_half).features] == [STOLBERG]


def test_the_unit_is_a_filter_too(store_settings):
    with stolberg(store_settings, TREFF) as context:
        units = {each.properties["name"]: each.properties["einheit"] for each in page(context, "angebote").features}
        for unit in {unit for unit in units.values() if unit is not None}:
            found = names(context, "angebote", filters={"einheit": unit})
            assert sorted(found) == sorted(name for name, own in units.items() if own == unit)
        assert names(context, "angebote", filters={"einheit": units["Haus A"], "art": "pflege.tagespflege"}) == [
            "Tagespflege A"
        ]
        assert names(context, "angebote", filters={"einheit": "Klafter"}) == []


def test_pages_of_areas_tile_the_whole(store_settings):
    with stolberg(store_settings) as context:
        one_by_one = [
            read_page(context, LayerQuery(collection="vq_dp80_sozialraum", limit=1, offset=at)) for at in range(4)
        ]
    assert [[each.id for each in part.features] for part in one_by_one] == [[M01], [S03A], [S03B], []]
    assert {part.matched for part in one_by_one} == {3}


def test_the_gap_layer_has_one_row_an_area(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        features = {each.id: each.properties for each in page(context, "luecken").features}
        gaps = rows(find_gaps(context), gebiet=S2)
        described = {each.name for each in get_collection(context, "luecken").properties}
    assert set(features) == {S1, S2}
    s2 = features[S2]
    assert s2["bis_zum_ziel_begegnung"] == 84, "70 percent of 120"
    assert s2["bis_zum_ziel"] == max(each["bis_zum_ziel"] or 0 for each in gaps)
    assert s2["ziele_verfehlt"] == sum(bool(each["bis_zum_ziel"]) for each in gaps)
    assert s2["ziele_ohne_aussage"] == sum(each["bis_zum_ziel"] is None for each in gaps)
    assert set(s2) == described


def test_h05_a_figure_layer_hides_what_the_whole_table_hides(store_settings):
    few = PEOPLE | {S03B: (120, 0, 0, 9)}
    with catalogue(
        store_settings, RAEUME, (HAUS_A,), zaehlung=tuple(register(few)), audience=Audience.PUBLIC
    ) as context:
        whole = {
            (each["indicator"], each["gebiet"]): each for each in rows(assess_provision(context), ebene="sozialraum")
        }
        for indicator in ("vq_dp80", "vq_dp75", "vq_kzp"):
            layer = page(context, f"{indicator}_sozialraum").features
            assert {each.id: each.properties for each in layer} == {
                key: whole[indicator, key] for key in (S03A, S03B, M01)
            }
        hidden = page(context, "vq_dp80_sozialraum", filters={"grund": "geheim"})
    assert {each.id for each in hidden.features} == {S03A, S03B}


def test_an_area_layer_shows_the_outlines_of_its_day(store_settings):
    last = date(2025, 12, 31)
    with stolberg(store_settings) as context:
        old = next(raum for raum in RAEUME if raum.schluessel == S03B)
        merged = Raum(
            schluessel=S03A,
            ebene=Ebene.SOZIALRAUM,
            name="vereint",
            oberraum=STOLBERG,
            geom_25832=box(0, 2000),
            quelle=old.quelle,
            gueltig_von=date(2026, 1, 1),
        )
        first = next(raum for raum in RAEUME if raum.schluessel == S03A)
        with context.store.write() as connection:
            change = Change(
                quelle=old.quelle,
                neu=(merged,),
                geaendert=(msgspec.structs.replace(first, gueltig_bis=last),),
                beendet=((S03B, last),),
            )
            apply_raeume(connection, change, akteur="test", grund="Zusammenlegung")
        then = {each.id for each in page(context, "sozialraeume", stichtag=last).features}
        now = {each.id for each in page(context, "sozialraeume", stichtag=date(2026, 1, 1)).features}
    assert (then, now) == ({S03A, S03B, M01}, {S03A, M01})


def test_outlines_are_wound_and_closed_as_rfc_7946_asks(store_settings):
    with village(store_settings) as context:
        (kommune,) = page(context, "kommunen", stichtag=STICHTAG).features
    (ring,) = json.loads(kommune.geometry_json)["coordinates"][0]
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
    assert kommune.id == KOMMUNE
    assert ring[0] == ring[-1]
    assert area > 0, "counter-clockwise"
