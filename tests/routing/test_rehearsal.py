"""Who has rehearsed never waits for a compiler: whatever is asked afterwards finds its loops compiled."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

REHEARSE = "from infrastruktur.routing.rehearsal import rehearse; rehearse()"

ASK = """
import sys
from pathlib import Path
from routing.drawn import drawn
from infrastruktur.routing.change import add_source, build_nearest, move_source, remove_source
from infrastruktur.routing.isochrone import isochrones, reached_roads
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.profiles import Modus, get_profil
from infrastruktur.routing.search import iterate_blocks, nearest_times, times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import snap
from infrastruktur.routing.weights import weights_for

turn = ({"restriction": "no_left_turn"}, "AB B BE")
town = drawn("A--B--C\\n|  |  |\\nD--E--F\\n|  |  |\\nG--H--I", Path(sys.argv[1]), turns=[turn])
networks = [town.network(modus) for modus in Modus]
networks.append(weights_for(networks[0], get_profil("rollstuhl")))
for network in networks:
    one, all = snap(network, town.xy("B")), snap(network, town.xy("ABCDEFGHI"))
    for reverse in (False, True):
        for limit in (50, 6_000, 80_000):
            travel_times(network, all, all, limit_ds=limit, reverse=reverse)
            travel_times(network, one, all, limit_ds=limit, reverse=reverse)
            list(iterate_blocks(network, all, all, limit_ds=limit, reverse=reverse))
            nearest_times(network, one, all, limit_ds=limit, reverse=reverse)
            nearest_of_kinds(network, [one, all], all, limit_ds=limit, reverse=reverse)
            times_to_edge_of_data(network, all, limit_ds=limit, reverse=reverse)
        field = add_source(build_nearest(network, all, all, limit_ds=900, reverse=reverse), one)
        move_source(remove_source(field, 1), 0, one)
        isochrones(network, all, limits_s=[300, 600], reverse=reverse)
        reached_roads(network, one, limits_s=[300], reverse=reverse)
"""


def run(code: str, cache: Path, *arguments: object) -> None:
    paths = os.pathsep.join(["tests", *(path for path in sys.path if path)])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], env=environment, cwd=ROOT, check=True)


def compiled(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*.nbc")}


def test_after_a_rehearsal_nothing_is_compiled(tmp_path):
    # building networks compiles as well; that is done by whoever builds, before anybody asks
    cache = tmp_path / "cache"
    run(REHEARSE, cache)
    rehearsed = compiled(cache)
    assert len(rehearsed) > 30
    run(ASK, cache, tmp_path)
    assert compiled(cache) - rehearsed == set()
