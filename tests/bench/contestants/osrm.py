"""OSRM: contraction hierarchies over the same PBF, with the speeds, barriers and turn restrictions that ours reads.

Its tables find the nearest street of every coordinate anew at each call, half of which is spread over the sources
asked for at once; both are named by the run.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import osrm
from bench.question import Answer, Graph, Question, load_graph, serve, within

FOLDER = Path(sys.argv[1])
TOOLS = Path(osrm.__file__).parent / "bin"


@cache
def prepared(modus: str) -> tuple[Graph, osrm.OSRM]:
    built = FOLDER / "osrm" / f"{modus}.osrm"
    if not built.with_name(f"{modus}.osrm.hsgr").exists():
        built.parent.mkdir(exist_ok=True)
        pbf = built.with_name(f"{modus}.osm.pbf")
        pbf.unlink(missing_ok=True)
        pbf.symlink_to((FOLDER / "region.osm.pbf").absolute())
        run("osrm-extract", "-p", FOLDER / f"{modus}.lua", pbf)
        run("osrm-contract", built)
    engine = osrm.OSRM(
        algorithm="CH", storage_config=str(built), use_shared_memory=False, max_locations_distance_table=-1
    )
    return load_graph(FOLDER, modus), engine


def run(tool: str, *arguments: object) -> None:
    subprocess.run([TOOLS / tool, *map(str, arguments)], check=True, stdout=sys.stderr)


def many_to_many(question: Question) -> Answer:
    graph, engine = prepared(question.modus)
    places = graph.lonlat[np.concatenate([graph.source[: question.sources], graph.target])]
    parameters = osrm.TableParameters(
        coordinates=[tuple(place) for place in places.tolist()],
        sources=list(range(question.sources)),
        destinations=list(range(question.sources, len(places))),
        annotations=["duration"],
        generate_hints=False,
    )
    table = engine.Table(parameters)

    def answer() -> np.ndarray:
        rows = list(table["durations"])[: question.checked]
        dense = [[value if isinstance(value, float) else np.inf for value in row] for row in rows]
        return within(np.array(dense), question.limit_ds)

    return answer


if __name__ == "__main__":
    serve({"many-to-many": many_to_many})
