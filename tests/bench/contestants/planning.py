"""Ours, from the same rows of ways: supply shared, and sites searched."""

import sys
from functools import cache, partial
from pathlib import Path

import numpy as np
from bench.planning.questions import BEYOND_MINUTES, SITES, Ways, load_ways
from bench.question import Answer, Question, serve

from infrastruktur.planning.catchment import USUAL_DECAY, Verfahren, share_supply
from infrastruktur.planning.pairs import weigh_pairs
from infrastruktur.planning.siting.cover import cover_most
from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.plan import Effort, Limits, Sites

FOLDER = Path(sys.argv[1])
EXACT = Effort(gap=0.0, seconds=600.0)


@cache
def ways(name: str) -> Ways:
    return load_ways(FOLDER, name)


@cache
def sites(name: str) -> Sites:
    rows = ways(name)
    possible = len(rows.kapazitaet)
    fixed = np.zeros(possible, dtype=np.bool_)
    return Sites(rows.indptr, rows.demand, rows.time_ds / 600, fixed, np.ones(possible))


def share(_: Question, verfahren: Verfahren) -> Answer:
    rows = ways("dauerpflege")
    pairs = weigh_pairs(
        rows.indptr, rows.demand, rows.time_ds, decay=USUAL_DECAY[verfahren], n_demands=len(rows.personen)
    )
    found = share_supply(verfahren, pairs, rows.personen, rows.kapazitaet).je_person
    return lambda: found[None]


def reach_most(_: Question, name: str, effort: Effort = EXACT) -> Answer:
    found = cover_most(ways(name).personen, sites(name), Limits(SITES), effort)
    return lambda: np.array([[found.verdict.objective]])


def shorten(_: Question) -> Answer:
    found = shorten_ways(ways("ort").personen, sites("ort"), Limits(SITES), BEYOND_MINUTES, EXACT)
    return lambda: np.array([[found.verdict.objective]])


if __name__ == "__main__":
    serve(
        {
            "e2sfca": partial(share, verfahren=Verfahren.E2SFCA),
            "2sfca": partial(share, verfahren=Verfahren.ZWEI_SFCA),
            "mclp": partial(reach_most, name="stadt"),
            "mclp region": partial(reach_most, name="region", effort=Effort(gap=0.01, seconds=600.0)),
            "p-median": shorten,
        }
    )
