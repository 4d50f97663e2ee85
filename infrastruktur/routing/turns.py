"""Turns that signs forbid to cars: relations of OpenStreetMap matched with the edges of a network.

Read are `no_*` and `only_*` with one node as `via`. A turn over a way, at certain hours or for others than cars is not
heeded, and counted with its reason, for a car that waits for the hour or turns on the way arrives all the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.access import Tags

Member = tuple[str, int, str]
"""Type (`n`, `w`, `r`), id and role."""

Bans = frozenset[tuple[int, int]]
"""Pairs of travelled edges that may not follow each other: 2 · edge along its course, 2 · edge + 1 against it."""


class Unheeded(StrEnum):
    """Why a turn restriction has no effect."""

    OTHER_VEHICLE = "other_vehicle"
    EXCEPTED = "excepted"
    CONDITIONAL = "conditional"
    KIND = "kind"
    VIA_WAY = "via_way"
    MEMBERS = "members"
    MISSING = "missing"
    NOT_DRIVEN = "not_driven"
    UNSPLIT = "unsplit"


@dataclass(frozen=True)
class Turn:
    """From any of the ways over the node `via` into any of the ways: never, or `only` so."""

    only: bool
    from_ways: tuple[int, ...]
    via: int
    to_ways: tuple[int, ...]


_KINDS = frozenset(
    {"no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit", "only_left_turn",
     "only_right_turn", "only_straight_on", "only_u_turn"}
)  # fmt: skip
_OF_CARS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle")
_CARS = frozenset({"motorcar", "motor_vehicle", "vehicle"})
_HOURS = frozenset({"day_on", "day_off", "hour_on", "hour_off"})


def read_turn(tags: Tags, members: Sequence[Member]) -> Turn | Unheeded:
    """Read a relation of `type=restriction` as it binds a car."""
    kind = _kind(tags)
    if isinstance(kind, Unheeded):
        return kind
    ways = {role: tuple(ref for sort, ref, r in members if (sort, r) == ("w", role)) for role in ("from", "via", "to")}
    nodes = [ref for sort, ref, role in members if (sort, role) == ("n", "via")]
    if ways["via"]:
        return Unheeded.VIA_WAY
    only = kind.startswith("only_")
    if len(nodes) != 1 or not ways["from"] or not ways["to"] or (only and len(ways["to"]) > 1):
        return Unheeded.MEMBERS
    return Turn(only, ways["from"], nodes[0], ways["to"])


def _kind(tags: Tags) -> str | Unheeded:
    own = next((tags[key] for key in _OF_CARS if key in tags), None)
    kind = own or tags.get("restriction")
    if kind is None:
        conditional = any(key.endswith(":conditional") for key in tags)
        return Unheeded.CONDITIONAL if conditional else Unheeded.OTHER_VEHICLE
    if own is None and _CARS & {vehicle.strip() for vehicle in tags.get("except", "").split(";")}:
        return Unheeded.EXCEPTED
    if _HOURS & tags.keys():
        return Unheeded.CONDITIONAL
    return kind if kind in _KINDS else Unheeded.KIND


def match_turns(
    turns: Iterable[Turn | Unheeded], known_ways: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]]
) -> tuple[Bans, Counter[str]]:
    """Find the bans among the edges of a network, and count turns as `used` or by the reason they are not."""
    turns = list(turns)
    ends = _ends_at(arrays, {turn.via for turn in turns if isinstance(turn, Turn)})
    known = frozenset(known_ways.tolist())
    bans: set[tuple[int, int]] = set()
    counted: Counter[str] = Counter()
    for turn in turns:
        found = _match(turn, ends, known) if isinstance(turn, Turn) else turn
        if isinstance(found, Unheeded):
            counted[str(found)] += 1
        else:
            bans |= found
            counted["used"] += 1
    return frozenset(bans), counted


def ban_turning_about(bans: Bans, arrays: Mapping[str, NDArray[Any]]) -> Bans:
    """Ban turning about where a street that leads from a banned turn goes on as one: add such pairs to the bans.

    Else a sign would cost the metres to the next place where a mapper cut the street, say for a change of lanes. At the
    next junction or dead end one may turn about, as § 9 (5) StVO allows with care.
    """
    ends = np.stack([arrays["edge_from"], arrays["edge_to"]], axis=1)
    both_ways = (arrays["edge_forward_ds"] >= 0) & (arrays["edge_backward_ds"] >= 0)
    order = np.argsort(ends, axis=None, kind="stable")
    first = np.searchsorted(ends.ravel()[order], np.arange(len(arrays["node_osm"]) + 1))
    about = set()
    for vertex in {int(ends[code // 2, 1 - code % 2]) for code, _ in bans}:
        for start in order[first[vertex] : first[vertex + 1]].tolist():
            edge, begin = divmod(start, 2)
            while True:
                there = int(ends[edge, 1 - begin])
                met = order[first[there] : first[there + 1]].tolist()
                if len(met) != 2 or there == vertex:  # noqa: PLR2004  a street that goes on as one
                    break
                if both_ways[edge]:
                    about.add((2 * edge + begin, 2 * edge + 1 - begin))
                edge, begin = divmod(met[0] if met[1] // 2 == edge else met[1], 2)
    return bans | about


@dataclass(frozen=True)
class _End:
    """An edge at a node: the vertex, and the edge as it is travelled there and away; -1 where that is not allowed."""

    vertex: int
    arriving: int
    leaving: int


def _ends_at(arrays: Mapping[str, NDArray[Any]], nodes: set[int]) -> dict[int, dict[int, list[_End]]]:
    """List ends by node of OpenStreetMap and way."""
    found: dict[int, dict[int, list[_End]]] = defaultdict(lambda: defaultdict(list))
    forward, backward = arrays["edge_forward_ds"] >= 0, arrays["edge_backward_ds"] >= 0
    for vertex_of, into, out, towards, away in (
        (arrays["edge_to"], forward, backward, 0, 1),
        (arrays["edge_from"], backward, forward, 1, 0),
    ):
        node = arrays["node_osm"][vertex_of]
        for edge in np.flatnonzero(np.isin(node, list(nodes))).tolist():
            end = _End(
                int(vertex_of[edge]),
                2 * edge + towards if into[edge] else -1,
                2 * edge + away if out[edge] else -1,
            )
            found[int(node[edge])][int(arrays["edge_way"][edge])].append(end)
    return found


def _match(
    turn: Turn, ends: Mapping[int, Mapping[int, list[_End]]], known: frozenset[int]
) -> set[tuple[int, int]] | Unheeded:
    members = (*turn.from_ways, *turn.to_ways)
    if not known.issuperset(members):
        return Unheeded.MISSING
    here = ends.get(turn.via, {})
    if any(len(here.get(way, ())) > 1 for way in members):
        return Unheeded.UNSPLIT
    froms = [end for way in turn.from_ways for end in here.get(way, ()) if end.arriving >= 0]
    tos = [end for way in turn.to_ways for end in here.get(way, ()) if end.leaving >= 0]
    pairs = {(a.arriving, b.leaving) for a in froms for b in tos if a.vertex == b.vertex}
    if not pairs:
        return Unheeded.NOT_DRIVEN
    if not turn.only:
        return pairs
    others = [end for of_way in here.values() for end in of_way if end.leaving >= 0]
    return {(a.arriving, b.leaving) for a in froms for b in others if a.vertex == b.vertex} - pairs
