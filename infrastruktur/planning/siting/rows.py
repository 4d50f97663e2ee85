"""Set covering: the fewest sites of which everybody reaches one.

HiGHS gets the demands with the fewest choices first, and more only where its answer leaves somebody without: most are
implied by those (whoever reaches all sites that another reaches is served with them).
"""

from dataclasses import replace
from time import monotonic

import highspy
import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.siting.choices import Choices
from infrastruktur.planning.siting.integer import Answer, solve_integer
from infrastruktur.planning.siting.plan import Effort, Limits, Status, Verdict
from infrastruktur.planning.siting.solver import Solver
from infrastruktur.planning.siting.start import Chosen, add_greedily

_PAIRS_AT_ONCE = 300_000
_HALF = 0.5


def cover_rows(choices: Choices, effort: Effort) -> tuple[Chosen, Verdict]:
    """Choose the fewest sites (k,) of which every row reaches one.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    ends = monotonic() + effort.seconds
    # Kept for when time is up, and not handed to HiGHS: 1.16, given a plan of 14 sites, answers with its sites and the
    # number and bound of the best, which has 13.
    draft = add_greedily(choices, Limits(len(choices.origin)))
    if not len(draft):
        return draft, Verdict(Status.OPTIMAL, 0.0, 0.0, 0)
    model = _open_few(len(choices.origin))
    open_rows = np.ones(len(choices.personen), dtype=np.bool_)
    bound, branches = 1.0, 0
    while True:
        _add_rows(model, choices, _fewest_choices(choices, open_rows))
        answer = solve_integer(model, replace(effort, seconds=ends - monotonic()))
        bound, branches = max(bound, _whole_bound(answer)), branches + answer.branches
        chosen = _read_chosen(answer)
        open_rows = _left_open(choices, chosen)
        if not open_rows.any():
            draft = min(draft, chosen, key=len)
            return draft, Verdict(_status(answer, len(draft), bound), float(len(draft)), bound, branches)
        if answer.status is Status.ZEITGRENZE:
            return draft, Verdict(_status(answer, len(draft), bound), float(len(draft)), bound, branches)


def _status(answer: Answer, sites: int, bound: float) -> Status:
    return Status.OPTIMAL if sites <= bound else answer.status


def _whole_bound(answer: Answer) -> float:
    """Round the bound up: there is no part of a site."""
    return float(np.ceil(answer.bound - 1e-6)) if np.isfinite(answer.bound) else 0.0


def _open_few(sites: int) -> highspy.Highs:
    model = Solver()
    nothing = np.zeros(0, dtype=np.int32)
    starts = np.zeros(sites, dtype=np.int32)
    model.addCols(sites, np.ones(sites), np.zeros(sites), np.ones(sites), 0, starts, nothing, np.zeros(0))
    whole = np.full(sites, highspy.HighsVarType.kInteger)
    model.changeColsIntegrality(sites, np.arange(sites, dtype=np.int32), whole)
    return model


def _add_rows(model: highspy.Highs, choices: Choices, rows: NDArray[np.int64]) -> None:
    """Add Σ x_j ≥ 1 for rows."""
    indptr, site, _ = choices.rows
    lengths = indptr[rows + 1] - indptr[rows]
    starts = np.cumsum(lengths) - lengths
    pairs = np.arange(lengths.sum()) + np.repeat(indptr[rows] - starts, lengths)
    ones, no_limit = np.ones(len(rows)), np.full(len(rows), highspy.kHighsInf)
    model.addRows(len(rows), ones, no_limit, len(pairs), starts.astype(np.int32), site[pairs], np.ones(len(pairs)))


def _fewest_choices(choices: Choices, open_rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pick of the open rows those with the fewest choices, as many as a model takes at once."""
    rows = np.flatnonzero(open_rows)
    lengths = np.diff(choices.rows[0])[rows]
    order = np.argsort(lengths, kind="stable")
    taken = max(1, int(np.searchsorted(np.cumsum(lengths[order]), _PAIRS_AT_ONCE, side="right")))
    return np.sort(rows[order[:taken]])


def _read_chosen(answer: Answer) -> Chosen:
    if answer.values is None:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(answer.values > _HALF)


def _left_open(choices: Choices, chosen: Chosen) -> NDArray[np.bool_]:
    indptr, site, _ = choices.rows
    opened = np.zeros(len(choices.origin), dtype=np.bool_)
    opened[chosen] = True
    reached: NDArray[np.bool_] = np.logical_or.reduceat(opened[site], indptr[:-1])
    return ~reached
