"""Erreichbarkeit: who reaches enough Angebote, who does not, and for whom nothing can be said.

Every person is in exactly one of three states, so the three always sum to all. Reached is always
reached; not reached counts only where the search could have found something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.routing.kernels import compiled

ERREICHT, NICHT_ERREICHT, OHNE_AUSSAGE = 0, 1, 2
"""States of a cell; also the columns of `tally`."""

ABSEITS, RAND_DER_DATEN, TRAEGER_UNBEKANNT, UNERREICHBAR, SONST = 0, 1, 2, 3, 4
"""Why nothing can be said of a cell: it lies at no street, the search met the edge of the data, only an unknown Träger
decides; or why a cell that is not reached is hopeless: no Angebot however far. `SONST` is neither."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
Points = NDArray[np.object_]
States = NDArray[np.uint8]


@dataclass(frozen=True)
class Reach:
    """Which targets each source reaches, as compressed rows.

    Attributes
    ----------
    indptr
        (n_sources + 1,) int64; the targets of source s are `target[indptr[s]:indptr[s + 1]]`.
    target
        (indptr[-1],) int32.

    """

    indptr: NDArray[np.int64]
    target: Ints


def split_rows(reach: Reach) -> tuple[Ints, ...]:
    """Give the targets of each source, without copying them."""
    ends = reach.indptr.tolist()
    return tuple(reach.target[begin:end] for begin, end in pairwise(ends))


def join_rows(rows: Sequence[Ints]) -> Reach:
    """Put the targets of each source behind one another."""
    ends = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Reach(ends, np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32, copy=False))


def count_providers(indptr: NDArray[np.int64], target: Ints, provider: Ints, n_targets: int) -> Ints:
    """Count the distinct Träger that reach each target: two houses of one Träger are no choice.

    A lower bound where a Träger is unknown (-1): such a source may belong to any of the others, so it
    counts only where nothing else reaches.

    Parameters
    ----------
    indptr, target
        As in `Reach`.
    provider
        (n_sources,) int32 index of the Träger, -1 unknown.

    Returns
    -------
    (n_targets,) int32.

    """
    of_pair = np.repeat(provider, np.diff(indptr))
    order = np.argsort(of_pair, kind="stable")
    of_pair, target = of_pair[order], target[order]
    names, begins = np.unique(of_pair, return_index=True)
    count = np.zeros(n_targets, dtype=np.int32)
    unknown = np.zeros(n_targets, dtype=np.bool_)
    # One mask per Träger is linear in pairs; sorting all (target, Träger) pairs is not.
    for name, cells in zip(names.tolist(), np.split(target, begins[1:]), strict=False):  # without pairs, no names
        reached = np.zeros(n_targets, dtype=np.bool_)
        reached[cells] = True
        if name < 0:
            unknown |= reached
        else:
            count += reached
    return np.maximum(count, unknown, dtype=np.int32)


@dataclass(frozen=True)
class Wahl:
    """By how many Träger each cell is reached (n_cells,) int32, kept so that one of them can change.

    Attributes
    ----------
    known
        Distinct Träger that are known.
    unknown
        Angebote whose Träger is not.

    """

    known: Ints
    unknown: Ints

    @property
    def surely(self) -> Ints:
        """As `count_providers`: an unknown Träger counts only where nothing else reaches."""
        return np.maximum(self.known, self.unknown > 0, dtype=np.int32)

    @property
    def perhaps(self) -> Ints:
        """Count each unknown Träger as one of its own."""
        return (self.known + self.unknown).astype(np.int32)


def count_wahl(rows: Sequence[Ints], traeger: Sequence[str], n_cells: int) -> Wahl:
    """Count the Träger that reach each cell: `rows` are the cells each Angebot reaches, `traeger` "" where unknown."""
    nobody = np.zeros(n_cells, dtype=np.int32)
    wahl = Wahl(nobody, nobody)
    for name in sorted(set(traeger)):
        own = [row for row, of in zip(rows, traeger, strict=True) if of == name]
        wahl = change_wahl(wahl, [], own, known=name != "")
    return wahl


def change_wahl(wahl: Wahl, before: Sequence[Ints], after: Sequence[Ints], *, known: bool) -> Wahl:
    """Let the Angebote of one Träger, or all whose Träger is not `known`, reach other cells than before."""
    n_cells = len(wahl.known)
    if known:
        return Wahl((wahl.known - _any_of(before, n_cells) + _any_of(after, n_cells)).astype(np.int32), wahl.unknown)
    return Wahl(wahl.known, (wahl.unknown - _sum_of(before, n_cells) + _sum_of(after, n_cells)).astype(np.int32))


def _any_of(rows: Sequence[Ints], n_cells: int) -> Ints:
    """Mark the cells (n_cells,) at least one row names."""
    reached = np.zeros(n_cells, dtype=np.int32)
    for row in rows:
        reached[row] = 1
    return reached


def _sum_of(rows: Sequence[Ints], n_cells: int) -> Ints:
    """Count the rows that name each cell (n_cells,); a row names a cell once."""
    total = np.zeros(n_cells, dtype=np.int32)
    for row in rows:
        total[row] += 1
    return total


def cell_states(providers: Ints, *, mindestens: int, snapped: Bools, edge_met: Bools) -> States:
    """Judge each cell (n,): `ERREICHT`, `NICHT_ERREICHT` or `OHNE_AUSSAGE`.

    `snapped` is False where the cell found no street; `edge_met` is True where the search met the edge
    of the data within the limit, so that something beyond may have been missed.
    """
    unsure = ~snapped | edge_met
    states = np.where(unsure, OHNE_AUSSAGE, NICHT_ERREICHT)
    return np.where(providers >= mindestens, ERREICHT, states).astype(np.uint8)


def tally(personen: Floats, piece_area: Ints, piece_cell: Ints, states: States, n_areas: int) -> Floats:
    """Sum the people of each area by the state of their cell.

    Bands that move at speeds of their own have states of their own: tally each and add. People of an
    area without any cell (`Raked.ohne_zelle`) belong to column `OHNE_AUSSAGE`, see `add_ohne_zelle`.

    Parameters
    ----------
    personen
        (n_pieces,) people of one band.
    states
        (n_cells,) codes.

    Returns
    -------
    (n_areas, 3) float64, columns erreicht, nicht_erreicht, ohne_aussage.

    """
    counts = np.zeros((n_areas, 3))
    sum_states(personen, piece_area, piece_cell, states, counts)
    return counts


def tally_said(
    personen: Floats,
    piece_area: Ints,
    piece_cell: Ints,
    said: tuple[States, States],
    n_areas: int,
) -> tuple[Floats, Floats]:
    """Sum by state and by reason, as `tally` and `tally_reasons` do, in one pass; `said` are both (n_cells,)."""
    counts, by_reason = np.zeros((n_areas, 3)), np.zeros((n_areas, SONST + 1))
    sum_said(personen, piece_area, piece_cell, *said, counts, by_reason)
    return counts, by_reason[:, :SONST]


@compiled
def sum_said(  # noqa: PLR0913, PLR0917 - a compiled pass takes its columns one by one
    personen: Floats,
    piece_area: Ints,
    piece_cell: Ints,
    states: States,
    reasons: States,
    counts: Floats,
    by_reason: Floats,
) -> None:
    for piece in range(len(personen)):
        area, cell = piece_area[piece], piece_cell[piece]
        counts[area, states[cell]] += personen[piece]
        by_reason[area, reasons[cell]] += personen[piece]


@compiled
def sum_states(personen: Floats, piece_area: Ints, piece_cell: Ints, states: States, counts: Floats) -> None:
    """Add the people of each piece to those of its area and its cell's state (n_areas, n_states)."""
    for piece in range(len(personen)):
        counts[piece_area[piece], states[piece_cell[piece]]] += personen[piece]


def find_reasons(states: States, *, snapped: Bools, edge_met: Bools, nearest: Floats) -> States:
    """Say of each cell (n,) why it has no statement, or that nothing is in reach of it however far.

    The first reason that holds, in their order. `nearest` is infinite where the search found nothing.
    """
    unsure = states == OHNE_AUSSAGE
    hopeless = (states == NICHT_ERREICHT) & ~np.isfinite(nearest)
    reasons = np.where(unsure, TRAEGER_UNBEKANNT, np.where(hopeless, UNERREICHBAR, SONST))
    reasons = np.where(unsure & edge_met, RAND_DER_DATEN, reasons)
    return np.where(unsure & ~snapped, ABSEITS, reasons).astype(np.uint8)


def tally_reasons(personen: Floats, piece_area: Ints, piece_cell: Ints, reasons: States, n_areas: int) -> Floats:
    """Sum the people of each area by reason: (n_areas, 4) float64.

    Columns `ABSEITS`, `RAND_DER_DATEN` and `TRAEGER_UNBEKANNT` sum to `OHNE_AUSSAGE` of `tally`; `UNERREICHBAR` is a
    part of `NICHT_ERREICHT`.
    """
    counts = np.zeros((n_areas, SONST + 1))
    sum_states(personen, piece_area, piece_cell, reasons, counts)
    return counts[:, :SONST]


def tally_choices(personen: Floats, piece_area: Ints, piece_cell: Ints, traeger: Ints, n_areas: int) -> Floats:
    """Sum the people of each area who have a statement, and the Träger each of them can choose among.

    Parameters
    ----------
    traeger
        (n_cells,) different Träger in reach, -1 where there is no statement.

    Returns
    -------
    (n_areas, 2) float64; the second by the first is the mean.

    """
    total = np.zeros((n_areas, 2))
    sum_choices(personen, piece_area, piece_cell, traeger, total)
    return total


@compiled
def sum_choices(personen: Floats, piece_area: Ints, piece_cell: Ints, traeger: Ints, total: Floats) -> None:
    for piece in range(len(personen)):
        choices = traeger[piece_cell[piece]]
        if choices >= 0 and personen[piece] > 0:
            total[piece_area[piece], 0] += personen[piece]
            total[piece_area[piece], 1] += personen[piece] * choices


def mean_choices(total: Floats) -> Floats:
    """Give the mean number of Träger per area of a tally of choices (n_areas, 2); NaN where nobody has a statement."""
    mean = np.full(len(total), np.nan)
    np.divide(total[:, 1], total[:, 0], out=mean, where=total[:, 0] > 0)
    return mean


def add_ohne_zelle(counts: Floats, ohne_zelle: Floats) -> Floats:
    """Count people (n_areas,) without a cell as `OHNE_AUSSAGE` in a tally (n_areas, 3)."""
    added = counts.copy()
    added[:, OHNE_AUSSAGE] += ohne_zelle
    return added


def anteil_prozent(erreicht: Floats, personen: Floats) -> Floats:
    """Share of people reached in percent; NaN where there are none (R8)."""
    share = np.full(len(personen), np.nan)
    np.divide(100.0 * erreicht, personen, out=share, where=personen > 0)
    return share


def anteil_erreicht(counts: Floats) -> Floats:
    """Share reached of all people in a tally (n_areas, 3) in percent.

    NaN also where nobody has a statement: nought of people about whom nothing is known is no nought.
    """
    share = anteil_prozent(counts[:, ERREICHT], counts.sum(axis=1))
    return np.where(counts[:, ERREICHT] + counts[:, NICHT_ERREICHT] > 0, share, np.nan)


def reach_straight(xy_cells: Floats, xy_sources: Floats, max_meter: float, cells: Points | None = None) -> Reach:
    """Find for each source the cells within a straight line, limit included; for `metrik = "luftlinie"`.

    `cells` are the cells as points, where they were made before: fifty thousand new objects call the garbage collector.

    Parameters
    ----------
    xy_cells, xy_sources
        (n, 2) and (m, 2) metres in one plane, such as EPSG:25832; NaN reaches nothing.

    """
    cells, sources = make_points(xy_cells) if cells is None else cells, make_points(xy_sources)
    source, cell = shapely.STRtree(cells).query(sources, predicate="dwithin", distance=max_meter)
    order = np.lexsort((cell, source))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=len(sources)))))
    return Reach(indptr.astype(np.int64), cell[order].astype(np.int32))


def nearest_straight(xy_cells: Floats, xy_sources: Floats, cells: Points | None = None) -> tuple[Ints, Floats]:
    """Find for each cell (n, 2) the nearest source (m, 2) and its distance in metres; -1 and inf without any.

    `cells` as in `reach_straight`.
    """
    owner = np.full(len(xy_cells), -1, dtype=np.int32)
    distance_m = np.full(len(xy_cells), np.inf)
    usable = np.flatnonzero(np.isfinite(xy_sources).all(axis=1))
    known = np.flatnonzero(np.isfinite(xy_cells).all(axis=1))
    if len(usable) and len(known):
        cells = make_points(xy_cells) if cells is None else cells
        nearest = shapely.STRtree(make_points(xy_sources[usable])).nearest(cells[known])
        owner[known] = usable[nearest]
        distance_m[known] = np.hypot(*(xy_sources[owner[known]] - xy_cells[known]).T)
    return owner, distance_m


def circle_leaves(area: shapely.Polygon | shapely.MultiPolygon, xy: Floats, radius_m: float) -> Bools:
    """Tell for each point (n, 2) whether a circle around it is not all inside the area."""
    points = shapely.points(xy)
    shapely.prepare(area)
    near = shapely.distance(area.boundary, points) < radius_m
    leaves: Bools = near | ~np.asarray(shapely.covers(area, points))
    return leaves


def make_points(xy: Floats) -> Points:
    """Make points (n,) of (n, 2); NaN rows become None, which indexes pass over."""
    made = np.full(len(xy), None, dtype=object)
    known = np.isfinite(xy).all(axis=1)
    made[known] = shapely.points(xy[known])
    return made
