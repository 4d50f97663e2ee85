"""Times from many sources at once: one climb a source, then one pass down all arcs that lead to a target.

RPHAST (Delling, Goldberg, Werneck 2011) over a customised contraction: sources are the lanes of a row, so an arc is
read once for 32 of them. Nodes from which no target hangs and arcs longer than the limit are left out.
Times are 16 bits where the limit allows, 32 beyond 109 minutes; a row of 64 carries the nearest source with the time.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.contraction import Shortcuts
from infrastruktur.routing.ends import Ends
from infrastruktur.routing.kernels import UNREACHED, Ints, Longs, compiled
from infrastruktur.routing.lanes import ROW_BYTES, drop_beyond, keep_sooner

Times = NDArray[Any]

OWNER_BITS = 32
"""A key is time times 2**32 plus owner: the least of two is the nearer, and among equals the lower owner."""

UNREACHED_KEY = np.int64(2**62)


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a pass to certain targets within a limit needs; n nodes, w of them swept, k arcs, t targets.

    Attributes
    ----------
    up
        Arcs of the climb: indptr (n+1,) i8, upper rank and time i4.
    rank (n,) i4, place (n,) i4
        Rank of a node; place of a rank in the pass, -1 if left out.
    arcs
        Of the pass: indptr (w+1,) i8, place they come from i4, time as in a row.
    reads
        order (t,) i4 of reading; place (t, 2) i4 and time (t, 2) as in a row, its largest value for none.
    direct
        Targets by edge: indptr (e+1,) i8 and target i4; their places (t, 2) and off-road times (t,) i4.
    limit_ds
        Never above the largest value of a row less one.
    """

    up: tuple[Longs, Ints, Ints]
    rank: Ints
    place: Ints
    arcs: tuple[Longs, Ints, Times]
    reads: tuple[Ints, Ints, Times]
    direct: tuple[Longs, Ints, Ints, Ints]
    limit_ds: int

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.arcs[2].dtype

    @property
    def lanes(self) -> int:
        return ROW_BYTES // self.dtype.itemsize

    def make_rows(self) -> Times:
        """Room for one pass (w, lanes)."""
        return np.empty((len(self.arcs[0]) - 1, self.lanes), self.dtype)


_PLANS_KEPT = 4
_plans: WeakKeyDictionary[Ends, WeakKeyDictionary[Shortcuts, dict[tuple[int, bool, bool], Sweep]]] = WeakKeyDictionary()


def find_plan(shortcuts: Shortcuts, reads: Ends, *, limit_ds: int, reverse: bool, owners: bool = False) -> Sweep:
    """Plan passes that end at `reads`, or begin there when `reverse`; the latest few plans are kept with them."""
    kept = _plans.setdefault(reads, WeakKeyDictionary()).setdefault(shortcuts, {})
    asked = (limit_ds, reverse, owners)
    plan = kept.pop(asked, None) or plan_sweep(shortcuts, reads, limit_ds=limit_ds, reverse=reverse, owners=owners)
    kept[asked] = plan
    for longest_unused in list(kept)[:-_PLANS_KEPT]:
        kept.pop(longest_unused, None)
    return plan


def is_planned(shortcuts: Shortcuts, reads: Ends, *, limit_ds: int, reverse: bool) -> bool:
    """Whether a plan for times without owners is kept."""
    of_reads = _plans.get(reads)
    return of_reads is not None and (limit_ds, reverse, False) in of_reads.get(shortcuts, {})


def plan_sweep(shortcuts: Shortcuts, reads: Ends, *, limit_ds: int, reverse: bool, owners: bool = False) -> Sweep:
    """Choose nodes and arcs for passes that end at `reads`, or begin there when `reverse`."""
    contraction = shortcuts.contraction
    up_ds, down_ds = shortcuts.up_ds, shortcuts.down_ds
    if reverse:
        up_ds, down_ds = down_ds, up_ds
    dtype: type[Any] = np.uint64 if owners else np.uint16 if limit_ds < np.iinfo(np.uint16).max else np.uint32
    unit = 1 << OWNER_BITS if owners else 1
    largest = np.iinfo(dtype).max
    allowed = (reads.time_ds >= 0) & (reads.time_ds <= limit_ds)
    read_rank = np.where(allowed, contraction.rank[reads.node], -1).astype(np.int32)
    place, indptr, origin, time_ds = restrict(contraction.indptr, contraction.upper, down_ds, read_rank, limit_ds)
    read_place = np.where(allowed, place[read_rank], 0).astype(np.int32)
    read_time = np.where(allowed, reads.time_ds, 0).astype(dtype) * dtype(unit)
    read_time[~allowed] = largest
    return Sweep(
        up=(contraction.indptr, contraction.upper, up_ds),
        rank=contraction.rank,
        place=place,
        arcs=(indptr, origin, time_ds.astype(dtype) * dtype(unit)),
        reads=(np.argsort(read_place[:, 0], kind="stable").astype(np.int32), read_place, read_time),
        direct=(*reads.by_edge, reads.here_ds, reads.offroad_ds),
        limit_ds=limit_ds,
    )


@compiled
def restrict(indptr: Longs, upper: Ints, time_ds: Ints, reads: Ints, limit: int) -> tuple[Ints, Longs, Ints, Ints]:
    """Keep the nodes above those read and arcs within the limit: place by rank, and arcs by place."""
    nodes = len(indptr) - 1
    needed = np.zeros(nodes, np.bool_)
    for read in reads.ravel():
        if read >= 0:
            needed[read] = True
    arcs = 0
    for v in range(nodes - 1, -1, -1):
        if needed[v] and indptr[v + 1] > indptr[v]:
            needed[upper[indptr[v + 1] - 1]] = True
            arcs += indptr[v + 1] - indptr[v]
    place = np.full(nodes, -1, np.int32)
    row = np.empty(max(1, needed.sum()) + 1, np.int64)
    origin = np.empty(arcs, np.int32)
    time = np.empty(arcs, np.int32)
    placed = 0
    used = 0
    row[0] = 0
    row[1] = 0
    for v in range(nodes):
        if needed[v]:
            place[v] = placed
            placed += 1
            for at in range(indptr[v], indptr[v + 1]):
                if time_ds[at] <= limit:
                    origin[used] = place[upper[at]]
                    time[used] = time_ds[at]
                    used += 1
            row[placed] = used
    return place, row, origin[:used].copy(), time[:used].copy()


@compiled
def climb(
    up: tuple[Longs, Ints, Ints], seeds: tuple[Ints, Ints], limit: int, time: Ints, into: tuple[Ints, Times]
) -> None:
    """Set the times of a source in its lane (w,) at all places above its seeds.

    All upper neighbours lie on the way to the top, so following it from the lower of both seeds settles each once.
    time (n,): `UNREACHED` before and after.
    """
    indptr, upper, up_ds = up
    seed_rank, seed_ds = seeds
    place, lane = into
    first = int(seed_rank[0]) if 0 <= seed_ds[0] <= limit else -1
    second = int(seed_rank[1]) if 0 <= seed_ds[1] <= limit else -1
    if first >= 0:
        time[first] = seed_ds[0]
    if second >= 0:
        time[second] = min(time[second], seed_ds[1])
    while first >= 0 or second >= 0:
        v = max(first, second)
        here = time[v]
        time[v] = UNREACHED
        begin, end = indptr[v], indptr[v + 1]
        if here <= limit:
            if place[v] >= 0:
                lane[place[v]] = here
            for at in range(begin, end):
                time[upper[at]] = min(time[upper[at]], here + up_ds[at])
        parent = int(upper[end - 1]) if end > begin else -1
        if first == v:
            first = parent
        if second == v:
            second = parent


@compiled
def descend(arcs: tuple[Longs, Ints, Times], rows: Times) -> None:
    """Pass all arcs from the top, all lanes together."""
    indptr, origin, time = arcs
    for v in range(len(indptr) - 1):
        for at in range(indptr[v], indptr[v + 1]):
            keep_sooner(rows, v, rows, int(origin[at]), time[at])


@compiled
def read_rows(reads: tuple[Ints, Ints, Times], rows: Times, out: Times) -> None:
    """Read each target (t, lanes) from both ends of its edge."""
    order, place, time = reads
    for t in order:
        keep_sooner(out, int(t), rows, int(place[t, 0]), time[t, 0])
        keep_sooner(out, int(t), rows, int(place[t, 1]), time[t, 1])


@compiled
def meet_on_edge(
    direct: tuple[Longs, Ints, Ints, Ints],
    source: tuple[int, Ints, int],
    limit: int,
    worth: tuple[int, int],
    lane: Times,
) -> None:
    """Set times (t,) on the edge where source and target share one and no vertex need be passed.

    worth: what a decisecond is in the lane, and the owner that is added.
    """
    by_edge, edge_target, target_place, target_offroad = direct
    edge, place, offroad = source
    for r in range(by_edge[edge], by_edge[edge + 1]):
        t = edge_target[r]
        for direction in range(2):
            begin = place[direction]
            arrival = target_place[t, direction] - begin + offroad + target_offroad[t]
            if 0 <= begin <= target_place[t, direction] and arrival <= limit:
                lane[t] = min(np.uint64(lane[t]), np.uint64(arrival * worth[0] + worth[1]))


@compiled
def sweep_block(
    up: tuple[Longs, Ints, Ints],
    down: tuple[Ints, tuple[Longs, Ints, Times]],
    sources: tuple[Ints, Ints, Ints, Ints, Ints],
    ends: tuple[tuple[Ints, Ints, Times], tuple[Longs, Ints, Ints, Ints]],
    limit: tuple[int, Any],
    room: tuple[Ints, Times, Times],
) -> None:
    """Find times of up to as many sources as there are lanes at all targets, into the last of `room` (t, lanes).

    sources: edge (s,), seed ranks and times (s, 2), places on the edge (s, 2), off-road times (s,). limit: in
    deciseconds, and the largest value of a row, which stands where nothing is reached within it.
    """
    place, arcs = down
    edge, seed_rank, seed_ds, here_ds, offroad_ds = sources
    reads, direct = ends
    limit_ds, largest = limit
    time, rows, out = room
    rows[:] = largest
    out[:] = largest
    for i in range(len(edge)):
        if edge[i] >= 0:
            climb(up, (seed_rank[i], seed_ds[i]), limit_ds, time, (place, rows[:, i]))
    descend(arcs, rows)
    read_rows(reads, rows, out)
    for i in range(len(edge)):
        if edge[i] >= 0:
            meet_on_edge(direct, (edge[i], here_ds[i], offroad_ds[i]), limit_ds, (1, 0), out[:, i])
    drop_rows(out, limit_ds)


@compiled
def drop_rows(out: Times, limit: Any) -> None:
    for t in range(len(out)):
        drop_beyond(out, t, limit)


@compiled
def rows_of_block(times: Times, words: NDArray[np.uint64], sources: int) -> tuple[Longs, Ints, Ints]:
    """Lay a block (t, lanes) out as rows of sources: indptr, target and time; `words` are the same bytes by eight.

    Most words reach nobody and are passed over whole.
    """
    targets, lanes = times.shape
    per_word = lanes // words.shape[1]
    unreached = ~np.uint64(0)
    count = np.zeros(lanes + 1, np.int64)
    for t in range(targets):
        for word in range(words.shape[1]):
            if words[t, word] != unreached:
                for lane in range(word * per_word, (word + 1) * per_word):
                    count[lane + 1] += ~times[t, lane] != 0
    indptr = np.cumsum(count)
    target = np.empty(indptr[-1], np.int32)
    time_ds = np.empty(indptr[-1], np.int32)
    at = indptr[:-1].copy()
    for t in range(targets):
        for word in range(words.shape[1]):
            if words[t, word] != unreached:
                for lane in range(word * per_word, (word + 1) * per_word):
                    if ~times[t, lane] != 0:
                        target[at[lane]] = t
                        time_ds[at[lane]] = times[t, lane]
                        at[lane] += 1
    return indptr[: sources + 1], target, time_ds


def run_sweep(sweep: Sweep, begins: Ends, part: slice, room: tuple[Ints, Times]) -> Times:
    """Find times (t, lanes) from a part of the sources, at most as many as there are lanes.

    room: times (n,) i4, all `UNREACHED`, and rows of `make_rows`; both may be used again.
    """
    largest = np.iinfo(sweep.dtype).max
    out = np.empty((len(sweep.reads[0]), sweep.lanes), sweep.dtype)
    sources = (
        begins.edge[part],
        sweep.rank[begins.node[part]],
        begins.time_ds[part],
        begins.here_ds[part],
        begins.offroad_ds[part],
    )
    limit = (sweep.limit_ds, sweep.dtype.type(largest))
    sweep_block(sweep.up, (sweep.place, sweep.arcs), sources, (sweep.reads, sweep.direct), limit, (*room, out))
    return out
