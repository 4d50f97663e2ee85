"""Versorgungsquartier: which components of a criteria set an area has, and what it lacks, the missing ones first.

A profile, no single score: each criterion has a state of its own (domain 4.2). What rests on records nobody
has checked, on people nobody counts, or on a timetable nobody has is `nicht_bewertbar`, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.coverage import ERREICHT, NICHT_ERREICHT, Reach, count_providers
from infrastruktur.planning.gaps import bis_zum_ziel
from infrastruktur.routing.kernels import Longs, compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
Counted = NDArray[np.int64]


class Zustand(StrEnum):
    """How an area stands to a criterion, from what is missing to what is there."""

    NICHT_ERFUELLT = "nicht_erfuellt"
    TEILWEISE = "teilweise"
    NICHT_BEWERTBAR = "nicht_bewertbar"
    ERFUELLT = "erfuellt"


WERT = {Zustand.NICHT_ERFUELLT: 0.0, Zustand.TEILWEISE: 0.5, Zustand.ERFUELLT: 1.0}
"""What a state counts in the index; what cannot be judged counts nowhere."""
_ORDER = {zustand: place for place, zustand in enumerate(Zustand)}

UNGEPRUEFT = "ungeprueft"
"""Why a criterion is not judged though it has numbers: a reason beside those of `Grund`, of this figure alone."""

_SEVERAL = -2

States = NDArray[np.str_]
"""Values of `Zustand`."""


@dataclass(frozen=True)
class Massstab:
    """When a criterion is met, and when partly: shares in per cent, `teilweise_ab_prozent` of the first."""

    anteil_prozent: float
    teilweise_ab_prozent: float


def judge(counts: Floats, massstab: Massstab, *, softer: Floats | None = None, inside: Bools | None = None) -> States:
    """Judge areas by whom a criterion reaches: (n_areas,).

    Met where `bis_zum_ziel` is 0, so that a state and its missing people never contradict each other. Partly
    met where a part of the share is reached, where the softer demand meets all of it, or where enough Träger
    lie within the area itself.

    Parameters
    ----------
    counts, softer
        (n_areas, 3) tallies of coverage, of the criterion and of its softer demand.
    inside
        (n_areas,) whether enough lies within the area.

    """
    judged = counts[:, ERREICHT] + counts[:, NICHT_ERREICHT]
    partly = _meets(counts, massstab.anteil_prozent * massstab.teilweise_ab_prozent / 100)
    if softer is not None:
        partly |= _meets(softer, massstab.anteil_prozent)
    if inside is not None:
        partly |= inside
    cases = [~(judged > 0), _meets(counts, massstab.anteil_prozent), partly]
    return np.select(
        cases, [Zustand.NICHT_BEWERTBAR, Zustand.ERFUELLT, Zustand.TEILWEISE], default=Zustand.NICHT_ERFUELLT
    )


def _meets(counts: Floats, anteil_prozent: float) -> Bools:
    judged = counts[:, ERREICHT] + counts[:, NICHT_ERREICHT]
    meets: Bools = bis_zum_ziel(counts[:, ERREICHT], judged, anteil_prozent) == 0
    return meets & (judged > 0)


def is_unsure(ungeprueft: Counted, angebote: Counted, unsicher_ab_prozent: float) -> Bools:
    """Tell where more than a part of the relevant records is unchecked (n_areas,)."""
    return np.asarray(100.0 * ungeprueft > unsicher_ab_prozent * angebote)


def relevant_records(reach: Reach, piece_area: Ints, piece_cell: Ints, n_areas: int) -> Bools:
    """Find whose records a figure of an area rests on: what somebody living there reaches, (n_areas, n_sources).

    Parameters
    ----------
    reach
        The cells each source reaches.
    piece_area, piece_cell
        (n_pieces,) where people live; area -1 takes no part.

    """
    placed = np.flatnonzero(piece_area >= 0)
    placed = placed[np.argsort(piece_cell[placed], kind="stable")]
    area, cell = piece_area[placed].astype(np.int32), piece_cell[placed]
    n_cells = int(max(cell.max(initial=-1), reach.target.max(initial=-1))) + 1
    begins = np.concatenate(([0], np.cumsum(np.bincount(cell, minlength=n_cells)))).astype(np.int64)
    # A cell lies in one area nearly always: to look that up first halves the time.
    only = np.full(n_cells, -1, dtype=np.int32)
    only[cell] = area
    only[np.diff(begins) > 1] = _SEVERAL
    relevant = np.zeros((n_areas, len(reach.indptr) - 1), dtype=np.bool_)
    mark_relevant(reach.indptr, reach.target, (only, begins, area), relevant)
    return relevant


@compiled
def mark_relevant(indptr: Longs, target: Ints, where: tuple[Ints, Longs, Ints], relevant: Bools) -> None:
    """Mark each source (s,) for the areas of the pieces in cells it reaches.

    `where` is the area of each cell, -1 none, or `_SEVERAL`: then the areas from its begin to that of the next cell.
    """
    only, begins, area = where
    for source in range(len(indptr) - 1):
        for pair in range(indptr[source], indptr[source + 1]):
            cell = target[pair]
            if only[cell] >= 0:
                relevant[only[cell], source] = True
            elif only[cell] == _SEVERAL:
                for piece in range(begins[cell], begins[cell + 1]):
                    relevant[area[piece], source] = True


def or_all(relevant: Bools) -> Bools:
    """Let an area that reaches nothing rest on all records: that nothing is near follows from the whole list."""
    return relevant | ~relevant.any(axis=1, keepdims=True)


@dataclass(frozen=True)
class Einsatz:
    """Who comes to which area, as far as records tell; two arrays (n_areas, n_sources) of bool.

    Attributes
    ----------
    surely
        It says it does, and has all that is asked for.
    perhaps
        Nothing it says excludes that it does.

    """

    surely: Bools
    perhaps: Bools


def parse_einsatzgebiet(text: str) -> frozenset[str]:
    """Read the keys of areas an Angebot serves: `05334032; 05334020-M01`."""
    return frozenset(re.findall(r"[0-9A-Za-z-]+", text))


def serve(einsatzgebiete: Sequence[frozenset[str]], fits: Floats, areas: Sequence[frozenset[str]]) -> Einsatz:
    """Tell who comes to which area.

    Parameters
    ----------
    einsatzgebiete
        Per source the keys it serves, empty where nobody states them.
    fits
        (n_sources,) 1 where it has what is asked for, 0 where not, NaN where nobody says.
    areas
        Per area the keys any of which means all of it: its own, its Kommune's and the Region's.

    """
    stated = np.array([bool(keys) for keys in einsatzgebiete], dtype=np.bool_)
    inside = np.array(
        [[not keys.isdisjoint(area) for keys in einsatzgebiete] for area in areas], dtype=np.bool_
    ).reshape(len(areas), len(einsatzgebiete))
    return Einsatz(surely=inside & (fits == 1), perhaps=(inside | ~stated) & ~(fits == 0))


def count_einsatz(einsatz: Einsatz, provider: Ints) -> tuple[Ints, Ints]:
    """Count the distinct Träger that come to each area, surely and at most; `provider` (n_sources,), -1 unknown."""
    own = np.where(provider < 0, len(provider) + np.arange(len(provider)), provider).astype(np.int32)
    return count_sources(einsatz.surely, provider), count_sources(einsatz.perhaps, own)


def count_sources(belongs: Bools, provider: Ints) -> Ints:
    """Count the distinct Träger of each area's sources: `belongs` (n_areas, n_sources) → (n_areas,)."""
    source, area = np.nonzero(belongs.T)
    indptr = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=len(provider)))))
    return count_providers(indptr, area.astype(np.int32), provider, len(belongs))


def order_profile(states: Sequence[Zustand], gewichte: Sequence[int], fehlt: Sequence[float]) -> list[int]:
    """Order the criteria of one area: missing before partly met, heavy before light, then by the share that lacks."""
    keys = [(_ORDER[state], -weight, -lack) for state, weight, lack in zip(states, gewichte, fehlt, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)


def index_prozent(states: Sequence[Zustand], gewichte: Sequence[int]) -> tuple[float | None, float]:
    """Give the weighted index of one area, and how much of the weight could be judged at all; both per cent.

    100 · Σ weight · state / Σ weight over what can be judged, with the states as in `WERT`; None where nothing can.
    """
    judged = [(WERT[state], weight) for state, weight in zip(states, gewichte, strict=True) if state in WERT]
    total, known = sum(gewichte), sum(weight for _, weight in judged)
    if not known:
        return None, 0.0
    return 100 * sum(value * weight for value, weight in judged) / known, 100 * known / total
