"""Good plans before any proof: greedy, then swaps. They are what a search starts from, never what it ends with."""

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.planning.siting.choices import Choices
from infrastruktur.planning.siting.plan import Floats, Limits

Chosen = NDArray[np.int64]

_LEAST_GAIN = 1e-9
"""What a step must gain, as a part of all that is saved, for float noise not to swap for ever."""


def draft_plan(choices: Choices, limits: Limits) -> Chosen:
    """Give a plan that no added site and no single swap betters, (k,) ascending."""
    drafts = [
        improve_plan(choices, limits, add_greedily(choices, limits, per_cost=by_cost)) for by_cost in _prices(limits)
    ]
    values = [choices.value(draft) for draft in drafts]
    return drafts[int(np.argmax(values))]


def _prices(limits: Limits) -> tuple[bool, ...]:
    """With a budget, what a unit of it buys is the other way to be greedy (Khuller, Moss and Naor 1999)."""
    return (False, True) if np.isfinite(limits.budget) else (False,)


def add_greedily(choices: Choices, limits: Limits, *, enough: float = np.inf, per_cost: bool = False) -> Chosen:
    """Open the site that saves most, or most per cost, until `enough` is saved (Church and ReVelle 1974)."""
    opened = np.zeros(len(choices.origin))
    chosen: list[int] = []
    while True:
        check_waiting()
        constants, slopes = choices.cut(opened)
        added = np.where(affordable(choices, limits, chosen), slopes.sum(axis=0), 0.0)
        if constants.sum() >= enough or len(chosen) == limits.sites or added.max(initial=0.0) <= 0:
            return np.array(chosen, dtype=np.int64)
        best = int(np.argmax(_per_cost(added, choices.cost) if per_cost else added))
        opened[best] = 1.0
        chosen.append(best)


def _per_cost(added: Floats, cost: Floats) -> Floats:
    return added / np.maximum(cost, np.finfo(np.float64).tiny)


def affordable(choices: Choices, limits: Limits, chosen: list[int]) -> NDArray[np.bool_]:
    """Tell which sites (c,) the budget still pays for, and are closed."""
    rest = limits.budget - float(choices.cost[chosen].sum())
    can = choices.cost <= rest
    can[chosen] = False
    return can


def improve_plan(choices: Choices, limits: Limits, chosen: Chosen) -> Chosen:
    """Swap one site for another while it gains, the greatest gain first (Teitz and Bart 1968); (k,) ascending."""
    while len(chosen):
        check_waiting()
        _, gain = choices.swaps(chosen)
        rest = limits.budget - float(choices.cost[chosen].sum())
        gain[:, chosen] = 0.0
        gain[choices.cost[None, :] - choices.cost[chosen][:, None] > rest] = 0.0
        out, into = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[out, into] <= _LEAST_GAIN * float(choices.most().sum()):
            break
        chosen = np.concatenate((np.delete(chosen, out), [into]))
    return np.sort(chosen)
