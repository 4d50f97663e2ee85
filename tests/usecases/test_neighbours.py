"""A village beyond the border competes for the same house, and stands in no number of the region.

    S 1            | S 2            | beyond
    T---------------1000-------------2000-----------E
      300: 50          1500: 100        2300: 80           people of all ages in the grid
                              1900                         the house, 42 places

The register counts 120 people of 75 and over in each Sozialraum, 90 of them under 85: per head of the grid's 150
that is 1.2 and 0.4. So of the 80 beyond, 96 are taken to be 75 to 84, and 32 are 85 and over.
"""

from contextlib import contextmanager
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from usecases.strassendorf import (
    KOMMUNE,
    RAEUME,
    S1,
    S2,
    STICHTAG,
    angebot,
    box,
    build_streets,
    catalogue,
    cells,
    people,
    places,
    row,
)

from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.szenario import Bevoelkern, Szenario, build_szenario
from infrastruktur.intake.recipe import load_recipe
from infrastruktur.planning.catchment import FORMELN
from infrastruktur.resources import folder as data_folder
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.import_source import Auftrag, import_source
from infrastruktur.usecases.locate_neighbours import count_cells_beyond, locate_neighbours
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.spread_population import spread_population

REGISTER = tuple(people())
REGION, ART = "05334", "pflege.tagespflege"
OUTLINES = {KOMMUNE: box(-200, 2000), S1: box(-200, 1000), S2: box(1000, 2000)}
SMALL = tuple(msgspec.structs.replace(raum, geom_25832=OUTLINES[raum.schluessel]) for raum in RAEUME)
HOUSE = angebot("Haus", ART, 1900, kapazitaeten=places(42))
AT_HOME = {300: 50, 1500: 100}
BEYOND = AT_HOME | {2300: 80}
PER_PERSON = [verfahren.value for verfahren, formel in FORMELN.items() if not formel.per_cell]


@contextmanager
def border(settings, zellen, angebote=(HOUSE,), zaehlung=REGISTER, **more):
    build_streets(settings.home)
    with catalogue(settings, SMALL, angebote, zellen, zaehlung, **more) as context:
        yield context


def asked(**other):
    return CatchmentFrage(
        **{"art": ART, "modus": "zu_fuss", "altersgruppe": "ab75", "verfahren": "2sfca", "max_minuten": 15} | other
    )


def hinweise(table):
    return " ".join(table.herkunft.hinweise)


def test_people_beyond_the_border_take_their_part_of_the_house(store_settings):
    with border(store_settings, (cells(BEYOND),)) as context:
        table = share_catchments(context, asked())
    s2, region = row(table, gebiet=S2), row(table, gebiet=REGION)
    assert s2["wert"] == pytest.approx(1000 * 42 / (120 + 128))
    assert (s2["personen"], region["personen"]) == (pytest.approx(120), pytest.approx(240))
    assert region["plaetze"] == pytest.approx(42 * 120 / 248)
    assert "128 Personen. Auf sie entfallen mindestens 21,7 Plätze." in hinweise(table)
    assert "Annahme: Jenseits der Region" in hinweise(table)
    assert "Werte verzerrt" not in hinweise(table)


def test_more_people_of_the_region_make_no_more_neighbours(store_settings):
    """Of them a scenario says nothing, though their number is estimated by the region's."""
    twice = build_szenario(Szenario(aenderungen=(Bevoelkern(gebiet=REGION, altersgruppe="ab75", faktor=2.0),)))
    with border(store_settings, (cells(BEYOND),)) as context:
        table = share_catchments(context.under(twice), asked())
    assert row(table, gebiet=S2)["wert"] == pytest.approx(1000 * 42 / (240 + 128))
    assert "128 Personen" in hinweise(table)


def test_without_people_beyond_the_border_the_answer_says_that_they_are_missing(store_settings):
    with border(store_settings, (cells(AT_HOME),)) as context:
        table = share_catchments(context, asked())
    assert row(table, gebiet=S2)["wert"] == pytest.approx(1000 * 42 / 120)
    assert "Werte verzerrt" in hinweise(table)


def test_a_grid_that_knows_the_group_tells_it_beyond_the_border_too(store_settings):
    with border(store_settings, (cells(BEYOND, merkmal="ab75"),), zaehlung=()) as context:
        table = share_catchments(context, asked())
    assert row(table, gebiet=S2)["wert"] == pytest.approx(1000 * 42 / (100 + 80))
    assert "80 Personen" in hinweise(table)
    assert "Annahme" not in hinweise(table)


def test_a_house_that_only_people_beyond_reach_falls_to_them(store_settings):
    far = angebot("Fern", ART, 2900, kapazitaeten=places(10))
    with border(store_settings, (cells(BEYOND),), (HOUSE, far)) as context:
        table = share_catchments(context, asked())
    assert row(table, gebiet=S2)["wert"] == pytest.approx(1000 * 42 / 248)
    assert "mitgerechnet sind: 1; aus der Region nicht erreicht: 1." in hinweise(table)
    # 600 m are within the time of all 128, who have it for themselves.
    assert f"mindestens {42 * 128 / 248 + 10:.1f}".replace(".", ",") in hinweise(table)


def test_the_public_learns_of_the_neighbours_in_tens_and_of_no_places(store_settings):
    with border(store_settings, (cells(BEYOND),), audience=Audience.PUBLIC) as context:
        table = share_catchments(context, asked())
    assert "rund 130 Personen." in hinweise(table)
    assert "entfallen" not in hinweise(table)


@pytest.mark.parametrize("verfahren", PER_PERSON)
def test_nobody_gains_by_people_beyond_the_border(store_settings, verfahren):
    found = []
    for grid in (AT_HOME, BEYOND):
        with border(store_settings, (cells(grid),)) as context:
            table = share_catchments(context, asked(verfahren=verfahren))
        found.append(table.records())
    without, with_them = found
    for before, after in zip(without, with_them, strict=True):
        assert after["wert"] <= before["wert"] * (1 + 1e-12)
        assert [after[name] for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")] == pytest.approx(
            [before[name] for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")]
        )


def test_no_other_figure_counts_people_beyond_the_border(store_settings):
    frage = CoverageFrage(art=ART, modus="zu_fuss", max_minuten=15, altersgruppe="ab75")
    tables = []
    for grid in (AT_HOME, BEYOND):
        with border(store_settings, (cells(grid),)) as context:
            tables.append(assess_coverage(context, frage).records())
    assert tables[0] == tables[1]


def test_a_suppressed_cell_beyond_counts_as_the_nought_it_publishes(store_settings):
    with border(store_settings, (cells(BEYOND | {2300: np.nan}),)) as context:
        verteilung = spread_population(context, STICHTAG)
        gruppe = parse_gruppe("ab75")
        nachbarn = locate_neighbours(verteilung.locate(gruppe), gruppe)
    assert (nachbarn.personen.tolist(), nachbarn.geschaetzt) == ([0.0], True)


def test_cells_beyond_are_those_in_no_kommune():
    grid = cells(BEYOND)
    kommunen = [raum for raum in SMALL if raum.schluessel == KOMMUNE]
    assert count_cells_beyond(grid, kommunen) == 1
    named = replace(grid, kommune=(KOMMUNE, "", KOMMUNE))
    assert count_cells_beyond(named, kommunen) == 1


def test_an_import_says_how_many_cells_lie_beyond(store_settings):
    folder = data_folder("importers") / "beispiel-zensus-100m"
    auftrag = Auftrag(load_recipe(folder), folder, dry_run=True)
    with border(store_settings, ()) as context:
        bericht = import_source(context, auftrag, lambda _step, _share: None)
    assert any(said.startswith("3 von 3 Zellen liegen jenseits der Region.") for said in bericht.hinweise)
