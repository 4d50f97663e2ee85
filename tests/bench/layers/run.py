"""`scripts/bench layers`: our layers beside tipg, pygeoapi, MapServer and QGIS Server, on the same rows in one run."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import psycopg
from bench.layers.catalogue import PEERS_SCHEMA, PEERS_TABLE, analyse, fill, write_peers_table
from bench.layers.contest import CLIENTS, QUANTITIES, Entrant, compare, contest, raising, stay
from bench.layers.large import Growth, measure_growth
from bench.layers.questions import WORKS, draw_questions
from bench.layers.servers import SERVE, Database, find_missing, free_port, serve_ours
from bench.measure import Row
from clusters import find_binaries, running_cluster
from psycopg import sql

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import open_store

PEERS = tuple(SERVE)
_CLUSTER = "-c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=1GB -c max_connections=200"
_UNITS = {"cpu_ms": "CPU ms a request", "rps": "requests a second", "p99_ms": "p99 in ms"}

Say = Callable[[str], None]


class PostgisMissing(RuntimeError):
    """There is no PostgreSQL to read from."""


@contextmanager
def _postgis() -> Iterator[tuple[Database, int]]:
    """Start a cluster with an empty database; give it and the process all of PostgreSQL descends from.

    Raises
    ------
    PostgisMissing
        It is not installed.

    """
    binaries = find_binaries()
    if binaries is None:
        raise PostgisMissing("PostgreSQL is missing: apt-get install postgresql-15-postgis-3")
    database = Database(free_port(), "vergleich")
    with running_cluster(binaries, f"-p {database.port} {_CLUSTER}") as folder:
        with psycopg.connect(host=str(folder), port=database.port, user="postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE vergleich")
        yield database, int((folder / "data" / "postmaster.pid").read_text().split()[0])


def compare_layers(folder: Path, python: Path, peers: Sequence[str], *, quick: bool, say: Say) -> list[Row]:
    """Fill the catalogues, start all servers, measure and print; `python` is that of the peers' environment."""
    rounds, seconds = (2, 0.8) if quick else (5, 1.0)
    folder.mkdir(parents=True, exist_ok=True)
    with _postgis() as (database, postmaster):
        say("Filling both catalogues with 20,000 Angebote")
        settings = _fill(folder, database)
        questions = draw_questions(_names(database))
        with ExitStack() as started:
            entrants = _start_ours(started, settings, postmaster)
            for peer in peers:
                missing = find_missing(peer, python)
                if missing is None:
                    server = started.enter_context(SERVE[peer](python, database, folder))
                    entrants.append(Entrant(server, "", [stay] * CLIENTS, (*server.processes, postmaster), peer=peer))
                else:
                    say(f"{peer}: left out, it needs {missing}")
            rows = compare(entrants, contest(entrants, questions, rounds, seconds, say))
        show(rows)
        click.echo(f"\nload average of the last five minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
        if quick:
            click.echo("1,000,000 Angebote: left out with --quick")
        else:
            say("Copying the Angebote to 1,000,000")
            show_growth(measure_growth(settings["postgis"], postmaster, questions))
    return rows


def _fill(folder: Path, database: Database) -> dict[str, Settings]:
    """Put the same Angebote into both stores, and the layer's rows into the peers' table."""
    settings = {
        "postgis": Settings(home=folder / "postgis", database_url=database.url),
        "geopackage": Settings(home=folder / "geopackage"),
    }
    for each in settings.values():
        shutil.rmtree(each.home, ignore_errors=True)
        each.home.mkdir()
        fill(each)
    store = open_store(settings["postgis"]).of_installation()
    write_peers_table(store)
    store.close()
    analyse(settings["postgis"])
    return settings


def _names(database: Database) -> list[dict[str, str]]:
    """Give the keys of all rows, ours and the peers', in the order of the layer."""
    query = sql.SQL("SELECT nr::text, id FROM {} ORDER BY nr").format(sql.Identifier(PEERS_SCHEMA, PEERS_TABLE))
    with psycopg.connect(database.url) as asking:
        return [{"nr": nr, "id": id_} for nr, id_ in asking.execute(query)]


def _start_ours(started: ExitStack, settings: Mapping[str, Settings], postmaster: int) -> list[Entrant]:
    """Start ours on both stores, each to be asked cold and warm."""
    entrants = []
    for store, each in settings.items():
        server = started.enter_context(serve_ours(each, store))
        befores, pids = started.enter_context(raising(each))
        embedded = not each.database_url
        roots = server.processes if embedded else (*server.processes, postmaster)
        cold, warm = ("embedded cold", "embedded warm") if embedded else ("cold", "warm")
        entrants.append(Entrant(server, cold, befores, roots, pids))
        entrants.append(Entrant(server, warm, [stay] * CLIENTS, roots, pids))
    return entrants


def show(rows: Sequence[Row]) -> None:
    """Print a table for each quantity: ours in each variant, then each peer with its ratios to ours, cold and warm."""
    ours = list(dict.fromkeys(row.variant for row in rows))
    peers = list(dict.fromkeys(row.peer for row in rows))
    for quantity in QUANTITIES:
        click.echo(f"\n{_UNITS[quantity]}: ours; peers, in brackets how far ours is ahead cold / warm")
        click.echo("| work | " + " | ".join([*ours, *peers]) + " |\n|" + "---|" * (1 + len(ours) + len(peers)))
        for work in WORKS:
            found = {(row.variant, row.peer): row for row in rows if (row.work, row.quantity) == (work, quantity)}
            own = {variant: f"{row.ours:.3g}" for (variant, _), row in found.items()}
            cells = [own.get(variant, "") for variant in ours]
            cells += [_with_ratios(found.get(("cold", peer)), found.get(("warm", peer))) for peer in peers]
            click.echo(f"| {work} | " + " | ".join(cells) + " |")
    click.echo("\nlargest difference of the answers, as a share")
    for work in WORKS:
        apart = {row.peer: row.largest_difference for row in rows if row.work == work}
        click.echo(f"  {work}: " + ", ".join(f"{peer} {share:.1e}" for peer, share in apart.items()))


def _with_ratios(cold: Row | None, warm: Row | None) -> str:
    return "" if cold is None or warm is None else f"{cold.peer_value:.3g} ({cold.ratio:.1f} / {warm.ratio:.1f})"


def show_growth(growth: Growth) -> None:
    """Print what the catalogue's size changes."""
    click.echo("\n| Angebote | " + " | ".join(WORKS) + " | most memory |\n|" + "---|" * (2 + len(WORKS)))
    for scale in growth.scales:
        cells = [f"{scale.costs[work].cpu_ms:.3g} / {scale.costs[work].p99_ms:.3g}" for work in WORKS]
        click.echo(f"| {scale.angebote} | " + " | ".join(cells) + f" | {scale.peak_mb:.0f} MB |")
    click.echo("cold: CPU ms a request / p99 in ms")
    for work, statements in growth.scans.items():
        click.echo(
            f"  {work}: {len(statements)} statements scan a table" + "".join(f"\n    {each}" for each in statements)
        )
