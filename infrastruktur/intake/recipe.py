"""A recipe: what a source is, under which licence, and how its rows become values of the domain.

Recipes are data (`importers/<name>/source.toml`): a new source of a known shape needs no code. A
source without a licence or an attribution is not a source.
"""

import re
import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from infrastruktur.domain.art import Feld, get_art, taxonomie
from infrastruktur.domain.errors import NotFound, SourceRefused
from infrastruktur.domain.kontext import get_kontextindikator

_NAME = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)


class Form(StrEnum):
    """What the rows of a source are."""

    RAEUME = "raeume"
    ZELLEN = "zellen"
    BEVOELKERUNG = "bevoelkerung"
    ANGEBOTE = "angebote"
    ADRESSEN = "adressen"
    KONTEXT = "kontext"
    QUOTEN = "quoten"
    PFLEGESTATISTIK = "pflegestatistik"
    UEBERLEBEN = "ueberleben"
    PROGNOSE = "prognose"


TAFELFORMEN = (Form.QUOTEN, Form.PFLEGESTATISTIK, Form.UEBERLEBEN, Form.PROGNOSE)
"""What a Bedarfsplanung assumes: tables, taken whole or not at all."""


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    OSM = "osm"


class Wandlung(StrEnum):
    """The named transforms from a cell to a value."""

    TEXT = "text"
    ZAHL = "zahl"
    ANZAHL = "anzahl"
    """A count with the signs of official statistics: `-` exactly none, `.`, `/`, `x` and `…` no number."""
    DATUM = "datum"
    JA_NEIN = "ja_nein"
    ART = "art"
    WAHL = "wahl"
    PLZ = "plz"
    AGS = "ags"
    GEBIET = "gebiet"
    SOZIALRAUM = "sozialraum"
    ALTERSGRUPPE = "altersgruppe"
    STRASSENNAME = "strassenname"
    HAUSNUMMER = "hausnummer"


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a recipe; a field nobody knows is a misspelled one and refuses the recipe."""


class Dialekt(_Table, frozen=True, kw_only=True):
    """How a CSV file is written. `auto` is UTF-8, with or without mark, else Windows-1252."""

    trennzeichen: str = ";"
    kodierung: Literal["auto", "utf-8", "cp1252"] = "auto"
    dezimal: Literal[",", "."] = ","


class Regel(_Table, frozen=True, kw_only=True):
    """How one property comes from a record.

    `spalte` (or several `spalten`, the first filled one, or all for `sozialraum`) names the columns,
    `konstante` replaces them. `leer` lists texts that mean "nothing"; with `muster`, a regular
    expression, so does every text of another form (OSM's free text where a date is expected).
    `werte` translates, `sonst` stands in where nothing is left.
    """

    spalte: str = ""
    spalten: tuple[str, ...] = ()
    konstante: str = ""
    als: Wandlung = Wandlung.TEXT
    vorsatz: str = ""
    werte: dict[str, str] = {}
    leer: tuple[str, ...] = ()
    muster: str = ""
    sonst: str = ""
    optional: bool = False

    @property
    def quellspalten(self) -> tuple[str, ...]:
        return (self.spalte,) if self.spalte else self.spalten


class Breit(_Table, frozen=True, kw_only=True):
    """A wide table: each cell under one of `spalten` becomes a row of its own.

    Its heading is then found in the column `kopf`, and what it holds in the column `wert`, as if the table
    had had them.
    """

    spalten: tuple[str, ...]
    kopf: str
    wert: str


class TagRegel(_Table, frozen=True, kw_only=True):
    """OSM objects that have all tags of one of the alternatives are of this Art; `*` is any value, `!` none.

    The first rule that fits an object decides, so one that carries the old and the new tag of a thing
    (`amenity=school`, `education=school`) is taken once.
    """

    art: str
    tags: tuple[dict[str, str], ...]


class Merkmal(_Table, frozen=True, kw_only=True):
    """One value of a cell: `code` of a Gruppe or `anteil_ab65`, and the column that states it."""

    code: str
    spalte: str


class ZellenForm(_Table, frozen=True, kw_only=True):
    """How cells are named: by id (INSPIRE or the short form of 2011), by lower-left `ecke`, or by `mitte`."""

    groesse_m: int
    merkmale: tuple[Merkmal, ...]
    gitter_id: str = ""
    ecke: tuple[str, str] | None = None
    mitte: tuple[str, str] | None = None
    kommune: str = ""
    fehlt: tuple[str, ...] = ("–", "-", "")
    zeichen: str = ""
    """Column of explaining signs, such as `KLAMMERN`: the value stands, its meaning is limited, and it is counted."""

    @property
    def spalten(self) -> tuple[str, ...]:
        named = (self.gitter_id, *(self.ecke or ()), *(self.mitte or ()), self.kommune, self.zeichen)
        return tuple(name for name in named if name)


class KontextSpalte(_Table, frozen=True, kw_only=True):
    """An indicator of schemas/kontext.toml, and the column (or, in a long table, the name) a source has for it."""

    code: str
    spalte: str


class KontextForm(_Table, frozen=True, kw_only=True):
    """Where the values are: a column an indicator, or in a long table the columns of the name and of the value."""

    indikatoren: tuple[KontextSpalte, ...]
    indikator: str = ""
    wert: str = ""

    @property
    def spalten(self) -> tuple[str, ...]:
        return (self.indikator, self.wert) if self.indikator else tuple(each.spalte for each in self.indikatoren)


class Recipe(_Table, frozen=True, kw_only=True):
    """One source. `dateien` are names or patterns in the folder given when it is read, or in `ordner` within it."""

    titel: str
    quelle: str
    herausgeber: str
    lizenz: str
    namensnennung: str
    form: Form
    format: Format
    dateien: tuple[str, ...]
    ordner: str = "."
    stichtag: date | None = None
    epsg: int = 25832
    schluessel: tuple[str, ...] = ()
    vorlage: bool = False
    blatt: str = ""
    csv: Dialekt = Dialekt()
    zuordnung: dict[str, Regel] = {}
    nur: dict[str, str] = {}
    """Rows that are meant: column → regular expression for the whole cell. Others are counted and passed over."""
    breit: Breit | None = None
    kopf: dict[str, Any] = {}
    """What holds for a whole table, such as `basis` and `variante` of a forecast."""
    tags: tuple[TagRegel, ...] = ()
    zellen: ZellenForm | None = None
    kontext: KontextForm | None = None
    min_zeilen: int = 1
    max_anteil_verschwunden: float = 0.1

    @property
    def regeln(self) -> dict[str, Regel]:
        """The rules by property: those of the template where the recipe uses it, then its own."""
        return {**(_template_rules() if self.vorlage else {}), **self.zuordnung}

    @property
    def pflichtspalten(self) -> tuple[str, ...]:
        """The columns without which the file is not what the recipe describes."""
        named = [column for rule in self.regeln.values() if not rule.optional for column in rule.quellspalten]
        cells = self.zellen.spalten if self.zellen else ()
        wide = self.breit.spalten if self.breit else ()
        made = {self.breit.kopf, self.breit.wert} if self.breit else set()
        context = self.kontext.spalten if self.kontext else ()
        needed = dict.fromkeys((*self.schluessel, *named, *cells, *wide, *self.nur, *context))
        return tuple(name for name in needed if name not in made)


_WANDLUNG_BY_NAME = {"art": Wandlung.ART, "plz": Wandlung.PLZ}


@cache
def _template_rules() -> dict[str, Regel]:
    felder = {feld.name: feld for kategorie in taxonomie().values() for feld in kategorie.felder}
    return {
        name: Regel(spalte=feld.ueberschrift, als=_transform_of(feld), optional=not feld.pflicht)
        for name, feld in felder.items()
    }


def _transform_of(feld: Feld) -> Wandlung:
    if feld.name in _WANDLUNG_BY_NAME:
        return _WANDLUNG_BY_NAME[feld.name]
    if feld.schema.get("type") in {"number", "integer"}:
        return Wandlung.ZAHL
    if feld.schema.get("type") == "boolean":
        return Wandlung.JA_NEIN
    if feld.schema.get("format") == "date":
        return Wandlung.DATUM
    return Wandlung.WAHL if feld.werte else Wandlung.TEXT


def load_recipe(path: Path) -> Recipe:
    """Read `source.toml`, or the one in a folder.

    Raises
    ------
    SourceRefused
        The file is missing or no TOML, has an unknown or lacks a needed field, or says what cannot be done.

    """
    file = path / "source.toml" if path.is_dir() else path
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceRefused(str(file), "Das Rezept ist nicht lesbar. Bitte Pfad und Rechte prüfen.") from error
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(str(file), f"Das Rezept ist kein gültiges TOML: {error}") from error
    try:
        recipe = msgspec.convert(data, Recipe)
    except msgspec.ValidationError as error:
        raise SourceRefused(str(file), _translate(str(error))) from error
    if wrong := _find_fault(recipe):
        raise SourceRefused(str(file), wrong)
    return recipe


def _translate(message: str) -> str:
    """Say msgspec's English sentence in German; what it does not know stays quoted."""
    where = f" (in {place[1]})" if (place := re.search(r" - at `\$\.?(.+)`$", message)) else ""
    if unknown := re.match(r"Object contains unknown field `(.+?)`", message):
        return f"Das Feld „{unknown[1]}“ gibt es in Rezepten nicht{where}."
    if missing := re.match(r"Object missing required field `(.+?)`", message):
        return f"Das Feld „{missing[1]}“ fehlt{where}."
    if value := re.match(r"Invalid enum value '(.+?)'", message):
        return f"Der Wert „{value[1]}“ ist hier nicht vorgesehen{where}."
    return f"Eine Angabe hat nicht die erwartete Form{where}: {message}"


def _find_fault(recipe: Recipe) -> str | None:
    """Find what is well-formed and still wrong; None when nothing is."""
    checks = (
        _find_fault_of_source,
        _find_fault_of_form,
        _find_fault_of_table,
        _find_fault_of_kontext,
        _find_faulty_pattern,
        _find_unknown_art,
    )
    return next((fault for check in checks if (fault := check(recipe))), None)


def _find_fault_of_source(recipe: Recipe) -> str | None:
    for field in ("titel", "herausgeber", "lizenz", "namensnennung"):
        if not getattr(recipe, field).strip():
            return f"„{field}“ ist leer: ohne Lizenz und Namensnennung darf eine Quelle nicht eingelesen werden."
    if not _NAME.fullmatch(recipe.quelle):
        return f"„{recipe.quelle}“ taugt nicht als Name der Quelle: bis zu 64 Zeichen a-z, 0-9, _ und -."
    if not recipe.dateien or any(
        Path(name).is_absolute() or ".." in Path(name).parts for name in (*recipe.dateien, recipe.ordner)
    ):
        return "„dateien“ nennt Namen oder Muster innerhalb des Datenordners, ohne „..“."
    if not all(map(_is_pattern, recipe.dateien)):
        return "„dateien“ nennt etwas, das weder ein Name noch ein Muster ist (Beispiel: „*.csv“)."
    if not 0 <= recipe.max_anteil_verschwunden <= 1:
        return "„max_anteil_verschwunden“ liegt zwischen 0 und 1."
    return None


def _is_pattern(name: str) -> bool:
    """Tell whether a folder can be searched for it; `**` stands for whole folders only."""
    parts = Path(name).parts
    return bool(parts) and name.isprintable() and all(part == "**" or "**" not in part for part in parts)


def _find_fault_of_form(recipe: Recipe) -> str | None:
    if (recipe.form is Form.ZELLEN) != (recipe.zellen is not None):
        return "Die Tabelle „zellen“ gehört zur Form „zellen“ und nur zu ihr."
    if recipe.form is Form.ZELLEN and recipe.stichtag is None:
        return "Zellen brauchen einen „stichtag“."
    if (recipe.format is Format.OSM) != bool(recipe.tags):
        return "Regeln „tags“ gehören zum Format „osm“ und nur zu ihm."
    if len(recipe.csv.trennzeichen) != 1:
        return "„trennzeichen“ ist genau ein Zeichen."
    return None


def _find_fault_of_table(recipe: Recipe) -> str | None:
    if recipe.kopf and recipe.form not in TAFELFORMEN:
        return f"Die Tabelle „kopf“ gehört zu den Formen {', '.join(TAFELFORMEN)}."
    if recipe.breit is not None and (not recipe.breit.spalten or recipe.breit.kopf == recipe.breit.wert):
        return "„breit“ braucht „spalten“ und zwei verschiedene Namen „kopf“ und „wert“."
    return None


def _find_fault_of_kontext(recipe: Recipe) -> str | None:
    if (recipe.form is Form.KONTEXT) != (recipe.kontext is not None):
        return "Die Tabelle „kontext“ gehört zur Form „kontext“ und nur zu ihr."
    if recipe.kontext is None:
        return None
    if "raum" not in recipe.zuordnung:
        return "Kontextwerte brauchen eine „zuordnung“ für „raum“: Schlüssel oder Name des Gebiets."
    if bool(recipe.kontext.indikator) != bool(recipe.kontext.wert):
        return "„indikator“ und „wert“ gehören zusammen: die beiden Spalten einer langen Tabelle."
    try:
        for each in recipe.kontext.indikatoren:
            get_kontextindikator(each.code)
    except NotFound as error:
        return str(error)
    return None


def _find_faulty_pattern(recipe: Recipe) -> str | None:
    for name, rule in recipe.zuordnung.items():
        try:
            re.compile(rule.muster)
        except re.error:
            return f"„muster“ von „{name}“ ist kein regulärer Ausdruck."
        if rule.als is Wandlung.SOZIALRAUM and len(rule.spalten) != 2:  # noqa: PLR2004 - AGS and label
            return f"„{name}“ braucht als „spalten“ den AGS und die Bezeichnung des Sozialraums."
    for column, pattern in recipe.nur.items():
        try:
            re.compile(pattern)
        except re.error:
            return f"Das Muster von „{column}“ unter „nur“ ist kein regulärer Ausdruck."
    return None


def _find_unknown_art(recipe: Recipe) -> str | None:
    try:
        for rule in recipe.tags:
            get_art(rule.art)
    except NotFound as error:
        return str(error)
    return None
