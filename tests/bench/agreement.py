"""Do our times agree with OSRM's and Valhalla's? On real extracts, from the middle of one street to that of another.

OSRM drives at our speeds, so what differs is the network and the rules; Valhalla walks at our pace by rules of its own.
docs/agreement.md says what the largest differences are.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.measure import Contestant
from bench.prepare import prepare_real
from bench.question import Question, load_graph
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Place = tuple[float, float]

EXTRACTS = (
    "aachen/aachen-2021-08-01.osm.pbf",
    "rhein-neckar/heidelberg.test.osm.pbf",
    "rhein-neckar/rhein-neckar-roads-2016.osm.pbf",
)
SOURCES = 16
SHOWN = 8
SHORT_S = 60.0
"""Differences are shares of our time, but of a minute where that is shorter."""

PEERS = (("osrm", "pkw", 60_000), ("valhalla", "zu_fuss", 400_000))
"""Who is asked, on which mode's network, within which limit in deciseconds."""


@dataclass(frozen=True)
class Agreement:
    """Pairs asked for, those that only one of both reaches, and differences as shares: theirs less ours."""

    extract: str
    peer: str
    pairs: int
    only_ours: int
    only_theirs: int
    quantiles: tuple[float, ...]
    within_1_percent: float
    within_5_percent: float
    largest: tuple[tuple[Place, Place, float, float], ...]


def measure_agreement(data: Path, folder: Path, peers: Path, say: Callable[[str], None]) -> Iterator[Agreement]:
    """Compare on every extract that is there."""
    for name in EXTRACTS:
        if not (data / name).is_file():
            say(f"{name} is missing in {data}")
            continue
        where = folder / Path(name).name.partition(".")[0]
        prepare_real(data / name, where)
        ours = Contestant("ours", Path(sys.executable), where)
        for peer, modus, limit_ds in PEERS:
            theirs = Contestant(peer, peers, where)
            own = _ask(ours, where, Question("many-to-many edge", modus, SOURCES, limit_ds, checked=SOURCES))
            other = _ask(theirs, where, Question("many-to-many", modus, SOURCES, limit_ds, checked=SOURCES))
            theirs.close()
            yield _compare(name, peer, own[:, : other.shape[1]], other, load_graph(where, modus).lonlat)
        ours.close()


def _ask(contestant: Contestant, folder: Path, question: Question) -> Floats:
    keep = folder / f"{contestant.name} {question.modus}.npy"
    contestant.ask(Question(question.task, question.modus, SOURCES, question.limit_ds, str(keep), SOURCES))
    return np.asarray(np.load(keep), np.float64)


def _compare(extract: str, peer: str, own: Floats, theirs: Floats, lonlat: Floats) -> Agreement:
    both = np.isfinite(own) & np.isfinite(theirs)
    apart = np.zeros(own.shape)
    apart[both] = (theirs[both] - own[both]) / np.maximum(own[both], SHORT_S)
    shares = apart[both]
    targets = lonlat[len(lonlat) // 2 :]
    return Agreement(
        extract=extract,
        peer=peer,
        pairs=own.size,
        only_ours=int((np.isfinite(own) & ~np.isfinite(theirs)).sum()),
        only_theirs=int((~np.isfinite(own) & np.isfinite(theirs)).sum()),
        quantiles=tuple(np.quantile(shares, (0.01, 0.1, 0.5, 0.9, 0.99)).tolist()),
        within_1_percent=float((np.abs(shares) < 0.01).mean()),
        within_5_percent=float((np.abs(shares) < 0.05).mean()),
        largest=tuple(
            (tuple(lonlat[s].round(5).tolist()), tuple(targets[t].round(5).tolist()), own[s, t], theirs[s, t])
            for s, t in _pick_largest(np.abs(apart))
        ),
    )


def _pick_largest(apart: Floats) -> list[tuple[int, int]]:
    """Largest differences, each source and each target once: one odd place would fill the list."""
    found: list[tuple[int, int]] = []
    for at in np.argsort(-apart, axis=None).tolist():
        source, target = divmod(at, apart.shape[1])
        if all(source != s and target != t for s, t in found):
            found.append((source, target))
        if len(found) == SHOWN:
            break
    return found
