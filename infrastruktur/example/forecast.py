"""What a Pflegeplanung adds to the register: invented rates, a forecast per Kommune, and survival factors.

The forecast grows the register older by the survival factors, five years at a time, with some moving in and out;
a real one is made by the Land and comes in the same form.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infrastruktur.example.landscape import SEED, Landscape
from infrastruktur.example.people import FROM_YEAR, SEXES
from infrastruktur.example.tables import write_csv

QUOTEN, UEBERLEBEN = "beispiel-quoten.toml", "beispiel-ueberleben.toml"
PROGNOSE, PROGNOSE_KOPF = "beispiel-prognose.csv", "beispiel-prognose.toml"
_REGION = "05334"
_LOW = np.arange(0, 100, 5)
_CODES = (*(f"{low:02d}bis{low + 4:02d}" for low in range(0, 95, 5)), "ab95")
_YEARS = (2030, 2035)
_MORTALITY = np.array([[1.2e-5, 0.100], [2.2e-5, 0.098]])
"""Gompertz: deaths per year and person are a · exp(b · age), women first."""

_BANDS = ("00bis64", "65bis69", "70bis74", "75bis79", "80bis84", "85bis89", "ab90")
_RATES = {
    "pflegebeduerftig": (
        (2.3, 6.6, 9.8, 17.2, 33.0, 59.0, 87.0),
        (2.4, 6.3, 8.8, 13.8, 24.0, 44.0, 71.0),
    ),
    "stationaer": (
        (0.08, 0.6, 1.0, 2.1, 5.0, 12.4, 26.0),
        (0.09, 0.8, 1.1, 1.7, 3.4, 7.2, 14.5),
    ),
}
_HEAD = "# Beispiel: erfunden\n"


def write_forecast(folder: Path, land: Landscape, register: NDArray[np.int64]) -> None:
    """Write rates, forecast and survival factors from the register (93 Sozialräume, 2 sexes, 35 bands)."""
    (folder / QUOTEN).write_text(_HEAD + "\n".join(_write_rates()), encoding="utf-8")
    (folder / UEBERLEBEN).write_text(_HEAD + "\n".join(_write_survival()), encoding="utf-8")
    (folder / PROGNOSE_KOPF).write_text(_HEAD + _PROGNOSE_KOPF, encoding="utf-8")
    states = _grow_older(_sum_up(land, register))
    write_csv(
        folder / PROGNOSE,
        ("raum", "stichtag", "geschlecht", "altersgruppe", "personen"),
        (
            (kommune.ags, f"{year}-12-31", sex, code, int(people[at, i, j]))
            for year, people in zip(_YEARS, states, strict=True)
            for at, kommune in enumerate(land.kommunen)
            for i, sex in enumerate(SEXES)
            for j, code in enumerate(_CODES)
        ),
        delimiter=",",
    )


_PROGNOSE_KOPF = f"""
[prognose]
code = "beispiel-prognose"
titel = "Beispiel: Bevölkerungsprognose der Kommunen"
variante = "mittlere"
basis = 2025-12-31
veroeffentlicht = 2026-06-30
quelle = "Beispielregion (erfunden)"
datei = "{PROGNOSE}"
"""


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


def _write_rates() -> Iterator[str]:
    titles = {"pflegebeduerftig": "Pflegequoten", "stationaer": "Heimquoten"}
    for merkmal, (women, men) in _RATES.items():
        yield from (
            "",
            "[[quotentafel]]",
            f'code = "beispiel_{merkmal}_2023"',
            f'titel = "Beispiel: {titles[merkmal]} der Region 2023"',
            f'merkmal = "{merkmal}"',
            f'gebiet = "{_REGION}"',
            "stichtag = 2023-12-15",
            'quelle = "Beispielregion (erfunden)"',
            "gueltig_von = 2023-12-15",
        )
        for band, w, m in zip(_BANDS, women, men, strict=True):
            yield from ("", "  [[quotentafel.quoten]]", f'  altersgruppe = "{band}"')
            yield from (f"  w_prozent = {w}", f"  m_prozent = {m}")
    yield ""


def _write_survival() -> Iterator[str]:
    yield from (
        "",
        "[ueberlebenstafel]",
        'code = "beispiel-ueberleben"',
        'titel = "Beispiel: Überlebensfaktoren je fünf Jahre"',
        f'gebiet = "{_REGION}"',
        "stichtag = 2024-12-31",
        'quelle = "Beispielregion (erfunden)"',
        "mit_wanderung = false",
        'juengste = "konstant"',
    )
    for code, w, m in zip(_CODES, *survive().tolist(), strict=True):
        yield from ("", "  [[ueberlebenstafel.faktoren]]", f'  altersgruppe = "{code}"', f"  w = {w}", f"  m = {m}")
    yield ""
