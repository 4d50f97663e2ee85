"""How a layer looks, said once for every map program: classes with words, conditions and symbols.

No class rests on colour alone, and every feature falls into exactly one: what no class takes is
`SONST`, so that nothing vanishes from a map whose style is older than its data.
"""

from enum import StrEnum

import msgspec

TINTE, GRAU, WEISS = "#1d2833", "#6b7178", "#ffffff"


class Form(StrEnum):
    """Outline of a point's symbol, named as QGIS names it."""

    KREIS = "circle"
    RAUTE = "diamond"
    FUENFECK = "pentagon"
    QUADRAT = "square"
    DREIECK = "equilateral_triangle"
    STERN = "star"


class Muster(StrEnum):
    """Pattern an area is filled with."""

    VOLL = "voll"
    SCHRAEG = "schraeg"
    KREUZ = "kreuz"
    GITTER = "gitter"
    WAAGERECHT = "waagerecht"
    SENKRECHT = "senkrecht"
    PUNKTE = "punkte"
    LEER = "leer"


class Zeichen(msgspec.Struct, frozen=True, kw_only=True):
    """Symbol of a point: colours as #rrggbb; `kuerzel` stands in it in the colour of `schrift`."""

    form: Form
    fuellung: str
    rand: str = WEISS
    groesse_mm: float = 3.4
    kuerzel: str = ""
    schrift: str = WEISS


class Flaeche(msgspec.Struct, frozen=True, kw_only=True):
    """Symbol of an area: `fuellung` is the colour of the ground, or of the pattern's lines on white."""

    fuellung: str = WEISS
    muster: Muster = Muster.VOLL
    rand: str = GRAU
    rand_mm: float = 0.2


class Beginnt(msgspec.Struct, frozen=True):
    """A text column begins with this."""

    spalte: str
    anfang: str


class Einer(msgspec.Struct, frozen=True):
    """A text column has one of these values."""

    spalte: str
    werte: tuple[str, ...]


class Zwischen(msgspec.Struct, frozen=True, kw_only=True):
    """A number column lies between two ends: `ueber` and `unter` without them, `ab` and `bis` with them."""

    spalte: str
    ueber: float | None = None
    ab: float | None = None
    unter: float | None = None
    bis: float | None = None


class Fehlt(msgspec.Struct, frozen=True):
    """A column is null."""

    spalte: str


Bedingung = Beginnt | Einer | Zwischen | Fehlt
Symbol = Zeichen | Flaeche


class Klasse(msgspec.Struct, frozen=True, kw_only=True):
    """What all `bedingungen` hold for is drawn as `symbol`; `titel` stands beside it in the legend.

    `aufschrift` is written at its features in place of what the style writes at the others.
    """

    titel: str
    bedingungen: tuple[Bedingung, ...]
    symbol: Symbol
    aufschrift: str | None = None


class Blass(msgspec.Struct, frozen=True):
    """Whatever has another value than `wert` in a column is drawn at less than half its strength."""

    spalte: str
    wert: str


class Beschriftung(msgspec.Struct, frozen=True, kw_only=True):
    """What is written at a feature: the first of the columns that is not empty, numbers with so many decimals."""

    spalten: tuple[str, ...]
    nachkommastellen: int | None = None
    groesse_pt: float = 9


class Stil(msgspec.Struct, frozen=True, kw_only=True):
    """Style of one layer.

    Attributes
    ----------
    titel
        Heading of the legend, with the unit and, where there are limits, where they come from.
    geometrie
        `Point` or `MultiPolygon`.
    klassen
        Exclusive classes in the order of the legend; empty where all features look alike.
    sonst
        Symbol of what no class takes.
    anzeige
        Column by which a program names a feature.

    """

    titel: str
    geometrie: str
    klassen: tuple[Klasse, ...]
    sonst: Symbol
    anzeige: str
    beschriftung: Beschriftung | None = None
    blass: Blass | None = None


SONST = "nicht zugeordnet"
"""Title of what no class takes."""
