"""The context of the Sozialräume, as a Sozialraummonitoring would publish it: a wide table with German signs.

Four columns follow from the register; the others follow from a burden each Sozialraum has, which is invented and
named nowhere. A Kommune's value is that of its people, so that it is no mean of its Sozialräume.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.raum import key_of_label
from infrastruktur.example.landscape import SEED, Landscape
from infrastruktur.example.people import FROM_YEAR
from infrastruktur.example.tables import write_csv

FILE = "beispiel-kontext.csv"
_REGION = "05334"
_YEARS = (2021, 2023, 2025)
_FEWEST = 10
"""Of fewer people than this no share is published: the sign is a point."""
_UNSURE, _LIMITED = 20, 40
"""Shares of so few people are `/`, and then in brackets."""

Floats = NDArray[np.float64]
_ALLE = (0, 200)


@dataclass(frozen=True)
class _Anteil:
    """A share of the people of some ages: `level` at no burden, times e^(slope · burden), times `trend` a year."""

    titel: str
    ages: tuple[int, int]
    level: float
    slope: float
    trend: float = 1.0
    of: float = 1.0
    """Which part of these people is counted: those examined, or households for persons."""
    per: int = 100
    lowest: str = "sozialraum"


_ANTEILE = (
    _Anteil("Einpersonenhaushalte in %", (20, 200), 0.41, 0.10, 1.005, of=0.62),
    _Anteil("Haushalte von Alleinerziehenden in %", (0, 18), 0.19, 0.28, of=0.58),
    _Anteil("SGB-II-Quote in %", (0, 65), 0.098, 0.55, 0.99),
    _Anteil("Kinder in SGB II in %", (0, 15), 0.135, 0.60, 0.99),
    _Anteil("Grundsicherung im Alter in %", (65, 200), 0.042, 0.50, 1.03),
    _Anteil("Arbeitslosenanteil in %", (15, 65), 0.055, 0.48, 0.985),
    _Anteil("Übergänge auf ein Gymnasium in %", (10, 11), 0.44, -0.30, 1.004, of=0.95),
    _Anteil("Kinder unter 3 in Tagesbetreuung in %", (0, 3), 0.33, -0.18, 1.02),
    _Anteil("Schwerbehinderung in %", _ALLE, 0.094, 0.12, 1.004),
    _Anteil("Auffällige Sprachentwicklung in %", (6, 7), 0.24, 0.32, 1.01, of=0.92),
    _Anteil("Ohne deutsche Staatsangehörigkeit in %", _ALLE, 0.135, 0.42, 1.03),
    _Anteil("Einbürgerungen je 1.000", _ALLE, 0.021, 0.0, 1.06, of=0.135, per=1000, lowest="kommune"),
)
_REGISTER = ("Einwohner", "Jugendquotient", "Altenquotient", "Anteil 80+ in %")


def write_kontext(folder: Path, land: Landscape, register: NDArray[np.int64]) -> None:
    """Write the table from the register (93 Sozialräume, 2 sexes, 35 bands)."""
    header = ("Stichtag", "Gebiet", "Name", *_REGISTER, *(each.titel for each in _ANTEILE))
    write_csv(folder / FILE, header, _write_rows(land, register.sum(axis=1).astype(np.float64)))


def _write_rows(land: Landscape, people: Floats) -> Iterator[list[object]]:
    rng = np.random.default_rng([SEED, 7])
    burden = _burden(land, rng)
    of_kommune = [land.kommunen.index(raum.kommune) for raum in land.raeume]
    for year in _YEARS:
        lived = people * 0.996 ** (_YEARS[-1] - year)
        counted = [_count(each, lived, burden, year, rng) for each in _ANTEILE]
        day = f"31.12.{year}"
        for at, (key, name) in enumerate(_name_areas(land)):
            inside = _members(at, of_kommune)
            small = at < len(land.raeume)
            cells = (_cell(each, *two, inside, small=small) for each, two in zip(_ANTEILE, counted, strict=True))
            yield [day, key, name, *_of_register(lived[inside].sum(axis=0)), *cells]


def _burden(land: Landscape, rng: np.random.Generator) -> Floats:
    """Draw a burden (93,) around nought: a little of it is the Kommune's, most the Sozialraum's own."""
    of_kommune = dict(zip((kommune.ags for kommune in land.kommunen), rng.normal(0, 0.4, 10), strict=True))
    own = rng.normal(0, 0.9, len(land.raeume))
    return np.array([of_kommune[raum.kommune.ags] for raum in land.raeume]) + own


def _count(each: _Anteil, lived: Floats, burden: Floats, year: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Count whom a share speaks of, and of how many: two of (93,), whole people."""
    of = np.round(lived[:, (each.ages[0] <= FROM_YEAR) & (each.ages[1] > FROM_YEAR)].sum(axis=1) * each.of)
    share = (
        each.level * np.exp(each.slope * burden) * each.trend ** (year - _YEARS[-1]) * rng.lognormal(0, 0.05, len(of))
    )
    return np.round(of * np.clip(share, 0, 0.95)), of


def _name_areas(land: Landscape) -> Iterator[tuple[str, str]]:
    for raum in land.raeume:
        yield key_of_label(raum.kommune.ags, raum.label), f"Beispiel-Sozialraum {raum.label}"
    for kommune in land.kommunen:
        yield kommune.ags, f"Beispiel {kommune.name}"
    yield _REGION, "Beispiel-StädteRegion"


def _members(at: int, of_kommune: list[int]) -> list[int]:
    """List the Sozialräume an area consists of: itself, those of a Kommune, or all."""
    n = len(of_kommune)
    if at < n:
        return [at]
    kommune = at - n
    return [raum for raum, of in enumerate(of_kommune) if of == kommune or kommune == max(of_kommune) + 1]


def _of_register(people: Floats) -> tuple[object, ...]:
    """State people (35 bands) as numbers; of an area where nobody lives a share makes no sense: the sign is x."""
    young, middle, old, oldest = (
        float(people[(low <= FROM_YEAR) & (high > FROM_YEAR)].sum())
        for low, high in ((0, 20), (20, 65), (65, 200), (80, 200))
    )
    alle = young + middle + old
    shares = ((young, middle), (old, middle), (oldest, alle))
    return (round(alle), *(round(100 * part / whole, 1) if whole else "x" for part, whole in shares))


def _cell(each: _Anteil, counted: Floats, of: Floats, inside: list[int], *, small: bool) -> str:
    if small and each.lowest != "sozialraum":
        return ""
    few, many = counted[inside].sum(), of[inside].sum()
    if many == 0:
        return "x"
    if few == 0:
        return "-"
    if many < _UNSURE:
        return "/"
    if few < _FEWEST:
        return "."
    number = f"{each.per * few / many:.1f}".replace(".", ",")
    return f"({number})" if many < _LIMITED else number
