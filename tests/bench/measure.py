"""Ask contestants in turn, round by round, and compare pair by pair: ratios hold where a machine's speed drifts."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from bench.question import Question, encode
from numpy.typing import NDArray


class ContestantLost(RuntimeError):
    """A contestant's process ended; the run goes on without it."""


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of CPU on all cores."""

    s: float
    cpu_s: float


class Contestant:
    """A process that answers by the module of its name, or another; `peak_mb` is the most memory it has held."""

    def __init__(self, name: str, python: Path, folder: Path, module: str = "") -> None:
        self.name = name
        self.peak_mb = 0.0
        with (folder / f"{name}.log").open("w") as log:
            self.process = subprocess.Popen(
                [python, "-m", f"bench.contestants.{module or name}", folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, question: Question) -> Took:
        """Time the question took, as measured in the contestant's process.

        Raises
        ------
        ContestantLost
            It has ended, with its reason in its log.

        """
        pipe_in, pipe_out = self.process.stdin, self.process.stdout
        if pipe_in is None or pipe_out is None:
            raise ContestantLost(self.name)
        try:
            pipe_in.write(encode(question))
            pipe_in.flush()
            line = pipe_out.readline()
        except BrokenPipeError as error:
            raise ContestantLost(self.name) from error
        if not line:
            raise ContestantLost(self.name)
        said = json.loads(line)
        self.peak_mb = said["peak_mb"]
        return Took(**said["took"])

    def close(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()


@dataclass(frozen=True)
class Entry:
    """Who answers a question, in which variant, and for how many sources; `peer` None is ours."""

    contestant: Contestant
    question: Question
    variant: str
    peer: str | None = None

    @property
    def label(self) -> str:
        return f"{self.contestant.name} {self.question.task}"


@dataclass(frozen=True)
class Row:
    """One comparison; `ratio` above 1 says that ours is ahead. Seconds are per source, or per run for `nearest`."""

    work: str
    variant: str
    quantity: str
    ours: float
    peer: str
    peer_value: float
    ratio: float
    largest_difference: float | None


def measure(entries: Sequence[Entry], rounds: int, folder: Path, say: Any) -> tuple[dict[str, list[Took]], set[str]]:
    """Ask all entries in turn, once to warm up and keep the answers, then `rounds` times; time per source.

    Returns them by label, and the labels of those who were lost.
    """
    times: dict[str, list[Took]] = {entry.label: [] for entry in entries}
    lost: set[str] = set()
    for number in range(rounds + 1):
        for entry in (entry for entry in entries if entry.label not in lost):
            keep = str(folder / f"{entry.label} {entry.question.modus}.npy") if number == 0 else None
            try:
                took = entry.contestant.ask(replace(entry.question, keep=keep))
            except ContestantLost:
                lost.add(entry.label)
                say(f"{entry.contestant.name}: lost, see {folder / entry.contestant.name}.log")
                continue
            if number:
                sources = max(1, entry.question.sources)
                times[entry.label].append(Took(took.s / sources, took.cpu_s / sources))
            else:
                say(f"{entry.label} {entry.question.modus}: first answer after {took.s:.1f} s")
    return times, lost


def compare(
    work: str, entries: Sequence[Entry], times: Mapping[str, Sequence[Took]], folder: Path, *, quantity: str = "s"
) -> list[Row]:
    """Pair ours in each variant with each peer, round by round, by one of the quantities of `Took`."""
    rows = []
    for ours in (entry for entry in entries if entry.peer is None):
        for peer in (entry for entry in entries if entry.peer is not None):
            own, theirs = ([getattr(took, quantity) for took in times[entry.label]] for entry in (ours, peer))
            pairs = list(zip(own, theirs, strict=False))
            if pairs:
                rows.append(
                    Row(
                        work,
                        ours.variant,
                        quantity,
                        median(own for own, _ in pairs),
                        str(peer.peer),
                        median(theirs for _, theirs in pairs),
                        median(theirs / own for own, theirs in pairs),
                        largest_difference(ours, peer, folder) if ours.variant == "vertex" else None,
                    )
                )
    return rows


def largest_difference(ours: Entry, peer: Entry, folder: Path) -> float | None:
    """Largest difference of two times as a share of ours, those under a minute counted as one.

    One that only either reaches is a difference of 1 unless it lies at the limit.
    """
    own, theirs = (np.load(folder / f"{entry.label} {entry.question.modus}.npy") for entry in (ours, peer))
    return differ(own, theirs, ours.question.limit_ds / 10)


def differ(own: NDArray[np.float64], theirs: NDArray[np.float64], limit_s: float) -> float:
    both = np.isfinite(own) & np.isfinite(theirs)
    apart = np.abs(own[both] - theirs[both]) / np.maximum(own[both], 60.0)
    one = np.fmin(own, theirs)[np.isfinite(own) != np.isfinite(theirs)]
    return float(max(apart.max(initial=0.0), 1.0 * (one < limit_s * 0.99).any()))
