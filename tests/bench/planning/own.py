"""Ours alone, on the example region with 50,000 populated cells: all figures from scratch, and a scenario's edits.

From scratch means that networks are loaded and no figure is kept. An edit is a scenario nobody has asked for before,
compared with the catalogue: from the change to every figure that reacts.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import click
import numpy as np
from bench.planning.inputs import Say, prepare_large

from infrastruktur.domain.art import list_arten
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.szenario import (
    Aenderung,
    Bemessen,
    Bevoelkern,
    Hinzufuegen,
    Szenario,
    Verlegen,
    build_szenario,
)
from infrastruktur.planning.rehearsal import rehearse as rehearse_sums
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.rehearsal import rehearse as rehearse_searches
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.assess_coverage import state_coverage
from infrastruktur.usecases.assess_provision import list_indikatoren, state_provision
from infrastruktur.usecases.choose_areas import list_levels
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.find_gaps import state_gaps
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.run_scenario import run_scenario
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.take_bestand import state_bestand

CITY = "05334002"
BESIDE_M = 200.0
MEETING, HOME = "quartier.seniorentreff", "pflege.dauerpflege"


@dataclass(frozen=True)
class Taken:
    """What a work takes, in seconds: by the clock and of the processor, medians and least of several rounds."""

    work: str
    wall_s: float
    cpu_s: float
    least_cpu_s: float


def measure_own(folder: Path, rounds: int, say: Say) -> list[Taken]:
    """Prepare the large region, then take the time of everything."""
    settings = prepare_large(folder, say)
    rehearse_searches()
    rehearse_sums()
    say("All figures from scratch")
    found = [_summarise("from scratch", [_state_all(settings) for _ in range(rounds)])]
    with closing(open_context(settings)) as context:
        for work, edits in _list_edits(context, rounds + 1):
            say(work)
            found.append(_summarise(work, [_take(partial(run_scenario, context, edit)) for edit in edits][1:]))
    return found


def show_own(found: list[Taken]) -> None:
    click.echo("\n| ours alone, 50,000 cells | ms | ms of CPU | least |\n|---|---|---|---|")
    for each in found:
        click.echo(
            f"| {each.work} | {1000 * each.wall_s:.0f} | {1000 * each.cpu_s:.0f} | {1000 * each.least_cpu_s:.0f} |"
        )


def _summarise(work: str, taken: list[tuple[float, float]]) -> Taken:
    wall, cpu = zip(*taken, strict=True)
    return Taken(work, median(wall), median(cpu), min(cpu))


def _take(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _state_all(settings: Settings) -> tuple[float, float]:
    """State Bestand, all Versorgungsquoten, coverage and gaps of all targets, in a context that has kept nothing."""
    with closing(open_context(settings)) as context:
        stichtag = choose_stichtag(context, None)
        for modus in (Modus.ZU_FUSS, Modus.RAD, Modus.PKW):
            context.network(modus)

        def state() -> None:
            levels = list_levels(spread_population(context, stichtag))
            state_bestand(context, list_arten(), stichtag)
            state_provision(context, list_indikatoren(), stichtag, levels)
            state_coverage(context, levels, context.ziele(stichtag), stichtag)
            state_gaps(context, levels, context.ziele(stichtag), stichtag)

        return _take(state)


def _list_edits(context: Context, number: int) -> Iterator[tuple[str, list[Szenario]]]:
    """List by kind as many edits as are asked for, all different; the first also computes what is compared with."""
    supply = read_supply(context, choose_stichtag(context, None))
    places = _scatter(supply, number)
    meetings, homes = (_list_running(supply, art) for art in (MEETING, HOME))
    people = (Bevoelkern(gebiet=CITY, altersgruppe="ab75", faktor=1.05 + k / 100) for k in range(number))
    yield "a meeting place more", [_build(Hinzufuegen(art=MEETING, punkt=each, traeger="Neu")) for each in places]
    yield "a meeting place moved", [_build(Verlegen(angebot=meetings[0], punkt=each)) for each in places]
    yield "a home resized", [_build(Bemessen(angebot=homes[0], kapazitaet=50.0 + k)) for k in range(number)]
    yield "a home moved", [_build(Verlegen(angebot=homes[0], punkt=each)) for each in places]
    yield "people of the largest Kommune", [_build(each) for each in people]


def _build(change: Aenderung) -> Szenario:
    return build_szenario(Szenario(aenderungen=(change,)))


def _list_running(supply: Supply, art: str) -> list[str]:
    found: list[str] = supply.id[(supply.art == art) & (supply.status == "in_betrieb")].tolist()
    return found


def _scatter(supply: Supply, number: int) -> list[tuple[float, float]]:
    """Choose places beside those where something is already."""
    rng = np.random.default_rng(1)
    inside = np.flatnonzero((supply.lage == "innerhalb") & np.isfinite(supply.xy_25832[:, 0]))
    beside = supply.xy_25832[rng.choice(inside, number)] + rng.normal(0, BESIDE_M, (number, 2))
    return [(lon, lat) for lon, lat in transform_xy(beside, 25832, 4326).tolist()]
