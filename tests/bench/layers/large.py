"""The same questions at 20,000 and at 1,000,000 Angebote: time, memory, and how PostgreSQL finds its way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from bench.layers.asking import Cost, ask_at_once, ask_in_turn, cpu_s, peak_mb
from bench.layers.catalogue import analyse, multiply
from bench.layers.contest import raising
from bench.layers.questions import WORKS, Questions
from bench.layers.servers import OURS, serve_ours
from heard import heard

from infrastruktur.domain.crs import CRS84, window_of
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.query import Excerpt, LayerQuery
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import open_store
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.read_layer import get_feature, read_page

_SECONDS = 3.0
_SCANNED = re.compile(r"Seq Scan on (\w+)")
_GROWING = {"fassung", "angebot", "standort"}
"""With the Angebote; counters and counts that a statement carries beside are a handful of rows."""


@dataclass(frozen=True)
class Scale:
    """What a catalogue of some size costs, cold: by work, and the most memory the server has held."""

    angebote: int
    costs: Mapping[str, Cost]
    peak_mb: float


@dataclass(frozen=True)
class Growth:
    """Both sizes, and of the large one each statement that scans a table from end to end, by work."""

    scales: Sequence[Scale]
    scans: Mapping[str, list[str]]


def measure_growth(settings: Settings, postmaster: int, questions: Questions) -> Growth:
    """Measure ours cold, copy the catalogue within its database, and measure again."""
    small = _measure(settings, postmaster, questions)
    store = open_store(settings).of_installation()
    multiply(store)
    store.close()
    analyse(settings)
    large = _measure(settings, postmaster, questions)
    return Growth((small, large), find_scans(settings, questions))


def _measure(settings: Settings, postmaster: int, questions: Questions) -> Scale:
    with serve_ours(settings, "growth") as server, raising(settings) as (befores, pids):
        costs = {}
        for work in WORKS:
            paths = questions.paths(work, OURS)
            roots = (*server.processes, postmaster)
            spent_s = cpu_s(roots, pids)
            answered = ask_in_turn(server.port, paths, befores[0], _SECONDS)
            cpu_ms = 1000 * (cpu_s(roots, pids) - spent_s) / answered
            costs[work] = Cost(cpu_ms, *ask_at_once(server.port, paths, befores, _SECONDS))
        with psycopg.connect(settings.database_url) as asking:
            (angebote,) = asking.execute("SELECT count(*) FROM angebot").fetchone() or (0,)
        return Scale(angebote, costs, peak_mb(server.processes[0]))


def find_scans(settings: Settings, questions: Questions) -> dict[str, list[str]]:
    """Find, among the statements of a page, a box and an item, those that PostgreSQL answers by a sequential scan."""
    context = open_context(settings)
    query = LayerQuery(collection="angebote")
    box = LayerQuery(collection="angebote", window=window_of(Bbox(questions.boxes[0]), CRS84))
    asked = {
        "items 100": lambda: read_page(context, query, Excerpt(100)),
        "items 10000": lambda: read_page(context, query, Excerpt(10_000)),
        "bbox": lambda: read_page(context, box, Excerpt(100)),
        "item": lambda: get_feature(context, query, questions.names[0]["id"]),
    }
    found: dict[str, list[str]] = {}
    for work, ask in asked.items():
        with heard() as statements:
            ask()
        layer = [(statement, values) for statement, values in statements if "fassung" in statement]
        found[work] = [statement for statement, values in layer if _scans(settings, statement, values)]
    context.close()
    return found


def _scans(settings: Settings, statement: str, values: Any) -> bool:
    with psycopg.connect(settings.database_url) as asking:
        plan = asking.execute(f"EXPLAIN {statement}", values).fetchall()  # type: ignore[arg-type]
    scanned = {table for (line,) in plan for table in _SCANNED.findall(line)}
    return not scanned.isdisjoint(_GROWING)
