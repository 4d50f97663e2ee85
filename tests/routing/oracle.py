"""Shortest paths the plain way: a dictionary graph in which every point is a node, and a heap. Slow and easy to check.

It shares no code with the searches: points stand in the course of their edge, at whole deciseconds, in the graph.
Layers keep journeys from passing edges for destination only: `out` of one, `through` all others, `in` to one.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Hashable

import networkx as nx
import numpy as np
from routing.random_networks import Town

from infrastruktur.routing.network import Network
from infrastruktur.routing.snap import Snapped

Key = tuple[Hashable, ...]

LAYERS = ("out", "through", "in")


class Oracle:
    def __init__(self, network: Network, points: Snapped) -> None:
        self.points = points
        self.arcs: dict[Key, list[tuple[Key, int]]] = defaultdict(list)
        base = network.edge_from.max(initial=-1), network.edge_to.max(initial=-1)
        for node in range(max(base) + 1):
            self.link(("out", node), ("through", node), 0)
            self.link(("through", node), ("in", node), 0)
        for edge in range(len(network.edge_from)):
            on = np.flatnonzero(points.edge == edge).tolist()
            begin, end = int(network.edge_from[edge]), int(network.edge_to[edge])
            self.layers = ("out", "in") if network.edge_destination[edge] else ("through",)
            self.lay(edge, (begin, end), on, (int(network.edge_forward_ds[edge]), points.part))
            self.lay(edge, (end, begin), on, (int(network.edge_backward_ds[edge]), 1 - points.part))
            for point in on:
                self.dock(point, begin, at=points.part[point] == 0)
                self.dock(point, end, at=points.part[point] == 1)

    def link(self, tail: Key, head: Key, time: int) -> None:
        self.arcs[tail].append((head, time))

    def lay(self, edge: int, ends: tuple[int, int], on: list[int], course: tuple[int, np.ndarray]) -> None:
        """Lay one direction of an edge as a chain through its points."""
        whole, part = course
        if whole < 0:
            return
        # half to even, as the network rounds
        stops = sorted((round(whole * float(part[point])), point) for point in on)
        for layer in self.layers:
            here: Key = (layer, ends[0])
            clock = 0
            for at, point in stops:
                stop: Key = (layer, edge, ends, point)
                self.link(here, stop, at - clock)
                if layer != "in":
                    self.link(("leave", point), stop, 0)
                self.link(stop, ("arrive", point), 0)
                # points at one decisecond are at one place
                for other_at, other in stops:
                    if other_at == at and other != point:
                        self.link(stop, (layer, edge, ends, other), 0)
                here, clock = stop, at
            self.link(here, (layer, ends[1]), whole - clock)

    def dock(self, point: int, node: int, *, at: bool) -> None:
        """A point at a vertex is at the vertex, whatever its edge's direction."""
        if at:
            self.link(("leave", point), (self.layers[0], node), 0)
            self.link((self.layers[-1], node), ("arrive", point), 0)
            self.link((self.layers[0], node), ("arrive", point), 0)

    def times_from(self, point: int) -> dict[Key, int]:
        times: dict[Key, int] = {}
        heap: list[tuple[int, str, Key]] = [(0, "", ("leave", point))]
        while heap:
            time, _, key = heapq.heappop(heap)
            if key in times:
                continue
            times[key] = time
            for head, more in self.arcs[key]:
                if head not in times:
                    heapq.heappush(heap, (time + more, repr(head), head))
        return times

    def row(self, source: int, targets: range, limit: int) -> dict[int, int]:
        """Targets within the limit and their times, both ways off the road included."""
        if self.points.edge[source] < 0:
            return {}
        times = self.times_from(source)
        offroad = self.points.offroad_ds
        reached = {
            t: times[("arrive", t)] + int(offroad[source] + offroad[t]) for t in targets if ("arrive", t) in times
        }
        return {t: time for t, time in reached.items() if time <= limit}


class TownOracle:
    """The same for a town whose rules are written beside its tags; of the network it reads where edges run, no more.

    Its nodes are edges as they are travelled, so turns, what stands at a node and streets for destination are links
    between them. `who` has needs, or is the mode itself.
    """

    def __init__(self, town: Town, network: Network, points: Snapped, who: str, pace: float = 1.0) -> None:
        self.town, self.network, self.points = town, network, points
        self.who, self.pace = who, pace
        self.arcs: dict[Key, list[tuple[Key, int]]] = defaultdict(list)
        self.ends = list(zip(network.edge_from.tolist(), network.edge_to.tolist(), strict=True))
        self.way = (network.edge_way - 1).tolist()
        self.at_node = network.node_osm.tolist()
        self.special = self.find_special()
        self.bans = self.find_bans()
        self.expanded = {self.ends[edge][1 - against] for (edge, against), _ in self.bans}
        self.lay_vertices()
        on_edge = defaultdict(list)
        for point in np.flatnonzero(points.edge >= 0).tolist():
            on_edge[int(points.edge[point])].append(point)
        self.travelled: list[tuple[int, int, str]] = []
        for edge in range(len(self.ends)):
            self.lay(edge, on_edge[edge])
        self.lay_turns()

    def link(self, tail: Key, head: Key, time: int) -> None:
        self.arcs[tail].append((head, time))

    def seconds(self, edge: int) -> float:
        sort, _ = self.town.sorts[self.way[edge]]
        length_m = float(self.network.edge_length_m[edge])
        if sort.ferry_s:
            of_way = self.network.edge_length_m[self.network.edge_way == self.network.edge_way[edge]].sum()
            fastest = 4.5 / 3.6 if self.network.modus == "zu_fuss" else 1.0
            return sort.ferry_s * fastest * length_m / max(float(of_way), 1e-9)
        return length_m * 3.6 / sort.km_h(self.network.modus)

    def time(self, edge: int, direction: str) -> int:
        """Deciseconds along (`>`) or against (`<`) an edge; -1 where `who` may not."""
        sort, wheels = self.town.sorts[self.way[edge]]
        needs = self.who not in {"walk", "bike", "car"}
        if direction not in sort.directions(self.network.modus) or (needs and self.who not in wheels.split()):
            return -1
        whole = max(1, round(self.seconds(edge) * 10))
        own = not sort.ferry_s and sort.bike_km_h == 15
        return max(1, round(whole / self.pace)) if own and self.pace != 1 else whole

    def find_special(self) -> set[int]:
        """Edges for destination: by their sign, or since no journey of others passes them.

        Each free edge is asked by itself: can one come from the main network, pass it and go on to the main network,
        without entering a street for destination?
        """
        edges = range(len(self.ends))
        signed = {edge for edge in edges if self.network.modus in self.town.sorts[self.way[edge]][0].destination}
        if not signed:
            return set()
        every, free = self.travel(set(edges)), self.travel(set(edges) - signed)
        parts = [set(part) for part in nx.strongly_connected_components(every)]
        whole = max(parts, key=lambda part: (len(part), -min(part)))
        parts = [set(part) & whole for part in nx.strongly_connected_components(free)]
        main = max((part for part in parts if part), key=lambda part: (len(part), -min(part)))
        come = main.union(*(nx.descendants(free, vertex) for vertex in main))
        gone = main.union(*(nx.ancestors(free, vertex) for vertex in main))
        passed = {(a, b) for a, b in free.edges if a in come and b in gone}
        lone = {edge for edge in edges if whole.issuperset(self.ends[edge]) and not passed & self.directions(edge)}
        return signed | lone

    def directions(self, edge: int) -> set[tuple[int, int]]:
        """Pairs of vertices between which the mode may travel an edge."""
        sort, _ = self.town.sorts[self.way[edge]]
        a, b = self.ends[edge]
        return {pair for sign, pair in ((">", (a, b)), ("<", (b, a))) if sign in sort.directions(self.network.modus)}

    def travel(self, edges: set[int]) -> nx.DiGraph:
        """Vertices, linked where the mode may travel these edges or pass a barrier."""
        mode = {"zu_fuss": "walk", "rad": "bike", "pkw": "car"}[self.network.modus]
        graph = nx.DiGraph()
        graph.add_nodes_from({vertex for ends in self.ends for vertex in ends})
        for edge in edges:
            graph.add_edges_from(self.directions(edge))
        for node, barrier in self.town.barriers.items():
            if mode in barrier.passed_by.split():
                sides = [vertex for vertex, of_node in enumerate(self.at_node) if of_node == node and vertex in graph]
                graph.add_edges_from(itertools.permutations(sides, 2))
        return graph

    def find_bans(self) -> set[tuple[tuple[int, int], tuple[int, int]]]:
        """Pairs of (edge, 0 along or 1 against it) that may not follow each other."""
        bans = set()
        for turn in self.town.turns if self.who == "car" else []:
            (start,), (goal,) = turn.from_ways, turn.to_ways
            here = [
                (edge, vertex, at_end)
                for edge, ends in enumerate(self.ends)
                for at_end, vertex in enumerate(ends)
                if self.at_node[vertex] == turn.via
            ]
            if any(sum(self.way[edge] == way - 1 for edge, _, _ in here) > 1 for way in (start, goal)):
                continue
            into = [((edge, 1 - at_end), vertex, self.way[edge]) for edge, vertex, at_end in here]
            away = [((edge, at_end), vertex, self.way[edge]) for edge, vertex, at_end in here]
            froms = [(code, vertex) for code, vertex, way in into if way == start - 1 and self.may(code)]
            tos = [(code, vertex) for code, vertex, way in away if way == goal - 1 and self.may(code)]
            pairs = {(a, b) for a, va in froms for b, vb in tos if va == vb}
            if turn.only and pairs:
                pairs = {(a, b) for a, va in froms for b, vb, _ in away if va == vb and self.may(b)} - pairs
            bans |= pairs
        return bans | self.find_turns_about({self.ends[edge][1 - against] for (edge, against), _ in bans})

    def find_turns_about(self, signed: set[int]) -> set[tuple[tuple[int, int], tuple[int, int]]]:
        """From a junction with a sign to the next junction, where two streets and no more meet, nobody turns about."""
        at = defaultdict(list)
        for edge, ends in enumerate(self.ends):
            for vertex in ends:
                at[vertex].append(edge)
        about = set()
        for vertex in signed:
            for edge in at[vertex]:
                # a ring on the junction leads nowhere else, and is followed from both its ends
                for side in [side for side in (0, 1) if self.ends[edge][side] == vertex]:
                    on, begin = edge, side
                    while (there := self.ends[on][1 - begin]) != vertex and len(at[there]) == 2:
                        if self.may((on, 0)) and self.may((on, 1)):
                            about.add(((on, begin), (on, 1 - begin)))
                        on = next(other for other in at[there] if other != on)
                        begin = self.ends[on].index(there)
        return about

    def may(self, code: tuple[int, int]) -> bool:
        return self.time(code[0], "<" if code[1] else ">") >= 0

    def lay_vertices(self) -> None:
        """Where one arrives (`in` a vertex) and where one leaves (`off` it): the same but where turns are banned."""
        vertices = {vertex for ends in self.ends for vertex in ends}
        for vertex in vertices:
            for layer, later in (("out", "through"), ("through", "in")):
                self.link(("to", layer, vertex), ("to", later, vertex), 0)
                self.link(("off", layer, vertex), ("off", later, vertex), 0)
            for layer in ("out", "through", "in"):
                self.link(("off", layer, vertex), ("to", layer, vertex), 0)
                if vertex not in self.expanded:
                    self.link(("to", layer, vertex), ("off", layer, vertex), 0)
        for node, barrier in self.town.barriers.items():
            sides = sorted(vertex for vertex in vertices if self.at_node[vertex] == node)
            passed = self.who in barrier.passed_by.split()
            for a in sides:
                for b in sides:
                    if a != b and passed:
                        for layer in LAYERS:
                            self.link(("to", layer, a), ("off", layer, b), 1)

    def lay(self, edge: int, on: list[int]) -> None:
        """Lay both directions of an edge as chains through its points."""
        layers = ("out", "in") if edge in self.special else ("through",)
        for against, direction in enumerate("><"):
            whole = self.time(edge, direction)
            part = 1 - self.points.part if against else self.points.part
            stops = sorted((round(whole * float(part[point])), point) for point in on)
            for layer in layers if whole >= 0 else ():
                self.travelled.append((layer, edge, against))
                self.lay_chain((layer, edge, against), stops, whole)
        for point in on:
            for at_end, vertex in enumerate(self.ends[edge]):
                if self.points.part[point] == at_end:  # at a vertex one is there, and may leave by whatever edge
                    self.link(("leave", point), ("off", layers[0], vertex), 0)
                    self.link(("to", layers[-1], vertex), ("arrive", point), 0)

    def lay_chain(self, travelled: tuple[str, int, int], stops: list[tuple[int, int]], whole: int) -> None:
        here: Key = ("begin", *travelled)
        clock = 0
        for at, point in stops:
            stop: Key = (*travelled, point)
            self.link(here, stop, at - clock)
            if travelled[0] != "in":
                self.link(("leave", point), stop, 0)
            self.link(stop, ("arrive", point), 0)
            for other_at, other in stops:
                if other_at == at and other != point:  # points at one decisecond are at one place
                    self.link(stop, (*travelled, other), 0)
            here, clock = stop, at
        self.link(here, ("end", *travelled), whole - clock)

    def lay_turns(self) -> None:
        leaving = defaultdict(list)
        for layer, edge, against in self.travelled:
            vertex = self.ends[edge][against]
            self.link(("off", layer, vertex), ("begin", layer, edge, against), 0)
            leaving[vertex].append((layer, edge, against))
        for layer, edge, against in self.travelled:
            vertex = self.ends[edge][1 - against]
            self.link(("end", layer, edge, against), ("to", layer, vertex), 0)
            for later, onto, onwards in leaving[vertex] if vertex in self.expanded else ():
                allowed = ((edge, against), (onto, onwards)) not in self.bans
                if allowed and LAYERS.index(layer) <= LAYERS.index(later):
                    self.link(("end", layer, edge, against), ("begin", later, onto, onwards), 0)

    def row(self, source: int, targets: range, limit: int) -> dict[int, int]:
        """Targets within the limit and their times, both ways off the road included."""
        times: dict[Key, int] = {}
        serial = itertools.count()
        heap: list[tuple[int, int, Key]] = [(0, next(serial), ("leave", source))]
        while heap:
            time, _, key = heapq.heappop(heap)
            if key in times:
                continue
            times[key] = time
            for head, more in self.arcs.get(key, ()):
                if head not in times:
                    heapq.heappush(heap, (time + more, next(serial), head))
        offroad = self.points.offroad_ds
        reached = {
            t: times[("arrive", t)] + int(offroad[source] + offroad[t]) for t in targets if ("arrive", t) in times
        }
        return {t: time for t, time in reached.items() if time <= limit}
