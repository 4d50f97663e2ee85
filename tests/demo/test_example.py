"""The example region from its sources to its gaps, as everybody meets it first: files, page, layers, and again."""

import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from counts import pick
from demo.conftest import run_demo

STATES = ["erreicht", "nicht_erreicht", "ohne_aussage"]
AGREED = {
    "provision": "ebene gebiet gebiet_name indicator wert ohne_platzzahl wert_bis einheit zaehler nenner grund "
    "stichtag_zaehler stichtag_nenner quelle_nenner",
    "coverage": "ebene gebiet gebiet_name ziel art mindestens modus profil max_minuten altersgruppe personen erreicht "
    "nicht_erreicht ohne_aussage anteil_prozent stichtag",
    "gaps": "ebene gebiet gebiet_name ziel ziel_status art modus max_minuten altersgruppe personen ohne_zugang "
    "bis_zum_ziel anteil_prozent ziel_prozent rang_personen rang_anteil naechstes_angebot naechste_minuten sicherheit "
    "stichtag",
    "bestand": "ebene gebiet gebiet_name art angebote plaetze_zugelassen plaetze_betrieben geplant ohne_platzzahl "
    "stichtag",
}
gdal = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL fehlt: apt-get install gdal-bin")


def read(run, name):
    return pd.read_csv(run.results / f"{name}.csv", dtype={"gebiet": str})


@pytest.fixture(scope="session")
def coverage(example):
    return read(example, "coverage")


@pytest.fixture(scope="session")
def page(example):
    return (example.results / "uebersicht.html").read_text("utf-8")


# What it prints


def test_ten_gaps_are_printed_with_their_people(example):
    title = "die 10 größten Lücken am 31.12.2025"
    assert title in example.printed
    rows = [line.split("│") for line in example.printed.splitlines() if line.startswith("│")]
    people = [cells[-2] for cells in (row[:-1] for row in rows) if cells[1].strip() and cells[-2].strip()]
    assert len(people) == 10
    assert all(re.fullmatch(r"\d{1,3}(\.\d{3})*|\d+ %", each.strip()) for each in people)
    assert "erfunden" in example.printed
    assert "Arbeitswerte, nicht beschlossen" in example.printed


def test_every_refused_row_of_the_dirt_is_named_with_its_reason(example):
    refused = re.findall(r"abgelehnt: Zeile \d+: (.+)", example.printed)
    assert sorted(refused) == sorted(
        [
            "Die Koordinate sieht vertauscht aus (Ost- und Nordwert).",
            "Die Koordinate sieht vertauscht aus (Ost- und Nordwert).",
            "Spalte „Art“: Die Art „Wellness“ ist unbekannt.",
            "Spalte „Art“: Die Art „Wellness“ ist unbekannt.",
            "„Plätze zugelassen“ muss mindestens 0 sein, nicht -5.",
            "„Öffnungsstunden je Woche“ muss mindestens 0 sein, nicht -12.",
        ]
    )
    counted = [int(count) for count in re.findall(r"(\d+) abgelehnt$", example.printed, re.MULTILINE)]
    assert sum(counted) == len(refused)
    assert len(re.findall("vielleicht doppelt: ", example.printed)) == 2


# What it writes for staff


@pytest.mark.parametrize("name", AGREED)
def test_result_columns_begin_as_agreed(example, name):
    with (example.results / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    agreed = AGREED[name].split()
    assert columns[: len(agreed)] == agreed


@pytest.mark.parametrize("name", ["provision", "coverage", "gaps"])
def test_map_files_hold_the_rows_of_the_tables(example, name):
    features = json.loads((example.results / f"{name}.geojson").read_text("utf-8"))["features"]
    assert len(features) == len(read(example, name))
    region = shapely.box(5.8, 50.4, 6.6, 51.0)
    assert all(shapely.covers(region, shapely.from_geojson(json.dumps(each["geometry"]))) for each in features[::50])


def test_people_add_up_to_the_last_one(example, coverage):
    register = pd.read_csv(
        example.home / "quellen" / "beispiel-bevoelkerung-sozialraeume.csv",
        dtype={"AGS": str},
        sep=None,
        engine="python",
    )
    assert len(register) == 6510
    stated = coverage[coverage.personen.notna()]
    assert (stated.personen - stated[STATES].sum(axis=1)).abs().max() < 1e-6
    of_age = register[register.Altersgruppe.astype(str).str.extract(r"(\d+)", expand=False).astype(int) >= 75]
    region = stated[(stated.ziel == "begegnung") & (stated.ebene == "region")].iloc[0]
    assert region.personen == pytest.approx(of_age.Personen.sum(), abs=1e-6)
    for _, rows in stated.groupby("ziel"):
        small = rows[rows.ebene == "sozialraum"]
        assert len(small) == 93
        for states in ("personen", *STATES):
            by_kommune = small.groupby(small.gebiet.str[:8])[states].sum()
            kommunen = rows[rows.ebene == "kommune"].set_index("gebiet")[states]
            assert (by_kommune - kommunen).abs().max() < 1e-6
            assert kommunen.sum() == pytest.approx(rows[rows.ebene == "region"][states].sum(), abs=1e-6)


def test_staff_sees_unrounded_and_unsuppressed_people_and_is_told_so(example, coverage):
    assert (coverage.erreicht.dropna() % 1 != 0).any()
    small = coverage[(coverage.nicht_erreicht > 0.5) & (coverage.nicht_erreicht < 9.5)]
    assert len(small)
    assert "geheim" not in set(coverage.grund)
    assert "nicht veröffentlichen" in (example.results / "LIESMICH.txt").read_text("utf-8")


# What a planner reads


def test_ratios_are_those_of_a_believable_region(example):
    """Dauerpflege near the 14.4 places of NRW, Tagespflege between NRW's 0.68 and the east's 1.0 and more per 100."""
    region = read(example, "provision").query("ebene == 'region'").set_index("indicator").wert
    assert 13 < region["vq_dp80"] < 17
    assert 0.5 < region["vq_tp75"] < 1.2
    assert 20 < region["vq_kita_u3"] < 40
    assert 85 < region["vq_kita_ue3"] < 105
    assert 90 < region["vq_gs"] < 115


def test_the_eifel_is_far_from_everything_and_the_city_is_not(example):
    gaps = read(example, "gaps").query("ebene == 'kommune'")
    of_ziel = {ziel: rows.set_index("gebiet").anteil_prozent for ziel, rows in gaps.groupby("ziel")}
    aachen, simmerath, monschau = "05334002", "05334028", "05334020"
    assert of_ziel["tagespflege"][simmerath] < 20
    assert of_ziel["tagespflege"][aachen] > 95
    for ziel in ("begegnung", "lebensmittel", "apotheke", "grundschule"):
        assert of_ziel[ziel][monschau] < of_ziel[ziel][aachen]


def test_the_page_stands_alone_and_has_its_sections(page):
    assert page.startswith('<!DOCTYPE html>\n<html lang="de">')
    assert not re.search(r"<(link|script|img|iframe|a)\b|(src|href|action)=|@import|url\((?!#)|https?:", page)
    for heading in (
        "Dauerpflege: Plätze je 100 Personen ab 80 Jahren",
        "Erreichbarkeit: Wie weit sind die Ziele erreicht?",
        "Die größten Lücken in den Sozialräumen",
        "Nach Personen",
        "Nach Anteil",
        "Karte: Begegnung",
        "Bestand nach Kommunen und Art",
    ):
        assert heading in page
    assert "Region 15,4" in page, "the region's line in the bar chart"
    assert page.count("<figure>") == 2, "one bar chart, one map"
    sections = re.findall(r"<section.*?</section>", page, re.DOTALL)
    assert len(sections) == 7
    for section in sections:
        assert re.search(r'class="quelle">Stichtag 31\.12\.2025\. Quellen: .*Beispiel', section, re.DOTALL)


def test_less_than_half_a_person_at_the_edge_of_the_data_hides_nothing_of_the_region(page, example):
    region = read(example, "coverage").query("ebene == 'region' and ziel == 'tagespflege'").iloc[0]
    assert 0 < region.ohne_aussage < 0.5
    assert f"{int(region.anteil_prozent + 0.5)} %" in page
    assert f"≥ {int(region.anteil_prozent + 0.5)} %" not in page


def test_the_page_shows_no_count_of_people_under_ten(page):
    """In every table that counts people: whatever stands under such a heading is nought, ten or more, or no number."""
    seen = 0
    for table in re.findall(r"<table(?! class=\"matrix).*?</table>", page, re.DOTALL):
        head = [_plain(cell) for cell in re.findall(r"<th scope=\"col\".*?</th>", table, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]:
            cells = [_plain(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
            people = dict(zip(head, cells, strict=True))
            for name in ("Personen", "Personen 80+", "ohne Zugang", "ohne Aussage", "bis zum Ziel"):
                number = people.get(name, "")
                if number.isdigit():
                    seen += 1
                    assert int(number) == 0 or int(number) >= 10, (name, row)
    assert seen > 300


def _plain(cell):
    return re.sub(r"<[^>]+>|[\s\u202f\xa0](?=\d)", "", cell).strip()


def test_gaps_of_each_kommune_open_as_csv_and_workbook(example):
    folder = example.results / "kommunen"
    tables = sorted(folder.glob("*.csv"))
    assert len(tables) == 10
    for path in tables:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        values = list(openpyxl.load_workbook(path.with_suffix(".xlsx")).worksheets[0].iter_rows(values_only=True))
        ags = path.name.split("_")[1]
        keys = {row[1] for row in rows[1:]}
        assert keys
        assert all(key.startswith(ags) for key in keys)
        assert keys <= {str(value[1]) for value in values if value[1]}, "keys stay text with their noughts"
        shown = pd.read_csv(path, dtype={"gebiet": str})
        people = shown[["personen", "ohne_zugang", "bis_zum_ziel"]].to_numpy().ravel()
        people = people[~np.isnan(people)]
        assert ((people == 0) | (people >= 10)).all()
        assert (people % 1 == 0).all()


# Once more


def test_a_second_run_changes_nothing_and_builds_nothing(example):
    network = {path: path.stat().st_mtime_ns for path in (example.home / "network").rglob("*") if path.is_file()}
    before = {path.name: path.read_bytes() for path in example.results.glob("*.csv")}
    again = run_demo(example.home)
    counts = re.findall(r": (\d+) neu, (\d+) geändert, (\d+) unverändert, (\d+) verschwunden", again.printed)
    assert len(counts) == 15
    assert all((new, changed, gone) == ("0", "0", "0") for new, changed, _, gone in counts)
    assert {path: path.stat().st_mtime_ns for path in network} == network
    assert {path.name: path.read_bytes() for path in example.results.glob("*.csv")} == before


@pytest.mark.heavy
def test_another_home_gives_the_same_bytes(example, tmp_path):
    other = run_demo(tmp_path)
    for path in sorted(example.results.glob("*.csv")):
        assert (other.results / path.name).read_bytes() == path.read_bytes(), path.name


# For a GIS


@contextmanager
def served(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INFRASTRUKTUR_")}
    command = [sys.executable, "-m", "infrastruktur", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, env=clean | {"INFRASTRUKTUR_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1_200):
            assert server.poll() is None, server.stdout.read()
            try:
                get(base)
                break
            except OSError:
                time.sleep(0.1)
        yield base
    finally:
        server.terminate()
        server.communicate(timeout=20)


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own server
        return answer.read()


def ogrinfo(*arguments):
    run = subprocess.run(["ogrinfo", "-ro", *arguments], check=True, capture_output=True, text=True, timeout=300)
    assert "ERROR" not in run.stderr, run.stderr
    return run.stdout


@gdal
def test_gdal_reads_every_feature_of_every_layer_with_its_figures(example):
    with served(example.home) as base:
        listed = [each["id"] for each in json.loads(get(f"{base}/collections?f=json"))["collections"]]
        assert len(listed) > 100
        figures = ("vq_dp80_kommune", "erreichbarkeit_begegnung_sozialraum", "luecken")
        expected = {
            each: json.loads(get(f"{base}/collections/{each}/items?f=json&limit=1"))["numberMatched"]
            for each in pick(listed, "angebote", *figures)
        }
        read_all = ogrinfo("-al", f"OAPIF:{base}", *expected)
    assert all(expected.values()), "no layer is empty"
    features = [each.partition("):") for each in re.split(r"^OGRFeature\(", read_all, flags=re.MULTILINE)[1:]]
    assert Counter(layer for layer, _, _ in features) == expected
    for layer, value in zip(figures, ("wert", "anteil_prozent", "bis_zum_ziel"), strict=True):
        of_layer = [text for name, _, text in features if name == layer]
        stated = [text for text in of_layer if re.search(rf"^  {value} \((Real|Integer)\) = \d", text, re.MULTILINE)]
        assert len(stated) > 0.7 * len(of_layer)
        assert all("POLYGON ((" in text for text in of_layer)


@gdal
def test_gdal_opens_the_catalogue_itself(example):
    opened = ogrinfo("-al", "-so", str(example.home / "catalogue.gpkg"))
    counted = dict(re.findall(r"^Layer name: (\w+)$.*?^Feature Count: (\d+)$", opened, re.MULTILINE | re.DOTALL))
    assert (counted["sozialraum"], counted["kommune"]) == ("93", "10")
    assert int(counted["angebote_heute"]) > 2600
    assert int(counted["zelle"]) == 19472
    features = ogrinfo("-al", "-q", str(example.home / "catalogue.gpkg"), "angebote_heute")
    assert len(re.findall(r"^OGRFeature\(angebote_heute\)", features, re.MULTILINE)) == int(counted["angebote_heute"])
