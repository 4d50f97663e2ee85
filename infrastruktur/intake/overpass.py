"""The streets of a place from Overpass, written as the extract that the network is built from.

Three questions: ways with `highway`, ferries, turn restrictions. What is written is what was answered: nothing is cut
at the outline, no way loses a node, a tag or its direction. Equal answers are written as equal bytes. The doors of
houses are not asked for: Overpass would send every building for the few whose doors are mapped.
"""

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal, TypeVar

import msgspec
import osmium
import shapely
from osmium.osm import mutable

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.intake.fetch import Errand, ask
from infrastruktur.intake.ort import Ort

SERVER = "Overpass"

_WIDER_M = 100.0
"""The outline is asked for this much wider and with its corners this much rounded off, so that it is all inside: over
an outline of ten thousand corners Overpass is slow."""

_OSMNX_WIDENS_M = 500.0
"""`graph_from_polygon` asks for this much more on every side, `features_from_polygon` does not."""

_NUL = rb"\u0000"
"""No tag holds it, and osmium does not survive it."""

_MEMBER = {"node": "n", "way": "w", "relation": "r"}
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Tags = dict[str, str]


class _Node(msgspec.Struct, frozen=True, tag_field="type", tag="node"):
    id: _Id
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    tags: _Tags = {}


class _Way(msgspec.Struct, frozen=True, tag_field="type", tag="way"):
    id: _Id
    nodes: list[_Id]
    tags: _Tags = {}


class _Member(msgspec.Struct, frozen=True):
    type: Literal["node", "way", "relation"]
    ref: _Id
    role: str = ""


class _Relation(msgspec.Struct, frozen=True, tag_field="type", tag="relation"):
    id: _Id
    members: list[_Member]
    tags: _Tags = {}


_Element = TypeVar("_Element", _Node, _Way, _Relation)


class _State(msgspec.Struct, frozen=True):
    timestamp_osm_base: datetime | None = None


class _Answer(msgspec.Struct, frozen=True):
    elements: list[_Node | _Way | _Relation]
    osm3s: _State = _State()


@dataclass(frozen=True)
class Herkunft:
    """When the data were current, as Overpass says, and what was written."""

    stand: datetime | None
    ways: int
    restrictions: int


def fetch_streets(ort: Ort, path: Path, errand: Errand) -> Herkunft:
    """Write the streets, ferries and turn restrictions of a place, and some beyond its outline, to an `.osm.pbf`.

    Raises
    ------
    SourceRefused
        The answer is none of Overpass, or knows no street there.
    SourceUnavailable, LimitExceeded
        As `fetch.ask`.

    """
    asked, beyond = _widen(ort, _WIDER_M), _widen(ort, _WIDER_M + _OSMNX_WIDENS_M)
    streets = _ask(errand, "Straßen laden", lambda osmnx: _ask_ways(osmnx, asked, '["highway"]'))
    if not any(isinstance(element, _Way) for element in streets.elements):
        raise SourceRefused(ort.name, f"Dort kennt {SERVER} keine Straßen. Bitte einen anderen Ort wählen.")
    ferries = _ask(errand, "Fähren laden", lambda osmnx: _ask_ways(osmnx, asked, '["route"="ferry"]'))
    turns = _ask(
        errand,
        "Abbiegeverbote laden",
        lambda osmnx: osmnx.features_from_polygon(beyond, {"type": "restriction"}),
    )
    travelled = [*ferries.elements, *streets.elements]
    ways, relations = _pick(travelled, _Way), _pick(turns.elements, _Relation)
    _write(path, _pick(travelled, _Node), ways, relations)
    states = [state for answer in (streets, ferries, turns) if (state := answer.osm3s.timestamp_osm_base)]
    return Herkunft(min(states, default=None), len(ways), len(relations))


def _widen(ort: Ort, metres: float) -> shapely.Geometry:
    outline_25832 = transform_geometry(ort.outline_4326, 4326, 25832)
    return transform_geometry(shapely.simplify(shapely.buffer(outline_25832, metres), _WIDER_M), 25832, 4326)


def _ask_ways(osmnx: ModuleType, asked: shapely.Geometry, way_filter: str) -> object:
    return osmnx.graph_from_polygon(asked, custom_filter=way_filter)


def _ask(errand: Errand, step: str, question: Callable[[ModuleType], object]) -> _Answer:
    answer = ask(errand, SERVER, step, question)
    if _NUL in answer:
        raise _refuse("NUL")
    try:
        return msgspec.json.decode(answer, type=_Answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refuse(error) from error


def _refuse(reason: object) -> SourceRefused:
    return SourceRefused(
        SERVER,
        "Die Antwort enthält keine lesbaren Daten von OpenStreetMap. Bitte die Adresse in INFRASTRUKTUR_OVERPASS "
        f"prüfen. ({ascii(str(reason))[1:-1]})",  # it may quote the answer, which must not steer a terminal
    )


def _pick(elements: Iterable[_Node | _Way | _Relation], kind: type[_Element]) -> list[_Element]:
    """Pick the elements of a kind, each once, by ascending id."""
    found = {element.id: element for element in elements if isinstance(element, kind)}
    return [found[key] for key in sorted(found)]


def _write(path: Path, nodes: list[_Node], ways: list[_Way], relations: list[_Relation]) -> None:
    try:
        with osmium.SimpleWriter(str(path)) as writer:
            for node in nodes:
                writer.add_node(mutable.Node(id=node.id, location=(node.lon, node.lat), tags=node.tags))
            for way in ways:
                writer.add_way(mutable.Way(id=way.id, nodes=way.nodes, tags=way.tags))
            for relation in relations:
                members = [(_MEMBER[member.type], member.ref, member.role) for member in relation.members]
                writer.add_relation(mutable.Relation(id=relation.id, members=members, tags=relation.tags))
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise _refuse(error) from error  # libosmium takes no text of more than 1,024 bytes
