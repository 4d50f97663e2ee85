"""Lines of OPL, libosmium's text format: what is sought in an OpenStreetMap file, one object a line.

libosmium decodes the file, puts positions at the references of ways and writes the text, all in C++. Handing each node,
way and tag to Python instead took three times as long (0.48 s of CPU for the 13,560 streets of central Aachen, now
0.16). Format: https://osmcode.org/opl-file-format/
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from infrastruktur.routing.access import Tags
from infrastruktur.routing.turns import Member

LONGEST = 12
"""The text is up to so many times as long as the file; in Aachen, with 35,000 buildings, it is 6.4 times."""

LAST_CHARACTER = 0xFFFFF
"""libosmium 2.23 writes those of the last plane, which are for private use, as others."""

_BUFFER_BYTES = 1 << 18  # libosmium's own 4 MB hold up to 20 MB more at the peak, and are no faster
_PIECE_BYTES = 1 << 22
_UNIT_DEG = 1e-7  # OpenStreetMap stores positions as integers of this unit
_ESCAPED = re.compile("%([0-9a-f]+)%")
_APART = str.maketrans("nxy,", "    ")


def write_opl(source: Path, opl: Path) -> shapely.Polygon | None:
    """Write all ways, nodes with a barrier, a kerb or a door, and relations that may be turns or areas.

    Returns the box of the header in EPSG:4326, where it has one.

    Raises
    ------
    RuntimeError
        libosmium cannot read the source: broken blobs, wrong magic or truncation, with an English reason.

    """
    of_nodes = osmium.filter.KeyFilter("barrier", "kerb", "entrance")
    of_nodes.enable_for(osmium.osm.NODE)
    of_relations = osmium.filter.TagFilter(("type", "restriction"), ("type", "multipolygon"))
    of_relations.enable_for(osmium.osm.RELATION)
    positions = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    positions.ignore_errors()
    text = osmium.io.File(str(opl), "opl,locations_on_ways=true,add_metadata=false")
    everything = osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION
    with osmium.io.Reader(str(source), everything) as reader, osmium.SimpleWriter(text, _BUFFER_BYTES) as writer:
        osmium.apply(reader, positions, of_nodes, of_relations, writer)
        return _draw_box(reader.header().box())


def _draw_box(box: osmium.osm.Box) -> shapely.Polygon | None:
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return shapely.box(low.lon, low.lat, high.lon, high.lat)


def read_lines(opl: Path) -> Iterator[list[str]]:
    """Read lines in pieces of some megabytes, so that the text of a country takes no more memory than a town's."""
    with opl.open(encoding="utf-8") as file:
        while lines := file.readlines(_PIECE_BYTES):
            yield lines


def parse_tags(field: str, keys: frozenset[str] | None = None) -> Tags:
    """Read `Thighway=path,name=Am%20%Hang`; of the keys given only, if any are."""
    pairs = (tag.partition("=") for tag in field[1:].split(",") if tag)
    if keys is not None:  # none that is asked for holds a character that is escaped
        return {key: _plain(value) for key, _, value in pairs if key in keys}
    return {_plain(key): _plain(value) for key, _, value in pairs}


def parse_members(field: str) -> list[Member]:
    """Read `Mw1@outer,n2@`."""
    members = (member.partition("@") for member in field[1:].split(",") if member)
    return [(member[0], int(member[1:]), _plain(role)) for member, _, role in members]


def parse_refs(refs: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read `n1x6.1y50.7,n2xy`: ids (r,) and positions (r, 2) in EPSG:4326, NaN where the file lacks the node."""
    numbers = refs.replace("xy", "xNANyNAN").translate(_APART).split()
    table = np.array(numbers, np.float64).reshape(-1, 3)  # holds ids up to 2^53 exactly
    lonlat = np.rint(table[:, 1:] / _UNIT_DEG) * _UNIT_DEG
    on_earth = np.all(np.abs(lonlat) <= (180.0, 90.0), axis=1)
    return table[:, 0].astype(np.int64), np.where(on_earth[:, None], lonlat, np.nan)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "%" in text else text
