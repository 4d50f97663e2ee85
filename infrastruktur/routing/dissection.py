"""Cut a street map in two by few nodes, and its parts again, down to handfuls.

Inertial flow (Schild, Sommer 2015): the straight line that crosses the fewest streets for its balance says where to
look, and a largest set of paths between both ends, disjoint in nodes, bounds a smallest cut (Menger 1927).
"""

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.kernels import Ints, Longs, compiled

Adjacency = tuple[Longs, Ints]

_SIDE = 0.3
"""Share of a part's nodes that each side keeps at least, but for the cut itself."""

_LEAF = 4
_NONE, _END = -1, -2
_ONE_SIDE, _OTHER_SIDE, _CUT = 0, 1, 2


@compiled
def straight_cut(adjacency: Adjacency, part: Ints, number: int, line: Ints, place: Ints) -> float:
    """Fewest streets a line across this direction crosses, weighed by the smaller side; sets places along it."""
    indptr, neighbour = adjacency
    size = len(line)
    for i in range(size):
        place[line[i]] = i
    crossed = 0
    best = np.inf
    for i in range(size - 1):
        v = line[i]
        for at in range(indptr[v], indptr[v + 1]):
            u = neighbour[at]
            if part[u] == number:
                crossed += 1 if place[u] > i else -1
        smaller = min(i + 1, size - i - 1)
        if smaller >= size * _SIDE:
            best = min(best, crossed * crossed / smaller)
    return best


@compiled
def augment(came: Ints, state: int, flow: tuple[Ints, Ints]) -> None:
    """Add the path that ends in `state` to the flow; states are 2 v where a path enters v and 2 v + 1 where it leaves.

    A step from the exit of a node to its entrance, or from an entrance to another node's exit, takes flow back.
    """
    before, after = flow
    after[state >> 1] = _END
    while state != _END:
        previous = came[state]
        v = state >> 1
        if previous == _END:
            before[v] = _END
        elif state & 1 == 0 and previous & 1 == 1:
            if previous >> 1 == v:
                before[v] = _NONE
                after[v] = _NONE
            else:
                before[v] = previous >> 1
                after[previous >> 1] = v
        state = previous


@compiled
def find_path(
    adjacency: Adjacency, inside: tuple[Ints, int, Ints], sources: Ints, last: int, room: tuple[Ints, Ints, Ints, Ints]
) -> int:
    """Search one more path, disjoint in nodes from those found, to a place of `last` or later; -1 where there is none.

    Leaves `came` set at every state that can be entered, which after the last path bounds the smallest cut.
    """
    indptr, neighbour = adjacency
    part, number, place = inside
    came, stack, before, after = room
    for source in sources:
        state = 2 * source
        if came[state] != _NONE:
            continue
        came[state] = _END
        stack[0] = state
        stacked = 1
        while stacked > 0:
            stacked -= 1
            state = stack[stacked]
            v = state >> 1
            if state & 1:
                if place[v] >= last:
                    return int(state)
                if before[v] != _NONE and came[state - 1] == _NONE:
                    came[state - 1] = state
                    stack[stacked] = state - 1
                    stacked += 1
                for at in range(indptr[v], indptr[v + 1]):
                    u = neighbour[at]
                    if part[u] == number and place[u] >= 0 and after[v] != u and came[2 * u] == _NONE:
                        came[2 * u] = state
                        stack[stacked] = 2 * u
                        stacked += 1
            else:
                back = 2 * v + 1 if before[v] == _NONE else 2 * before[v] + 1
                if back > 0 and came[back] == _NONE:
                    came[back] = state
                    stack[stacked] = back
                    stacked += 1
    return -1


@compiled
def rim(adjacency: Adjacency, inside: tuple[Ints, int, Ints], begin: Ints) -> Ints:
    """Those of the first nodes along a line that have a neighbour beyond them; the others get no place."""
    indptr, neighbour = adjacency
    part, number, place = inside
    found = np.empty(len(begin), np.int32)
    count = 0
    for v in begin:
        for at in range(indptr[v], indptr[v + 1]):
            if part[neighbour[at]] == number and place[neighbour[at]] >= len(begin):
                found[count] = v
                count += 1
                break
    place[begin] = _NONE
    place[found[:count]] = 0
    return found[:count]


@compiled
def side_of_cut(
    adjacency: Adjacency, inside: tuple[Ints, int, Ints], line: Ints, room: tuple[Ints, Ints, Ints, Ints]
) -> NDArray[np.int8]:
    """Part the nodes along a line by a smallest set of nodes: 0 and 1 for the sides, 2 for the cut (k,) i1.

    Both ends of the line, `_SIDE` of the nodes each, stay on their side but for those that are cut themselves.
    """
    place = inside[2]
    came, _, before, after = room
    size = len(line)
    first = max(1, int(size * _SIDE))
    last = size - first
    sources = rim(adjacency, inside, line[:first])
    before[line] = _NONE
    after[line] = _NONE
    end = 0
    while end >= 0:
        came[2 * line] = _NONE
        came[2 * line + 1] = _NONE
        end = find_path(adjacency, inside, sources, last, room)
        if end >= 0:
            augment(came, end, (before, after))
    side = np.empty(size, np.int8)
    for i in range(size):
        entered, left = came[2 * line[i]] != _NONE, came[2 * line[i] + 1] != _NONE
        if place[line[i]] == _NONE or left:
            side[i] = _ONE_SIDE
        else:
            side[i] = _CUT if entered else _OTHER_SIDE
    return side


@compiled
def best_line(adjacency: Adjacency, part: Ints, number: int, along: Ints, bounds: tuple[int, int], place: Ints) -> Ints:
    """Nodes of a part along the direction whose straight cut is best; sets their places along it."""
    best = np.inf
    chosen = 0
    for d in range(len(along)):
        score = straight_cut(adjacency, part, number, along[d, bounds[0] : bounds[1]], place)
        if score < best:
            best = score
            chosen = d
    line = along[chosen, bounds[0] : bounds[1]].copy()
    for i in range(len(line)):
        place[line[i]] = i
    return line


@compiled
def split_lines(along: Ints, bounds: tuple[int, int], part: Ints, number: int, spare: Ints) -> tuple[int, int]:
    """Move nodes of part `number` to the front and those of the next behind them, in order; returns their counts."""
    kept = 0
    moved = 0
    for d in range(len(along)):
        kept = 0
        moved = 0
        for v in along[d, bounds[0] : bounds[1]]:
            if part[v] == number:
                along[d, bounds[0] + kept] = v
                kept += 1
            elif part[v] == number + 1:
                spare[moved] = v
                moved += 1
        along[d, bounds[0] + kept : bounds[0] + kept + moved] = spare[:moved]
    return kept, moved


@compiled
def dissect(adjacency: Adjacency, along: Ints) -> Ints:
    """Order nodes from the top: the cut of the whole, then one side and all its cuts, then the other.

    along (d, n) i4: nodes sorted across each direction; parted in place.
    """
    nodes = along.shape[1]
    part = np.zeros(nodes, np.int32)
    place = np.empty(nodes, np.int32)
    came = np.full(2 * nodes, _NONE, np.int32)
    room = (came, np.empty(2 * nodes + 1, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32))
    spare = np.empty(nodes, np.int32)
    top_down = np.empty(nodes, np.int32)
    placed = 0
    parts = 1
    stack = [(0, nodes, 0)]
    while len(stack) > 0:
        begin, end, number = stack.pop()
        if end - begin <= _LEAF:
            top_down[placed : placed + end - begin] = along[0, begin:end]
            placed += end - begin
            continue
        line = best_line(adjacency, part, number, along, (begin, end), place)
        side = side_of_cut(adjacency, (part, number, place), line, room)
        for i in range(len(line)):
            part[line[i]] = _NONE if side[i] == _CUT else parts + side[i]
        cut = line[side == _CUT]
        top_down[placed : placed + len(cut)] = cut
        placed += len(cut)
        first, second = split_lines(along, (begin, end), part, parts, spare)
        stack.append((begin + first, begin + first + second, parts + 1))
        stack.append((begin, begin + first, parts))
        parts += 2
    return top_down
