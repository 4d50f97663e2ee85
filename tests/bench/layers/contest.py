"""Ask all servers in turn, round by round, cold and warm, and compare them pair by pair.

Cold, a counter in the catalogue is raised before each of our requests, as every edit does: no bytes and
no count of the process are kept over it. Warm, nothing changes. Peers keep no answer and are asked alike both times.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import psycopg
from bench.layers.asking import Client, Cost, ask_at_once, ask_in_turn, cpu_s
from bench.layers.questions import WORKS, Questions, Shown, differ, read_features, read_tile, within
from bench.layers.servers import Server
from bench.measure import Row

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.history import ANGEBOTE, bump

CLIENTS = 4
QUANTITIES = ("cpu_ms", "rps", "p99_ms")

Before = Callable[[], None]


@dataclass(frozen=True)
class Entrant:
    """A server in one variant; `peer` None is ours. `befores` are what each client does before it asks."""

    server: Server
    variant: str
    befores: Sequence[Before]
    roots: tuple[int, ...]
    without: tuple[int, ...] = ()
    peer: str | None = None


@dataclass
class Outcome:
    """What was measured of an entrant, by work, and what it showed, question by question."""

    costs: dict[str, list[Cost]] = field(default_factory=lambda: {work: [] for work in WORKS})
    shown: dict[str, list[Shown]] = field(default_factory=dict)


def stay() -> None:
    """Change nothing."""


@contextmanager
def raising(settings: Settings) -> Iterator[tuple[list[Before], tuple[int, ...]]]:
    """Give what raises the counter, one for each client, and PostgreSQL's processes that do it."""
    if not settings.database_url:
        store = open_store(settings).of_installation()
        yield [lambda: _raise_in_file(store)] * CLIENTS, ()
        store.close()
        return
    with ExitStack() as opened:
        connections = [
            opened.enter_context(psycopg.connect(settings.database_url, autocommit=True)) for _ in range(CLIENTS)
        ]
        pids = tuple(each.info.backend_pid for each in connections)
        yield [partial(_raise_in_server, each) for each in connections], pids


def _raise_in_file(store: Store) -> None:
    with store.write() as connection:
        bump(connection, ANGEBOTE)


def _raise_in_server(connection: psycopg.Connection) -> None:
    """Raise it over a connection of one's own, whose work can be told from that of the answer."""
    connection.execute("UPDATE revision SET stand = stand + 1 WHERE thema = %s", [ANGEBOTE])


def contest(
    entrants: Sequence[Entrant], questions: Questions, rounds: int, seconds: float, say: Callable[[str], None]
) -> dict[str, Outcome]:
    """Ask once to compare the answers, then in `rounds`, some seconds each; by entrant's name and variant."""
    outcomes = {_label(entrant): Outcome() for entrant in entrants}
    for work in WORKS:
        asked = [(entrant, questions.paths(work, entrant.server.addresses)) for entrant in entrants]
        able = [(entrant, paths) for entrant, paths in asked if paths]
        for entrant, _ in able:
            outcomes[_label(entrant)].shown[work] = _show(entrant, questions, work)
        for number in range(rounds):
            say(f"{work}, round {number + 1} of {rounds}")
            for entrant, paths in able:
                outcomes[_label(entrant)].costs[work].append(_measure(entrant, paths, seconds))
    return outcomes


def _label(entrant: Entrant) -> str:
    return f"{entrant.peer or 'ours'} {entrant.variant}".strip()


def _show(entrant: Entrant, questions: Questions, work: str) -> list[Shown]:
    client = Client(entrant.server.port)
    read = read_tile if work == "mvt" else read_features
    shown = [read(client.get(path)) for path in questions.paths(work, entrant.server.addresses)]
    client.close()
    return [within(*pair) for pair in zip(shown, questions.boxes, strict=True)] if work == "bbox" else shown


def _measure(entrant: Entrant, paths: Sequence[str], seconds: float) -> Cost:
    port = entrant.server.port
    spent_s = cpu_s(entrant.roots, entrant.without)
    answered = ask_in_turn(port, paths, entrant.befores[0], seconds)
    cpu_ms = 1000 * (cpu_s(entrant.roots, entrant.without) - spent_s) / answered
    rps, p99_ms = ask_at_once(port, paths, entrant.befores, seconds)
    return Cost(cpu_ms, rps, p99_ms)


def compare(entrants: Sequence[Entrant], outcomes: Mapping[str, Outcome]) -> list[Row]:
    """Pair ours in each variant with each peer, round by round."""
    ours = [entrant for entrant in entrants if entrant.peer is None]
    peers = [entrant for entrant in entrants if entrant.peer is not None]
    return [
        row
        for work in WORKS
        for one in ours
        for other in peers
        if outcomes[_label(other)].costs[work]
        for row in _compare_work(work, one, other, outcomes)
    ]


def _compare_work(work: str, ours: Entrant, peer: Entrant, outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    own, theirs = outcomes[_label(ours)], outcomes[_label(peer)]
    apart = max(map(differ, own.shown[work], theirs.shown[work]))
    for quantity in QUANTITIES:
        mine = [getattr(cost, quantity) for cost in own.costs[work]]
        other = [getattr(cost, quantity) for cost in theirs.costs[work]]
        better, worse = (mine, other) if quantity == "rps" else (other, mine)
        ratio = median(more / less for more, less in zip(better, worse, strict=True))
        yield Row(work, ours.variant, quantity, median(mine), str(peer.peer), median(other), ratio, apart)
