"""Count the people who live where a search gets to, by group: over the cells' travel times, never over a polygon.

A cell counts whole or not at all, by the time at which its middle is reached. Small numbers are kept from the public,
and so is what two numbers of one answer would give away when subtracted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe
from infrastruktur.planning.disclosure import THRESHOLD
from infrastruktur.routing.search import nearest_times
from infrastruktur.routing.snap import Snapped, snap
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.prepare_reise import Reise
from infrastruktur.usecases.prepare_ways import CELL_TO_STREET_M
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.spread_population import Gitter, Verteilung, spread_population

GRUPPEN = ("alle", "ab65", "ab75", "ab80")
"""Counted in every answer, beside the group that was asked for."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Zahl(msgspec.Struct, frozen=True):
    """A number of people, or why there is none."""

    personen: float | None
    grund: str | None = None


@dataclass(frozen=True)
class Bewohner:
    """A group where it lives: people per cell (n,), and the cells on the network; without cells `grund` says why."""

    gruppe: Gruppe
    grund: str | None = None
    personen: Floats | None = None
    cells: Snapped | None = None
    ohne_zelle: float = 0.0
    quelle: str | None = None
    stichtag: date | None = None

    @property
    def ohne_aussage(self) -> float:
        """People whose cell is on no street, or who are in no cell."""
        if self.personen is None or self.cells is None:
            return 0.0
        return self.ohne_zelle + float(self.personen[self.cells.edge < 0].sum())


def locate_residents(
    context: Context, reise: Reise, altersgruppe: str | None, stichtag: date | None
) -> tuple[Bewohner, ...]:
    """Say where the groups live, as of the Stichtag, else the region's; a group no source tells keeps its reason."""
    codes = tuple(dict.fromkeys((*GRUPPEN, *([] if altersgruppe is None else [altersgruppe]))))
    try:
        day = choose_stichtag(context, stichtag)
        verteilung = spread_population(context, day)
    except NotAssessable as error:
        return tuple(Bewohner(parse_gruppe(code), grund=error.grund.value) for code in codes)
    key = ("bewohner", context.revision(), reise.ways, day, codes)
    return context.networks.recall(key, lambda: tuple(_locate(context, reise, verteilung, code) for code in codes))


def _locate(context: Context, reise: Reise, verteilung: Verteilung, code: str) -> Bewohner:
    gruppe = parse_gruppe(code)
    try:
        wohnorte = verteilung.locate(gruppe)
    except NotAssessable as error:
        return Bewohner(gruppe, grund=error.grund.value)
    pieces, gitter = wohnorte.gitter.pieces, wohnorte.gitter
    return Bewohner(
        gruppe,
        personen=np.bincount(pieces.cell, wohnorte.personen, len(gitter.xy_25832)).astype(np.float64),
        cells=_snap_cells(context, reise, gitter),
        ohne_zelle=float(wohnorte.ohne_zelle.sum()),
        quelle=wohnorte.quelle,
        stichtag=wohnorte.stichtag,
    )


def _snap_cells(context: Context, reise: Reise, gitter: Gitter) -> Snapped:
    grid = (gitter.zellen.quelle, gitter.zellen.stichtag, gitter.zellen.groesse_m)
    key = ("zellen", *reise.ways, grid, context.revision())
    return context.networks.recall(key, lambda: snap(reise.network, gitter.xy_25832, limit_m=CELL_TO_STREET_M))


def count_within(
    reise: Reise, bewohner: Sequence[Bewohner], places: Snapped, limits_ds: Sequence[int], *, reverse: bool
) -> Floats:
    """Count (groups, limits) people whose cell lies within each limit of the nearest place; NaN where none can."""
    counted = np.full((len(bewohner), len(limits_ds)), np.nan)
    times: dict[int, NDArray[np.int32]] = {}
    for row, each in enumerate(bewohner):
        if each.personen is None or each.cells is None:
            continue
        if id(each.cells) not in times:  # groups of one source share their cells
            found = nearest_times(reise.network, places, each.cells, limit_ds=max(limits_ds), reverse=reverse)
            times[id(each.cells)] = found[0]
        time = times[id(each.cells)]
        counted[row] = [each.personen[(time >= 0) & (time <= limit)].sum() for limit in limits_ds]
    return counted


def publish_counts(bewohner: Sequence[Bewohner], counted: Floats, *, public: bool) -> list[list[Zahl]]:
    """Write counts (groups, limits) for their reader: whole and without small ones for the public."""
    shown = show_counts([each.gruppe for each in bewohner], counted) if public else np.isfinite(counted)
    return [
        [_zahl(value, bool(show), each, public=public) for value, show in zip(values, shows, strict=True)]
        for each, values, shows in zip(bewohner, counted.tolist(), shown, strict=True)
    ]


def _zahl(value: float, show: bool, bewohner: Bewohner, *, public: bool) -> Zahl:  # noqa: FBT001 - one cell of a mask
    if bewohner.personen is None:
        return Zahl(None, bewohner.grund)
    if not show:
        return Zahl(None, Grund.GEHEIM.value)
    return Zahl(float(np.floor(value + 0.5)) if public else round(value, 2))


def show_counts(gruppen: Sequence[Gruppe], counted: Floats, *, threshold: int = THRESHOLD) -> Bools:
    """Choose which counts (groups, limits) the public may see, limits ascending.

    Each is nought or at least `threshold`, and so is the difference to every shown count of people it is a part of:
    a ring between two limits, or the younger ones of a group, is a count as well. The largest are shown first.
    """
    whole, shown = np.floor(np.nan_to_num(counted) + 0.5), np.zeros(counted.shape, dtype=np.bool_)
    places = [(row, column) for row in range(counted.shape[0]) for column in range(counted.shape[1])]
    for row, column in sorted(places, key=lambda place: -whole[place]):
        value = counted[row, column]
        if np.isnan(value) or 0 < value < threshold:
            continue
        around = [
            whole[other] - whole[row, column]
            for other in zip(*np.nonzero(shown), strict=True)
            if other[1] >= column and gruppen[other[0]].covers(gruppen[row])
        ]
        shown[row, column] = all(rest == 0 or abs(rest) >= threshold for rest in around)
    return shown
