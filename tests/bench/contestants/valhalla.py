"""Valhalla: isochrone polygons on foot from tiles of the same PBF, at our walker's speed and without its penalties."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely
import valhalla
from bench.question import Answer, Graph, Question, load_graph, serve

FOLDER = Path(sys.argv[1])
WALK_KM_H = 4.8
WALK_REFERENCE_KM_H = 3.6  # limits are stated at this pace
MATRIX_PAIRS = 2_500
PEDESTRIAN = {"walking_speed": WALK_KM_H, "max_hiking_difficulty": 6, "use_living_streets": 1, "use_tracks": 1} | {
    f"{name}_penalty": 0 for name in ("step", "gate", "service", "destination_only", "maneuver", "elevator")
} | {f"{name}_factor": 1 for name in ("walkway", "sidewalk", "alley", "driveway", "service")}  # fmt: skip


@cache
def prepared(modus: str) -> tuple[Graph, valhalla.Actor]:
    folder = FOLDER / "valhalla"
    settings = folder / "valhalla.json"
    if not (folder / "built").exists():
        (folder / "tiles").mkdir(parents=True, exist_ok=True)
        configuration = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
        settings.write_text(json.dumps(configuration))
        tool = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
        subprocess.run([tool, "-c", settings, FOLDER / "region.osm.pbf"], check=True, stdout=sys.stderr)
        (folder / "built").touch()
    return load_graph(FOLDER, modus), valhalla.Actor(str(settings))


def isochrone(question: Question) -> Answer:
    _, actor = prepared(question.modus)
    with np.load(FOLDER / "points.npz") as points:
        facilities, cells = points["facility_4326"], points["cell_25832"]
    found = [
        actor.isochrone(
            json.dumps(
                {
                    "locations": [{"lon": lon, "lat": lat}],
                    "costing": "pedestrian",
                    "costing_options": {"pedestrian": PEDESTRIAN},
                    "contours": [{"time": question.limit_ds / 600 * WALK_REFERENCE_KM_H / WALK_KM_H}],
                    "polygons": True,
                    "denoise": 0,
                    "generalize": 10,
                }
            )
        )
        for lon, lat in facilities[: question.sources].tolist()
    ]
    return lambda: np.array([shapely.contains_xy(area(text), cells) for text in found], np.float64)


def many_to_many(question: Question) -> Answer:
    """Times on foot to the first cells, as seconds of our network's walker; a matrix holds 2,500 pairs at most."""
    graph, actor = prepared(question.modus)
    sources, targets = (
        [{"lon": lon, "lat": lat} for lon, lat in graph.lonlat[nodes].tolist()]
        for nodes in (graph.source[: question.sources], graph.target[: MATRIX_PAIRS // question.sources])
    )
    asked = {"sources": sources, "targets": targets, "costing": "pedestrian", "verbose": False}
    found = json.loads(actor.matrix(json.dumps(asked | {"costing_options": {"pedestrian": PEDESTRIAN}})))
    seconds = np.array(found["sources_to_targets"]["durations"], np.float64)
    return lambda: np.where(np.isnan(seconds), np.inf, seconds * WALK_KM_H / WALK_REFERENCE_KM_H)


def area(text: str) -> shapely.Geometry:
    to_metres = pyproj.Transformer.from_crs(4326, 25832, always_xy=True)
    parts = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in json.loads(text)["features"]]
    moved = shapely.transform(parts, lambda lonlat: np.stack(to_metres.transform(*lonlat.T), axis=1))
    return shapely.union_all(shapely.make_valid(moved))


if __name__ == "__main__":
    serve({"isochrone": isochrone, "many-to-many": many_to_many})
