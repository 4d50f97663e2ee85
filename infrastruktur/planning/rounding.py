"""Whole people whose sums still add up: controlled rounding of counts that are linked by sums.

Lists and not arrays: nearly every sum has three or ten members, and an array costs more than their arithmetic.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.suppression import Sum

_NOISE = 1e-6
_HALF = 0.5

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def round_totals(exact: Floats, areas: Sequence[Sum]) -> Floats:
    """Round (n,) from the Region down, so that whole people of a Kommune stay whole however its parts are cut."""
    exactly: list[float] = exact.tolist()
    whole: list[float] = np.floor(exact + _HALF).tolist()
    inner = {part for area in areas for part in area.parts}
    for area in sorted(areas, key=lambda area: area.total in inner):
        if _adds_up(exactly, area):
            parts = [exactly[part] for part in area.parts]
            _put(whole, area.parts, largest_remainder(parts, whole[area.total]))
    return np.array(whole, dtype=np.float64)


def round_additive(exact: Floats, totals: Floats, rows: Sequence[Sum], areas: Sequence[Sum]) -> Floats:
    """Round people (n,) so that rows and areas still add up: states by largest remainder, areas from their parts.

    What an area's parts were rounded by is carried on to the next of them (error diffusion): else half a
    person in each of a hundred Sozialräume would make fifty people of the Region.
    """
    exactly, whole = exact.tolist(), totals.tolist()
    upper = {part: area.total for area in areas for part in area.parts}
    negligible: list[bool] = find_negligible(exact, areas).tolist()
    carried = [0.0] * len(exactly)
    for row in rows:
        if not all(math.isfinite(exactly[member]) for member in row.members):
            continue
        above = [upper.get(part, part) for part in row.parts]
        rounded = largest_remainder(
            [exactly[part] for part in row.parts],
            whole[row.total],
            lean=[carried[each] for each in above],
            last=[negligible[part] for part in row.parts],
        )
        _put(whole, row.parts, rounded)
        for part, each in zip(row.parts, above, strict=True):
            carried[each] += exactly[part] - whole[part]
    inner = {part for area in areas for part in area.parts}
    for area in sorted(areas, key=lambda area: area.total in inner, reverse=True):
        if _adds_up(exactly, area):
            whole[area.total] = sum(whole[part] for part in area.parts)
    return np.array(whole, dtype=np.float64)


def find_negligible(exact: Floats, areas: Sequence[Sum]) -> Bools:
    """Find the counts (n,) that are less than half a person, in their own area and in every area above it."""
    with np.errstate(invalid="ignore"):
        negligible: list[bool] = (exact < _HALF).tolist()
    inner = {part for area in areas for part in area.parts}
    for area in sorted(areas, key=lambda area: area.total in inner):
        if not negligible[area.total]:
            for part in area.parts:
                negligible[part] = False
    return np.array(negligible, dtype=np.bool_)


def largest_remainder(
    exact: Sequence[float], total: float, *, lean: Sequence[float] | None = None, last: Sequence[bool] | None = None
) -> list[float]:
    """Round to whole numbers that sum to `total` (Hamilton's method); exact zeros stay zero.

    `lean` is added to the remainders when it is chosen who is lifted; those `last` and the zeros come at the end.
    """
    down = [float(math.floor(each + _NOISE)) for each in exact]
    seats = round(total - sum(down))
    if not seats:
        return down
    places = range(len(down))
    if seats < 0:  # nobody is taken from a nought
        order = sorted(places, key=lambda at: -down[at])
    else:
        remainder = [each - floor for each, floor in zip(exact, down, strict=True)]
        at_end = [rest <= _NOISE or (last is not None and last[at]) for at, rest in enumerate(remainder)]
        order = sorted(places, key=lambda at: (at_end[at], -(remainder[at] + (lean[at] if lean else 0.0))))
    for place in range(abs(seats)):
        down[order[place % len(order)]] += math.copysign(1, seats)
    return down


def _adds_up(exact: Sequence[float], area: Sum) -> bool:
    difference = abs(exact[area.total] - math.fsum(exact[part] for part in area.parts))
    return difference <= _NOISE * max(1.0, abs(exact[area.total]))


def _put(whole: list[float], places: Sequence[int], values: Sequence[float]) -> None:
    for place, value in zip(places, values, strict=True):
        whole[place] = value
