"""Servers as they are: unknown places, busy hours, half answers and hostile ones; each ends in a German sentence."""

import gzip
import json
import socket
from pathlib import Path
from threading import Event

import osmnx
import pytest
import shapely
from intake.kartendienst import Handler, Kartendienst, break_off, found_place, read_elements, tell

from infrastruktur.domain.errors import (
    InfrastrukturError,
    InvalidParameter,
    LimitExceeded,
    NotFound,
    SourceRefused,
    SourceUnavailable,
)
from infrastruktur.intake.fetch import PATIENCE, begin_errand
from infrastruktur.intake.ort import Ort, find_ort
from infrastruktur.intake.overpass import fetch_streets
from infrastruktur.settings import Settings

OUTLINE = shapely.box(6.0, 50.7, 6.1, 50.8)
DORF = Ort("Dorf", "dorf-r1", OUTLINE)
STREETS = [
    {"type": "node", "id": 1, "lat": 50.75, "lon": 6.05, "tags": {"barrier": "bollard"}},
    {"type": "node", "id": 2, "lat": 50.7512345, "lon": 6.0598765},
    {"type": "node", "id": 3, "lat": 50.76, "lon": 6.06},
    {"type": "way", "id": 11, "nodes": [2, 1, 1, 3, 2, 3], "tags": {"highway": "residential", "oneway": "-1"}},
    {"type": "way", "id": 12, "nodes": [3, 1], "tags": {"route": "ferry", "name": "Fähre „Ü“"}},
    {"type": "way", "id": 13, "nodes": [1, 3], "tags": {"highway": "ferry", "route": "ferry"}},
    {
        "type": "relation",
        "id": 21,
        "members": [
            {"type": "way", "ref": 11, "role": "from"},
            {"type": "node", "ref": 1, "role": "via"},
            {"type": "way", "ref": 99, "role": "to"},
        ],
        "tags": {"type": "restriction", "restriction": "no_u_turn"},
    },
]  # fmt: skip


def silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def fetch(service: Kartendienst, path: Path, **limits: int):
    return fetch_streets(DORF, path, begin_errand(service.settings(**limits), silent))


def find(service: Kartendienst, name: str, **limits: int) -> Ort:
    return find_ort(name, begin_errand(service.settings(**limits), silent))


@pytest.fixture
def village(service: Kartendienst) -> Kartendienst:
    service.elements = [*STREETS]
    service.places = {"Dorf": [found_place("Dorf, Deutschland", OUTLINE)]}
    return service


def spoil(service: Kartendienst, about: str, content: bytes, status: int = 200) -> None:
    """Answer so when the question holds `about`."""
    service.trick = lambda handler: about in service.asked[-1][0] and tell(handler, content, status)


# What is fetched


def test_nothing_is_lost_on_the_way(village, tmp_path):
    herkunft = fetch(village, tmp_path / "dorf.osm.pbf")
    assert read_elements(tmp_path / "dorf.osm.pbf") == STREETS
    assert (herkunft.ways, herkunft.restrictions) == (3, 1)


def test_equal_answers_are_written_as_equal_bytes(village, tmp_path):
    fetch(village, tmp_path / "a.osm.pbf")
    village.elements = STREETS[::-1]
    fetch(village, tmp_path / "b.osm.pbf")
    assert (tmp_path / "a.osm.pbf").read_bytes() == (tmp_path / "b.osm.pbf").read_bytes()


def test_servers_learn_who_asks_and_osmnx_is_left_as_it_was(village, tmp_path):
    before = {name: getattr(osmnx.settings, name) for name in osmnx.settings.__annotations__}
    resolver = socket.getaddrinfo
    find(village, "Dorf")
    fetch(village, tmp_path / "dorf.osm.pbf")
    assert len(village.asked) == 4
    assert {headers["User-Agent"].partition("/")[0] for _, headers in village.asked} == {"infrastruktur"}
    assert {name: getattr(osmnx.settings, name) for name in before} == before
    assert socket.getaddrinfo is resolver


def test_the_progress_names_every_step(village, tmp_path):
    steps: list[str] = []
    errand = begin_errand(village.settings(), lambda step, _share: steps.append(step))
    fetch_streets(find_ort("Dorf", errand), tmp_path / "dorf.osm.pbf", errand)
    assert list(dict.fromkeys(steps)) == ["Ort suchen", "Straßen laden", "Fähren laden", "Abbiegeverbote laden"]


# Places


def test_of_several_places_the_most_important_with_an_outline_is_meant_and_the_others_are_named(service):
    service.places = {
        "Neustadt": [
            found_place("Neustadt, Hessen, Deutschland", OUTLINE, importance=0.4),
            found_place("Neustadt, Bahnhof", shapely.Point(6, 50.7), importance=0.9),
            found_place("Neustadt an der Weinstraße, Deutschland", OUTLINE, importance=0.5, osm_id=7),
            {"display_name": "01844", "importance": None},
        ]
    }
    ort = find(service, " Neustadt\t")
    assert (ort.name, ort.kennung) == ("Neustadt an der Weinstraße, Deutschland", "neustadt-an-der-weinstrasse-r7")
    assert ort.weitere == ("Neustadt, Hessen, Deutschland",)
    assert ort.size == "78,53 km²"


def test_a_place_nobody_knows(service):
    with pytest.raises(NotFound, match=r"Den Ort „Atlantis“ kennt Nominatim nicht. Bitte"):
        find(service, "Atlantis")


def test_a_place_that_is_a_point(service):
    service.places = {"Ecke": [found_place("Ecke", shapely.Point(6, 50.7))]}
    with pytest.raises(SourceRefused, match=r"nur ein Punkt. Bitte eine Gemeinde oder einen Kreis nennen"):
        find(service, "Ecke")


@pytest.mark.parametrize("name", ["", " \n", "A" * 201])
def test_a_name_that_is_none(service, name):
    with pytest.raises(InvalidParameter, match="--ort"):
        find(service, name)
    assert service.asked == []


@pytest.mark.parametrize("outline", [shapely.box(-74, 40, -73, 41), shapely.box(4, 50, 6, 51)])
def test_a_place_elsewhere(service, outline):
    service.places = {"York": [found_place("York", outline)]}
    with pytest.raises(SourceRefused, match=r"nicht in Deutschland. Bitte das Land mit angeben"):
        find(service, "York")


def test_a_place_at_the_limit_and_one_above(village):
    area_km2 = find(village, "Dorf").area_km2
    within = shapely.affinity.scale(OUTLINE, 1, 78 / area_km2)
    village.places = {"Dorf": [found_place("Dorf", within)]}
    assert find(village, "Dorf", ort_km2=78).area_km2 == 78
    with pytest.raises(LimitExceeded, match="Dorf ist 78 km² groß, herunterladen lassen sich höchstens 77"):
        find(village, "Dorf", ort_km2=77)


def test_an_outline_that_crosses_itself_is_mended(service):
    bowtie = shapely.Polygon([(6, 50.7), (6.1, 50.8), (6.1, 50.7), (6, 50.8)])
    service.places = {"Schleife": [found_place("Schleife", bowtie)]}
    assert find(service, "Schleife").outline_4326.is_valid


def test_several_islands_are_one_place(service, tmp_path):
    islands = shapely.union(OUTLINE, shapely.box(6.2, 50.7, 6.3, 50.8))
    service.places, service.elements = {"Inseln": [found_place("Inseln", islands)]}, [*STREETS]
    errand = begin_errand(service.settings(), silent)
    assert fetch_streets(find_ort("Inseln", errand), tmp_path / "inseln.osm.pbf", errand).ways == 3


def test_a_name_does_not_steer_the_terminal_nor_the_file_system(service):
    service.places = {"Ü": [found_place("../../Ü\x1b[31m\r\n\u202e, Land", OUTLINE, osm_type="/etc")]}
    ort = find(service, "Ü")
    assert ort.name == "../../Ü[31m, Land"
    assert ort.kennung == "ue-31m-e62564"


NO_PLACES = [
    b"<html>", b"", b"{}", b"null", b"[1]", b"[[]]", b'[{"display_name": 1}]', b"\xff\xfe", b"[" * 100_000,
    b'[{"display_name": "A", "importance": "viel"}]', b'[{"display_name": "\\ud800"}]', b'[{"geojson": {}}]',
]  # fmt: skip
NO_OUTLINES = [
    b"{}", b"[]", b"null", b"7", b'"Polygon"', b'{"type": "Polygon"}', b'{"type": "Polygon", "coordinates": []}',
    b'{"type": "Polygon", "coordinates": [[[6, 50], [6, 51]]]}', b'{"type": "Polygon", "coordinates": "uvw"}',
    b'{"type": "Polygon", "coordinates": [[[6, 50], [6, 51], [6, 52], [6, 50]]]}',
    b'{"type": "GeometryCollection", "geometries": []}', b'{"type": "LineString", "coordinates": [[6, 50], [7, 50]]}',
]  # fmt: skip


@pytest.mark.parametrize("content", NO_PLACES, ids=lambda content: content[:40])
def test_an_answer_that_is_no_list_of_places(service, content):
    spoil(service, "", content)
    with pytest.raises((SourceRefused, SourceUnavailable), match=r"Nominatim.*Bitte"):
        find(service, "Dorf")


@pytest.mark.parametrize("geojson", NO_OUTLINES, ids=lambda content: content[:60])
def test_an_outline_that_is_none(service, geojson):
    spoil(service, "", b'[{"display_name": "Dorf", "importance": 1, "geojson": ' + geojson + b"}]")
    with pytest.raises(SourceRefused, match="nur ein Punkt"):
        find(service, "Dorf")


# Servers


def test_a_server_out_of_reach(paused, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings = Settings(overpass_url=url, nominatim_url=url)
    with pytest.raises(SourceUnavailable, match=r"Nominatim ist nicht erreichbar.*Bitte die Internetverbindung prüfen"):
        find_ort("Dorf", begin_errand(settings, silent))
    with pytest.raises(SourceUnavailable, match="Overpass ist nicht erreichbar"):
        fetch_streets(DORF, tmp_path / "dorf.osm.pbf", begin_errand(settings, silent))
    assert paused == [1, 0], "as the servers ask for"


@pytest.mark.parametrize("url", ["http://server.invalid", "http://[", "http://a..b"])
def test_an_address_that_leads_nowhere(monkeypatch, paused, tmp_path, url):
    def offline(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    for asked in ("getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, asked, offline)
    settings = Settings(overpass_url=url, nominatim_url=url)
    with pytest.raises(SourceUnavailable, match="Bitte"):
        find_ort("Dorf", begin_errand(settings, silent))
    with pytest.raises(SourceUnavailable, match="Bitte"):
        fetch_streets(DORF, tmp_path / "dorf.osm.pbf", begin_errand(settings, silent))
    assert sum(paused) <= 1


@pytest.mark.parametrize("status", [429, 504])
def test_a_busy_server_is_asked_again_and_not_for_ever(village, paused, tmp_path, status):
    steps: list[str] = []
    errand = begin_errand(village.settings(), lambda step, _share: steps.append(step))
    spoil(village, "", b"{}", status)
    with pytest.raises(SourceUnavailable, match=r"Overpass ist überlastet. Bitte später noch einmal versuchen"):
        fetch_streets(DORF, tmp_path / "dorf.osm.pbf", errand)
    assert len(village.asked) == PATIENCE + 1
    assert sum(paused) == PATIENCE * 55
    assert "Overpass ist überlastet, neuer Versuch in einer Minute" in steps


@pytest.mark.parametrize("about", ["highway", "ferry", "restriction"])
def test_a_server_that_was_busy_answers_the_second_time(village, tmp_path, about):
    def trick(handler: Handler) -> bool:
        questions = [question for question, _ in village.asked]
        return about in questions[-1] and len(questions) == len(set(questions)) and tell(handler, b"", 429)

    village.trick = trick
    fetch(village, tmp_path / "dorf.osm.pbf")
    assert len(village.asked) == 4
    assert read_elements(tmp_path / "dorf.osm.pbf") == STREETS


@pytest.mark.parametrize("status", [204, 206, 301, 400, 403, 404, 500, 502])
def test_a_server_that_refuses(village, tmp_path, status):
    spoil(village, "highway", b"{}", status)
    with pytest.raises(SourceUnavailable, match=rf"Overpass hat die Anfrage abgelehnt \(HTTP {status}\). Bitte"):
        fetch(village, tmp_path / "dorf.osm.pbf")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_f01_nobody_is_sent_elsewhere(village, tmp_path, status):
    def trick(handler: Handler) -> bool:
        handler.send_response(status)
        handler.send_header("Location", f"{village.url}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    village.trick = trick
    with pytest.raises(SourceUnavailable, match="abgelehnt"):
        fetch(village, tmp_path / "dorf.osm.pbf")
    with pytest.raises(SourceUnavailable, match="abgelehnt"):
        find(village, "Dorf")
    assert len(village.asked) == 2


@pytest.mark.parametrize("about", ["highway", "ferry", "restriction"])
def test_a_download_that_breaks_off(village, tmp_path, about):
    village.trick = lambda handler: about in village.asked[-1][0] and break_off(handler)
    with pytest.raises(SourceUnavailable, match="hat die Verbindung abgebrochen"):
        fetch(village, tmp_path / "dorf.osm.pbf")
    assert list(tmp_path.iterdir()) == []


def test_a_download_in_pieces_that_breaks_off(village, tmp_path):
    def trick(handler: Handler) -> bool:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"2\r\n{}\r\n")
        return True

    village.trick = trick
    with pytest.raises(SourceUnavailable, match="hat die Verbindung abgebrochen"):
        fetch(village, tmp_path / "dorf.osm.pbf")


@pytest.mark.parametrize("about", ["highway", "ferry", "restriction"])
def test_an_answer_in_which_the_server_gave_up_is_not_taken_for_whole(village, tmp_path, about):
    given_up = {"elements": STREETS, "remark": 'runtime error: Query timed out in "query" at line 1 after 180 seconds.'}
    spoil(village, about, json.dumps(given_up).encode())
    with pytest.raises(SourceUnavailable, match=r"keine vollständige Antwort gegeben. Bitte"):
        fetch(village, tmp_path / "dorf.osm.pbf")


def test_f02_an_endless_answer_ends_at_the_deadline(village, tmp_path):
    over = Event()

    def drip(handler: Handler) -> bool:
        handler.close_connection = True
        tell(handler, b"{", length=1_000_000)
        while not over.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except OSError:
                break
        return True

    village.trick = drip
    with pytest.raises(SourceUnavailable, match=r"nicht in 1 Sekunden geliefert"):
        fetch(village, tmp_path / "dorf.osm.pbf", download_s=1)
    over.set()


def test_an_answer_at_the_limit_and_one_above(village, tmp_path):
    content = json.dumps(
        village.answer("/api", '[out:json][timeout:180];(way["route"="ferry"](poly:\'0 0 0 1 1 1\');>;);out;')
    )
    whole = content.replace('"elements": []', f'"elements": {json.dumps(STREETS)}').encode()
    spoil(village, "", whole)
    fetch(village, tmp_path / "dorf.osm.pbf", download_bytes=len(whole))
    with pytest.raises(LimitExceeded, match="Die Antwort von Overpass ist größer als"):
        fetch(village, tmp_path / "dorf.osm.pbf", download_bytes=len(whole) - 1)


def test_f03_a_small_answer_that_swells(village, tmp_path):
    def trick(handler: Handler) -> bool:
        content = gzip.compress(b"[" + b" " * 20_000_000 + b"]")
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        return True

    village.trick = trick
    with pytest.raises(LimitExceeded, match="größer als 1 MB"):
        fetch(village, tmp_path / "dorf.osm.pbf", download_bytes=1_000_000)


NO_STREETS = [
    b"<html>busy</html>", b"", b"[]", b"null", b'{"elements": {}}', b'{"elements": [{"type": "area", "id": 1}]}',
    b'{"elements": [{"type": "\\u001b[31m", "id": 1}]}',
    b'{"elements": [{"type": "way", "id": -1, "nodes": []}]}', b'{"elements": [{"type": "way", "id": 1}]}',
    b'{"elements": [{"type": "node", "id": 1, "lat": NaN, "lon": 6}]}',
    b'{"elements": [{"type": "node", "id": 1, "lat": 91, "lon": 6}]}',
    b'{"elements": [{"type": "node", "id": 1e400, "lat": 50, "lon": 6}]}',
    b'{"elements": [{"type": "node", "id": 99999999999999999999, "lat": 50, "lon": 6}]}',
    b'{"elements": [{"type": "way", "id": 1, "nodes": [1], "tags": {"highway": 7}}]}',
    b'{"elements": [{"type": "way", "id": 1, "nodes": [1], "tags": {"highway": "' + b"a" * 5000 + b'"}}]}',
    b'{"elements": [{"type": "way", "id": 1, "nodes": [1], "tags": {"highway": "\\ud800"}}]}',
    b'{"elements": [{"type": "way", "id": 1, "nodes": [1], "tags": {"highway": "a\\u0000b"}}]}',
    b'{"elements":' + b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("content", NO_STREETS, ids=lambda content: content[-60:])
def test_an_answer_that_is_no_map(village, tmp_path, content):
    spoil(village, "highway", content)
    with pytest.raises(InfrastrukturError, match=r"(?s)Overpass.*Bitte") as refused:
        fetch(village, tmp_path / "dorf.osm.pbf")
    assert str(refused.value).isprintable()


def test_a_place_without_streets(service, tmp_path):
    with pytest.raises(SourceRefused, match=r"Dort kennt Overpass keine Straßen. Bitte"):
        fetch(service, tmp_path / "dorf.osm.pbf")
