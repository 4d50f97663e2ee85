"""Write what all contestants of planning read: who lives where in the example region, and how far it is to what.

Three questions that planners ask: Dauerpflege shared among the people of 75 and over who reach it by car within 30
minutes; sites from which most of them, in the city, reach a new meeting place on foot within 15 minutes; and sites to
which the people of a small town have the shortest ways. Peers answer the last two densely, so that is as large as they
can bear in seconds. Kept between runs, as long as the code that makes them is the same.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
from bench.planning.questions import Ways, save_ways

import infrastruktur
from infrastruktur.domain.angebot import Status
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.example import write_example
from infrastruktur.planning.siting.candidates import thin_cells
from infrastruktur.routing.profiles import Modus, walk_limit_ds, walking_speed_km_h
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import snap
from infrastruktur.settings import Audience, Settings
from infrastruktur.storage.angebote import load_supply
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.import_region import import_region
from infrastruktur.usecases.migrate_store import migrate_store
from infrastruktur.usecases.prepare_ways import CELL_TO_STREET_M
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.spread_population import spread_population

Say = Callable[[str], None]

GRUPPE = "ab75"
ART, GROESSE = "pflege.dauerpflege", "plaetze_zugelassen"
CAR_DS = 18_000
WALK_DS = walk_limit_ds(900, walking_speed_km_h(parse_gruppe(GRUPPE)))
"""30 minutes by car, and 15 on foot at the group's pace."""

CELLS = 50_000
_CELLS = "Beispiel_Zensus2022_Bevoelkerungszahl_100m-Gitter.csv"

CITY, TOWN = "05334002", "05334032"
CITY_SITES, TOWN_SITES, TOWN_CELLS = 250, 60, 400
"""Candidates in the city and in the town, and of the town's cells those with most people."""


def prepare_planning(folder: Path, say: Say) -> None:
    """Write the example region and its ways into a folder, unless they are there."""
    done = folder / f"prepared-{_digest()}"
    if done.exists():
        return
    say("Preparing the example region (a minute, once)")
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings(home=folder / "home", audience=Audience.STAFF)
    write_example(settings.home / "quellen", progress=_silent)
    migrate_store(settings)
    with closing(open_context(settings)) as context:
        import_region(context, "example", settings.home / "quellen", _silent)
        _write_ways(context, folder)
    done.touch()


def prepare_large(folder: Path, say: Say) -> Settings:
    """Import the example region with as many populated cells as a StädteRegion has, unless it is there."""
    settings, done = Settings(home=folder / "large", audience=Audience.STAFF), folder / f"large-{_digest()}"
    if done.exists():
        migrate_store(settings)  # it may be of an earlier schema
        return settings
    say("Preparing the region of 50,000 cells (a minute, once)")
    shutil.rmtree(settings.home, ignore_errors=True)
    write_example(settings.home / "quellen", progress=_silent)
    _fill_cells(settings.home / "quellen" / _CELLS)
    migrate_store(settings)
    with closing(open_context(settings)) as context:
        import_region(context, "example", settings.home / "quellen", _silent)
    done.touch()
    return settings


def _fill_cells(path: Path) -> None:
    """Let four people live in each of the empty cells around the others, evenly chosen, until there are enough."""
    rows = [row.split(";") for row in path.read_text(encoding="utf-8-sig").splitlines()[1:]]
    there = {(int(row[1]), int(row[2])) for row in rows}
    around: dict[tuple[int, int], None] = {}
    edge = sorted(there)
    while len(there) + len(around) < CELLS:
        sides = ((x + east, y + north) for x, y in edge for east, north in ((-100, 0), (100, 0), (0, -100), (0, 100)))
        edge = [each for each in dict.fromkeys(sides) if each not in there and each not in around]
        around |= dict.fromkeys(edge)
    chosen = np.array(list(around))[np.linspace(0, len(around) - 1, CELLS - len(there)).astype(np.int64)]
    with path.open("a", encoding="utf-8") as file:
        for east, north in chosen.tolist():
            file.write(f"CRS3035RES100mN{north - 50}E{east - 50};{east};{north};4;\n")


def _silent(_step: str, _share: float) -> None:
    pass


def _digest() -> str:
    package, digest = Path(infrastruktur.__file__).parent, sha256(Path(__file__).read_bytes())
    for path in sorted(each for floor in ("example", "routing") for each in (package / floor).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _write_ways(context: Context, folder: Path) -> None:
    """Find ways on the network, from or to the cells in which somebody of the group lives."""
    stichtag = choose_stichtag(context, None)
    verteilung = spread_population(context, stichtag)
    gebiete, wohnorte = verteilung.gebiete, verteilung.locate(parse_gruppe(GRUPPE))
    pieces, xy = wohnorte.gitter.pieces, wohnorte.gitter.xy_25832
    all_personen = np.bincount(pieces.cell, wohnorte.personen, len(xy))
    kommune = np.zeros(len(xy), dtype=np.int32)
    kommune[pieces.cell] = gebiete.kommune_of_leaf[pieces.area]
    network = context.network(Modus.PKW)
    on_street = snap(network, xy, limit_m=CELL_TO_STREET_M).edge >= 0
    lived_in = np.flatnonzero((all_personen > 0) & on_street)
    personen, keys = all_personen[lived_in], np.array([each.schluessel for each in gebiete.kommunen])[kommune[lived_in]]
    with context.store.read() as connection:
        supply = load_supply(connection, stichtag, public=False)
    places = supply.sizes[GROESSE]
    counts = (supply.art == ART) & (supply.status == Status.IN_BETRIEB) & (places > 0)
    sources = snap(network, supply.xy_25832[counts])
    times = travel_times(network, sources, snap(network, xy[lived_in]), limit_ds=CAR_DS, reverse=True)
    save_ways(folder, "dauerpflege", Ways(times.indptr, times.target, times.time_ds, personen, places[counts]))
    city, town = np.flatnonzero(keys == CITY), np.flatnonzero(keys == TOWN)
    town = np.sort(town[np.argsort(-personen[town], kind="stable")[:TOWN_CELLS]])
    walk = context.network(Modus.ZU_FUSS)
    for name, cells, most in (("stadt", city, CITY_SITES), ("ort", town, TOWN_SITES), ("region", None, 1_000)):
        chosen = np.arange(len(lived_in)) if cells is None else cells
        kept, _ = thin_cells(xy[lived_in[chosen]], personen[chosen], most)
        here = snap(walk, xy[lived_in[chosen]])
        times = travel_times(walk, here.take(kept), here, limit_ds=WALK_DS, reverse=True)
        save_ways(folder, name, Ways(times.indptr, times.target, times.time_ds, personen[chosen], np.ones(len(kept))))
