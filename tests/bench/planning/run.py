"""`scripts/bench planning`: our catchments beside `access`, our sites beside `spopt`, on the same ways in one run."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import click
import numpy as np
from bench.measure import Contestant, Entry, Row, compare, measure
from bench.planning.inputs import CAR_DS, WALK_DS, Say, prepare_planning
from bench.planning.own import measure_own, show_own
from bench.question import Question
from numpy.typing import NDArray

PEERS = ("access", "spopt")
OURS = "planning"
WORKS = {
    "e2sfca": ("access", Question("e2sfca", "pkw", 0, CAR_DS)),
    "2sfca": ("access", Question("2sfca", "pkw", 0, CAR_DS)),
    "mclp": ("spopt", Question("mclp", "zu_fuss", 0, WALK_DS)),
    "p-median": ("spopt", Question("p-median", "zu_fuss", 0, WALK_DS)),
}
"""Who else answers what."""

ALONE = Question("mclp region", "zu_fuss", 0, WALK_DS)
"""All of the region, to a gap of one percent: larger than a dense matrix can be."""

ROUNDS, QUICK = 7, 3


AGREED = {"access": 1e-9, "spopt": 1e-6}
"""Up to here the answers of a peer are ours: sums of the same terms, and objectives to a solver's tolerance."""


class AnswersDiffer(RuntimeError):
    """Two contestants do not say the same, so that their times say nothing."""


def compare_planning(folder: Path, python: Path, peers: Sequence[str], *, quick: bool, say: Say) -> list[Row]:
    """Prepare, ask in turn, print; `python` is that of the peers' environment.

    Raises
    ------
    AnswersDiffer
        A peer's answer is not ours.

    """
    prepare_planning(folder, say)
    contestants = {OURS: Contestant(OURS, Path(sys.executable), folder)}
    for peer in peers:
        if any((python.parents[1] / "lib").glob(f"python*/site-packages/{peer}")):
            contestants[peer] = Contestant(peer, python, folder)
        else:
            say(f"{peer}: not installed")
    rounds = QUICK if quick else ROUNDS
    rows = list(_contest(contestants, rounds, folder, say))
    alone = [contestants[OURS].ask(ALONE) for _ in range(rounds + 1)][1:]
    show(rows, median(took.s for took in alone), contestants)
    for contestant in contestants.values():
        contestant.close()
    show_own(measure_own(folder, rounds, say))
    return rows


def _contest(contestants: Mapping[str, Contestant], rounds: int, folder: Path, say: Say) -> Iterator[Row]:
    for work, (peer, question) in WORKS.items():
        if peer in contestants:
            ours = Entry(contestants[OURS], question, question.modus)
            theirs = Entry(contestants[peer], question, question.modus, peer)
            times, lost = measure([ours, theirs], rounds, folder, say)
            finished = [entry for entry in (ours, theirs) if entry.label not in lost]
            for row in compare(work, finished, times, folder):
                own, other = (np.load(folder / f"{entry.label} {question.modus}.npy") for entry in (ours, theirs))
                yield replace(row, largest_difference=agree(work, own, other, AGREED[peer]))


def agree(work: str, own: NDArray[np.float64], other: NDArray[np.float64], most: float) -> float:
    """Give the largest relative difference of two answers of one shape.

    Raises
    ------
    AnswersDiffer
        It is more than `most`, or one of them is no number.

    """
    if own.shape != other.shape or not (np.isfinite(own).all() and np.isfinite(other).all()):
        raise AnswersDiffer(f"{work}: {own.shape} and {other.shape} numbers, or not all are numbers")
    scale = np.maximum(np.abs(own), np.abs(other))
    apart = np.abs(own - other)
    found = float(np.divide(apart, scale, out=np.zeros_like(apart), where=scale > 0).max(initial=0.0))
    if found > most:
        raise AnswersDiffer(f"{work}: answers are {found:.1e} apart, more than {most:.0e}")
    return found


def show(rows: Sequence[Row], alone_s: float, contestants: Mapping[str, Contestant]) -> None:
    click.echo("| work | ours, ms | peer | peer's, ms | ratio | largest difference |\n|---|---|---|---|---|---|")
    for row in rows:
        click.echo(
            f"| {row.work} | {1000 * row.ours:.1f} | {row.peer} | {1000 * row.peer_value:.0f} | {row.ratio:.0f} "
            f"| {row.largest_difference:.1e} |"
        )
    click.echo(f"\nours, MCLP of the whole region to 1 %: {1000 * alone_s:.0f} ms")
    for contestant in contestants.values():
        click.echo(f"most memory, {contestant.name}: {contestant.peak_mb:.0f} MB")
