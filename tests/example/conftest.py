"""The example region, written once for all tests of this folder."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import osmium
import pytest

from infrastruktur.example import ExampleReport, write_example


@dataclass(frozen=True)
class Written:
    """The folder, the report, and readers that know nothing of the generator."""

    folder: Path
    report: ExampleReport

    def features(self, name: str) -> list[dict[str, Any]]:
        features: list[dict[str, Any]] = json.loads((self.folder / name).read_text(encoding="utf-8"))["features"]
        return features

    def rows(self, name: str, *, delimiter: str = ";", skip: int = 0) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            for _ in range(skip):
                next(file)
            return list(csv.DictReader(file, delimiter=delimiter))

    def pflege(self) -> list[dict[str, Any]]:
        heading, *rows = openpyxl.load_workbook(self.folder / "beispiel-pflege.xlsx")["Pflege"].iter_rows(
            values_only=True
        )
        return [dict(zip(map(str, heading), row, strict=True)) for row in rows]

    def osm(self, kind: osmium.osm.osm_entity_bits) -> Iterator[Any]:
        yield from osmium.FileProcessor(self.folder / "beispiel.osm.pbf", osmium.osm.NODE | kind).with_locations()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("beispiel")
    return Written(folder, write_example(folder))
