"""Who has rehearsed never waits for a compiler: whatever is asked afterwards finds its loops compiled."""

import subprocess
import sys

ASK = """
import numpy as np
from infrastruktur.planning.siting import cover, loops, minutes, places
from infrastruktur.planning.siting.plan import Effort, Limits, Sites
from infrastruktur.planning.siting.rehearsal import rehearse

def compiled():
    return {name: len(loop.signatures) for name, loop in vars(loops).items() if hasattr(loop, "signatures")}

rehearse()
before = compiled()
before.pop("replaces", None)  # compiled within find_dominated
assert all(before.values()), before
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
after = compiled()
assert {name: after[name] for name in before} == before, after
"""


def test_after_a_rehearsal_nothing_is_compiled():
    asked = subprocess.run([sys.executable, "-c", ASK], check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "", "")
