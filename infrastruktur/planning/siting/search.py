"""The search: branch on sites until no plan can be better, or the effort ends.

Branch and bound (Land and Doig 1960) over the relaxation, the branch that promises most first. Deterministic: one
thread solves, ties fall to the lower site, and the clock can only end it.
"""

import heapq
from dataclasses import dataclass
from itertools import count
from time import monotonic

import numpy as np

from infrastruktur.planning.siting.choices import Choices
from infrastruktur.planning.siting.plan import Effort, Floats, Limits, Progress, Status
from infrastruktur.planning.siting.relaxation import Bounds, Point, Relaxation, is_whole
from infrastruktur.planning.siting.start import Chosen, affordable, draft_plan

EXACT = 1e-7
"""Plans closer than this part of what all sites save are equal: the solver's own tolerance."""


@dataclass(frozen=True, eq=False)
class Found:
    """The best plan: its sites among the choices, what it saves and what none exceeds.

    `best` is None where no plan reaches the floor that was asked for.
    """

    best: Chosen | None
    value: float
    bound: float
    status: Status
    branches: int


@dataclass(frozen=True)
class Scale:
    """How savings become the objective: covering counts them, minutes are `total` less them."""

    total: float | None = None

    def __call__(self, saved: float) -> float:
        return saved if self.total is None else self.total - saved


@dataclass(frozen=True, eq=False)
class Quest:
    """What is sought: the best plan, and only one that saves at least `floor`."""

    choices: Choices
    limits: Limits
    floor: float = -np.inf
    scale: Scale = Scale()


class _Search:
    """A search under way."""

    def __init__(self, quest: Quest, relaxation: Relaxation, effort: Effort) -> None:
        self.quest, self.relaxation, self.effort = quest, relaxation, effort
        self.ends = monotonic() + effort.seconds
        self.least = EXACT * max(float(quest.choices.most().sum()), 1e-300)
        self.best: Chosen | None = None
        self.value = quest.floor
        self.branches = 0
        self.dropped = -np.inf
        """The greatest bound of a branch that was left."""
        self._number = count()

    def offer(self, chosen: Chosen) -> None:
        """Take a plan if it is better than the best and reaches the floor; equals must have lower sites."""
        value = self.quest.choices.value(chosen)
        better = value > self.value + self.least or (self.best is None and value >= self.value)
        if better:
            self.best, self.value = np.sort(chosen), value
            opened = np.zeros(len(self.quest.choices.origin))
            opened[chosen] = 1.0
            self.relaxation.add_planes_at(opened)

    def enough(self) -> float:
        """Say up to which bound a branch is not worth looking into."""
        if self.best is None:
            return self.value - self.least
        slack = self.effort.gap * abs(self.quest.scale(self.value))
        return self.value + max(self.least, slack)

    def run(self) -> Found:
        heap: list[tuple[float, int, Bounds, Point]] = []
        self._tell(float(self.quest.choices.most().sum()))
        self._push(heap, self.relaxation.free_bounds())
        while heap and -heap[0][0] > self.enough():
            bound = -heap[0][0]
            self._tell(bound)
            if monotonic() > self.ends:
                return self._found(bound, Status.ZEITGRENZE)
            _, _, bounds, point = heapq.heappop(heap)
            for child in _split(bounds, point.opened):
                self._push(heap, child)
        return self._close(-heap[0][0] if heap else -np.inf)

    def _push(self, heap: list[tuple[float, int, Bounds, Point]], bounds: Bounds) -> None:
        self.branches += 1
        point = self.relaxation.solve(bounds, enough=self.enough(), until=self.ends)
        if point is None or point.bound <= self.enough():
            self.dropped = max(self.dropped, point.bound if point else -np.inf)
            return
        self.offer(round_plan(self.quest.choices, self.quest.limits, point.opened))
        if point.tight and is_whole(point.opened):
            self.dropped = max(self.dropped, self.value)
        else:
            heapq.heappush(heap, (-point.bound, next(self._number), bounds, point))

    def _tell(self, bound: float) -> None:
        if self.effort.progress is not None and self.best is not None:
            scale = self.quest.scale
            self.effort.progress(Progress(scale(self.value), scale(max(bound, self.value)), self.branches))

    def _close(self, bound: float) -> Found:
        left = max(bound, self.dropped)
        exact = left <= self.value + 2 * self.least
        return self._found(self.value if exact else left, Status.OPTIMAL if exact else Status.GENUEGT)

    def _found(self, bound: float, status: Status) -> Found:
        value = self.value if self.best is not None else -np.inf
        return Found(self.best, value, max(bound, value), status, self.branches)


def search_plan(quest: Quest, effort: Effort, relaxation: Relaxation | None = None) -> Found:
    """Find the plan that saves most within the limits, to the gap and time of the effort.

    A relaxation of the same choices may be handed on from search to search.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    if not len(quest.choices.origin):
        return Found(np.zeros(0, dtype=np.int64), 0.0, 0.0, Status.OPTIMAL, 0)
    search = _Search(quest, relaxation or Relaxation(quest.choices, quest.limits), effort)
    search.offer(draft_plan(quest.choices, quest.limits))
    return search.run()


def _split(bounds: Bounds, opened: Floats) -> tuple[Bounds, Bounds]:
    """Branch on the site nearest to half open, the lowest of equals: open, and closed."""
    site = int(np.argmin(np.round(np.abs(opened - 0.5), 9)))
    least, most = bounds[0].copy(), bounds[1].copy()
    least[site], most[site] = 1.0, 0.0
    return (least, bounds[1]), (bounds[0], most)


def round_plan(choices: Choices, limits: Limits, opened: Floats) -> Chosen:
    """Open the sites that are open most, as far as the limits allow."""
    chosen: list[int] = []
    for site in np.lexsort((np.arange(len(opened)), -np.round(opened, 9))).tolist():
        if len(chosen) == limits.sites or opened[site] <= 0:
            break
        if affordable(choices, limits, chosen)[site]:
            chosen.append(site)
    return np.array(chosen, dtype=np.int64)
