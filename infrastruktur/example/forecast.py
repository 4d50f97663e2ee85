"""What a Pflegeplanung adds to the register: invented rates and counts, a forecast per Kommune, survival factors.

They are written in the shapes real ones come in: flat files of a Landesdatenbank with its codes and signs, tables
with a column for each age. The forecast grows the register older by the survival factors, five years at a time, with
some moving in and out; a real one is made by the Land.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infrastruktur.example.landscape import SEED, Landscape
from infrastruktur.example.people import FROM_YEAR, SEXES
from infrastruktur.example.tables import write_csv

QUOTEN, STATISTIK = "beispiel-pflegequoten.csv", "beispiel-pflegestatistik.csv"
UEBERLEBEN, PROGNOSE = "beispiel-ueberleben.csv", "beispiel-prognose.csv"
_REGION = "05334"
_LOW = np.arange(0, 100, 5)
_AGES = (*(f"{low} bis unter {low + 5} Jahre" for low in range(0, 95, 5)), "95 Jahre und mehr")
_CODES = (*(f"ALT{low:03d}B{low + 5:02d}" for low in range(0, 95, 5)), "ALT095UM")
"""As the Landesdatenbank names ages."""
_SEX_CODES = {"w": ("GESW", "weiblich"), "m": ("GESM", "männlich")}
_YEARS = (2030, 2035)
_MORTALITY = np.array([[1.2e-5, 0.100], [2.2e-5, 0.098]])
"""Gompertz: deaths per year and person are a · exp(b · age), women first."""

_BANDS = (
    *("unter 65", "65 bis unter 70", "70 bis unter 75", "75 bis unter 80", "80 bis unter 85"),
    *("85 bis unter 90", "90 und mehr"),
)
_BAND_STARTS = (0, 13, 14, 15, 16, 17, 18)
"""The first five-year group of each band."""
_RATES = {
    "Pflegebedürftige": (
        (2.3, 6.6, 9.8, 17.2, 33.0, 59.0, 87.0),
        (2.4, 6.3, 8.8, 13.8, 24.0, 44.0, 71.0),
    ),
    "vollstationär": (
        (0.08, 0.6, 1.0, 2.1, 5.0, 12.4, 26.0),
        (0.09, 0.8, 1.1, 1.7, 3.4, 7.2, 14.5),
    ),
}
_COUNTED, _COUNTED_IN_HOMES = 1.03, 0.98
"""Counted people against those the rates expect: rates of another year never fit."""
_FLAT = ("Statistik_Code", "Statistik_Label", "Zeit_Code", "Zeit_Label", "Zeit")


def write_forecast(folder: Path, land: Landscape, register: NDArray[np.int64]) -> None:
    """Write rates, counts, forecast and survival factors from the register (93 Sozialräume, 2 sexes, 35 bands)."""
    people = _sum_up(land, register)
    write_csv(folder / QUOTEN, ("Gebiet", "Stichtag", "Merkmal", "Geschlecht", *_BANDS), _list_rates())
    write_csv(
        folder / UEBERLEBEN, ("Altersgruppe", "weiblich", "männlich"), zip(_AGES, *survive().tolist(), strict=True)
    )
    value = "PFL001__Pflegebeduerftige__Anzahl"
    write_csv(folder / STATISTIK, (*_FLAT, *_variables(2), value), _list_counts(land, people))
    value = "BEVPRO__Bevoelkerung__Anzahl"
    write_csv(folder / PROGNOSE, (*_FLAT, *_variables(3), value), _list_forecast(land, people))


def _variables(count: int) -> tuple[str, ...]:
    """Name the columns of a flat file that say what a number is about."""
    parts = ("Merkmal_Code", "Merkmal_Label", "Auspraegung_Code", "Auspraegung_Label")
    return tuple(f"{number}_{part}" for number in range(1, count + 1) for part in parts)


def survive() -> NDArray[np.float64]:
    """Compute survival over five years from the middle of each group: (2 sexes, 20 groups), rounded as in the file."""
    base, slope = _MORTALITY[:, :1], _MORTALITY[:, 1:]
    return np.asarray(np.round(np.exp(-5 * base * np.exp(slope * (_LOW + 5.0))), 4))


def _sum_up(land: Landscape, register: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum Sozialräume up to Kommunen and bands to five years: (10, 2, 20)."""
    starts = np.searchsorted(FROM_YEAR, _LOW)
    people = np.zeros((len(land.kommunen), len(SEXES), len(_LOW)))
    index = {kommune.ags: at for at, kommune in enumerate(land.kommunen)}
    for raum, counts in zip(land.raeume, register, strict=True):
        people[index[raum.kommune.ags]] += np.add.reduceat(counts, starts, axis=1)
    return people


def _grow_older(people: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Give the people (10, 2, 20) of each later year, whole."""
    rng = np.random.default_rng([SEED, 6])
    for _ in _YEARS:
        survivors = people * survive()
        older = np.concatenate((people[:, :, :1], survivors[:, :, :-1]), axis=2)
        older[:, :, -1] += survivors[:, :, -1]
        people = np.round(older * rng.normal(1.0, 0.01, (len(people), 1, 1)))
        yield people


def _list_rates() -> Iterator[tuple[object, ...]]:
    for merkmal, of_sex in _RATES.items():
        for (_, sex), rates in zip(_SEX_CODES.values(), of_sex, strict=True):
            yield (_REGION, "15.12.2023", merkmal, sex, *rates)


def _expect(people: NDArray[np.float64], merkmal: str) -> NDArray[np.float64]:
    """Expect people (10,) by the rates of the region."""
    bands = np.add.reduceat(people, _BAND_STARTS, axis=2)
    return np.asarray((bands * np.array(_RATES[merkmal]) / 100).sum(axis=(1, 2)))


def _list_counts(land: Landscape, people: NDArray[np.float64]) -> Iterator[tuple[object, ...]]:
    """List the counted Pflegebedürftige: the region by kind of care, each Kommune together, two secret."""
    rng = np.random.default_rng([SEED, 7])
    expected = _expect(people, "Pflegebedürftige") * _COUNTED
    total = round(float(expected.sum()))
    homes = round(float(_expect(people, "vollstationär").sum()) * _COUNTED_IN_HOMES)
    ambulant, without = round(total * 0.21), round(total * 0.11)
    kinds = {
        "Insgesamt": total,
        "nur Pflegegeld": total - homes - ambulant - without,
        "ambulante Pflege": ambulant,
        "vollstationäre Pflege": homes,
        "ohne Leistungen": without,
        "darunter: teilstationäre Pflege": round(total * 0.029),
    }
    yield _count("05", "Nordrhein-Westfalen", "Insgesamt", "x")
    yield from (_count(_REGION, "Beispiel-StädteRegion", kind, number) for kind, number in kinds.items())
    numbers = np.round(expected * rng.normal(1.0, 0.04, len(expected))).astype(int)
    numbers[np.argmax(numbers)] += total - numbers.sum()
    # One secret number alone would follow from the sum of the region.
    secret = np.argsort(numbers)[:2].tolist()
    for at, (kommune, number) in enumerate(zip(land.kommunen, numbers.tolist(), strict=True)):
        yield _count(kommune.ags, kommune.name, "Insgesamt", "." if at in secret else number)


def _count(key: str, name: str, kind: str, number: int | str) -> tuple[object, ...]:
    head = ("22400", "Beispiel: Pflegestatistik (erfunden)", "STAG", "Stichtag", "15.12.2023")
    area, care = ("GEMEIN", "Gemeinden", key, name), ("PFLART", "Art der Versorgung", kind, kind)
    return (*head, *area, *care, number)


def _list_forecast(land: Landscape, people: NDArray[np.float64]) -> Iterator[tuple[object, ...]]:
    """List the forecast with the sums a Landesdatenbank adds, which a reader must not take for further people."""
    for year, state in zip(_YEARS, _grow_older(people), strict=True):
        head = ("12421", "Beispiel: Bevölkerungsprognose (erfunden)", "STAG", "Stichtag", f"31.12.{year}")
        for at, kommune in enumerate(land.kommunen):
            area = ("GEMEIN", "Gemeinden", kommune.ags, kommune.name)
            yield (
                *head,
                *area,
                "GES",
                "Geschlecht",
                "",
                "Insgesamt",
                "ALT",
                "Alter",
                "",
                "Insgesamt",
                int(state[at].sum()),
            )
            for i, sex in enumerate(SEXES):
                for j, (code, age) in enumerate(zip(_CODES, _AGES, strict=True)):
                    number = int(state[at, i, j])
                    who = ("GES", "Geschlecht", *_SEX_CODES[sex], "ALT", "Alter", code, age)
                    yield (*head, *area, *who, number or "-")
