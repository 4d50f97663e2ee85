"""Who has rehearsed never waits for a compiler: every method and every change finds its sums compiled."""

from rehearsed import ask_after

REHEARSE = "from infrastruktur.planning.rehearsal import rehearse; rehearse()"

ASK = """
import numpy as np
from planning.dense import to_pairs
from planning.towns import DECAYS
from infrastruktur.planning.catchment import Verfahren, share_supply
from infrastruktur.planning.pairs import append_demands
from infrastruktur.planning.supply_change import add_supply, close_supply, move_supply, resize_supply

ways = np.array([[0, 900, 1200], [-1, 0, 300]])
for decay in DECAYS:
    for verfahren in Verfahren:
        pairs = append_demands(to_pairs(ways, decay), to_pairs(ways, decay, pace=1.2))
        row = append_demands(to_pairs(ways[:1], decay), to_pairs(ways[:1], decay, pace=1.2))
        shared = share_supply(verfahren, pairs, np.arange(6.0), np.array([3.0, np.nan]))
        move_supply(close_supply(resize_supply(add_supply(shared, row, 2.0), 1, 4.0), 0), 0, row)
"""


def test_after_a_rehearsal_nothing_is_compiled():
    assert ask_after(REHEARSE, ASK, least=4) == ""
