"""The street network and the everyday Angebote as an OpenStreetMap extract."""

from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from infrastruktur.example.angebote import Kind
from infrastruktur.example.landscape import Landscape
from infrastruktur.example.ways import Addresses, Ways

_FIRST_NODE, _FIRST_WAY = 100_001, 500_001
_TAGS = {
    "alltag.apotheke": {"amenity": "pharmacy", "healthcare": "pharmacy"},
    "alltag.hausarzt": {"amenity": "doctors", "healthcare": "doctor", "healthcare:speciality": "general"},
    "alltag.lebensmittel": {"shop": "supermarket"},
    "alltag.krankenhaus": {"amenity": "hospital", "healthcare": "hospital"},
}
_AS_BUILDING = {"alltag.lebensmittel": 18.0, "alltag.krankenhaus": 60.0}
"""Kinds drawn as a building, with half its width in metres."""
TO_LON_LAT = Transformer.from_crs("EPSG:25832", "OGC:CRS84", always_xy=True)


def write_pbf(
    path: Path, land: Landscape, ways: Ways, everyday: list[tuple[Kind, int, str]], addresses: Addresses
) -> None:
    """Write nodes, then ways, ids rising, header box around the region and its strip.

    No object carries a time or an author, so the same region makes the same bytes.
    """
    path.unlink(missing_ok=True)
    points = [(kind, site, name) for kind, site, name in everyday if kind.art not in _AS_BUILDING]
    houses = [(kind, site, name) for kind, site, name in everyday if kind.art in _AS_BUILDING]
    corners = [_building(addresses.xy[site], _AS_BUILDING[kind.art]) for kind, site, _ in houses]
    xy = np.vstack([ways.xy, *(addresses.xy[[site]] for _, site, _ in points), *corners])
    tags: dict[int, dict[str, str]] = {node: _stop_tags(name) for node, name in ways.stops}
    for index, (kind, site, name) in enumerate(points, start=len(ways.xy)):
        tags[index] = _place_tags(kind, name, addresses, site)
    header = osmium.io.Header()
    header.set("generator", "infrastruktur example")
    west, south, east, north = TO_LON_LAT.transform_bounds(*land.with_strip.bounds)
    header.add_box(osmium.osm.Box(west, south, east, north))
    with osmium.SimpleWriter(str(path), 4 * 1024 * 1024, header) as writer:
        lon, lat = TO_LON_LAT.transform(xy[:, 0], xy[:, 1])
        for index, location in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            writer.add_node(
                osmium.osm.mutable.Node(id=_FIRST_NODE + index, location=location, tags=tags.get(index, {}))
            )
        for index, way in enumerate(ways.ways):
            nodes = [_FIRST_NODE + node for node in way.nodes]
            writer.add_way(osmium.osm.mutable.Way(id=_FIRST_WAY + index, nodes=nodes, tags=way.tags))
        corner = _FIRST_NODE + len(ways.xy) + len(points)
        for index, (kind, site, name) in enumerate(houses):
            ring = [corner + 4 * index + number for number in (0, 1, 2, 3, 0)]
            place = _place_tags(kind, name, addresses, site) | {"building": "yes"}
            writer.add_way(osmium.osm.mutable.Way(id=_FIRST_WAY + len(ways.ways) + index, nodes=ring, tags=place))


def _stop_tags(name: str) -> dict[str, str]:
    return {"highway": "bus_stop", "public_transport": "platform", "bus": "yes", "name": name}


def _place_tags(kind: Kind, name: str, addresses: Addresses, site: int) -> dict[str, str]:
    return {
        **_TAGS[kind.art],
        "name": name,
        "addr:street": addresses.street[site],
        "addr:housenumber": addresses.number[site],
        "addr:postcode": addresses.plz[site],
        "addr:city": addresses.ort[site],
    }


def _building(xy: NDArray[np.float64], half_m: float) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.Point(xy).buffer(half_m, cap_style="square"))[:4])
