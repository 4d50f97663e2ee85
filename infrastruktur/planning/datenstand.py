"""How good what the catalogue says is: how much was confirmed lately, and how much lacks places or a point.

Confirmed is what somebody stated or checked within the twelve months before a day; the same for every Fachbereich,
so that Kommunen can be laid side by side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.tabelle import Spalte, Wert
from infrastruktur.planning.gaps import year_before
from infrastruktur.planning.spalten import GEBIET, GRUND, STICHTAG, anzahl, text, zahl

ALLE = "alle"
DATENSTAND: tuple[Spalte, ...] = (
    *GEBIET,
    text("fachbereich", "Fachbereich"),
    anzahl("angebote", "Angebote"),
    anzahl("bestaetigt", "In zwölf Monaten bestätigt"),
    zahl("bestaetigt_prozent", "Anteil in zwölf Monaten bestätigt", "%"),
    anzahl("mit_plaetzen", "Angebote, deren Größe Plätze sind"),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    zahl("ohne_platzzahl_prozent", "Anteil ohne Platzzahl", "%"),
    anzahl("ohne_punkt", "Angebote ohne Punkt"),
    zahl("ohne_punkt_prozent", "Anteil ohne Punkt", "%"),
    GRUND,
    STICHTAG,
    text("fachbereich_titel", "Bezeichnung des Fachbereichs"),
)
"""`ohne_platzzahl` is a share of `mit_plaetzen`, the others of `angebote`."""


@dataclass(frozen=True)
class Angaben:
    """What is asked of each Angebot, as columns of equal length n.

    Attributes
    ----------
    gebiet
        (n,) number of its area.
    fachbereich
        (n,) code of its category.
    bestaetigt
        (n,) bool, stated or checked lately.
    mit_plaetzen, ohne_platzzahl
        (n,) bool, whether its size is places, and of these, whether nobody says how many.
    ohne_punkt
        (n,) bool.

    """

    gebiet: NDArray[np.int32]
    fachbereich: NDArray[np.str_]
    bestaetigt: NDArray[np.bool_]
    mit_plaetzen: NDArray[np.bool_]
    ohne_platzzahl: NDArray[np.bool_]
    ohne_punkt: NDArray[np.bool_]

    def of(self, fachbereich: str) -> Self:
        """Give those of a Fachbereich, or `ALLE`."""
        if fachbereich == ALLE:
            return self
        rows = np.flatnonzero(self.fachbereich == fachbereich)
        return replace(self, **{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def is_confirmed(
    stand: NDArray[np.datetime64], zuletzt_geprueft: NDArray[np.datetime64], stichtag: date
) -> NDArray[np.bool_]:
    """Say of each (n,) whether it was stated or checked within the twelve months before a day; NaT is never."""
    earliest = np.datetime64(year_before(stichtag), "D")
    confirmed: NDArray[np.bool_] = (stand >= earliest) | (zuletzt_geprueft >= earliest)
    return confirmed


def count_datenstand(angaben: Angaben, n_gebiete: int) -> list[dict[str, Wert]]:
    """Count the Angaben of each area for `DATENSTAND`; a share of nothing is none."""
    counted = {
        name: np.bincount(angaben.gebiet[which], minlength=n_gebiete).tolist()
        for name, which in (
            ("angebote", np.ones(len(angaben.gebiet), dtype=np.bool_)),
            ("bestaetigt", angaben.bestaetigt),
            ("mit_plaetzen", angaben.mit_plaetzen),
            ("ohne_platzzahl", angaben.ohne_platzzahl),
            ("ohne_punkt", angaben.ohne_punkt),
        )
    }
    return [_state(dict(zip(counted, row, strict=True))) for row in zip(*counted.values(), strict=True)]


def _state(counted: Mapping[str, int]) -> dict[str, Wert]:
    return {
        **counted,
        "bestaetigt_prozent": _percent(counted["bestaetigt"], counted["angebote"]),
        "ohne_platzzahl_prozent": _percent(counted["ohne_platzzahl"], counted["mit_plaetzen"]),
        "ohne_punkt_prozent": _percent(counted["ohne_punkt"], counted["angebote"]),
        "grund": None if counted["angebote"] else Grund.KEINE_DATEN.value,
    }


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
