"""Who has rehearsed never waits for a compiler: whatever is asked afterwards finds its loops compiled."""

from rehearsed import ask_after

REHEARSE = "from infrastruktur.planning.siting.rehearsal import rehearse; rehearse()"

ASK = """
import numpy as np
from infrastruktur.planning.siting import cover, minutes, places
from infrastruktur.planning.siting.plan import Effort, Limits, Sites
rng = np.random.default_rng(0)
indptr = np.arange(0, 121, 10)
target = np.concatenate([np.sort(rng.choice(40, 10, replace=False)) for _ in range(12)]).astype(np.int32)
sites = Sites(indptr, target, rng.integers(1, 15, 120).astype(float), np.arange(12) < 2, np.ones(12))
people = rng.random(40)
for array in (people, *vars(sites).values()):
    array.flags.writeable = False
cover.cover_most(people, sites, Limits(3), Effort())
cover.cover_share(people, sites, 90, Effort())
cover.cover_all(people, sites, Effort())
minutes.shorten_ways(people, sites, Limits(3, 2.0), 15.0, Effort())
places.seat_most(people, sites, np.full(12, 3.0), Limits(3), Effort())
"""


def test_after_a_rehearsal_nothing_is_compiled():
    assert ask_after(REHEARSE, ASK, least=5) == ""
