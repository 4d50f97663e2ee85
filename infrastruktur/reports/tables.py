"""Figure tables as files: CSV for machines, CSV and XLSX for German spreadsheets, GeoJSON for maps.

A number that is none (NaN, infinite) stops each writer instead of becoming an empty cell.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

import shapely

from infrastruktur.domain.geometry import COORDINATE_DECIMALS
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert
from infrastruktur.reports.sheets import check_wert, write_csv_rows, write_workbook


def write_csv(tabelle: Tabelle, target: Path | TextIO, *, german: bool = False) -> None:
    """Write a table as CSV: column names as header, numbers unrounded, ISO dates, UTF-8.

    Parameters
    ----------
    german
        Semicolons, decimal comma and a byte order mark, as spreadsheets set to German expect.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    with _opened(target) as stream:
        write_csv_rows(stream, tabelle.spalten, tabelle.zeilen, german=german)


@contextmanager
def _opened(target: Path | TextIO) -> Iterator[TextIO]:
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        yield target


def write_xlsx(tabelle: Tabelle, path: Path) -> None:
    """Write a table as XLSX: German titles, header frozen and filtered, and a sheet on its origin.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    herkunft = tabelle.herkunft
    write_workbook(path, herkunft.titel, tabelle.spalten, tabelle.zeilen, list_origin(herkunft))


def list_origin(herkunft: Herkunft) -> Iterator[tuple[str, str]]:
    """List what a reader must know of a table's origin, as pairs of a label and a text, and of no empty parameter."""
    yield "Stichtag", f"{herkunft.stichtag:%d.%m.%Y}"
    yield from (("Quelle", quelle) for quelle in herkunft.quellen)
    for name, value in herkunft.parameter.items():
        if isinstance(value, Mapping):
            stated = ((key, part) for key, part in value.items() if part is not None)
            yield from ((f"Parameter {name}: {key}", str(part)) for key, part in stated)
        elif value is not None:
            yield f"Parameter {name}", str(value)
    if herkunft.netz:
        yield "Wegenetz", herkunft.netz
    if herkunft.datenstand:
        yield "Datenstand", herkunft.datenstand
    yield from (("Hinweis", hinweis) for hinweis in herkunft.hinweise)


def write_geojson(tabelle: Tabelle, outlines_4326: Mapping[tuple[str, str], shapely.Geometry], path: Path) -> None:
    """Write a table as GeoJSON (RFC 7946), one feature per row, with the origin as a foreign member.

    Parameters
    ----------
    outlines_4326
        (ebene, gebiet) → outline, longitude first; a row without one gets a null geometry.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    shapes = {key: _geometry_json(outline) for key, outline in outlines_4326.items()}
    head = {"titel": tabelle.herkunft.titel, **dict(join_labels(list_origin(tabelle.herkunft)))}
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write('{"type": "FeatureCollection", "herkunft": ' + _json(head) + ', "features": [\n')
        for number, record in enumerate(tabelle.records()):
            geometry = shapes.get((str(record.get("ebene")), str(record.get("gebiet"))), "null")
            properties = {spalte.name: check_wert(record[spalte.name], spalte) for spalte in tabelle.spalten}
            stream.write(",\n" if number else "")
            stream.write(f'{{"type": "Feature", "geometry": {geometry}, "properties": {_json(properties)}}}')
        stream.write("\n]}\n")


def join_labels(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Give pairs of a label and a text as one object; texts under the same label are joined."""
    joined: dict[str, str] = {}
    for label, value in pairs:
        joined[label.lower()] = f"{joined[label.lower()]}; {value}" if label.lower() in joined else value
    return joined


def _json(value: Mapping[str, Wert]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=date.isoformat)


def _geometry_json(outline: shapely.Geometry) -> str:
    """Write an outline with outer rings counterclockwise (RFC 7946, 3.1.6) and coordinates of a centimetre."""
    turned = shapely.orient_polygons(shapely.force_2d(outline), exterior_cw=False)
    return str(shapely.to_geojson(shapely.transform(turned, lambda xy: xy.round(COORDINATE_DECIMALS))))
