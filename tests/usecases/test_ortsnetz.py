"""The network of a place that was downloaded is the network of the file that holds the same streets."""

import json
import os
from pathlib import Path

import msgspec
import numpy as np
import osmium
import pytest
import shapely
from intake.kartendienst import STAND, break_off, found_place, read_elements
from osmium.osm import mutable
from routing.drawn import TO_DEGREES, parse_map, write_pbf

from infrastruktur.domain.errors import InfrastrukturError
from infrastruktur.routing.build import build_network
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.usecases.build_network import build_network_of_ort

PLACES, _ = parse_map(
    """
A--B--C--D   N--O
|  |  |  |   |
E--F--G--H   P

I--J--K  L--M

Q---------------------------R---------------------S
""",
    100,
)
STREET, FOOTWAY = {"highway": "residential"}, {"highway": "footway"}
WAYS = {
    "AB": STREET | {"name": "Lange Straße", "surface": "sett"},
    "BC": STREET | {"oneway": "yes", "maxspeed": "30"},
    "DC": STREET | {"oneway": "-1", "lit": "yes"},
    "FGKJF": {"highway": "tertiary", "junction": "roundabout"},
    "CDHGC": {"highway": "pedestrian", "area": "yes"},
    "AEIJEF": FOOTWAY | {"incline": "4 %", "width": "1.5"},
    "BFF": STREET,
    "HL": FOOTWAY | {"footway": "crossing"},
    "LM": {"highway": "steps", "ramp:wheelchair": "yes"},
    "HP": {"route": "ferry", "motor_vehicle": "yes", "duration": "00:12"},
    "PNO": {"highway": "service", "access": "destination"},
    "OX": STREET,
    "M": STREET,
    "QRS": {"highway": "motorway"},
    "EQ": {"highway": "construction"},
}
NODES = {
    "B": {"barrier": "bollard", "bicycle": "yes"},
    "H": {"kerb": "raised"},
    "L": {"kerb": "lowered", "highway": "crossing"},
    "N": {"barrier": "gate", "access": "private"},
}
TURNS = (
    ({"restriction": "no_straight_on"}, "BC C DC"),
    ({"restriction": "only_straight_on", "except": "bicycle"}, "AB B BC"),
    ({"restriction:conditional": "no_entry @ (Mo-Fr 07:00-09:00)"}, "PNO N PNO"),
    ({"restriction": "no_u_turn"}, "ZZ B AB"),
)


def box_4326(west_m: float, south_m: float, east_m: float, north_m: float) -> shapely.Polygon:
    """Give a box by its distance from A to the east and to the north, with a hole that is no hole in the data."""
    x, y = PLACES["A"]
    ring = shapely.box(x + west_m, y + south_m, x + east_m, y + north_m)
    hole = ring.centroid.buffer(50)
    return shapely.transform(ring - hole, lambda xy: np.stack(TO_DEGREES.transform(*xy.T), axis=1))


ALL = box_4326(-3000, -3000, 6000, 3000)


def write_village(folder: Path) -> Path:
    places = PLACES | {"X": PLACES["O"]}
    return write_pbf(folder / "dorf.osm.pbf", places, WAYS, nodes=NODES, missing="X", turns=TURNS)


def arrays(folder: Path) -> dict[str, bytes]:
    generation = folder / (folder / "current").read_text().strip()
    return {str(path.relative_to(generation)): path.read_bytes() for path in sorted(generation.rglob("*.npy"))}


def silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def test_both_ways_give_the_same_network_byte_for_byte(service, tmp_path):
    pbf = write_village(tmp_path)
    from_file = build_network(pbf, tmp_path / "file", boundary_4326=ALL)
    service.elements, service.places = read_elements(pbf), {"Dorf": [found_place("Dorf, Kreis, Deutschland", ALL)]}
    built = build_network_of_ort(service.settings(tmp_path / "home"), "Dorf", silent)

    other = {"generation": "", "source": "", "source_sha256": ""}
    assert msgspec.structs.replace(built.report, **other) == msgspec.structs.replace(from_file, **other)
    assert arrays(tmp_path / "home" / "network") == arrays(tmp_path / "file")
    for modus in Modus:
        networks = [load_network(tmp_path / folder, modus) for folder in ("file", "home/network")]
        assert networks[0].data_area_25832.equals_exact(networks[1].data_area_25832, 0)
    assert built.report.source == "overpass-dorf-r62564.osm.pbf"
    assert built.report.area_from == "boundary"
    assert built.report.modes["pkw"].turns == {"conditional": 1, "missing": 1, "not_driven": 1, "used": 1}
    assert built.report.lines_across_squares > 0
    assert built.report.missing_references == built.report.repeated_references == 1


def test_an_unchanged_answer_gives_the_same_generation_whatever_its_order(service, tmp_path):
    service.elements = read_elements(write_village(tmp_path))
    service.places = {"Dorf": [found_place("Dorf", ALL)]}
    settings = service.settings(tmp_path / "home")
    first = build_network_of_ort(settings, "Dorf", silent)
    service.elements = service.elements[::-1]
    assert build_network_of_ort(settings, "Dorf", silent).report == first.report
    assert first.herkunft.stand.strftime("%Y-%m-%dT%H:%M:%SZ") == STAND
    assert (first.herkunft.ways, first.herkunft.restrictions) == (len(WAYS), len(TURNS))


def test_the_data_end_at_the_outline_and_are_complete_within(service, tmp_path):
    """The outline ends between C and D: what is beyond is known to be beyond. A way that touches it comes whole."""
    service.elements = read_elements(write_village(tmp_path))
    x = [PLACES[name][0] - PLACES["A"][0] for name in "CD"]
    outline = box_4326(-3000, -3000, sum(x) / 2, 3000)
    service.places = {"Westdorf": [found_place("Westdorf", outline)]}
    build_network_of_ort(service.settings(tmp_path / "home"), "Westdorf", silent)
    walk = load_network(tmp_path / "home" / "network", Modus.ZU_FUSS)
    at_edge = {chr(node) for node, edge in zip(walk.node_osm, walk.edge_of_data, strict=True) if edge}
    assert {"D", "H"} <= at_edge
    assert not {"A", "E", "I"} & at_edge
    car = load_network(tmp_path / "home" / "network", Modus.PKW)
    assert {"Q", "S"} <= {chr(node) for node in car.node_osm}


def test_what_fails_halfway_leaves_the_old_network_in_force(service, tmp_path):
    service.elements = read_elements(write_village(tmp_path))
    service.places = {"Dorf": [found_place("Dorf", ALL)]}
    settings = service.settings(tmp_path / "home")
    build_network_of_ort(settings, "Dorf", silent)
    before = {path: path.read_bytes() for path in sorted(settings.home.rglob("*")) if path.is_file()}
    service.trick = lambda handler: "restriction" in service.asked[-1][0] and break_off(handler)
    with pytest.raises(InfrastrukturError):
        build_network_of_ort(settings, "Dorf", silent)

    def give_up(step: str, _share: float) -> None:
        if step == "Fähren laden":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_network_of_ort(settings, "Dorf", give_up)
    assert {path: path.read_bytes() for path in sorted(settings.home.rglob("*")) if path.is_file()} == before


def test_a_recorded_answer_gives_the_network_of_its_streets(service, tmp_path):
    """An answer of Overpass about central Aachen, 2,502 ways for cars, as OSMnx had kept it."""
    root = Path(__file__).parents[2]
    data = Path(os.environ.get("INFRASTRUKTUR_DATA", root.parent / "shared" / "data"))
    recorded = data / "aachen" / "overpass-aachen-drive-2025-05-10.json"
    if not recorded.is_file():
        pytest.skip(f"INFRASTRUKTUR_DATA holds no {recorded.name} (looked in {recorded.parent})")
    service.elements = json.loads(recorded.read_bytes())["elements"]
    nodes = [element for element in service.elements if element["type"] == "node"]
    west, south, east, north = shapely.MultiPoint([(node["lon"], node["lat"]) for node in nodes]).bounds
    outline = shapely.box(west, south, east, north)
    service.places = {"Aachen": [found_place("Aachen", outline)]}
    built = build_network_of_ort(service.settings(tmp_path / "home"), "Aachen", silent)

    pbf = tmp_path / "aachen.osm.pbf"
    with osmium.SimpleWriter(str(pbf)) as writer:
        for node in nodes:
            place = (node["lon"], node["lat"])
            writer.add_node(mutable.Node(id=node["id"], location=place, tags=node.get("tags", {})))
        for way in (element for element in service.elements if element["type"] == "way"):
            writer.add_way(mutable.Way(id=way["id"], nodes=way["nodes"], tags=way["tags"]))
    build_network(pbf, tmp_path / "file", boundary_4326=outline)
    assert built.report.ways == 2502
    assert arrays(tmp_path / "home" / "network") == arrays(tmp_path / "file")
