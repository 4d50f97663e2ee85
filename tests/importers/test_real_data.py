"""The recipes read the real open data of the Aachen region; skipped, visibly, where it is not at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from infrastruktur import resources
from infrastruktur.intake.plan import make_plan
from infrastruktur.intake.reading import Reading, read_source
from infrastruktur.intake.recipe import load_recipe

DATA = Path(os.environ.get("INFRASTRUKTUR_DATA", resources.folder("importers").parent.parent / "shared" / "data"))
pytestmark = pytest.mark.skipif(not (DATA / "aachen").is_dir(), reason=f"real data not found in {DATA}")


def read(name: str) -> Reading:
    return read_source(load_recipe(resources.folder("importers") / name), DATA)


@pytest.mark.parametrize(("name", "count"), [("aachen-kommunen", 10), ("aachen-bezirke", 34)])
def test_areas(name: str, count: int) -> None:
    reading = read(name)
    assert (len(reading.raeume), reading.abgelehnt) == (count, ())
    assert not any(raum.geom_25832.has_z for raum in reading.raeume)


def test_bezirke_tile_160_km2_of_the_city() -> None:
    reading = read("aachen-bezirke")
    assert reading.raeume[0].schluessel == "05334002-SB10"
    assert sum(raum.geom_25832.area for raum in reading.raeume) / 1e6 == pytest.approx(160.37, abs=0.2)


@pytest.mark.parametrize(
    ("name", "cells", "people", "people_of_aachen"),
    [
        ("aachen-zensus2011-1km", 585, 547_655, 233_761),
        ("aachen-zensus2011-ab80", 5_300, 26_395, 11_627),
        ("aachen-zensus2011-unter10", 7_468, 44_980, 18_422),
    ],
)
def test_cells(name: str, cells: int, people: int, people_of_aachen: int) -> None:
    zellen = read(name).zellen
    assert zellen is not None
    assert len(zellen) == cells
    assert np.nansum(zellen.werte[:, 0]) == people
    assert np.nansum(zellen.werte[np.array(zellen.kommune) == "05334002", 0]) == people_of_aachen


def test_schools_repeat_but_do_not_contradict_themselves() -> None:
    recipe = load_recipe(resources.folder("importers") / "aachen-schulen-2016")
    reading = read_source(recipe, DATA)
    plan = make_plan({}, reading.angebote, reading.abgelehnt, recipe)
    assert (len(plan.neu), plan.wiederholt, plan.abgelehnt) == (186, 2, ())
    assert reading.zaehlung["ohne Punkt"] == 17


def test_osm_objects_are_taken_once() -> None:
    reading = read("aachen-osm")
    arten = [angebot.art for angebot in reading.angebote]
    assert arten.count("alltag.apotheke") == 45
    assert arten.count("alltag.kita") == 94
    assert arten.count("schule.unbestimmt") == 63
    assert len({angebot.id for angebot in reading.angebote}) == len(arten)
