"""What a contestant is asked, and the files it finds: the same graph, places and limits for all.

Whoever takes part runs in a process of its own, in its own environment, and answers line by line on standard output:
no library disturbs another's memory, threads or compiler, and a crash loses one contestant, not the run.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Answer = Callable[[], NDArray[np.float64]]
"""Seconds (sources or kinds, cells), infinite where unreached; made after the clock has stopped."""

Task = Callable[["Question"], Answer]


@dataclass(frozen=True)
class Question:
    """A `task` on a mode's graph for the first `sources` facilities, up to a limit.

    keep: where to write the answer for the first `checked` of them; by car at most as many as our first block holds.
    """

    task: str
    modus: str
    sources: int
    limit_ds: int
    keep: str | None = None
    checked: int = 5


@dataclass(frozen=True)
class Graph:
    """One mode of the region, vertex-snapped.

    indptr (n+1,), head (m,), weight_ds (m,) i4: arcs; lonlat (n, 2) f8: EPSG:4326. source (f,): node where journeys
    from a facility begin, end_source (f,): node where those to it end; target (c,), begin_target (c,): the same of
    cells; kind (f,).
    """

    indptr: Ints
    head: Ints
    weight_ds: Ints
    lonlat: NDArray[np.float64]
    source: Ints
    end_source: Ints
    target: Ints
    begin_target: Ints
    kind: Ints

    @property
    def tail(self) -> Ints:
        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    def kinds(self) -> list[NDArray[np.int64]]:
        """Facilities of every kind."""
        return [np.flatnonzero(self.kind == kind) for kind in np.unique(self.kind)]


def load_graph(folder: Path, modus: str) -> Graph:
    with np.load(folder / f"{modus}.npz") as arrays:
        return Graph(**arrays)


def within(seconds: NDArray[np.float64], limit_ds: int) -> NDArray[np.float64]:
    """Make infinite what lies beyond the limit."""
    return np.where(seconds * 10 <= limit_ds + 1e-6, seconds, np.inf)


def serve(tasks: Mapping[str, Task]) -> None:
    """Answer questions from standard input until it ends; what libraries print goes to standard error."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        question = Question(**json.loads(line))
        begun, begun_cpu = time.perf_counter(), time.process_time()
        answer = tasks[question.task](question)
        took = {"s": time.perf_counter() - begun, "cpu_s": time.process_time() - begun_cpu}
        if question.keep is not None:
            np.save(question.keep, answer())
        peak_mb = _read_peak_mb()
        said.write(json.dumps({"took": took, "peak_mb": peak_mb}) + "\n")
        said.flush()


def _read_peak_mb() -> float:
    """Most memory this process has held; `getrusage` would count what its parent held when it was started."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def encode(question: Question) -> str:
    return json.dumps(asdict(question)) + "\n"
