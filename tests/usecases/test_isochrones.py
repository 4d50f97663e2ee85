"""Bands in a village along one street: who is inside follows from metres, whatever the drawn shape."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import (
    RAEUME,
    S1,
    STREET_Y,
    WEST,
    angebot,
    catalogue,
    cells,
    people,
    seen_by,
    status,
    village,
)

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, InvalidParameter, LimitExceeded, NotFound
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.settings import Audience, Limits
from infrastruktur.usecases.analyse_isochrones import IsochroneFrage, analyse_isochrones
from infrastruktur.usecases.count_residents import Zahl, show_counts
from infrastruktur.usecases.prepare_reise import Hindernis, Richtung

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
LADEN = angebot("Laden", "alltag.lebensmittel", 1500)
CELLS = cells({300: 50, 690: 50, 1500: 100})
"""S 1 lives half at 300 m and half at 690 m, S 2 all at 1,500 m: 60, 60 and 120 people of 75 and over."""


def at(metres):
    return TO_DEGREES.transform(WEST + metres, STREET_Y)


def ask(context, **changed):
    asked = {"modus": "zu_fuss", "minuten": (15,)} | changed
    if not {"punkt", "angebot", "art"} & set(asked):
        asked["punkt"] = (at(0),)
    return analyse_isochrones(context, IsochroneFrage(**asked))


def counted(band, code="ab75"):
    return band.personen[code].personen


def test_people_inside_are_those_whose_cell_is_reached_in_time(store_settings):
    with village(store_settings, (TREFF,), (CELLS,)) as context:
        (younger,) = ask(context, altersgruppe="75bis84").bands
        (older,) = ask(context, altersgruppe="ab85").bands
    # 15 minutes are 750 m at 3.0 km/h and 625 m at 2.5 km/h.
    assert (counted(younger), counted(older)) == (pytest.approx(120), pytest.approx(60))
    assert (counted(younger, "alle"), counted(older, "alle")) == (pytest.approx(100), pytest.approx(50))
    assert counted(older, "ab85") == pytest.approx(15)


def test_a_group_no_source_tells_is_null_with_its_reason(store_settings):
    with village(store_settings, (TREFF,), (CELLS,)) as context:
        (band,) = ask(context, altersgruppe="06bis09").bands
    assert band.personen["06bis09"] == Zahl(None, Grund.KEINE_DATEN)


def test_without_any_people_there_still_is_an_area(store_settings):
    with village(store_settings, (TREFF,), (), ()) as context:
        (band,) = ask(context).bands
    assert band.area_km2 > 0
    assert {zahl.grund for zahl in band.personen.values()} == {Grund.KEINE_DATEN}


def test_people_on_no_street_are_told_and_counted_nowhere(store_settings):
    together = cells({300: 50, 310: 50})
    apart = replace(together, xy_3035=together.xy_3035 + np.array([[0, 0], [0, 400]]))
    with village(store_settings, (TREFF,), (apart,)) as context:
        found = ask(context, minuten=(60,))
    assert counted(found.bands[0], "alle") == pytest.approx(50)
    assert any("50 Menschen (alle Altersgruppen) wohnen an keiner Straße" in each for each in found.herkunft.hinweise)


def test_bands_come_largest_first_and_hold_each_other(store_settings):
    with village(store_settings, (TREFF,), (CELLS,)) as context:
        bands = ask(context, minuten=(5, 15, 10)).bands
    assert [band.minuten for band in bands] == [15, 10, 5]
    shapes = [shapely.from_geojson(band.geometry_json) for band in bands]
    assert all(shape.is_valid for shape in shapes)
    assert shapes[0].buffer(1e-6).covers(shapes[1])
    assert shapes[1].buffer(1e-6).covers(shapes[2])
    assert [counted(band, "alle") for band in bands] == [100, 100, 50]


def test_an_angebot_and_all_of_a_kind_are_starts_too(store_settings):
    nowhere = angebot("Ohne Punkt", "quartier.seniorentreff", None)
    second = angebot("Treff 2", "quartier.seniorentreff", 1500)
    planned = angebot("Treff 3", "quartier.seniorentreff", 690, status=(status(Status.GEPLANT),))
    with village(store_settings, (TREFF, nowhere, second, planned), (CELLS,)) as context:
        (one,) = ask(context, angebot=(TREFF.id,), minuten=(5,)).bands
        (all_of_them,) = ask(context, art="quartier.seniorentreff", minuten=(5,)).bands
    assert (one.start["angebot"], one.start["name"]) == (TREFF.id, "Treff")
    assert counted(one, "alle") == pytest.approx(50)
    # 375 m around the two that are open and on the map: the cells at 300 m and 1,500 m.
    assert counted(all_of_them, "alle") == pytest.approx(150)
    counts = {"angebote": 3, "ohne_punkt": 1, "ohne_strasse": 0, "an_tueren": 0}
    assert all_of_them.start == {"art": "quartier.seniorentreff"} | counts
    assert shapely.get_num_geometries(shapely.from_geojson(all_of_them.geometry_json)) == 2


def test_a_start_that_is_nowhere_has_a_reason_and_no_geometry(store_settings):
    nowhere = angebot("Ohne Punkt", "quartier.seniorentreff", None)
    with village(store_settings, (nowhere,), (CELLS,)) as context:
        (unplaced,) = ask(context, angebot=(nowhere.id,)).bands
        (far,) = ask(context, punkt=((10.0, 52.0),)).bands
        (none,) = ask(context, art="alltag.hausarzt").bands
    reasons = [(band.grund, band.geometry_json, band.area_km2, band.personen) for band in (unplaced, far, none)]
    assert reasons == [
        (grund, None, None, {}) for grund in (Hindernis.OHNE_PUNKT, Hindernis.OHNE_STRASSE, Hindernis.KEIN_ANGEBOT)
    ]
    assert all(band.hinweis for band in (unplaced, far, none))


def test_kanten_are_the_reached_street_to_the_metre(store_settings):
    with village(store_settings, (TREFF,), (CELLS,)) as context:
        bands = ask(context, punkt=(at(2050),), altersgruppe="75bis84", minuten=(15, 6), kanten=True).bands
    assert [band.laenge_km for band in bands] == [1.5, 0.6]
    for band in bands:
        roads = shapely.from_geojson(band.geometry_json)
        assert roads.geom_type == "MultiLineString"
        x = np.array([TO_DEGREES.transform(*each, direction="INVERSE")[0] for each in shapely.get_coordinates(roads)])
        half = band.laenge_km * 500
        assert (x.min() - WEST, x.max() - WEST) == (
            pytest.approx(2050 - half, abs=0.1),
            pytest.approx(2050 + half, abs=0.1),
        )


def test_the_edge_of_the_data_is_named_where_it_was_met(store_settings):
    drawn("T" + "-" * 9 + "E", store_settings.home, boundary=False)
    with catalogue(store_settings, RAEUME, (TREFF,), (CELLS,), tuple(people())) as context:
        met = ask(context, punkt=(at(500),), minuten=(5, 10), altersgruppe="75bis84").bands
    # 500 m to either end are 10 minutes; nothing is missed before.
    assert [(band.minuten, band.rand_minuten) for band in met] == [(10, None), (5, None)]
    with catalogue(store_settings, (), audience=Audience.STAFF) as context:
        beyond = ask(context, punkt=(at(500),), minuten=(20,), altersgruppe="75bis84").bands
    assert beyond[0].rand_minuten == 10


def test_c_a_confidential_angebot_is_no_start_for_the_public(store_settings):
    hidden = angebot("Frauenhaus", "beratung.gewaltschutz", 0, vertraulich=True)
    with village(store_settings, (hidden,), (CELLS,)) as context:
        assert ask(context, angebot=(hidden.id,)).bands[0].geometry_json
        public = seen_by(context, Audience.PUBLIC)
        with pytest.raises(NotFound):
            ask(public, angebot=(hidden.id,))
        assert ask(public, art="beratung.gewaltschutz").bands[0].grund is Hindernis.KEIN_ANGEBOT


def test_the_public_sees_whole_people_and_no_few(store_settings):
    few = tuple(each for each in people((S1,)) if each.gruppe == "ab95")
    others = tuple(
        msgspec.structs.replace(each, personen=0.0) for each in people() if each.gruppe != "ab95" or each.raum != S1
    )
    with village(store_settings, (TREFF,), (CELLS,), few + others) as context:
        exact, public = (ask(each).bands[0] for each in (context, seen_by(context, Audience.PUBLIC)))
    assert counted(exact) == pytest.approx(2)
    assert public.personen["ab75"] == Zahl(None, Grund.GEHEIM)
    assert public.personen["alle"] == Zahl(100.0)


ONE_OF = {"punkt": (at(0),), "angebot": (TREFF.id,), "art": TREFF.art}


@pytest.mark.parametrize("given_", [(), ("punkt", "angebot"), ("punkt", "art"), ("angebot", "art")])
def test_exactly_one_kind_of_start(store_settings, given_):
    with village(store_settings, (TREFF,)) as context, pytest.raises(InvalidParameter, match="genau eine"):
        analyse_isochrones(
            context, IsochroneFrage(modus="pkw", minuten=(5,), **{name: ONE_OF[name] for name in given_})
        )


def test_h01_the_roads_of_one_answer_are_limited(store_settings):
    def limited(edges):
        with village(
            msgspec.structs.replace(store_settings, limits=Limits(isochrone_edges=edges)), (TREFF,)
        ) as context:
            return ask(context, punkt=(at(1000), at(2000)), minuten=(60, 5), kanten=True).bands

    # The street is one edge, however far each of the four bands gets on it.
    assert len(limited(4)) == 4
    with pytest.raises(LimitExceeded, match="höchstens 3 Straßenstücke"):
        limited(3)


# What the public may see of people counted in one another

GRUPPEN = (Gruppe(0, 200), Gruppe(65, 200), Gruppe(75, 200), Gruppe(6, 10))


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([[9, 10]], [[False, True]]),
        ([[0, 10]], [[True, True]]),
        ([[0.4, 10]], [[False, True]]),
        ([[95, 100]], [[False, True]]),
        ([[90, 100]], [[True, True]]),
        ([[100, 100]], [[True, True]]),
        ([[100], [95]], [[True], [False]]),
        ([[np.nan], [50]], [[False], [True]]),
    ],
)
def test_f_small_counts_and_small_differences_are_hidden(counts, shown):
    assert show_counts(GRUPPEN[: len(counts)], np.array(counts, dtype=float)).tolist() == shown


@given(rings=st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3))
def test_f_no_two_shown_counts_give_a_small_one_away(rings):
    """People by (age part, ring), summed up as an answer sums them: older ones within all, rings within limits."""
    counts = np.cumsum(np.cumsum(np.array(rings, dtype=float)[::-1], axis=0)[::-1], axis=1)
    shown = show_counts(GRUPPEN[:3], counts)
    for (row, column), value in np.ndenumerate(counts):
        for outer_row in range(row + 1):
            for outer_column in range(column, 3):
                if shown[row, column] and shown[outer_row, outer_column]:
                    rest = counts[outer_row, outer_column] - value
                    assert rest == 0 or rest >= 10
    assert not (shown & (counts > 0) & (counts < 10)).any()


# Directions


def test_from_the_place_and_to_it_differ_on_a_one_way(store_settings):
    drawn("A" + "-" * 20 + "B", store_settings.home, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    with catalogue(store_settings, RAEUME, (LADEN,), (cells({300: 50, 690: 70, 1900: 100}),), ()) as context:
        away, towards = (
            ask(context, punkt=(at(1500),), modus="pkw", minuten=(5,), richtung=each).bands[0]
            for each in (Richtung.ZURUECK, Richtung.HIN)
        )
        of_angebot = ask(context, angebot=(LADEN.id,), modus="pkw", minuten=(5,)).bands[0]
    centre = [shapely.from_geojson(band.geometry_json).centroid.x for band in (away, towards)]
    assert centre[0] > at(1500)[0] > centre[1]
    assert (counted(away, "alle"), counted(towards, "alle")) == (pytest.approx(100), pytest.approx(120))
    assert counted(of_angebot, "alle") == pytest.approx(120)
    assert json.loads(of_angebot.geometry_json) == json.loads(towards.geometry_json)
