"""Street maps drawn with characters: a letter is a node, a digit a point, every character a stretch of `grid_m`.

`drawn("A--B\\n   |\\n   C", tmp_path)` writes a PBF with the ways AB and BC and builds its networks.
A house is named by its corners, which no stroke joins: `houses={"KLMN": {"building": "yes"}}`; a door is one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pyproj
import shapely
from osmium.osm import mutable

from infrastruktur.routing.build import build_network
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import BuildReport, Network, load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import Snapped, snap

WEST, NORTH = 300_000.0, 5_630_000.0
Restriction = tuple[Mapping[str, str], str]
"""Tags, and members as `"AB B BC"`: ways and nodes from, via and to."""

FIRST_HOUSE = 500
"""Id of the way of the first house; streets are numbered from 1."""

RESIDENTIAL = {"highway": "residential"}
TO_DEGREES = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)


@dataclass(frozen=True)
class Drawn:
    places: dict[str, tuple[float, float]]
    folder: Path
    report: BuildReport
    pbf: Path

    def network(self, modus: Modus) -> Network:
        return load_network(self.folder, modus)

    def xy(self, names: str) -> np.ndarray:
        return np.array([self.places[name] for name in names])

    def snapped(self, modus: Modus, names: str) -> Snapped:
        return snap(self.network(modus), self.xy(names))

    def stepped_out(self, modus: Modus, names: str) -> Snapped:
        """Snap points from the doors of their houses."""
        network = self.network(modus)
        return snap(network, to_doors(network.doors, self.xy(names)).xy_25832)

    def seconds(self, modus: Modus, journey: str, *, limit_s: int = 7200) -> float | None:
        """Time from the first to the second character; None where there is no way."""
        network = self.network(modus)
        begin, end = (snap(network, self.xy(name)) for name in journey)
        times = travel_times(network, begin, end, limit_ds=limit_s * 10)
        return times.time_ds[0] / 10 if len(times.time_ds) else None


def parse_map(text: str, grid_m: float) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Read places and the ways drawn between neighbouring letters."""
    rows = text.strip("\n").split("\n")
    width = max(map(len, rows))
    rows = [row.ljust(width) for row in rows]
    places = {
        character: (WEST + column * grid_m, NORTH - row * grid_m)
        for row, line in enumerate(rows)
        for column, character in enumerate(line)
        if character.isalnum()
    }
    columns = ["".join(row[i] for row in rows) for i in range(width)]
    return places, [*_runs(rows, "-"), *_runs(columns, "|")]


def _runs(lines: list[str], stroke: str) -> list[str]:
    runs = []
    for line in lines:
        begin, unbroken = "", False
        for character in line:
            if character.isalpha():
                if begin and unbroken:
                    runs.append(begin + character)
                begin, unbroken = character, True
            elif character != stroke and not character.isdigit():
                begin = ""
    return runs


def write_pbf(  # noqa: PLR0913  a file is said in one call
    path: Path,
    places: Mapping[str, tuple[float, float]],
    ways: Mapping[str, Mapping[str, str]],
    *,
    nodes: Mapping[str, Mapping[str, str]] | None = None,
    missing: str = "",
    turns: Sequence[Restriction] = (),
    houses: Mapping[str, Mapping[str, str]] | None = None,
) -> Path:
    """Write letters as nodes (id = code point) but those `missing`, and ways, houses and turn restrictions in order.

    A house is a closed way; one of `type=multipolygon` is an untagged way and a relation with its tags.
    """
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for name in sorted(places):
            if name.isalpha() and name not in missing:
                tags = dict((nodes or {}).get(name, {}))
                writer.add_node(
                    mutable.Node(id=ord(name), location=TO_DEGREES.transform(*places[name]), tags=tags, version=1)
                )
        for number, (name, tags) in enumerate(ways.items(), 1):
            writer.add_way(mutable.Way(id=number, nodes=[ord(node) for node in name], tags=dict(tags), version=1))
        for number, (name, tags) in enumerate((houses or {}).items(), FIRST_HOUSE):
            own = {} if tags.get("type") == "multipolygon" else dict(tags)
            refs = [ord(node) for node in name + name[0]]
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=own, version=1))
        number_of = {name: number for number, name in enumerate(ways, 1)}
        for number, (tags, said) in enumerate(turns, 1):
            relation = {"type": "restriction"} | dict(tags)
            members = [
                ("w", number_of.get(name, 999), role) if len(name) > 1 else ("n", ord(name), role)
                for name, role in zip(said.split(), ("from", "via", "to"), strict=False)
            ]
            writer.add_relation(mutable.Relation(id=number, members=members, tags=relation, version=1))
        for number, tags in enumerate((houses or {}).values(), FIRST_HOUSE):
            if tags.get("type") == "multipolygon":
                writer.add_relation(
                    mutable.Relation(id=number, members=[("w", number, "outer")], tags=dict(tags), version=1)
                )
    return path


def drawn(  # noqa: PLR0913  a drawing is said in one call
    text: str,
    tmp_path: Path,
    *,
    grid_m: float = 100,
    ways: Mapping[str, Mapping[str, str]] | None = None,
    nodes: Mapping[str, Mapping[str, str]] | None = None,
    missing: str = "",
    boundary: bool = True,
    turns: Sequence[Restriction] = (),
    houses: Mapping[str, Mapping[str, str]] | None = None,
) -> Drawn:
    """Build a drawn map; strokes are residential streets unless `ways` names them (`"ABC"`) with other tags.

    With `boundary` the data reach 5 km beyond the drawing, so its edge plays no part.
    """
    places, strokes = parse_map(text, grid_m)
    named = dict(ways or {})
    spoken = {frozenset(pair) for name in named for pair in pairwise(name)}
    named |= {stroke: RESIDENTIAL for stroke in strokes if frozenset(stroke) not in spoken}
    pbf = write_pbf(tmp_path / "drawn.osm.pbf", places, named, nodes=nodes, missing=missing, turns=turns, houses=houses)
    hull = shapely.MultiPoint(list(places.values())).buffer(5000).envelope
    around = shapely.transform(hull, lambda xy: np.stack(TO_DEGREES.transform(*xy.T), axis=1))
    folder = tmp_path / "network"
    report = build_network(pbf, folder, boundary_4326=around if boundary else None)
    return Drawn(places, folder, report, pbf)
