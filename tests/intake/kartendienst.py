"""Nominatim and Overpass on 127.0.0.1, as far as OSMnx asks them: the questions it puts, answered from a drawn map.

An answer holds what the real ones hold: ways with a node inside the polygon and all their nodes, relations with a
member inside and everything they are made of.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import osmium
import pytest
import shapely

from infrastruktur.settings import Limits, Settings

STAND = "2025-05-10T07:14:35Z"
Element = dict[str, Any]
Handler = BaseHTTPRequestHandler
Trick = Callable[[Handler], bool]
"""Answers in place of the service and says so, or leaves it to answer."""

_WAYS = re.compile(r"""\[out:json\]\[timeout:\d+\];\(way\["(\w+)"(?:="(\w+)")?\]\(poly:'([^']+)'\);>;\);out;""")
_RELATIONS = re.compile(r"""\(relation\['type'='restriction'\]\(poly:'([^']+)'\);\(\._;>;\);\);""")


def read_elements(pbf: Path) -> list[Element]:
    """Give the elements of a file as Overpass does."""
    names = {"n": "node", "w": "way", "r": "relation"}
    elements: list[Element] = []
    for thing in osmium.FileProcessor(str(pbf)):
        element: Element = {"type": names[thing.type_str()], "id": thing.id}
        if thing.is_node():
            element |= {"lat": thing.location.lat, "lon": thing.location.lon}
        elif thing.is_way():
            element |= {"nodes": [node.ref for node in thing.nodes]}
        else:
            element |= {"members": [{"type": names[m.type], "ref": m.ref, "role": m.role} for m in thing.members]}
        if tags := {tag.k: tag.v for tag in thing.tags}:
            element["tags"] = tags
        elements.append(element)
    return elements


def found_place(name: str, outline: shapely.Geometry, **told: Any) -> Element:
    """Give a place as Nominatim does."""
    west, south, east, north = outline.bounds
    return {
        "osm_type": "relation",
        "osm_id": 62564,
        "lat": str(south),
        "lon": str(west),
        "importance": 0.6,
        "display_name": name,
        "boundingbox": [str(side) for side in (south, north, west, east)],
        "geojson": shapely.geometry.mapping(outline),
    } | told


@dataclass
class Kartendienst:
    """`places` by the name asked for, `elements` as read; `trick` may spoil any answer; `asked` keeps all questions."""

    elements: list[Element] = field(default_factory=list)
    places: dict[str, list[Element]] = field(default_factory=dict)
    trick: Trick | None = None
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        return {"INFRASTRUKTUR_OVERPASS": f"{self.url}/api", "INFRASTRUKTUR_NOMINATIM": f"{self.url}/nominatim/"}

    def settings(self, home: Path = Path(), **limits: int) -> Settings:
        return Settings(
            home=home,
            overpass_url=self.environ["INFRASTRUKTUR_OVERPASS"],
            nominatim_url=self.environ["INFRASTRUKTUR_NOMINATIM"],
            limits=Limits(**limits),
        )

    def answer(self, path: str, question: str) -> Any:
        if path == "/nominatim/search":
            return self.places.get(question, [])
        if ways := _WAYS.fullmatch(question):
            chosen = self._ways_inside(*ways.groups())
        else:
            (outline,) = _RELATIONS.findall(question)
            chosen = self._restrictions_inside(outline)
        return {"version": 0.6, "osm3s": {"timestamp_osm_base": STAND}, "elements": chosen}

    def _ways_inside(self, key: str, value: str | None, outline: str) -> list[Element]:
        near = self._nodes_inside(outline)
        ways = [
            way
            for way in self._kind("way")
            if (tag := way.get("tags", {}).get(key)) and value in {None, tag} and near.intersection(way["nodes"])
        ]
        return [*self._nodes_of(ways), *ways]

    def _restrictions_inside(self, outline: str) -> list[Element]:
        near = self._nodes_inside(outline)
        ways = {way["id"]: way for way in self._kind("way")}
        chosen, used, loose = [], {}, set()
        for relation in self._kind("relation"):
            members = {m["ref"] for m in relation["members"] if m["type"] == "way"} & ways.keys()
            nodes = {m["ref"] for m in relation["members"] if m["type"] == "node"}
            if near & nodes or any(near.intersection(ways[member]["nodes"]) for member in members):
                chosen.append(relation)
                used |= {member: ways[member] for member in members}
                loose |= nodes
        return [*self._nodes_of(used.values(), loose), *used.values(), *chosen]

    def _kind(self, kind: str) -> Iterator[Element]:
        return (element for element in self.elements if element["type"] == kind)

    def _nodes_inside(self, outline: str) -> set[int]:
        numbers = [float(number) for number in outline.split()]
        polygon = shapely.Polygon(zip(numbers[1::2], numbers[::2], strict=True))
        shapely.prepare(polygon)
        return {node["id"] for node in self._kind("node") if shapely.contains_xy(polygon, node["lon"], node["lat"])}

    def _nodes_of(self, ways: Iterable[Element], loose: Iterable[int] = ()) -> list[Element]:
        used = {node for way in ways for node in way["nodes"]} | set(loose)
        return [node for node in self._kind("node") if node["id"] in used]


def tell(handler: Handler, content: bytes, status: int = 200, *, length: int | None = None) -> bool:
    """Send an answer, and say that it is sent."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)
    return True


def break_off(handler: Handler) -> bool:
    """Begin an answer and hang up."""
    handler.close_connection = True
    return tell(handler, b'{"elements": [', length=1000)


@contextmanager
def serving(service: Kartendienst) -> Iterator[Kartendienst]:
    """Serve until the end of the block."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self._answer(urlsplit(self.path).path, query.get("q", [""])[0])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(self.path.removesuffix("/interpreter"), parse_qs(body)["data"][0])

        def _answer(self, path: str, question: str) -> None:
            service.asked.append((question, dict(self.headers)))
            if service.trick is None or not service.trick(self):
                self._tell_in_chunks(json.dumps(service.answer(path, question)).encode())

        def _tell_in_chunks(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for begin in range(0, len(content), 5000):
                chunk = content[begin : begin + 5000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses in seconds, which are not made."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, paused: list[float]) -> Iterator[Kartendienst]:
    """Serve a world without streets and places, to be drawn by the test; nothing pauses."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Kartendienst()) as running:
        yield running
    paused.clear()
