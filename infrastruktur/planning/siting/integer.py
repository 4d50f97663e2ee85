"""Integer programs as they stand, handed to HiGHS: with its progress, the clock, and a stop when nobody waits."""

from dataclasses import dataclass

import highspy
import numpy as np
from highspy.highs import HighsCallbackEvent

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.waiting import check_waiting, who_waits
from infrastruktur.planning.siting.plan import Effort, Floats, Progress, Status

_AGREEMENT = 1e-6
_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kTimeLimit: Status.ZEITGRENZE,
    highspy.HighsModelStatus.kInterrupt: Status.ZEITGRENZE,
}


@dataclass(frozen=True, eq=False)
class Answer:
    """What HiGHS found; `values` is None where the clock was faster than the first plan."""

    values: Floats | None
    objective: float
    bound: float
    status: Status
    branches: int


def solve_integer(model: highspy.Highs, effort: Effort) -> Answer:
    """Solve to the gap and the time of the effort.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    check_waiting()
    left = who_waits()
    model.setOptionValue("mip_rel_gap", effort.gap)
    model.setOptionValue("mip_abs_gap", 0.0)
    model.setOptionValue("time_limit", max(effort.seconds, 0.0))

    def stop_when_left(event: HighsCallbackEvent) -> None:
        event.interrupt(left())

    def tell(event: HighsCallbackEvent) -> None:
        out = event.data_out
        if effort.progress is not None and abs(out.mip_primal_bound) < highspy.kHighsInf:
            effort.progress(Progress(out.mip_primal_bound, out.mip_dual_bound, int(out.mip_node_count)))

    model.cbMipInterrupt.subscribe(stop_when_left)
    model.cbSimplexInterrupt.subscribe(stop_when_left)
    model.cbMipLogging.subscribe(tell)
    model.run()
    if left():
        raise Cancelled
    return _read(model, effort)


def _read(model: highspy.Highs, effort: Effort) -> Answer:
    info, status = model.getInfo(), model.getModelStatus()
    if status == highspy.HighsModelStatus.kModelEmpty:
        nothing = float(model.getLp().offset_)
        return Answer(np.zeros(0), nothing, nothing, Status.OPTIMAL, 0)
    if status not in _STATUS:
        raise ArithmeticError(f"HiGHS ended without a plan: {model.modelStatusToString(status)}.")
    known = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(model.getSolution().col_value, dtype=np.float64) if known else None
    if values is not None:
        _require_agreement(model, values, info.objective_function_value)
    ended = _STATUS[status]
    if ended is Status.OPTIMAL and effort.gap and info.mip_gap > 0:
        ended = Status.GENUEGT
    return Answer(values, info.objective_function_value, info.mip_dual_bound, ended, int(info.mip_node_count))


def _require_agreement(model: highspy.Highs, values: Floats, objective: float) -> None:
    """Refuse an answer whose values do not sum to what it says they do."""
    program = model.getLp()
    stated = float(np.asarray(program.col_cost_) @ values) + program.offset_
    if abs(stated - objective) > _AGREEMENT * max(1.0, abs(objective)):
        raise ArithmeticError("HiGHS states another objective than its plan has.")
