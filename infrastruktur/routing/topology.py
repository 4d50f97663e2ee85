"""From ways to a graph: cut where they meet, end, are torn or barred, and numbered along a space-filling curve.

Equal streets give equal arrays, to the byte: nothing depends on the order of the file, on hashing or on time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing import profiles
from infrastruktur.routing.access import Passage
from infrastruktur.routing.arcs import find_enclosed, lay_arcs
from infrastruktur.routing.osm import Streets
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.traits import Kerb, Obstacle, Traits, read_node_kerb, read_obstacle, read_traits
from infrastruktur.routing.turns import ban_turning_about, match_turns

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Unbroken runs of nodes along ways, for all modes: node, way and piece of every step (o,) i8.

    torn (o,) bool: the next or previous reference of the way is missing. Of all nodes: xy (n, 2) f8 in EPSG:25832,
    obstacle and kerb (n,) u1; of all ways: traits.
    """

    node: Ints
    way: Ints
    piece: Ints
    torn: Mask
    xy: Floats
    missing: int
    repeated: int
    obstacle: NDArray[np.uint8]
    kerb: NDArray[np.uint8]
    traits: Traits


@dataclass(frozen=True)
class Border:
    """Which nodes (n,) bool lie at the boundary of the data or beyond (`near`), and which in its outskirts."""

    near: Mask
    outskirts: Mask


@dataclass(frozen=True)
class Rules:
    """What a mode may do: per way (w,) km/h along and against (0: not) and its roles; closed (n,): barred nodes."""

    forward_km_h: Floats
    backward_km_h: Floats
    destination: Mask
    stopping: Mask
    ferry: Mask
    own_pace: Mask
    duration_s: Floats
    closed: Mask


@dataclass(frozen=True)
class Chains:
    """Edges before they are numbered: step range of each, the vertex keys of its ends, length and way."""

    first: Ints
    last: Ints
    begin: Ints
    end: Ints
    length_m: Floats
    way: Ints
    way_length_m: Floats


def cut_pieces(streets: Streets, xy: Floats) -> Pieces:
    """Cut ways at missing references and drop references repeated in a row; both are counted."""
    way = np.repeat(np.arange(len(streets.way_id)), np.diff(streets.ref_indptr))
    missing = streets.ref < 0
    same_way = np.append(False, way[1:] == way[:-1])
    after_gap = same_way & np.append(False, missing[:-1])
    before_gap = np.append((same_way & missing)[1:], False)
    piece = np.cumsum(~same_way | after_gap)
    keep = ~missing
    node, way, piece = streets.ref[keep], way[keep], piece[keep]
    torn = (after_gap | before_gap)[keep]
    repeated = np.append(False, (piece[1:] == piece[:-1]) & (node[1:] == node[:-1]))
    for shift in np.flatnonzero(repeated)[::-1]:
        torn[shift - 1] |= torn[shift]
    kept = ~repeated
    traits = read_traits(streets.tags, streets.way_tags)
    obstacle, kerb = _read_nodes(streets, node[traits.crossing[way]])
    lost = int(missing.sum()), int(repeated.sum())
    return Pieces(node[kept], way[kept], piece[kept], torn[kept], xy, *lost, obstacle, kerb, traits)


def _read_nodes(streets: Streets, crossed: Ints) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read obstacles and kerbs at nodes (n,) u1 each; a kerb on a crossing is the crossing's, not the pavement's."""
    obstacle = np.full(len(streets.node_id), Obstacle.NONE, np.uint8)
    kerb = np.full(len(streets.node_id), Kerb.UNKNOWN, np.uint8)
    on_crossing = set(crossed.tolist())
    for at, tags in streets.barriers.items():
        kerb[at] = read_node_kerb(tags)
        obstacle[at] = read_obstacle(tags, on_crossing=at in on_crossing)
    return obstacle, kerb


def gather_rules(passages: Sequence[Passage | None], way_tags: Ints, closed: Mask) -> Rules:
    """Give every way (w,) the passage that its tags say; None where the mode may not use it."""
    rows = [passage or Passage(0.0, 0.0) for passage in passages]
    return Rules(
        forward_km_h=np.array([row.forward_km_h for row in rows], np.float64)[way_tags],
        backward_km_h=np.array([row.backward_km_h for row in rows], np.float64)[way_tags],
        destination=np.array([row.destination for row in rows], np.bool_)[way_tags],
        stopping=np.array([row.stopping for row in rows], np.bool_)[way_tags],
        ferry=np.array([row.ferry for row in rows], np.bool_)[way_tags],
        own_pace=np.array([row.own_pace for row in rows], np.bool_)[way_tags],
        duration_s=np.array([row.duration_s or np.nan for row in rows], np.float64)[way_tags],
        closed=closed,
    )


def build_topology(
    streets: Streets, pieces: Pieces, border: Border, rules: Rules, modus: Modus
) -> dict[str, NDArray[Any]]:
    """Build the arrays of `network.Network`; turns are for cars.

    `edge_of_data` marks nodes at the border or beyond (vertices all, so that nobody passes one unseen), dead ends in
    its outskirts, and nodes beside a reference the file lacks.
    """
    used = (rules.forward_km_h > 0) | (rules.backward_km_h > 0)
    steps = np.flatnonzero(used[pieces.way])
    met = pieces.obstacle != Obstacle.NONE if modus is not Modus.PKW else np.zeros(len(pieces.xy), np.bool_)
    chains = _cut_chains(pieces, steps, rules.closed | met, border.near)
    key, ends = np.unique(np.concatenate([chains.begin, chains.end]), return_inverse=True)
    node = _node_of(key, pieces, steps)
    rank = np.empty(len(key), np.int64)
    rank[_curve_order(pieces.xy[node], streets.node_id[node], key)] = np.arange(len(key))
    begin, end = rank[ends[: len(chains.begin)]], rank[ends[len(chains.begin) :]]
    order = np.lexsort((np.arange(len(begin)), streets.way_id[chains.way], end, begin))
    at = np.empty(len(key), np.int64)
    at[rank] = node
    edges = _edge_arrays(pieces, steps, chains, order)
    edges |= {"edge_from": begin[order].astype(np.int32), "edge_to": end[order].astype(np.int32)}
    edges["edge_way"] = streets.way_id[chains.way[order]]
    edges["edge_destination"] = rules.destination[chains.way[order]]
    edges["edge_stopping"] = rules.stopping[chains.way[order]]
    edges["edge_own_pace"] = rules.own_pace[chains.way[order]]
    edges |= _weigh(chains, rules, order, modus)
    edges |= _trait_arrays(pieces, steps, chains, order)
    torn = np.zeros(len(pieces.xy), np.bool_)
    torn[pieces.node[steps[pieces.torn[steps]]]] = True
    degree = np.bincount(np.concatenate([begin, end]), minlength=len(key))
    nodes = {
        "node_xy": pieces.xy[at],
        "node_osm": streets.node_id[at],
        "node_obstacle": pieces.obstacle[at],
        "edge_of_data": border.near[at] | torn[at] | ((degree == 1) & border.outskirts[at] & ~(rules.closed | met)[at]),
    }
    sides = _sides(at, met & ~rules.closed)
    edges["edge_destination"] |= find_enclosed(edges, nodes["edge_of_data"], sides)
    turns = streets.turns if modus is Modus.PKW else []
    bans = ban_turning_about(match_turns(turns, streets.way_id, nodes | edges)[0], edges | nodes)
    return lay_arcs(nodes, edges, bans, sides)


def _cut_chains(pieces: Pieces, steps: Ints, sided: Mask, near_border: Mask) -> Chains:
    """Cut pieces where they begin, end or meet, near the border, and at barriers, which are a vertex per side."""
    node, piece, way = pieces.node[steps], pieces.piece[steps], pieces.way[steps]
    joined = piece[1:] == piece[:-1]
    segment = np.flatnonzero(joined)
    meets = np.bincount(node, minlength=len(pieces.xy)) > 1
    vertex = meets[node] | near_border[node] | sided[node] | ~np.append(False, joined) | ~np.append(joined, False)
    starts = np.flatnonzero(vertex[segment])
    first = segment[starts]
    last = segment[np.append(starts[1:], len(segment))[: len(starts)] - 1] + 1
    length = np.hypot(*(pieces.xy[node[segment + 1]] - pieces.xy[node[segment]]).T)
    chain = np.cumsum(vertex[segment]) - 1
    barred_key = len(pieces.xy) + 2 * np.arange(len(steps))
    return Chains(
        first=first,
        last=last,
        begin=np.where(sided[node[first]], barred_key[first], node[first]),
        end=np.where(sided[node[last]], barred_key[last] + 1, node[last]),
        length_m=np.asarray(np.bincount(chain, weights=length, minlength=len(first)), np.float64),
        way=way[first],
        way_length_m=np.asarray(
            np.bincount(way[segment], weights=length, minlength=int(way.max(initial=-1)) + 1), np.float64
        ),
    )


def _node_of(key: Ints, pieces: Pieces, steps: Ints) -> Ints:
    barred = key >= len(pieces.xy)
    node = key.copy()
    node[barred] = pieces.node[steps[(key[barred] - len(pieces.xy)) // 2]]
    return node


def _curve_order(xy: Floats, node_id: Ints, key: Ints) -> Ints:
    """Order nodes along a Z-curve of 1 m cells (Morton 1966): neighbours on the ground are neighbours in memory."""
    cell = np.floor(xy - xy.min(axis=0, initial=np.inf)).astype(np.uint64)
    code = _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))
    return np.lexsort((key, node_id, code))


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _edge_arrays(pieces: Pieces, steps: Ints, chains: Chains, order: Ints) -> dict[str, NDArray[Any]]:
    first, last = chains.first[order], chains.last[order]
    points = last - first + 1
    indptr = np.concatenate([[0], np.cumsum(points)]).astype(np.int64)
    step = np.repeat(first - indptr[:-1], points) + np.arange(indptr[-1])
    return {
        "geom_indptr": indptr,
        "geom_xy": pieces.xy[pieces.node[steps[step]]],
        "edge_length_m": chains.length_m[order],
    }


def _sides(at: Ints, passable: Mask) -> Ints:
    """Every two (k, 2) of the vertices around a barrier that may be passed, the lower first."""
    sides = np.flatnonzero(passable[at])
    order = sides[np.argsort(at[sides], kind="stable")]
    _, first, count = np.unique(at[order], return_index=True, return_counts=True)
    pairs = [pair for a, k in zip(first, count, strict=True) for pair in combinations(order[a : a + k].tolist(), 2)]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _trait_arrays(pieces: Pieces, steps: Ints, chains: Chains, order: Ints) -> dict[str, NDArray[Any]]:
    """Traits of edges from those of their ways; a crossing takes the highest kerb among its nodes, if any is mapped."""
    way, traits = chains.way[order], pieces.traits
    arrays = {
        f"edge_{name}": getattr(traits, name)[way]
        for name in ("steps", "surface", "smoothness", "wheelchair", "width_dm", "incline_percent")
    }
    kerb = traits.kerb[way]
    # rare, so a loop: a crossing is a few metres with a node or two
    for edge in np.flatnonzero(traits.crossing[way] & (kerb == Kerb.UNKNOWN)).tolist():
        chain = order[edge]
        kerb[edge] = pieces.kerb[pieces.node[steps[chains.first[chain] : chains.last[chain] + 1]]].max()
    return arrays | {"edge_kerb": kerb}


def _weigh(chains: Chains, rules: Rules, order: Ints, modus: Modus) -> dict[str, NDArray[np.int32]]:
    """Deciseconds along and against every edge, at least 1, -1 where not allowed.

    A ferry takes its duration and the wait in proportion to the edge's share of the way. On a walk network it is
    stated so that the fastest walker, for whom the network's times shrink most, still takes that long.
    """
    length, way = chains.length_m[order], chains.way[order]
    way_length = np.maximum(chains.way_length_m[way], 1e-9) if len(way) else length
    stretch = profiles.fastest_walk_km_h() / profiles.WALK_REFERENCE_KM_H if modus is Modus.ZU_FUSS else 1.0
    weights = {}
    for name, speeds in (("edge_forward_ds", rules.forward_km_h), ("edge_backward_ds", rules.backward_km_h)):
        speed = speeds[way]
        allowed = speed > 0
        seconds = length * 3.6 / np.where(allowed, speed, 1.0)
        share = length / way_length
        crossing = np.where(
            np.isnan(rules.duration_s[way]), way_length * 3.6 / profiles.FERRY_KM_H, rules.duration_s[way]
        )
        seconds = np.where(rules.ferry[way], share * (crossing + profiles.FERRY_WAIT_S) * stretch, seconds)
        weights[name] = np.where(allowed, np.maximum(1, np.rint(seconds * 10)), -1).astype(np.int32)
    return weights
