"""The servers: how each is started, one process each, and the address of each question.

Whoever speaks FastCGI stands behind nginx, as it is run; its work counts with theirs.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from bench.layers.asking import AnswerRefused, Client
from bench.layers.catalogue import PEERS_SCHEMA, PEERS_TABLE

from infrastruktur.settings import Settings

_STARTS_S = 180
_SETTINGS = Path(__file__).parent / "settings"
_MAPSERVER = Path("/usr/lib/cgi-bin/mapserv")
_QGIS = Path("/usr/lib/cgi-bin/qgis_mapserv.fcgi")


@dataclass(frozen=True)
class Database:
    """Where peers read."""

    port: int
    name: str

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{self.name}"


@dataclass(frozen=True)
class Addresses:
    """How a server is asked; `items` is the path of the layer's features, the rest how it names things, None never."""

    items: str
    asked_always: Mapping[str, str]
    item: str
    tile: str | None = None
    filters: bool = False

    def page(self, limit: int) -> str:
        return self._items({"limit": str(limit)})

    def box(self, bbox_4326: Sequence[float]) -> str:
        return self._items({"bbox": ",".join(f"{edge:.6f}" for edge in bbox_4326), "limit": "100"})

    def one(self, names: Mapping[str, str]) -> str:
        return f"{self.items}/{Template(self.item).substitute(names)}{self._query({})}"

    def filtered(self, text: str) -> str | None:
        return self._items({"filter": text, "filter-lang": "cql2-text", "limit": "100"}) if self.filters else None

    def tile_at(self, zoom: int, row: int, column: int) -> str | None:
        return None if self.tile is None else Template(self.tile).substitute(z=zoom, row=row, column=column)

    def _items(self, asked: Mapping[str, str]) -> str:
        return self.items + self._query(asked)

    def _query(self, asked: Mapping[str, str]) -> str:
        return f"?{urlencode({**self.asked_always, **asked})}" if asked or self.asked_always else ""


@dataclass(frozen=True)
class Server:
    """One that listens: its port, its processes, and its addresses."""

    name: str
    port: int
    processes: tuple[int, ...]
    addresses: Addresses


OURS = Addresses(
    "/collections/angebote/items",
    {},
    "$id",
    "/collections/angebote/tiles/WebMercatorQuad/$z/$row/$column",
    filters=True,
)


def find_missing(peer: str, python: Path) -> str | None:
    """Say what a peer lacks to be asked; None when it is there."""
    if peer in {"tipg", "pygeoapi"}:
        found = any((python.parents[1] / "lib").glob(f"python*/site-packages/{peer}"))
        return None if found else f"pip install {peer}"
    program = {"mapserver": _MAPSERVER, "qgis": _QGIS}[peer]
    missing = [
        package
        for package, there in (
            ({"mapserver": "cgi-mapserver", "qgis": "qgis-server"}[peer], program.exists()),
            ("nginx-light", _find_nginx() is not None),
        )
        if not there
    ]
    return f"apt-get install {' '.join(missing)}" if missing else None


@contextmanager
def serve_ours(settings: Settings, name: str) -> Iterator[Server]:
    port = free_port()
    environment = {
        "INFRASTRUKTUR_HOME": str(settings.home),
        "INFRASTRUKTUR_DATABASE": settings.database_url,
        "INFRASTRUKTUR_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "infrastruktur", "serve", "--port", str(port)]
    with _running(command, environment, settings.home / f"{name}.log") as pid:
        yield _listening(Server(name, port, (pid,), OURS))


@contextmanager
def serve_tipg(python: Path, database: Database, folder: Path) -> Iterator[Server]:
    port = free_port()
    collection = f"/collections/{PEERS_SCHEMA}.{PEERS_TABLE}"
    addresses = Addresses(
        f"{collection}/items", {}, "$nr", f"{collection}/tiles/WebMercatorQuad/$z/$column/$row", filters=True
    )
    environment = {
        "DATABASE_URL": database.url,
        "TIPG_DB_SCHEMAS": f'["{PEERS_SCHEMA}"]',
        "TIPG_CATALOG_TTL": "86400",
        "TIPG_ADD_TILES_VIEWER": "false",
    }
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with _running(command, environment, folder / "tipg.log") as pid:
        yield _listening(Server("tipg", port, (pid,), addresses))


@contextmanager
def serve_pygeoapi(python: Path, database: Database, folder: Path) -> Iterator[Server]:
    port = free_port()
    configured = _write("pygeoapi.yml", folder, _names(database, port))
    described = folder / "pygeoapi-openapi.yml"
    environment = {"PYGEOAPI_CONFIG": str(configured), "PYGEOAPI_OPENAPI": str(described)}
    generate = [python.parent / "pygeoapi", "openapi", "generate", configured, "--output-file", described]
    with (folder / "pygeoapi-openapi.log").open("w") as log:
        subprocess.run(generate, env={**os.environ, **environment}, check=True, stdout=log, stderr=log)
    collection = f"/collections/{PEERS_TABLE}"
    addresses = Addresses(
        f"{collection}/items",
        {"f": "json"},
        "$nr",
        f"{collection}/tiles/WebMercatorQuad/$z/$row/$column?f=mvt",
        filters=True,
    )
    command = [python, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port), "--log-level", "warning"]
    with _running(command, environment, folder / "pygeoapi.log") as pid:
        yield _listening(Server("pygeoapi", port, (pid,), addresses))


@contextmanager
def serve_mapserver(_: Path, database: Database, folder: Path) -> Iterator[Server]:
    _write("vergleich.map", folder, _names(database, 0))
    configured = _write("mapserver.conf", folder, {"folder": str(folder)})
    addresses = Addresses(f"/vergleich/ogcapi/collections/{PEERS_TABLE}/items", {"f": "json"}, "$nr")
    environment = {"MAPSERVER_CONFIG_FILE": str(configured)}
    with _behind_nginx("mapserver", _MAPSERVER, environment, folder, addresses) as server:
        yield server


@contextmanager
def serve_qgis(_: Path, database: Database, folder: Path) -> Iterator[Server]:
    project = _write("vergleich.qgs", folder, _names(database, 0))
    addresses = Addresses(f"/wfs3/collections/{PEERS_TABLE}/items", {}, "$nr")
    environment = {
        "QGIS_PROJECT_FILE": str(project),
        "QGIS_OPTIONS_PATH": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_SERVER_API_WFS3_MAX_LIMIT": "10000",
        "QGIS_SERVER_LOG_LEVEL": "2",
    }
    with _behind_nginx("qgis", _QGIS, environment, folder, addresses) as server:
        yield server


SERVE: Mapping[str, Callable[[Path, Database, Path], object]] = {
    "tipg": serve_tipg,
    "pygeoapi": serve_pygeoapi,
    "mapserver": serve_mapserver,
    "qgis": serve_qgis,
}


@contextmanager
def _behind_nginx(
    name: str, program: Path, environment: Mapping[str, str], folder: Path, addresses: Addresses
) -> Iterator[Server]:
    """Run one FastCGI process, which takes its listening socket as standard input, and nginx before it."""
    port = free_port()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        names = {"port": str(port), "fcgi_port": str(listening.getsockname()[1]), "folder": str(folder), "name": name}
        configured = _write("nginx.conf", folder, names, as_name=f"{name}-nginx.conf")
        with (
            _running([program], environment, folder / f"{name}.log", stdin=listening) as pid,
            _running([_find_nginx() or "nginx", "-c", str(configured)], {}, folder / f"{name}-nginx.log") as front,
        ):
            yield _listening(Server(name, port, (pid, front), addresses))


def _find_nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _names(database: Database, port: int) -> dict[str, str]:
    return {
        "port": str(port),
        "database_port": str(database.port),
        "database": database.name,
        "schema": PEERS_SCHEMA,
        "table": PEERS_TABLE,
    }


def _write(name: str, folder: Path, values: Mapping[str, str], *, as_name: str | None = None) -> Path:
    """Fill in the settings of a server, which name what differs with two signs: nginx has variables of its own."""
    text = (_SETTINGS / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@@{key}@@", value)
    written = folder / (as_name or name)
    written.write_text(text)
    return written


@contextmanager
def _running(
    command: Sequence[object], environment: Mapping[str, str], log: Path, stdin: socket.socket | None = None
) -> Iterator[int]:
    with log.open("w") as written:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=written,
            stderr=written,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:  # MapServer waits for one request more
            process.kill()
            process.wait()


def _listening(server: Server) -> Server:
    """Wait until a server answers its first page."""
    until = time.monotonic() + _STARTS_S
    while True:
        try:
            client = Client(server.port)
            client.get(server.addresses.page(1))
            client.close()
        except (OSError, AnswerRefused):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
