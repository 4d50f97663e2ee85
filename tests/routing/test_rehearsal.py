"""Who has rehearsed never waits for a compiler: whatever is asked afterwards finds its loops compiled."""

from rehearsed import ask_after

REHEARSE = "from infrastruktur.routing.rehearsal import rehearse; rehearse()"

ASK = """
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


def test_after_a_rehearsal_nothing_is_compiled(tmp_path):
    assert ask_after(REHEARSE, ASK, tmp_path, least=28) == ""


def test_what_was_not_rehearsed_would_be_noticed():
    found = ask_after("", REHEARSE, least=0)
    assert "infrastruktur.routing.kernels many_to_many" in found
