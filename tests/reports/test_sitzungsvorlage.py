"""The table of § 7 Abs. 6 as a sheet for a Sitzungsvorlage: read by people who see nothing else."""

from datetime import date

import openpyxl
import pytest

from infrastruktur.domain.bedarf import INFORMATORISCH
from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG
from infrastruktur.reports.sitzungsvorlage import write_sitzungsvorlage

DAYS = (date(2026, 12, 31), date(2027, 12, 31))
VARIANTS = {"status_quo": "Status quo: Quoten bleiben", "kapazitaet": "Kapazität: höchstens, was es gibt"}
AREAS = {
    "05334032": ("kommune", "Stolberg", 54),
    "05334020": ("kommune", "Monschau", 24),
    "05334": ("region", "Land", 77),
}


def plan_row(gebiet, tag, variante, **more):
    ebene, name, bedarf = AREAS[gebiet]
    return {
        "ebene": ebene,
        "gebiet": gebiet,
        "gebiet_name": name,
        "art": "pflege.dauerpflege",
        "tag": tag,
        "variante": variante,
        "variante_titel": VARIANTS[variante],
        "bedarf": float(bedarf),
        "bestand_stichtag": 80.0,
        "angebot": 80.0,
        "saldo": 80.0 - bedarf,
        "ohne_platzzahl": 0,
        "status": INFORMATORISCH,
        "regel": "dauerpflege_anteil",
        "stichtag": date(2025, 12, 31),
    } | more


@pytest.fixture
def sheet(tmp_path):
    rows = [plan_row(gebiet, tag, variante) for gebiet in AREAS for tag in DAYS for variante in VARIANTS]
    rows[0]["ohne_platzzahl"] = 1
    rows[4:8] = [row | {"bedarf": None, "saldo": None, "grund": "geheim"} for row in rows[4:8]]
    table = Tabelle(
        name="demand",
        spalten=BEDARFSPLANUNG,
        zeilen=tuple(build_zeile(BEDARFSPLANUNG, row) for row in rows),
        herkunft=Herkunft(
            titel="Nachfrage und Bedarf",
            stichtag=date(2025, 12, 31),
            quellen=("Einwohnerregister (Statistikstelle)",),
            parameter={"ab": "2026-03-15"},
            hinweise=("Pflegequoten 2021: gbe-bund.de.",),
        ),
    )
    write_sitzungsvorlage(table, tmp_path / "vorlage.xlsx")
    return openpyxl.load_workbook(tmp_path / "vorlage.xlsx")


def lines(sheet):
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def test_the_page_says_what_it_is_how_binding_and_from_when(sheet):
    first, second, third, *_ = lines(sheet["dauerpflege_anteil"])
    assert first == ["Nachfrage und Bedarf nach § 7 Abs. 6 APG NRW: pflege.dauerpflege"]
    assert second == ["Informatorisch, keine verbindliche Bedarfsplanung"]
    assert third == ["Bestand vom 31.12.2025, drei Jahre ab 15.03.2026; Bedarfsregel „dauerpflege_anteil“"]


def test_areas_stand_below_each_other_and_days_with_variants_beside(sheet):
    page = lines(sheet["dauerpflege_anteil"])
    assert page[4] == ["31.12.2026", "31.12.2026", "31.12.2027", "31.12.2027"]
    assert page[5] == ["Status quo", "Kapazität", "Status quo", "Kapazität"]
    assert page[6][:5] == ["Gebiet", "Bestand am Stichtag", "Bedarf", "Angebot", "Saldo"]
    stolberg, monschau, region = page[7:10]
    assert stolberg == ["Stolberg 1)", 80, *(54, 80, 26) * 4]
    assert monschau == ["Monschau 2)", 80, *("geheim", 80, "geheim") * 4]
    assert region == ["Land", 80, *(77, 80, 3) * 4]


def test_notes_assumptions_and_sources_stand_below(sheet):
    page = [line[0] for line in lines(sheet["dauerpflege_anteil"])[10:] if line]
    notes, assumptions, sources = (page.index(name) for name in ("Anmerkungen", "Annahmen", "Quellen"))
    assert notes < assumptions < sources
    assert page[notes + 1].startswith("1) Das Angebot ist eine Mindestzahl")
    assert page[notes + 2] == "2) Ohne Zahl: geheim."
    assert {"Status quo: Quoten bleiben", "Pflegequoten 2021: gbe-bund.de."} <= set(page[assumptions:sources])
    assert page[sources + 1] == "Einwohnerregister (Statistikstelle)"


def test_it_prints_on_one_page_across_and_the_whole_table_follows(sheet):
    page = sheet["dauerpflege_anteil"]
    assert (page.page_setup.orientation, page.page_setup.fitToWidth, page.sheet_properties.pageSetUpPr.fitToPage) == (
        "landscape",
        1,
        True,
    )
    assert sheet.sheetnames == ["dauerpflege_anteil", "Nachfrage und Bedarf", "Herkunft"]
    assert sheet["Nachfrage und Bedarf"].max_row == 1 + 12
