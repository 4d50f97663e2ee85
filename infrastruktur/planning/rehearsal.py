"""A rehearsal of the compiled sums on a town of two people, so that no planner waits for a compiler.

As `routing.rehearsal` does for searches: when installing, and before a server answers.
"""

from functools import cache

import numpy as np

from infrastruktur.planning.catchment import Verfahren, share_supply
from infrastruktur.planning.coverage import Reach, tally, tally_choices, tally_said
from infrastruktur.planning.decay import Stufe
from infrastruktur.planning.gaps import Unversorgt, nearest_for_unserved, weigh_owners
from infrastruktur.planning.pairs import weigh_pairs
from infrastruktur.planning.quarter import relevant_records
from infrastruktur.planning.supply_change import close_supply
from infrastruktur.planning.ways import Wege, rise_again


@cache
def rehearse() -> None:
    """Run every compiled sum once a process."""
    indptr, demand, time_ds = np.array([0, 2], np.int64), np.array([0, 1], np.int32), np.array([0, 600], np.int32)
    pairs = weigh_pairs(indptr, demand, time_ds, decay=Stufe(max_minuten=1.0), n_demands=2)
    tally(np.ones(2), demand, demand, np.zeros(2, np.uint8), 2)
    tally_said(np.ones(2), demand, demand, (np.zeros(2, np.uint8), np.zeros(2, np.uint8)), 2)
    tally_choices(np.ones(2), demand, demand, demand, 2)
    Wege(np.ones(2), np.ones(2), demand, demand.astype(np.intp), "minuten").sum_up(demand, np.ones(2))
    rise_again(np.arange(2), np.ones(2), demand > 0)
    far = Unversorgt(demand.astype(np.intp), demand.astype(np.intp), demand, np.ones(2), demand)
    nearest_for_unserved(far, np.ones(2), weigh_owners(far, np.ones(2), 2), demand, 2)
    relevant_records(Reach(indptr, demand), demand, demand, 2)
    close_supply(share_supply(Verfahren.AUSGEGLICHEN, pairs, np.ones(2), np.ones(1)), 0)
