"""Kinds of columns that tables of figures are made of, and those that most of them share."""

from infrastruktur.domain.tabelle import Spalte, Typ

GEBIET = (
    Spalte(name="ebene", titel="Ebene"),
    Spalte(name="gebiet", titel="Gebietsschlüssel"),
    Spalte(name="gebiet_name", titel="Gebiet"),
)
STICHTAG = Spalte(name="stichtag", titel="Stichtag", typ=Typ.DATUM)
GRUND = Spalte(name="grund", titel="Grund, wenn ein Wert fehlt")


def text(name: str, titel: str) -> Spalte:
    return Spalte(name=name, titel=titel)


def anzahl(name: str, titel: str, einheit: str | None = None) -> Spalte:
    return Spalte(name=name, titel=titel, typ=Typ.GANZZAHL, einheit=einheit, nachkommastellen=0)


def zahl(name: str, titel: str, einheit: str | None = None, nachkommastellen: int = 1) -> Spalte:
    return Spalte(name=name, titel=titel, typ=Typ.ZAHL, einheit=einheit, nachkommastellen=nachkommastellen)


def personen(name: str, titel: str) -> Spalte:
    """Count people: unrounded for staff, because cells hold fractions of people; whole in public."""
    return Spalte(name=name, titel=titel, typ=Typ.ZAHL, einheit="Personen", nachkommastellen=0, personen=True)


NENNER = (
    Spalte(name="stichtag_personen", titel="Stichtag der Bevölkerung", typ=Typ.DATUM),
    text("quelle_personen", "Quelle der Bevölkerung"),
)
HEIME = (
    zahl("in_heimen", "Davon Heimbewohner:innen (geschätzt)", "Personen", 0),
    text("annahme_in_heimen", "Wie die Heimbewohner:innen gezählt sind, oder warum nicht"),
)
"""Beside people of 75 and over, wherever they are counted (R9)."""
