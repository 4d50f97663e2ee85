"""Writers of the text and spreadsheet files: the same content always makes the same bytes."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from openpyxl import Workbook
from openpyxl.styles import Font

from infrastruktur.example.openstreetmap import TO_LON_LAT

HEADINGS = (
    *("Schlüssel", "Standort", "Art", "Name", "Träger", "Trägerart", "Straße", "Hausnummer", "PLZ", "Ort"),
    *("Ostwert", "Nordwert", "Status", "Status ab", "In Betrieb ab", "Geschlossen zum", "Aufnahmestopp seit"),
    *("Barrierefrei", "Vertraulich", "Stand", "Zuletzt geprüft", "Plätze zugelassen", "Plätze betrieben"),
    *("davon eingestreute Kurzzeitpflege", "Bewohner:innen", "Platztage belegt", "Platztage verfügbar"),
    *("Klient:innen", "VZÄ", "Stellen", "Wohneinheiten"),
    *("Öffnungsstunden je Woche", "Sprechstunden je Woche", "Züge", "Schüler:innen", "Plätze U3", "Plätze Ü3"),
    *("Betten", "Kapazität ab", "Quelle", "Einsatzgebiet", "24-h-Rufbereitschaft"),
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ";", before: str = ""
) -> None:
    """Write a table; numbers with a decimal comma and dates as 31.12.2025 unless the delimiter is a comma."""
    german = delimiter == ";"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(before)
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_text(value) if german else value for value in row] for row in rows)


def write_angebote_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a list of Angebote with the headings it needs."""
    headings = _used(rows)
    write_csv(path, headings, ([row.get(heading) for heading in headings] for row in rows))


def write_angebote_xlsx(path: Path, sheet: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a list of Angebote as a spreadsheet; numbers and dates stay numbers and dates."""
    book = Workbook()
    book.remove(book.worksheets[0])
    page = book.create_sheet(sheet)
    page.append(_used(rows))
    for row in rows:
        page.append([row.get(heading) for heading in _used(rows)])
    for cell in page[1]:
        cell.font = Font(bold=True)
    page.freeze_panes = "A2"
    book.properties.title = "Beispiel: erfundene Angebote"
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(_timeless(raw))


def write_geojson(
    path: Path, name: str, geoms: NDArray[np.object_], properties: Sequence[Mapping[str, object]]
) -> None:
    """Write areas in longitude and latitude; a vertex two areas share is rounded alike in both."""
    # RFC 7946, 3.1.6: exterior rings run counterclockwise.
    lon_lat = shapely.transform(geoms, lambda xy: np.round(np.stack(TO_LON_LAT.transform(*xy.T), axis=1), 7))
    lon_lat = shapely.orient_polygons(lon_lat)
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": json.loads(shapely.to_geojson(geom))}
        for row, geom in zip(properties, lon_lat, strict=True)
    ]
    collection = {"type": "FeatureCollection", "name": name, "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False) + "\n", encoding="utf-8")


def _used(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return [heading for heading in HEADINGS if any(heading in row for row in rows)]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _timeless(raw: io.BytesIO) -> bytes:
    """Set the times a spreadsheet carries to fixed ones: in the archive and in its properties."""
    still = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return still.getvalue()
