"""The figures of the Aachen run a second time, by other means: geopandas, networkx and plain osmium.

Nothing here is of the package. Where both ways must choose, this one chooses the plainest: whole cells cut by
geopandas' overlay in EPSG:3035, streets as a graph of single segments between OpenStreetMap nodes, points put on
the nearest segment of the largest component, lengths measured in EPSG:25832.
"""

from collections import defaultdict
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely

AACHEN = "05334002"
CELL_TO_STREET_M = 250
"""People without a street within this distance are not placed; the package states the same limit."""

_NO_STREET = {"motorway", "motorway_link", "trunk", "trunk_link", "construction", "proposed", "platform", "corridor"}
_ON_FOOT = {"yes", "designated", "permissive", "destination", "official"}
_to_metres = pyproj.Transformer.from_crs(4326, 25832, always_xy=True)


def read_people(data):
    """Share out the cells of the city of Aachen: a row per piece of cell and Bezirk, and the cells' centres."""
    cells = pd.read_csv(data / "age80plus-100m-staedteregion-aachen.csv", dtype={"AGS": str})
    cells = cells[cells.AGS == AACHEN].reset_index(drop=True)
    squares = shapely.box(cells.x - 50, cells.y - 50, cells.x + 50, cells.y + 50)
    grid = gpd.GeoDataFrame({"cell": cells.index, "people": cells.age80plus}, geometry=squares, crs=3035)
    bezirke = gpd.read_file(data / "statistische-bezirke-aachen.geojson").to_crs(3035)[["STATBEZ", "geometry"]]
    cut = gpd.overlay(grid, bezirke, keep_geom_type=True)
    cut["share"] = cut.area / cut.area.groupby(cut.cell).transform("sum")
    stray = gpd.sjoin_nearest(grid[~grid.cell.isin(cut.cell)], bezirke).drop_duplicates("cell").assign(share=1.0)
    pieces = pd.concat([pd.DataFrame(each)[["cell", "STATBEZ", "people", "share"]] for each in (cut, stray)])
    pieces["gebiet"] = AACHEN + "-SB" + pieces.STATBEZ.astype(str)
    pieces["people"] = pieces.people * pieces.share
    centres = pyproj.Transformer.from_crs(3035, 25832, always_xy=True).transform(cells.x, cells.y)
    return pieces.drop(columns=["STATBEZ", "share"]), np.column_stack(centres)


def read_places(pbf, wanted):
    """Find the points (n, 2) of nodes and areas whose tags are wanted."""
    wkb = osmium.geom.WKBFactory()
    points = []
    for element in osmium.FileProcessor(str(pbf)).with_areas():
        if element.is_way() or not wanted(element.tags):
            continue
        if element.is_node():
            points.append((element.lon, element.lat))
        elif element.is_area():
            middle = shapely.from_wkb(wkb.create_multipolygon(element)).representative_point()
            points.append((middle.x, middle.y))
    return np.column_stack(_to_metres.transform(*np.array(points).T))


def step_out(pbf, points):
    """Move points (n, 2) in a building with mapped doors to the nearest of them, a main one at half its distance."""
    doors, houses = {}, []
    for element in osmium.FileProcessor(str(pbf)).with_areas():
        if element.is_node() and _is_way_in(element.tags):
            doors[element.id] = element.tags["entrance"] == "main"
        elif element.is_area() and element.tags.get("building") not in {None, "no"}:
            houses += [[(node.ref, node.lon, node.lat) for node in ring] for ring in element.outer_rings()]
    moved = points.copy()
    for ring in (ring for ring in houses if any(ref in doors for ref, _, _ in ring)):
        corners = np.column_stack(_to_metres.transform(*np.array([place for _, *place in ring]).T))
        for point in np.flatnonzero(shapely.contains_xy(shapely.Polygon(corners), *points.T)):
            far = {
                tuple(corner): np.hypot(*(corner - points[point])) * (1 if doors[ref] else 2)
                for corner, (ref, _, _) in zip(corners, ring, strict=True)
                if ref in doors
            }
            moved[point] = min(far, key=far.get)
    return moved


def _is_way_in(tags):
    shut = {None, "no", "emergency", "exit", "service", "garage", "parking"}
    return tags.get("entrance") not in shut and tags.get("access") not in {"no", "private", "delivery"}


def is_pharmacy(tags):
    """A disused pharmacy often keeps its second tag: the Bären-Apotheke of this extract is one."""
    return "pharmacy" in (tags.get("amenity"), tags.get("healthcare")) and "disused:amenity" not in tags


def is_general_practice(tags):
    doctor = tags.get("amenity") == "doctors" or tags.get("healthcare") == "doctor"
    return doctor and "general" in (tags.get("healthcare:speciality") or "").split(";")


def read_streets(pbf):
    """Build the walking graph, its largest component: nodes are OpenStreetMap's, `xy` their place in metres."""
    segments, lonlat = [], {}
    for way in osmium.FileProcessor(str(pbf), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if not way.is_way() or not _may_be_walked(way.tags):
            continue
        nodes = [node for node in way.nodes if node.location.valid()]
        lonlat.update((node.ref, (node.lon, node.lat)) for node in nodes)
        segments += [(a.ref, b.ref) for a, b in pairwise(nodes) if a.ref != b.ref]
    metres = np.column_stack(_to_metres.transform(*np.array(list(lonlat.values())).T))
    xy = dict(zip(lonlat, metres, strict=True))
    graph = nx.Graph()
    graph.add_weighted_edges_from((a, b, float(np.hypot(*(xy[a] - xy[b])))) for a, b in segments)
    main = graph.subgraph(max(nx.connected_components(graph), key=len)).copy()
    nx.set_node_attributes(main, {node: xy[node] for node in main}, "xy")
    return main


def _may_be_walked(tags):
    street, foot = tags.get("highway"), tags.get("foot")
    if street is None or street in _NO_STREET or foot in {"no", "private", "use_sidepath"}:
        return False
    return foot in _ON_FOOT or tags.get("access") not in {"no", "private"}


def walk_m(graph, origins, targets, limit_m):
    """Walk from each origin (n, 2) to the nearest target (m, 2): (n,) metres, infinite beyond the limit."""
    graph, edges = graph.copy(), list(graph.edges)
    xy = nx.get_node_attributes(graph, "xy")
    lines = shapely.linestrings([[xy[a], xy[b]] for a, b in edges])
    tree, on_edge, to_street = shapely.STRtree(lines), defaultdict(list), {}
    for name, points, far in (("origin", origins, CELL_TO_STREET_M), ("target", targets, 500)):
        found, away = tree.query_nearest(
            shapely.points(points), max_distance=far, return_distance=True, all_matches=False
        )
        for point, edge, metres in zip(*found.tolist(), away.tolist(), strict=True):
            along = float(shapely.line_locate_point(lines[edge], shapely.Point(points[point])))
            on_edge[edge].append((along, (name, point)))
            to_street[name, point] = metres
    for edge, places in on_edge.items():
        chain = [(0.0, edges[edge][0]), *sorted(places), (float(shapely.length(lines[edge])), edges[edge][1])]
        for (here, a), (there, b) in pairwise(chain):
            graph.add_edge(a, b, weight=there - here)
    for (name, point), metres in to_street.items():
        if name == "target":
            graph.add_edge("start", (name, point), weight=metres)
    reached = nx.single_source_dijkstra_path_length(graph, "start", cutoff=limit_m)
    ways = ((("origin", point), to_street.get(("origin", point), np.inf)) for point in range(len(origins)))
    return np.array([reached.get(node, np.inf) + off for node, off in ways])


def straight_m(origins, targets):
    """Fly from each origin (n, 2) to the nearest target (m, 2): (n,) metres."""
    return np.min(np.hypot(*(origins[:, None, :] - targets[None, :, :]).T), axis=0)
