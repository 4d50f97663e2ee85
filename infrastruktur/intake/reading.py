"""Read a source with its recipe: a pure reading, which knows nothing of the catalogue and changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from infrastruktur.domain.adresse import Adresse
from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.bevoelkerung import Bevoelkerung, Zellen
from infrastruktur.domain.errors import Refused, SourceRefused
from infrastruktur.domain.kontext import Kontextwert
from infrastruktur.domain.oeffnungszeiten import find_oeffnungszeiten, read_oeffnungszeiten
from infrastruktur.domain.raum import Raum
from infrastruktur.domain.tafelwerk import Tafelwerk
from infrastruktur.intake.areas import map_bevoelkerung, map_raum
from infrastruktur.intake.cells import CellTable
from infrastruktur.intake.geocode import AddressTable, apply_addresses, build_table, map_adresse
from infrastruktur.intake.kontext import map_kontext
from infrastruktur.intake.mapping import find_row_key, map_angebot
from infrastruktur.intake.readers.csv import read_csv
from infrastruktur.intake.readers.geojson import read_geojson
from infrastruktur.intake.readers.osm import read_osm
from infrastruktur.intake.readers.xlsx import read_xlsx
from infrastruktur.intake.recipe import TAFELFORMEN, Dialekt, Form, Format, Recipe, Regel, Wandlung, ZellenForm
from infrastruktur.intake.record import Record, Refusal
from infrastruktur.intake.standorte import share_standorte
from infrastruktur.intake.tafeln import build_tafelwerk
from infrastruktur.intake.wide import cut_record, is_meant

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Reading:
    """What a source says. Only the values of its `form` are filled; `zaehlung` counts by German words."""

    recipe: Recipe
    abgelehnt: tuple[Refusal, ...]
    zaehlung: dict[str, int]
    hinweise: tuple[str, ...] = ()
    angebote: tuple[Angebot, ...] = ()
    raeume: tuple[Raum, ...] = ()
    bevoelkerung: tuple[Bevoelkerung, ...] = ()
    adressen: tuple[Adresse, ...] = ()
    zellen: Zellen | None = None
    tafelwerk: Tafelwerk | None = None
    kontext: tuple[Kontextwert, ...] = ()

    @property
    def form(self) -> Form:
        return self.recipe.form


def _silent(_step: str, _share: float) -> None:
    """Report nothing."""


def read_source(recipe: Recipe, folder: Path, *, adressen: Path | None = None, progress: Progress = _silent) -> Reading:
    """Read all files of a source found in `folder`; Angebote without a point look for it in the file `adressen`.

    Raises
    ------
    SourceRefused
        A file is missing or is not what the recipe describes.

    """
    files = find_files(recipe, folder)
    if recipe.zellen is not None:
        return _read_cells(recipe, files, progress)
    left = _Left()
    records = _read_all(recipe, files, left, progress)
    if recipe.form in TAFELFORMEN:
        reading = _read_tafeln(recipe, records)
    elif recipe.form is Form.KONTEXT:
        reading = _map_kontext(recipe, records)
    else:
        reading = _place(_map_all(recipe, records), adressen)
    return replace(reading, hinweise=(*left.tell(recipe), *reading.hinweise))


def find_files(recipe: Recipe, folder: Path) -> tuple[Path, ...]:
    """Find the files of a source.

    Raises
    ------
    SourceRefused
        A name or pattern of the recipe matches nothing.

    """
    found: dict[Path, None] = {}
    named = folder / recipe.ordner
    folder = named if named.is_dir() else folder
    for pattern in recipe.dateien:
        matches = sorted(path for path in folder.glob(pattern) if path.is_file())
        if not matches:
            raise SourceRefused(recipe.quelle, f"Die Datei „{pattern}“ fehlt im Ordner {folder}.")
        found |= dict.fromkeys(matches)
    return tuple(found)


def read_records(recipe: Recipe, file: Path) -> Iterator[Record | Refusal]:
    """Read the rows of one file by the recipe's format."""
    needed = recipe.pflichtspalten
    if recipe.format is Format.CSV:
        return read_csv(file, recipe.csv, needed)
    if recipe.format is Format.XLSX:
        return read_xlsx(file, recipe.blatt, needed)
    if recipe.format is Format.GEOJSON:
        return read_geojson(file, needed)
    return read_osm(file, recipe.tags)


def load_addresses(file: Path) -> AddressTable:
    """Read an address table with the columns street, housenumber, postcode, lon, lat; comma and decimal point.

    Rows without a postcode, of which OpenStreetMap has many, match nothing and are passed over.
    """
    columns = {"strasse": "street", "hausnummer": "housenumber", "plz": "postcode", "ostwert": "lon", "nordwert": "lat"}
    numbers = ("ostwert", "nordwert")
    recipe = Recipe(
        titel="Adressen",
        quelle="adressen",
        herausgeber="-",
        lizenz="-",
        namensnennung="-",
        form=Form.ADRESSEN,
        format=Format.CSV,
        dateien=(file.name,),
        epsg=4326,
        csv=Dialekt(trennzeichen=",", dezimal="."),
        zuordnung={
            name: Regel(spalte=column, als=Wandlung.ZAHL if name in numbers else Wandlung.TEXT)
            for name, column in columns.items()
        },
    )
    return build_table(_map_all(recipe, read_records(recipe, file)).adressen)


@dataclass
class _Left:
    """What a reading leaves: columns nobody asked for, and rows that are not meant."""

    columns: set[str] = field(default_factory=set)
    rows: int = 0

    def tell(self, recipe: Recipe) -> Iterator[str]:
        """Say it: a misspelled heading or filter would else make rows vanish unseen."""
        if self.rows:
            yield f"{recipe.titel}: {self.rows} Zeilen sind nach „nur“ nicht gemeint."
        if columns := sorted(name for name in self.columns if name):
            yield f"{recipe.titel}: nicht übernommene Spalten: {', '.join(columns)}."


def _read_all(recipe: Recipe, files: Sequence[Path], left: _Left, progress: Progress) -> Iterator[Record | Refusal]:
    used = {*recipe.schluessel, *(column for rule in recipe.regeln.values() for column in rule.quellspalten)}
    used |= {*recipe.nur, *(recipe.breit.spalten if recipe.breit else ())}
    used |= set(recipe.kontext.spalten if recipe.kontext else ())
    for number, file in enumerate(files):
        progress(f"{file.name} lesen", number / len(files))
        for record in read_records(recipe, file):
            if isinstance(record, Record) and not recipe.tags:
                left.columns |= record.werte.keys() - used
            if isinstance(record, Refusal):
                yield record
            elif is_meant(recipe, record):
                yield from cut_record(recipe, record)
            else:
                left.rows += 1
    progress("gelesen", 1.0)


def _read_tafeln(recipe: Recipe, records: Iterable[Record | Refusal]) -> Reading:
    werk, refused, counts = build_tafelwerk(recipe, records)
    return Reading(recipe=recipe, abgelehnt=refused, zaehlung=counts, tafelwerk=werk)


def _map_all(recipe: Recipe, records: Iterable[Record | Refusal]) -> Reading:
    """Map each record by the recipe's form; what cannot be mapped is refused with its line."""
    values: list[Any] = []
    refused: list[Refusal] = []
    for record in records:
        if isinstance(record, Refusal):
            refused.append(record)
            continue
        try:
            values.append(_MAPPERS[recipe.form](record, recipe))
        except Refused as error:
            refused.append(Refusal(record.zeile, str(error), find_row_key(record, recipe)))
    counts = {"gelesen": len(values) + len(refused), "übernommen": len(values), "abgelehnt": len(refused)}
    filled: dict[str, Any] = {recipe.form.value: tuple(values)}
    return Reading(recipe=recipe, abgelehnt=tuple(refused), zaehlung=counts, **filled)


def _map_kontext(recipe: Recipe, records: Iterable[Record | Refusal]) -> Reading:
    """Map rows of a Sozialraummonitoring, of which each says several values."""
    values, refused = map_kontext(records, recipe)
    missing = sum(each.wert is None for each in values)
    limited = sum(each.eingeschraenkt for each in values)
    counts = {"übernommen": len(values), "abgelehnt": len(refused), "ohne Wert": missing, "eingeschränkt": limited}
    return Reading(recipe=recipe, abgelehnt=refused, zaehlung=counts, kontext=values)


_MAPPERS: Mapping[Form, Callable[[Record, Recipe], Any]] = {
    Form.ANGEBOTE: map_angebot,
    Form.RAEUME: map_raum,
    Form.BEVOELKERUNG: map_bevoelkerung,
    Form.ADRESSEN: map_adresse,
}


def _place(reading: Reading, adressen: Path | None) -> Reading:
    """Let rows share Standorte, look up the points of those without one, and count what stays without."""
    if reading.form is not Form.ANGEBOTE:
        return reading
    table = load_addresses(adressen) if adressen else AddressTable({})
    shared, hints = share_standorte(reading.angebote)
    angebote, counts = apply_addresses(shared, table)
    hints = (*hints, *_tell_unread_hours(angebote))
    return replace(reading, angebote=angebote, zaehlung=reading.zaehlung | counts, hinweise=hints)


def _tell_unread_hours(angebote: Iterable[Angebot]) -> Iterator[str]:
    """Say which opening hours a person could not enter: they are taken as the source writes them."""
    stated = [hours for each in angebote if (hours := find_oeffnungszeiten(each)) is not None]
    unread = [hours for hours in stated if read_oeffnungszeiten(hours) is None]
    if unread:
        yield f"Öffnungszeiten in unbekannter Schreibweise: {len(unread)}, übernommen wie „{unread[0][:80]}“."


def _read_cells(recipe: Recipe, files: Sequence[Path], progress: Progress) -> Reading:
    """Join the files of a grid; each Merkmal must be a column of at least one of them."""
    form = cast("ZellenForm", recipe.zellen)
    table = CellTable(recipe, form)
    refused: list[Refusal] = []
    columns: set[str] = set()
    for number, file in enumerate(files):
        progress(f"{file.name} lesen", number / len(files))
        refused += table.add_file(_noting(read_records(recipe, file), columns))
    if missing := [merkmal.spalte for merkmal in form.merkmale if merkmal.spalte not in columns]:
        raise SourceRefused(recipe.quelle, f"Keine Datei hat die Spalten: {', '.join(missing)}.")
    zellen = table.build()
    progress("gelesen", 1.0)
    counts = {"übernommen": len(zellen), "abgelehnt": len(refused), **table.counts}
    return Reading(recipe=recipe, abgelehnt=tuple(refused), zaehlung=counts, zellen=zellen)


def _noting(records: Iterable[Record | Refusal], columns: set[str]) -> Iterator[Record | Refusal]:
    for record in records:
        if isinstance(record, Record):
            columns.update(record.werte)
        yield record
