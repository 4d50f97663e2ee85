"""A rehearsal: every compiled loop of siting runs once, so that nobody who asks waits 15 s for a compiler."""

from functools import cache

import numpy as np

from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.plan import Effort, Limits, Sites


@cache
def rehearse() -> None:
    """Ask once a process where two of three sites go, along a street of three cells.

    Asked again with arrays that nobody may write to, as memories hand them out: to the compiler these are others.
    """
    sites = Sites(
        indptr=np.array([0, 2, 4, 6], dtype=np.int64),
        target=np.array([0, 1, 1, 2, 0, 2], dtype=np.int32),
        minutes=np.array([1.0, 2.0, 1.0, 3.0, 2.0, 1.0]),
        fixed=np.zeros(3, dtype=np.bool_),
        cost=np.ones(3),
    )
    for _ in range(2):
        shorten_ways(np.ones(3), sites, Limits(2), 10.0, Effort())
        for array in (sites.indptr, sites.target, sites.fixed, sites.cost, sites.minutes):
            array.flags.writeable = False
