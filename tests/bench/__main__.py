"""`scripts/bench reach`: our travel times against the peers', interleaved in one run, on a region of real size.

`scripts/bench agreement`: whether they are the same times, on real extracts.

`scripts/bench layers`: our layers against other servers', on the same rows.

`scripts/bench planning`: our catchments and sites against PySAL's, on the same ways.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

import click
import numpy as np
from bench.agreement import EXTRACTS, Agreement, measure_agreement
from bench.layers.run import PEERS as LAYER_PEERS
from bench.layers.run import compare_layers
from bench.measure import Contestant, ContestantLost, Entry, Row, compare, measure
from bench.planning.run import PEERS as PLANNING_PEERS
from bench.planning.run import AnswersDiffer, compare_planning
from bench.prepare import prepare
from bench.question import Question

WALK, CAR = "zu_fuss", "pkw"
WALK_DS, CAR_DS = 12_000, 18_000
"""15 minutes on foot at 4.8 km/h, on a network stated at 3.6 km/h, and 30 minutes by car."""

NEAREST_DS = {WALK: 24_000, CAR: 18_000}
"""30 minutes each."""

FACILITIES = 2_000
ISOCHRONES = 25


BUILDER = "ours building"
PEERS = Path("var/bench/peers/bin/python").absolute()
REACH_PEERS = ("scipy", "pandana", "routingkit", "osrm", "valhalla", "osmnx")


def main() -> None:
    asked = read_arguments()
    if asked.what == "agreement":
        for found in measure_agreement(find_data(), Path("var/bench/agreement").absolute(), PEERS, say):
            show_agreement(found)
    elif asked.what == "layers":
        folder = Path("var/bench/layers").absolute()
        write_rows(compare_layers(folder, PEERS, asked.peers or LAYER_PEERS, quick=asked.quick, say=say), asked.json)
    elif asked.what == "planning":
        folder = Path("var/bench/planning").absolute()
        rows = compare_planning(folder, PEERS, asked.peers or PLANNING_PEERS, quick=asked.quick, say=say)
        write_rows(rows, asked.json)
    else:
        compare_reach(asked)


def write_rows(rows: Sequence[Row], path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def compare_reach(asked: argparse.Namespace) -> None:
    folder = Path("var/bench/reach").absolute()
    say("Preparing the region (a minute, once)")
    prepare(find_data() / EXTRACTS[0], folder)
    contestants = start(folder, asked.peers or REACH_PEERS)
    rounds = 2 if asked.quick else 7
    rows: list[Row] = []
    for work, entries in plan(contestants, quick=asked.quick).items():
        times, lost = measure(entries, rounds, folder, say)
        finished = [entry for entry in entries if entry.label not in lost]
        rows += compare(work, finished, times, folder)
        if work == "build network":
            rows += compare(work, finished, times, folder, quantity="cpu_s")
        if work == "isochrone walk":
            rows += compare_areas(finished, folder)
    own = measure_own(contestants["ours"], rounds)
    show(rows, own, contestants)
    write_rows(rows, asked.json)
    for contestant in contestants.values():
        contestant.close()


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("what", choices=["reach", "agreement", "layers", "planning"])
    parser.add_argument(
        "--quick", action="store_true", help="two rounds, fewer sources for slow peers, no large catalogue"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparisons as JSON")
    parser.add_argument(
        "--peers", default="", help=f"which to ask, of {','.join((*REACH_PEERS, *LAYER_PEERS, *PLANNING_PEERS))}"
    )
    parsed = parser.parse_args()
    parsed.peers = [peer for peer in parsed.peers.split(",") if peer]
    return parsed


def say(text: str) -> None:
    click.echo(f"» {text}", err=True)


def find_data() -> Path:
    data = Path(os.environ.get("INFRASTRUKTUR_DATA", "../shared/data"))
    if not (data / EXTRACTS[0]).is_file():
        sys.exit(f"{data / EXTRACTS[0]} is missing: set INFRASTRUKTUR_DATA to the folder of the open data.")
    return data


def start(folder: Path, peers: list[str]) -> dict[str, Contestant]:
    """Start ours and every peer whose package is installed; say which are not."""
    ours, theirs = Path(sys.executable), PEERS
    module = {"routingkit": "pyroutingkit"}
    # Networks are built by a command, and asked by a server that never builds one: two processes of ours.
    contestants = {"ours": Contestant("ours", ours, folder), BUILDER: Contestant(BUILDER, ours, folder, "ours")}
    for peer in peers:
        if any((theirs.parents[1] / "lib").glob(f"python*/site-packages/{module.get(peer, peer)}")):
            contestants[peer] = Contestant(peer, theirs, folder)
        else:
            say(f"{peer}: not installed, there is no wheel of it for the Python of var/bench/peers")
    return contestants


def plan(contestants: dict[str, Contestant], *, quick: bool) -> dict[str, list[Entry]]:
    """Say who is asked what; slow peers for fewer sources, as all figures are per source."""
    works = {
        "many-to-many walk": ("many-to-many", WALK, WALK_DS, {"scipy": 50, "pandana": 200, "routingkit": 50}),
        "many-to-many car": (
            "many-to-many", CAR, CAR_DS,
            {"scipy": 50, "pandana": 20, "routingkit": 200, "osrm": 100 if quick else 500},
        ),
        "nearest walk": ("nearest", WALK, NEAREST_DS[WALK], {"scipy": 0, "pandana": 0}),
        "nearest car": ("nearest", CAR, NEAREST_DS[CAR], {"scipy": 0, "pandana": 0}),
        "isochrone walk": ("isochrone", WALK, WALK_DS, {"valhalla": ISOCHRONES}),
        "build network": ("build", WALK, 0, {"osmnx": 0}),
    }  # fmt: skip
    plans = {}
    for work, (task, modus, limit_ds, peers) in works.items():
        sources = {"many-to-many": FACILITIES, "isochrone": ISOCHRONES}.get(task, 0)
        variants = {"isochrone": ("edge",), "build": ("streets", "extract")}.get(task, ("vertex", "edge"))
        ours = [
            Entry(
                contestants[BUILDER if task == "build" else "ours"],
                Question(f"{task} {variant}", modus, sources, limit_ds),
                variant,
            )
            for variant in variants
        ]
        theirs = [
            Entry(contestants[peer], Question(task, modus, count, limit_ds), "vertex", peer)
            for peer, count in peers.items()
            if peer in contestants
        ]
        plans[work] = ours + theirs
    return plans


def compare_areas(entries: list[Entry], folder: Path) -> list[Row]:
    """Share of cells that lie wrongly inside or outside the drawn area, of those truly reached by our times."""
    ours = next(entry for entry in entries if entry.peer is None)
    times = folder / "truth.npy"
    truth = Question("many-to-many edge", WALK, ISOCHRONES, WALK_DS, keep=str(times), checked=ISOCHRONES)
    ours.contestant.ask(truth)
    reached = np.isfinite(np.load(times))
    wrong = {}
    for entry in entries:
        drawn = np.load(folder / f"{entry.label} {WALK}.npy").astype(bool)
        wrong[entry.peer] = (drawn != reached).sum() / reached.sum()
    return [
        Row("isochrone walk", "edge", "area_error", wrong[None], peer, share, share / wrong[None], None)
        for peer, share in wrong.items()
        if peer is not None
    ]


def measure_own(ours: Contestant, rounds: int) -> dict[str, float]:
    """What no peer does: median milliseconds of loading, new speeds, and one facility more."""
    found = {}
    for modus in (WALK, CAR):
        limit_ds = {WALK: WALK_DS, CAR: CAR_DS}[modus]
        for task in ("load", "reweigh", "add"):
            question = Question(task, modus, ISOCHRONES, limit_ds)
            took = [ours.ask(question) for _ in range(rounds + 1)][1:]
            found[f"{task} {modus}"] = 1000 * median(each.s for each in took)
    return found


def show(rows: list[Row], own: dict[str, float], contestants: dict[str, Contestant]) -> None:
    """Print the comparisons, then our own figures."""
    head = ("work", "variant", "quantity", "ours", "peer", "peer's", "ratio", "largest difference")
    click.echo("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        difference = "" if row.largest_difference is None else f"{row.largest_difference:.2%}"
        cells = (
            row.work, row.variant, row.quantity, f"{row.ours:.3g}", row.peer, f"{row.peer_value:.3g}",
            f"{row.ratio:.1f}", difference,
        )  # fmt: skip
        click.echo("| " + " | ".join(cells) + " |")
    click.echo("")
    for name, value in own.items():
        click.echo(f"ours, {name}: {value:.1f} ms")
    for contestant in contestants.values():
        click.echo(f"most memory, {contestant.name}: {contestant.peak_mb:.0f} MB")


def show_agreement(found: Agreement) -> None:
    """Print one comparison and its largest differences."""
    quantiles = ", ".join(f"{share:+.2%}" for share in found.quantiles)
    click.echo(f"{found.extract}, {found.peer}: {found.pairs} pairs")
    click.echo(f"  reached by ours only {found.only_ours}, by {found.peer} only {found.only_theirs}")
    click.echo(f"  theirs less ours at 1, 10, 50, 90, 99 %: {quantiles}")
    click.echo(f"  within 1 %: {found.within_1_percent:.1%}, within 5 %: {found.within_5_percent:.1%}; largest:")
    for begin, end, own, theirs in found.largest:
        click.echo(f"    {begin} to {end}: {own:.0f} s, {found.peer} {theirs:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except ContestantLost as error:
        sys.exit(f"{error} stopped; its log in var/bench/{sys.argv[1]} says why.")
    except AnswersDiffer as error:
        sys.exit(str(error))
