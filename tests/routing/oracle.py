"""Shortest paths the plain way: a dictionary graph in which every point is a node, and a heap. Slow and easy to check.

It shares no code with the searches: points stand in the course of their edge, at whole deciseconds, in the graph.
Layers keep journeys from passing edges for destination only: `out` of one, `through` all others, `in` to one.
"""

import heapq
from collections import defaultdict
from collections.abc import Hashable

import numpy as np

from infrastruktur.routing.network import Network
from infrastruktur.routing.snap import Snapped

Key = tuple[Hashable, ...]


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
