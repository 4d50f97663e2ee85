"""Writes the example: a whole invented StädteRegion as the files its offices would send."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infrastruktur.example import angebote, dirt, people, tables
from infrastruktur.example.forecast import write_forecast
from infrastruktur.example.kontext import write_kontext
from infrastruktur.example.landscape import Landscape, build_landscape
from infrastruktur.example.openstreetmap import TO_LON_LAT, write_pbf
from infrastruktur.example.settlements import Cells, build_cells, build_settlements
from infrastruktur.example.streets import build_streets
from infrastruktur.example.ways import Addresses, Ways, build_ways

_GUELTIG_VON = "2016-12-01"
_SCHULDATEN = (
    *("Schulnummer", "Schulform", "Rechtsform", "Traegernummer", "Schulbezeichnung_1", "Schulbezeichnung_2"),
    *("Schulbezeichnung_3", "Strasse", "PLZ", "Ort", "Telefonvorwahl", "Telefon", "Homepage", "UTMRechtswert"),
    *("UTMHochwert", "EPSG", "Zuege", "Schueler"),
)


@dataclass(frozen=True)
class ExampleReport:
    """What was written: counts of the region alone for areas and people, of all files for the rest."""

    kommunen: int
    sozialraeume: int
    einwohner: int
    zellen: int
    strassen_km: float
    angebote: int
    adressen: int
    files: tuple[Path, ...]


def write_example(
    folder: Path, *, progress: Callable[[str, float], None] = lambda _step, _share: None
) -> ExampleReport:
    """Write the files of the invented region into `folder`, made where it is missing; files of these names go.

    Two runs write the same bytes. `progress` is told, in German, what is done next and the share done, 0 to 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress("Landschaft", 0.0)
    land = build_landscape()
    progress("Siedlungen", 0.1)
    places = build_settlements(land)
    cells = build_cells(land, places)
    register = people.build_people(land, places)
    progress("Straßen", 0.4)
    ways, addresses = build_ways(land, places, cells, build_streets(land, places, cells))
    progress("Angebote", 0.6)
    sites = angebote.Sites(places, addresses)
    progress("Dateien", 0.65)
    _write_areas(folder, land)
    _write_people(folder, land, cells, register)
    write_forecast(folder, land, register)
    write_kontext(folder, land, register)
    count = _write_angebote(folder, land, ways, sites)
    _write_addresses(folder, addresses)
    progress("Fertig", 1.0)
    return ExampleReport(
        kommunen=len(land.kommunen),
        sozialraeume=len(land.raeume),
        einwohner=int(register.sum()),
        zellen=len(cells.xy),
        strassen_km=_length_km(ways),
        angebote=count,
        adressen=len(addresses.xy),
        files=tuple(sorted(path for path in folder.iterdir() if "beispiel" in path.name.lower())),
    )


def _write_areas(folder: Path, land: Landscape) -> None:
    kommunen = [
        {
            "AGS": kommune.ags,
            "GEN": f"Beispiel {kommune.name}",
            "BEZ": kommune.bez,
            "EWZ": kommune.einwohner,
            "GUELTIG_VON": _GUELTIG_VON,
            "HINWEIS": "Beispiel: erfundene Umrisse",
        }
        for kommune in land.kommunen
    ]
    raeume = [
        {
            "AGS": raum.kommune.ags,
            "LABEL": raum.label,
            "NAME": f"Beispiel-Sozialraum {raum.label}",
            "GUELTIG_VON": _GUELTIG_VON,
        }
        for raum in land.raeume
    ]
    tables.write_geojson(folder / "beispiel-kommunen.geojson", "beispiel_kommunen", land.kommune_geoms, kommunen)
    tables.write_geojson(folder / "beispiel-sozialraeume.geojson", "beispiel_sozialraeume", land.raum_geoms, raeume)


def _write_people(folder: Path, land: Landscape, cells: Cells, register: NDArray[np.int64]) -> None:
    grid = ("GITTER_ID_100m", "x_mp_100m", "y_mp_100m")
    corner = cells.corner.tolist()
    ids = [(f"CRS3035RES100mN{north}E{east}", east + 50, north + 50) for east, north in corner]
    signs = ["KLAMMERN" if count < 4 else "" for count in cells.einwohner]  # noqa: PLR2004 - few people, of limited meaning
    tables.write_csv(
        folder / "Beispiel_Zensus2022_Bevoelkerungszahl_100m-Gitter.csv",
        (*grid, "Einwohner", "werterlaeuternde_Zeichen"),
        ((*cell, count, sign) for cell, count, sign in zip(ids, cells.einwohner.tolist(), signs, strict=True)),
    )
    shares = [
        "–" if np.isnan(share) else f"{share:.2f}".replace(".", ",") for share in people.share_from_65(register, cells)
    ]
    tables.write_csv(
        folder / "Beispiel_Zensus2022_Anteil_ab_65_100m-Gitter.csv",
        (*grid, "AnteilUeber65", "werterlaeuternde_Zeichen"),
        ((*cell, share, sign) for cell, share, sign in zip(ids, shares, signs, strict=True)),
    )
    tables.write_csv(
        folder / "beispiel-bevoelkerung-sozialraeume.csv",
        ("Stichtag", "AGS", "Sozialraum", "Geschlecht", "Altersgruppe", "Personen", "Hinweis"),
        (
            ("31.12.2025", raum.kommune.ags, raum.label, sex, band, register[i, j, k], "Beispiel: erfunden")
            for i, raum in enumerate(land.raeume)
            for j, sex in enumerate(people.SEXES)
            for k, band in enumerate(people.BANDS)
        ),
    )


def _write_angebote(folder: Path, land: Landscape, ways: Ways, sites: angebote.Sites) -> int:
    """Write all lists of Angebote and give the number of their rows and objects."""
    pflege = dirt.soil_pflege(angebote.list_pflege(sites))
    weitere = dirt.soil_beratung_und_quartier(angebote.list_beratung_und_quartier(sites))
    kitas, schulen, everyday = angebote.list_kitas(sites), angebote.list_schulen(sites), angebote.list_osm(sites)
    tables.write_angebote_xlsx(folder / "beispiel-pflege.xlsx", "Pflege", pflege)
    tables.write_angebote_csv(folder / "beispiel-angebote.csv", weitere)
    tables.write_angebote_csv(folder / "beispiel-kitas.csv", kitas)
    school_rows = ([row[column] for column in _SCHULDATEN] for row in schulen)
    tables.write_csv(folder / "beispiel-schuldaten.csv", _SCHULDATEN, school_rows, before="sep=;\n")
    write_pbf(folder / "beispiel.osm.pbf", land, ways, everyday, sites.addresses)
    return len(pflege) + len(weitere) + len(kitas) + len(schulen) + len(everyday) + len(ways.stops)


def _write_addresses(folder: Path, addresses: Addresses) -> None:
    lon, lat = TO_LON_LAT.transform(addresses.xy[:, 0], addresses.xy[:, 1])
    columns = (addresses.street, addresses.number, addresses.plz, addresses.ort)
    rows = zip(*(c.tolist() for c in columns), lon.round(7).tolist(), lat.round(7).tolist(), strict=True)
    header = ("street", "housenumber", "postcode", "city", "lon", "lat")
    tables.write_csv(folder / "beispiel-adressen.csv", header, rows, delimiter=",")


def _length_km(ways: Ways) -> float:
    """Sum the length of everything that is a street or path."""
    pieces = [ways.xy[list(way.nodes)] for way in ways.ways if "highway" in way.tags]
    return float(sum(np.hypot(*np.diff(piece, axis=0).T).sum() for piece in pieces)) / 1000
