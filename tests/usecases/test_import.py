"""An import shows its plan, applies it whole or not at all, and never takes silence for closure."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from usecases.stolberg import M01, MONSCHAU, S03A, S03B, STOLBERG
from usecases.strassendorf import STREET_Y, WEST, box, region

from infrastruktur.domain.angebot import Angebot, Status, find_valid
from infrastruktur.domain.errors import ConstraintViolated, ImportStopped, SourceRefused
from infrastruktur.domain.geometry import transform_geometry, transform_xy
from infrastruktur.storage.angebote import list_angebote_of_quelle, load_supply
from infrastruktur.storage.raeume import put_region
from infrastruktur.storage.tables import aenderung, metadata
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.import_source import Auftrag, Bericht, find_recipe, import_source

HEADINGS = (
    *("Schlüssel", "Art", "Name", "Straße", "Hausnummer", "PLZ", "Ort", "Ostwert", "Nordwert"),
    *("Status", "Geschlossen zum", "Plätze zugelassen", "Kapazität ab"),
)
RECIPE = """
titel = "Heime"
quelle = "heime"
herausgeber = "Amt"
lizenz = "CC0-1.0"
namensnennung = "Amt"
form = "angebote"
format = "csv"
dateien = ["heime.csv"]
vorlage = true
"""
KEYED = 'schluessel = ["Schlüssel"]\n'
AREAS = """
titel = "Räume"
quelle = "raeume"
herausgeber = "Amt"
lizenz = "CC0-1.0"
namensnennung = "Amt"
form = "raeume"
format = "geojson"
dateien = ["raeume.geojson"]
[zuordnung]
schluessel = { spalte = "KEY" }
ebene = { spalte = "EBENE" }
name = { spalte = "NAME" }
oberraum = { spalte = "IN" }
gueltig_von = { spalte = "VON", als = "datum", optional = true }
gueltig_bis = { spalte = "BIS", als = "datum", optional = true }
"""
FIRST, SECOND, THIRD = (
    {"Schlüssel": f"H-{n}", "Name": f"Haus {n}", "Ostwert": str(WEST + at), "Nordwert": str(STREET_Y), **more}
    for n, at, more in (
        (1, 500, {"Plätze zugelassen": "80", "Straße": "Markt", "Hausnummer": "1", "PLZ": "52222", "Ort": "Stolberg"}),
        (2, 1500, {"Plätze zugelassen": "40"}),
        (3, 1700, {"Plätze zugelassen": "25"}),
    )
)
HERE = {"Straße": "Hof", "Hausnummer": "7", "PLZ": "52222", "Ort": "Stolberg"}


def silent(_step: str, _share: float) -> None:
    pass


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    with closing(open_context(store_settings)) as opened:
        with opened.store.of_installation().write() as connection:
            put_region(connection, region())
        yield opened


def write_rows(folder: Path, *rows: dict[str, str], recipe: str = RECIPE + KEYED) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text(recipe + "max_anteil_verschwunden = 0.6\n", encoding="utf-8")
    usual = {"Art": "pflege.dauerpflege"}
    lines = [";".join((usual | row).get(name, "") for name in HEADINGS) for row in rows]
    (folder / "heime.csv").write_text("\n".join([";".join(HEADINGS), *lines]), encoding="utf-8")
    return folder


def area(key: str, at_m: tuple[float, float], **more: str) -> dict[str, Any]:
    """Make a feature of a Kommune or Sozialraum from its west to its east end."""
    ebene, upper = ("sozialraum", key.partition("-")[0]) if "-" in key else ("kommune", "05334")
    return {
        "type": "Feature",
        "properties": {"KEY": key, "EBENE": ebene, "NAME": key, "IN": upper, "VON": None, "BIS": None} | more,
        "geometry": transform_geometry(box(*at_m), 25832, 4326).__geo_interface__,
    }


def write_areas(folder: Path, *features: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text(AREAS, encoding="utf-8")
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "raeume.geojson").write_text(text, encoding="utf-8")
    return folder


def bring_in(context: Context, folder: Path, **order: Any) -> Bericht:
    return import_source(context, Auftrag(find_recipe(str(folder)), folder, **order), silent)


def known(context: Context) -> dict[str, Angebot]:
    with context.store.read() as connection:
        return list_angebote_of_quelle(connection, "heime")


def content(context: Context) -> dict[str, list[Any]]:
    """Take every row of every table, history and counters included."""
    with context.store.read() as connection:
        return {table.name: connection.execute(sa.select(table)).all() for table in metadata.sorted_tables}


def count_history(context: Context) -> int:
    with context.store.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(aenderung)) or 0


def places_on(context: Context, day: date) -> dict[str, float]:
    with context.store.read() as connection:
        supply = load_supply(connection, day, public=False)
    running = supply.status == Status.IN_BETRIEB
    if not running.any():
        return {}
    return dict(zip(supply.name[running].tolist(), supply.sizes["plaetze_zugelassen"][running].tolist(), strict=True))


def areas_of(context: Context) -> dict[str, tuple[str, str, str]]:
    with context.store.read() as connection:
        supply = load_supply(connection, date(2025, 12, 31), public=False)
    rows = zip(supply.name, supply.kommune, supply.sozialraum, supply.lage, strict=True)
    return {str(name): (str(kommune), str(small), str(lage)) for name, kommune, small, lage in rows}


# What a plan says


def test_new_changed_unchanged_gone_and_refused_with_line_and_reason(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD))
    wrong = {"Schlüssel": "H-4", "Name": "Haus 4", "Plätze zugelassen": "-3"}
    new = {"Schlüssel": "H-5", "Name": "Haus 5"}
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST, SECOND | {"Plätze zugelassen": "44"}, wrong, new))
    assert (bericht.neu, bericht.geaendert, bericht.unveraendert) == (1, 1, 1)
    assert bericht.verschwunden == ("H-3",)
    assert [(each.zeile, each.schluessel) for each in bericht.abgelehnt] == [(4, "H-4")]
    text = bericht.text()
    assert text.startswith("Heime: 1 neu, 1 geändert, 1 unverändert, 1 verschwunden, 1 abgelehnt")
    assert "abgelehnt: Zeile 4: „Plätze zugelassen“ muss mindestens 0 sein, nicht -3." in text
    assert "verschwunden, nicht geschlossen (--close-missing): H-3" in text


def test_a_refused_row_leaves_what_is_known_of_it(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    before = known(context)["H-2"]
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST, SECOND | {"Art": "Wellness"}))
    assert (bericht.verschwunden, len(bericht.abgelehnt)) == ((), 1)
    assert known(context)["H-2"] == before


def test_f08_the_same_file_twice_changes_nothing(context, tmp_path):
    folder = write_rows(tmp_path / "a", FIRST, SECOND, THIRD)
    bring_in(context, folder)
    before = content(context)
    bericht = bring_in(context, folder)
    assert (bericht.neu, bericht.geaendert, bericht.unveraendert) == (0, 0, 3)
    assert content(context) == before


def test_a_dry_run_shows_the_same_plan_and_changes_nothing(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD))
    before = content(context)
    folder = write_rows(tmp_path / "b", FIRST | {"Name": "Haus Eins"}, SECOND, {"Schlüssel": "H-9", "Name": "Neu"})
    last = date(2026, 3, 31)
    dry = bring_in(context, folder, dry_run=True, close_missing=last)
    assert content(context) == before
    wet = bring_in(context, folder, close_missing=last)
    said = dry.text().replace(" (Probelauf, nichts geändert)", "")
    assert said == wet.text()
    assert "1 neu, 1 geändert, 1 unverändert, 1 verschwunden" in said
    assert content(context) != before


# What is gone, and the brakes


def test_what_is_gone_is_reported_and_stays_in_operation(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD))
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST, SECOND))
    assert (bericht.verschwunden, bericht.geschlossen) == (("H-3",), 0)
    assert places_on(context, date(2030, 1, 1))["Haus 3"] == 25


def test_close_missing_ends_on_the_day_given_as_the_last(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD))
    without_third = write_rows(tmp_path / "b", FIRST, SECOND)
    bericht = bring_in(context, without_third, close_missing=date(2026, 3, 31))
    assert bericht.geschlossen == 1
    assert "Haus 3" in places_on(context, date(2026, 3, 31))
    assert "Haus 3" not in places_on(context, date(2026, 4, 1))
    before = content(context)
    bring_in(context, without_third, close_missing=date(2027, 12, 31))
    assert content(context) == before, "closed is closed: not again, and not later"


def test_a_closed_one_that_is_named_again_is_what_the_source_says(context, tmp_path):
    whole = write_rows(tmp_path / "a", FIRST, SECOND, THIRD)
    bring_in(context, whole)
    bring_in(context, write_rows(tmp_path / "b", FIRST, SECOND), close_missing=date(2026, 3, 31))
    bring_in(context, whole)
    status = known(context)["H-3"].status
    assert find_valid(status, "status", date(2026, 4, 1)).status is Status.IN_BETRIEB


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((FIRST,), "2 von 3 Einträgen"),
        (({"Schlüssel": "X", "Name": "Fremd"},), "Alle 3 bisherigen Schlüssel fehlen"),
        ((), "nur 0 brauchbare Zeilen"),
    ],
    ids=["shrunk", "renamed", "empty"],
)
def test_f09_f10_a_brake_leaves_the_catalogue_as_it_was(context, tmp_path, rows, why):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD))
    before = content(context)
    folder = write_rows(tmp_path / "b", *rows)
    with pytest.raises(ImportStopped, match=why):
        bring_in(context, folder, close_missing=date(2026, 3, 31))
    assert content(context) == before


def test_a_row_the_store_refuses_rolls_everything_back(context, tmp_path):
    bring_in(context, write_areas(tmp_path / "a", area(STOLBERG, (0, 2000), VON="2020-01-01")))
    before = content(context)
    backwards = area(MONSCHAU, (2500, 3500), VON="2020-01-01", BIS="2019-12-31")
    folder = write_areas(tmp_path / "b", area(STOLBERG, (0, 1900), VON="2020-01-01"), backwards)
    with pytest.raises(ConstraintViolated, match="Das Ende der Gültigkeit liegt vor ihrem Beginn"):
        bring_in(context, folder)
    assert content(context) == before


# Points and addresses


def test_a_row_without_a_point_keeps_the_one_of_its_address(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST))
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST | {"Ostwert": "", "Nordwert": ""}))
    assert bericht.unveraendert == 1
    assert known(context)["H-1"].standort.punkt_25832 == (WEST + 500, STREET_Y)


def test_a_row_that_moved_does_not_keep_its_old_point(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST))
    bring_in(context, write_rows(tmp_path / "b", FIRST | {"Ostwert": "", "Nordwert": "", "Hausnummer": "99"}))
    assert known(context)["H-1"].standort.punkt_25832 is None


def test_an_address_table_gives_a_point_by_exact_match_only(context, tmp_path):
    lon, lat = transform_xy(np.array([[WEST + 900, STREET_Y]]), 25832, 4326)[0]
    table = tmp_path / "adressen.csv"
    table.write_text(
        f"street,housenumber,postcode,city,lon,lat\nHof,7,52222,Stolberg,{lon:.7f},{lat:.7f}\n", encoding="utf-8"
    )
    with_address = {"Schlüssel": "H-7", "Name": "Haus 7", **HERE}
    near_miss = {"Schlüssel": "H-8", "Name": "Haus 8", **HERE, "Hausnummer": "8"}
    bericht = bring_in(context, write_rows(tmp_path / "a", with_address, near_miss), adressen=table)
    assert bericht.zaehlung["Adresse gefunden"] == 1
    assert bericht.zaehlung["ohne Punkt"] == 1
    found = known(context)
    assert found["H-7"].standort.punkt_25832 == pytest.approx((WEST + 900, STREET_Y), abs=0.05)
    assert found["H-8"].standort.punkt_25832 is None


def test_an_address_table_that_is_not_there_is_said(context, tmp_path):
    folder = write_rows(tmp_path / "a", FIRST)
    with pytest.raises(SourceRefused, match="Adresstabelle"):
        bring_in(context, folder, adressen=tmp_path)


def test_areas_that_come_later_or_move_place_the_standorte(context, tmp_path):
    by_name = {"Schlüssel": "H-6", "Name": "Haus 6", "Ort": "STOLBERG"}
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, by_name))
    assert areas_of(context)["Haus 1"] == ("", "", "ausserhalb")
    kommunen = (
        area(STOLBERG, (0, 2000), NAME="Stolberg"),
        area(MONSCHAU, (2500, 3500), NAME="Monschau"),
        area(M01, (2500, 3500)),
    )
    halves = (area(S03A, (0, 1000)), area(S03B, (1000, 2000)))
    bring_in(context, write_areas(tmp_path / "b", *kommunen, *halves))
    assert areas_of(context) == {
        "Haus 1": (STOLBERG, S03A, "innerhalb"),
        "Haus 2": (STOLBERG, S03B, "innerhalb"),
        "Haus 6": (STOLBERG, "", "ohne_punkt"),
    }
    moved = (area(S03A, (0, 1600)), area(S03B, (1600, 2000)))
    bericht = bring_in(context, write_areas(tmp_path / "c", *kommunen, *moved))
    assert (bericht.geaendert, bericht.unveraendert) == (2, 3)
    assert areas_of(context)["Haus 2"] == (STOLBERG, S03A, "innerhalb")


# Dates, and sources without keys


def test_a_capacity_dated_from_a_day_keeps_the_past(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST))
    dated = FIRST | {"Plätze zugelassen": "72", "Kapazität ab": "01.01.2026"}
    bring_in(context, write_rows(tmp_path / "b", dated))
    assert [places_on(context, day)["Haus 1"] for day in (date(2025, 12, 31), date(2026, 1, 1))] == [80, 72]


def test_a_capacity_without_a_day_corrects_the_past(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST))
    bring_in(context, write_rows(tmp_path / "b", FIRST | {"Plätze zugelassen": "78"}))
    assert places_on(context, date(2025, 12, 31))["Haus 1"] == 78


def test_a_home_closed_by_its_own_row_counts_to_its_last_day(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST))
    bring_in(context, write_rows(tmp_path / "b", FIRST | {"Geschlossen zum": "31.03.2026"}))
    assert places_on(context, date(2026, 3, 31)) == {"Haus 1": 80}
    assert places_on(context, date(2026, 4, 1)) == {}


def test_without_a_key_a_likely_match_is_proposed_and_taken_on_request(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, THIRD, recipe=RECIPE))
    old = next(each for each in known(context).values() if each.name == "Haus 2")
    renamed = write_rows(tmp_path / "b", FIRST, SECOND | {"Name": "Haus Zwei"}, THIRD, recipe=RECIPE)
    before = content(context)
    bericht = bring_in(context, renamed)
    assert (bericht.neu, bericht.geaendert, bericht.unveraendert, bericht.verschwunden) == (0, 0, 2, ())
    assert bericht.vorgeschlagen == ("Haus 2 ↔ Haus Zwei (0 m entfernt)",)
    assert content(context) == before
    accepted = bring_in(context, renamed, accept_matches=True)
    assert (accepted.geaendert, accepted.vorgeschlagen) == (1, ())
    new = known(context)[old.schluessel]
    assert (new.id, new.name, len(known(context))) == (old.id, "Haus Zwei", 3)
    again = bring_in(context, renamed)
    assert (again.neu, again.geaendert, again.unveraendert, again.verschwunden) == (0, 0, 3, ())


def test_a_match_keeps_what_was_known_of_the_past(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND, recipe=RECIPE))
    renamed = SECOND | {"Name": "Haus Zwei", "Plätze zugelassen": "36", "Kapazität ab": "01.01.2026"}
    bring_in(context, write_rows(tmp_path / "b", FIRST, renamed, recipe=RECIPE), accept_matches=True)
    assert [places_on(context, day)["Haus Zwei"] for day in (date(2025, 12, 31), date(2026, 1, 1))] == [40, 36]


def test_a_match_that_moved_leaves_its_old_neighbours_where_they_are(context, tmp_path):
    neighbour = FIRST | {"Schlüssel": "H-4", "Name": "Tagespflege", "Art": "pflege.tagespflege"}
    bring_in(context, write_rows(tmp_path / "a", FIRST, neighbour, recipe=RECIPE))
    moved = FIRST | HERE | {"Ostwert": str(WEST + 900)}
    folder = write_rows(tmp_path / "b", moved, neighbour, recipe=RECIPE)
    assert bring_in(context, folder, accept_matches=True).geaendert == 1
    points = {each.name: each.standort.punkt_25832 for each in known(context).values()}
    assert points == {"Haus 1": (WEST + 900, STREET_Y), "Tagespflege": (WEST + 500, STREET_Y)}


def test_each_change_is_written_once_into_the_history(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    before = count_history(context)
    bring_in(context, write_rows(tmp_path / "b", FIRST, SECOND | {"Plätze zugelassen": "41"}))
    with context.store.read() as connection:
        last = connection.execute(sa.select(aenderung).order_by(aenderung.c.fid.desc())).first()
    assert count_history(context) == before + 1
    assert (last.akteur, last.grund) == ("import", "Import „Heime“")
