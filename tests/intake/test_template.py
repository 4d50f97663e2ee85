"""A filled template imports without extra code."""

import csv
from pathlib import Path

import openpyxl
import pytest
from intake.recipes import ANGEBOTE, with_

from infrastruktur.domain.art import CATEGORIES, get_kategorie, validate_angebot
from infrastruktur.domain.errors import NotFound, Refused
from infrastruktur.intake.reading import read_source
from infrastruktur.intake.recipe import Format
from infrastruktur.intake.template import write_template


def example_row(category: str) -> list[object]:
    """Fill each column with the example of its schema, choices by their titles; what opens does not close yet."""
    cells: list[object] = []
    for feld in get_kategorie(category).felder:
        example = get_kategorie(category).arten[0].code if feld.name == "art" else feld.schema["examples"][0]
        title = feld.werte.get(example, example) if isinstance(example, str) else example
        cells.append(None if feld.name == "geschlossen_zum" else "nein" if example is False else title)
    return cells


@pytest.mark.parametrize("category", CATEGORIES)
def test_filled_workbook_imports(tmp_path: Path, category: str) -> None:
    path = tmp_path / "vorlage.xlsx"
    write_template(category, path)
    book = openpyxl.load_workbook(path)
    for column, cell in enumerate(example_row(category), start=1):
        book.worksheets[0].cell(2, column, cell)
    book.save(path)
    reading = read_source(with_(ANGEBOTE, format=Format.XLSX, dateien=(path.name,)), tmp_path)
    assert (reading.abgelehnt, reading.hinweise, len(reading.angebote)) == ((), (), 1)
    assert validate_angebot(reading.angebote[0]) == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_filled_csv_imports(tmp_path: Path, category: str) -> None:
    path = tmp_path / "vorlage.csv"
    write_template(category, path)
    with path.open("a", encoding="utf-8", newline="") as stream:
        row = [str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in example_row(category)]
        csv.writer(stream, delimiter=";").writerow(row)
    reading = read_source(with_(ANGEBOTE, dateien=(path.name,)), tmp_path)
    assert (reading.abgelehnt, reading.hinweise, len(reading.angebote)) == ((), (), 1)


def test_closed_lists_are_drop_downs(tmp_path: Path) -> None:
    write_template("pflege", tmp_path / "v.xlsx")
    book = openpyxl.load_workbook(tmp_path / "v.xlsx")
    page = book.worksheets[0]
    headings = [cell.value for cell in page[1]]
    chosen = {headings[next(iter(rule.sqref.ranges)).min_col - 1] for rule in page.data_validations.dataValidation}
    kinds = {"Art", "Trägerart", "Status"}
    assert chosen == kinds | {"Barrierefrei", "Vertraulich", "Aufsuchend", "24-h-Rufbereitschaft"}
    column = [row[headings.index("Art")] for row in book["Auswahl"].iter_rows(values_only=True)]
    assert column == [art.titel for art in get_kategorie("pflege").arten]


def test_other_templates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"als \.xlsx und als \.csv"):
        write_template("pflege", tmp_path / "v.ods")
    with pytest.raises(NotFound):
        write_template("wellness", tmp_path / "v.csv")
