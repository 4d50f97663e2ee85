"""Keep who reaches what, so that one Angebot more, less or elsewhere costs milliseconds and not a search from all.

Times to the nearest are kept by the routing engine (`routing.change`), and beside them which cells each
Angebot reaches. What is told of a changed supply equals what a search from all of it would tell.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.coverage import Wahl, change_wahl, count_wahl
from infrastruktur.routing.change import NearestField, add_source, build_nearest, move_source, remove_source
from infrastruktur.routing.network import Network
from infrastruktur.routing.search import times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import Snapped
from infrastruktur.storage.angebote import Supply

MOST_CHANGES = 50
"""Up to so many are followed one by one; each costs up to ten milliseconds, a search from all half a second."""

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Row = tuple[Ints, Ints]
"""The cells an Angebot reaches and the times, in deciseconds."""


@dataclass(frozen=True, eq=False)
class Weg:
    """How people and Angebote come together: on which network, from which cells, how far and which way.

    `snap_supply` puts Angebote (n, 2) on the network, by the doors that whoever moves can use.
    """

    network: Network
    cells: Snapped
    limits_ds: tuple[int, ...]
    far_ds: int
    reverse: bool
    snap_supply: Callable[[Floats], Snapped]


@dataclass(frozen=True, eq=False)
class Erreichbar:
    """What a supply (s,) is to the cells (n,).

    Attributes
    ----------
    nearest_ds, owner
        (n,) int32, -1 where nothing is near; the owner is a row of the supply.
    wahl
        Per limit, by how many Träger each cell is reached within it.
    reichweite
        Per row the cells it reaches within the widest limit.
    ohne_strasse
        How many Angebote lie at no street.

    """

    nearest_ds: Ints
    owner: Ints
    wahl: tuple[Wahl, ...]
    reichweite: tuple[Ints, ...]
    ohne_strasse: int


@dataclass(frozen=True, eq=False)
class Wegstand:
    """Who reaches what, of one supply. The numbers of `field.sources` are the rows of `supply`.

    Attributes
    ----------
    edge_ds
        (n,) int32 time from each cell to the edge of the data, -1 beyond the widest limit.
    rows
        Per Angebot what it reaches within the widest limit.
    wahl
        Per limit.

    """

    weg: Weg
    supply: Supply
    field: NearestField
    edge_ds: Ints
    rows: tuple[Row, ...]
    wahl: tuple[Wahl, ...]


def keep_reach(weg: Weg, supply: Supply) -> Wegstand:
    """Search from all of a supply with points, and keep what is needed to follow a change."""
    sources = weg.snap_supply(supply.xy_25832)
    field = build_nearest(weg.network, sources, weg.cells, limit_ds=weg.far_ds, reverse=weg.reverse)
    edge_ds = times_to_edge_of_data(weg.network, weg.cells, limit_ds=max(weg.limits_ds), reverse=weg.reverse)
    rows = tuple(_search_rows(weg, sources))
    traeger = supply.traeger_id.tolist()
    wahl = tuple(count_wahl(_near(rows, limit_ds), traeger, len(weg.cells)) for limit_ds in weg.limits_ds)
    return Wegstand(weg, supply, field, edge_ds, rows, wahl)


def follow_supply(stand: Wegstand, supply: Supply) -> Erreichbar | None:
    """Tell what a changed supply with points reaches; None where so much differs that a search from all is faster.

    An Angebot that came must stand behind those that were there, as a scenario puts it: among equals in time the
    nearest is the first.
    """
    before = {id_: number for number, id_ in enumerate(stand.supply.id.tolist())}
    numbers = [before.get(id_, -1) for id_ in supply.id.tolist()]
    stays = [number for number in numbers if number >= 0]
    gone = sorted(set(before.values()) - set(stays))
    came = [row for row, number in enumerate(numbers) if number < 0]
    moved = [
        row
        for row, number in enumerate(numbers)
        if number >= 0 and not np.array_equal(supply.xy_25832[row], stand.supply.xy_25832[number])
    ]
    in_order = stays == sorted(stays) and numbers[: len(stays)] == stays
    if not in_order or len(gone) + len(came) + len(moved) > MOST_CHANGES:
        return None
    numbers[len(stays) :] = range(len(before), len(before) + len(came))
    changed = [*moved, *came]
    places = stand.weg.snap_supply(supply.xy_25832[changed])
    field = _follow_nearest(stand.field, gone, {numbers[row]: at for at, row in enumerate(changed)}, places)
    rows = _follow_rows(stand, gone, [numbers[row] for row in changed], places)
    concerned = {numbers[row]: str(supply.traeger_id[row]) for row in changed}
    concerned |= {number: str(stand.supply.traeger_id[number]) for number in gone}
    kept = np.array(numbers, dtype=np.int64)
    row_of = np.full(len(field.sources) + 1, -1, dtype=np.int32)  # the last is for nobody, who is -1
    row_of[kept] = np.arange(len(kept), dtype=np.int32)
    return Erreichbar(
        nearest_ds=field.time_ds,
        owner=row_of[field.owner],
        wahl=_follow_wahl(stand, rows, concerned),
        reichweite=tuple(rows[number][0] for number in numbers),
        ohne_strasse=int(np.count_nonzero(field.sources.edge[kept] < 0)),
    )


def follow_rows(stood: Supply, stands: Supply) -> NDArray[np.int64]:
    """Find each Angebot of a supply with points (n,) by its row in another, -1 where it came or is elsewhere."""
    rows = {id_: row for row, id_ in enumerate(stood.id.tolist())}
    row = np.array([rows.get(id_, -1) for id_ in stands.id.tolist()], dtype=np.int64)
    known = np.flatnonzero(row >= 0)
    moved = known[(stood.xy_25832[row[known]] != stands.xy_25832[known]).any(axis=1)]
    row[moved] = -1
    return row


def _follow_nearest(field: NearestField, gone: list[int], placed: dict[int, int], places: Snapped) -> NearestField:
    """Take sources away, then put those at new places, by number; `placed` says which of the places."""
    for number in gone:
        field = remove_source(field, number)
    for number, at in sorted(placed.items()):
        point = places.take(np.array([at]))
        known = number < len(field.sources)
        field = move_source(field, number, point) if known else add_source(field, point)
    return field


def _follow_rows(stand: Wegstand, gone: list[int], placed: list[int], places: Snapped) -> list[Row]:
    """Give by number what each Angebot reaches, nothing where it is gone; those `placed` are at the new places."""
    rows = dict(enumerate(stand.rows))
    rows |= dict.fromkeys(gone, (np.empty(0, np.int32), np.empty(0, np.int32)))
    rows |= dict(zip(placed, _search_rows(stand.weg, places), strict=True))
    return [rows[number] for number in range(len(rows))]


def _follow_wahl(stand: Wegstand, rows: list[Row], concerned: dict[int, str]) -> tuple[Wahl, ...]:
    """Count anew the Träger of what came, went or moved, by number; of unknown ones each counts for itself."""
    of_traeger: dict[str, set[int]] = {name: set() for name in concerned.values()}
    for number, name in (*concerned.items(), *enumerate(stand.supply.traeger_id.tolist())):
        if number in concerned or (name and name in of_traeger):
            of_traeger[name].add(number)
    wahl = stand.wahl
    for name, numbers in of_traeger.items():
        old = [stand.rows[number] for number in sorted(numbers) if number < len(stand.rows)]
        new = [rows[number] for number in sorted(numbers)]
        wahl = tuple(
            change_wahl(each, _near(old, limit_ds), _near(new, limit_ds), known=name != "")
            for each, limit_ds in zip(wahl, stand.weg.limits_ds, strict=True)
        )
    return wahl


def _near(rows: Sequence[Row], limit_ds: int) -> list[Ints]:
    return [cells[time_ds <= limit_ds] for cells, time_ds in rows]


def _search_rows(weg: Weg, sources: Snapped) -> Iterator[Row]:
    times = travel_times(weg.network, sources, weg.cells, limit_ds=max(weg.limits_ds), reverse=weg.reverse)
    for begin, end in zip(times.indptr[:-1].tolist(), times.indptr[1:].tolist(), strict=True):
        yield times.target[begin:end], times.time_ds[begin:end]
