"""Angebote and addresses in a house go by its door, where it is mapped; people's cells never do.

    A-----------------B      every character 50 m
    |
    | K.D.L
    | .   .
    | . 1 .
    | N...M
    |
    C-----------------E

From A it is 300 m to 1 by the door D, 700 m by the back street, which is nearer to the middle of the house.
"""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import RAEUME, S1, catalogue, cells, people, row
from usecases.strassendorf import angebot as angebot_at

from infrastruktur.domain.angebot import Standort
from infrastruktur.domain.bevoelkerung import gitter_id
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.usecases.analyse_isochrones import IsochroneFrage, analyse_isochrones
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.list_nearby import NearbyFrage, list_nearby
from infrastruktur.usecases.measure_matrix import MatrixFrage, measure_matrix

DRAWING = "\n".join(line[4:] for line in __doc__.splitlines()[2:11]).replace("      every character 50 m", "")
WALKING = {"modus": "zu_fuss", "altersgruppe": "75bis84"}
PACE = 3.6 / 3.0
"""Seconds a metre."""


@contextmanager
def settlement(settings, *, door="main", in_house=True, zellen=()):
    """A Treff in the house or at A."""
    settings.home.mkdir(parents=True, exist_ok=True)
    drawing = drawn(DRAWING, settings.home, grid_m=50, nodes={"D": {"entrance": door}},
                    houses={"KDLMN": {"building": "yes"}})  # fmt: skip
    place = Standort(schluessel="Treff", ort="", punkt_25832=drawing.places["1" if in_house else "A"])
    treff = angebot_at("Treff", "quartier.seniorentreff", None, standort=place)
    with catalogue(settings, RAEUME, (treff,), zellen, tuple(people((S1,)))) as context:
        yield context, drawing, treff


def degrees(drawing, name):
    return (TO_DEGREES.transform(*drawing.places[name]),)


def test_the_list_goes_to_the_door_and_says_so(store_settings):
    with settlement(store_settings) as (context, drawing, _):
        found = list_nearby(context, NearbyFrage(punkt=degrees(drawing, "A"), minuten=30, **WALKING))
    (treff,) = found.tabelle.records()
    assert (treff["sekunden"], treff["tuer"]) == (pytest.approx(300 * PACE, abs=0.5), True)
    assert (treff["laenge"], treff["breite"]) == pytest.approx(degrees(drawing, "1")[0], abs=1e-6)


def test_without_a_way_in_the_list_goes_to_the_point(store_settings):
    with settlement(store_settings, door="emergency") as (context, drawing, _):
        found = list_nearby(context, NearbyFrage(punkt=degrees(drawing, "A"), minuten=30, **WALKING))
    (treff,) = found.tabelle.records()
    assert (treff["sekunden"], treff["tuer"]) == (pytest.approx(700 * PACE, abs=0.5), False)


def test_a_point_within_a_house_means_the_house(store_settings):
    with settlement(store_settings, in_house=False) as (context, drawing, _):
        found = list_nearby(context, NearbyFrage(punkt=degrees(drawing, "1"), minuten=30, **WALKING))
        (band,) = analyse_isochrones(
            context, IsochroneFrage(punkt=degrees(drawing, "1"), minuten=(10,), **WALKING)
        ).bands
    (treff,) = found.tabelle.records()
    assert (treff["sekunden"], treff["tuer"]) == (pytest.approx(300 * PACE, abs=0.5), False)
    assert any(each.startswith("Die Haustür des Orts ist kartiert") for each in found.tabelle.herkunft.hinweise)
    assert (band.start["tuer_laenge"], band.start["tuer_breite"]) == pytest.approx(degrees(drawing, "D")[0], abs=1e-6)


def test_a_matrix_names_the_doors_at_either_end(store_settings):
    with settlement(store_settings) as (context, drawing, treff):
        there = measure_matrix(context, MatrixFrage(von=degrees(drawing, "A"), nach=degrees(drawing, "1"), **WALKING))
        back = measure_matrix(context, MatrixFrage(angebot=(treff.id,), nach=degrees(drawing, "A"), **WALKING))
        both = measure_matrix(
            context,
            MatrixFrage(von=degrees(drawing, "A"), nach=(*degrees(drawing, "1"), *degrees(drawing, "B")), **WALKING),
        )
    for table, end in ((there, "nach"), (back, "von")):
        assert table.records()[0]["sekunden"] == pytest.approx(300 * PACE, abs=0.5)
        told = f"{end}: Die Haustür des Orts ist kartiert: Dort beginnt oder endet der Weg."
        assert table.herkunft.hinweise == (told,)
    assert any(each.startswith("nach: Von 1 der 2 Orte ist die Haustür kartiert") for each in both.herkunft.hinweise)


def test_an_area_starts_at_the_door(store_settings):
    with settlement(store_settings) as (context, drawing, treff):
        one, kinds, outside = (
            analyse_isochrones(context, IsochroneFrage(minuten=(5,), **WALKING, **start)).bands[0].start
            for start in ({"angebot": (treff.id,)}, {"art": "quartier.seniorentreff"}, {"punkt": degrees(drawing, "A")})
        )
    assert (one["tuer_laenge"], one["tuer_breite"]) == pytest.approx(degrees(drawing, "D")[0], abs=1e-6)
    assert kinds["an_tueren"] == 1
    assert (outside["tuer_laenge"], outside["tuer_breite"]) == (None, None)


def test_figures_go_to_the_door(store_settings):
    """15 minutes are 625 m at 2.5 km/h: those of 85 and over at A come as far as the door, not around by the back."""
    with settlement(store_settings, zellen=(cells({0: 50}),)) as (context, _, _):
        by_door = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    assert (by_door["erreicht"], by_door["ohne_aussage"]) == (pytest.approx(120), 0)


def test_the_middle_of_a_cell_is_nobodys_house(store_settings):
    """Within the house as 1 is, it goes by the street that is nearest: 700 m, so only those under 85 reach A."""
    middle = drawn(DRAWING, store_settings.home.parent, grid_m=50).xy("1")
    corners = np.round(transform_xy(middle, 25832, 3035)) - 50
    inside = replace(cells({0: 50}), xy_3035=corners, gitter_id=gitter_id(100, corners))
    with settlement(store_settings, in_house=False, zellen=(inside,)) as (context, _, _):
        by_middle = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    assert (by_middle["erreicht"], by_middle["nicht_erreicht"]) == (pytest.approx(90), pytest.approx(30))
