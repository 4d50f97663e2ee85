"""The linear relaxation: sites may open in part, and people are known only through cuts.

HiGHS holds a variable for each site and one for what each block of people saves. Where its answer promises more than
is true there, a plane that touches the truth is added, until nothing is promised too much: Benders' decomposition in
the form of Cordeau, Furini and Ljubić 2019 (maximal covering) and Duran-Mateluna, Ales and Elloumi 2023 (p-median),
which needs no variable and no row per cell.
"""

from dataclasses import dataclass
from time import monotonic

import highspy
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.planning.siting.choices import Choices
from infrastruktur.planning.siting.plan import Floats, Limits
from infrastruktur.planning.siting.solver import Solver

_PRECISION = 1e-7
"""A plane is added where the promise is too great by this part of all, or a site open by more."""
_WHOLE_SAVING = 1_000.0
"""What all savings are in the model's unit: HiGHS forgives 1e-7, which must be far less than a plane is added for."""

_LEAST_STEP, _MOST_IDLE = 0.01, 3
"""After so many rounds that close less than this part of what is open, branching closes more."""
_WHOLE = 1e-6

_ENDS = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)

Bounds = tuple[Floats, Floats]
"""Least and most each site is open, (c,) each."""


@dataclass(frozen=True, eq=False)
class Point:
    """An answer: what it promises, how far sites (c,) are open, and whether no more is promised than is true."""

    bound: float
    opened: Floats
    tight: bool


class Relaxation:
    """A growing linear program; planes that were found once bound every branch."""

    def __init__(self, choices: Choices, limits: Limits) -> None:
        self._choices = choices
        self._most = choices.most()
        self._scale = max(float(self._most.sum()), float(np.finfo(np.float32).tiny)) / _WHOLE_SAVING
        self._columns = np.arange(len(choices.origin), dtype=np.int32) + len(self._most)
        self._answer = np.zeros(0)
        self._model = Solver()
        self._add_columns()
        self._add_row(-highspy.kHighsInf, limits.sites, self._columns, np.ones(len(self._columns)))
        if np.isfinite(limits.budget):
            self._add_row(-highspy.kHighsInf, limits.budget, self._columns, choices.cost)

    def free_bounds(self) -> Bounds:
        """Give the bounds of a search that has decided nothing yet."""
        return np.zeros(len(self._columns)), np.ones(len(self._columns))

    def allow(self, sites: int) -> None:
        """Change how many sites may open."""
        self._model.changeRowBounds(0, -highspy.kHighsInf, float(sites))

    def solve(self, bounds: Bounds, *, enough: float, until: float) -> Point | None:
        """Solve to the end, or until the bound falls to `enough` or the clock (monotonic) reaches `until`.

        None without any plan within the limits.
        """
        self._model.changeColsBounds(len(self._columns), self._columns, *bounds)
        before, idle = np.inf, 0
        while self._run():
            bound = self._model.getInfo().objective_function_value * self._scale
            tight = not self._add_planes()
            idle = idle + 1 if before - bound < _LEAST_STEP * (bound - enough) else 0
            before = bound
            tired = idle >= _MOST_IDLE and not is_whole(self._opened)
            if tight or tired or bound <= enough or monotonic() > until:
                return Point(bound, self._opened, tight)
        return None

    def add_planes_at(self, opened: Floats) -> None:
        """Add the planes that touch at a plan, so that nothing is promised there that is not true."""
        for block, (constant, slope) in enumerate(zip(*self._choices.cut(opened), strict=True)):
            self._add_plane(block, constant, slope)

    def _run(self) -> bool:
        """Solve with the planes there are; False where the limits leave no plan."""
        check_waiting()
        self._model.run()
        status = self._model.getModelStatus()
        if status not in _ENDS:
            # Thousands of steps from one basis to the next may lose precision: begin anew.
            self._model.clearSolver()
            self._model.run()
            status = self._model.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return False
        if status != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS ended without an optimum: {self._model.modelStatusToString(status)}.")
        self._answer = np.asarray(self._model.getSolution().col_value, dtype=np.float64)
        return True

    @property
    def _opened(self) -> Floats:
        opened = np.clip(self._answer[self._columns], 0.0, 1.0)
        opened[opened < _PRECISION] = 0.0
        return opened

    def _add_planes(self) -> bool:
        opened = self._opened
        constants, slopes = self._choices.cut(opened)
        promised = self._answer[: len(self._most)] * self._scale
        too_great = promised - (constants + slopes @ opened) > _PRECISION * self._most.sum() / len(self._most)
        for block in np.flatnonzero(too_great).tolist():
            self._add_plane(block, constants[block], slopes[block])
        return bool(too_great.any())

    def _add_plane(self, block: int, constant: float, slope: Floats) -> None:
        used = np.flatnonzero(slope)
        columns = np.concatenate(([block], self._columns[used])).astype(np.int32)
        factors = np.concatenate(([1.0], -slope[used] / self._scale))
        self._add_row(-highspy.kHighsInf, constant / self._scale, columns, factors)

    def _add_columns(self) -> None:
        """Add what blocks save, as parts of all that can be saved, and then the sites."""
        nothing = np.zeros(0, dtype=np.int32)
        blocks, sites = len(self._most), len(self._columns)
        upper = np.concatenate((self._most / self._scale, np.ones(sites)))
        gain = np.concatenate((np.ones(blocks), np.zeros(sites)))
        starts = np.zeros(blocks + sites, dtype=np.int32)
        self._model.addCols(blocks + sites, gain, np.zeros(blocks + sites), upper, 0, starts, nothing, np.zeros(0))
        self._model.changeObjectiveSense(highspy.ObjSense.kMaximize)

    def _add_row(self, least: float, most: float, columns: NDArray[np.int32], factors: Floats) -> None:
        self._model.addRow(least, float(most), len(columns), columns, factors)


def is_whole(opened: Floats) -> bool:
    """Tell whether all sites are open or closed."""
    return bool(np.all(np.minimum(opened, 1 - opened) < _WHOLE))
