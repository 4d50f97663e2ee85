"""A small drawn region behind the real application: nothing between the client and the store is replaced.

Westdorf (05334001)      Ostdorf (05334002)
+-------+-------+        +---------------+
| AC01  | AC02  |        |               |      each square 1 km wide, streets every 200 m,
+-------+-------+        +---------------+      eight cells of 100 m with people
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import msgspec
import numpy as np
import osmium
import pyproj
import pytest
import shapely
from editing import create
from litestar.testing import TestClient
from osmium.osm import mutable
from served import Served, served
from stores import clone_database, database_url, drop_database

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit
from infrastruktur.domain.bevoelkerung import Bevoelkerung, Zellen, gitter_id
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.bevoelkerung import apply_bevoelkerung, apply_zellen
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.history import Change
from infrastruktur.storage.lage import list_standort_points, set_lage
from infrastruktur.storage.raeume import Region, apply_raeume, put_region
from infrastruktur.usecases.build_network import build_network
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.issue_token import issue_token

STICHTAG = date(2025, 12, 31)
WEST, SOUTH = 300_000.0, 5_630_000.0
SIDE = 1000.0
QUELLE = "gezeichnet"
HOSTILE = '<script>alert("x")</script> & Söhne'
GESCHLOSSEN_AM = date(2025, 6, 30)
TO_DEGREES = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
CENTRE = "{:.6f},{:.6f}".format(*TO_DEGREES.transform(WEST + SIDE, SOUTH + SIDE / 2))


@dataclass(frozen=True)
class Api:
    """A client, and the questions tests ask most."""

    client: TestClient[Any]
    settings: Settings
    stichtag: ClassVar[date] = STICHTAG
    hostile: ClassVar[str] = HOSTILE
    """A name of the catalogue that would be a script if a page let it."""
    closed_on: ClassVar[date] = GESCHLOSSEN_AM
    """Last day of one Angebot."""
    centre: ClassVar[str] = CENTRE
    """A point in the middle of the streets, as the API takes it."""

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def collections(self) -> list[str]:
        return [each["id"] for each in self.json("/collections")["collections"]]

    def relative(self, url: str) -> str:
        assert url.startswith(self.settings.base_url)
        return url.removeprefix(self.settings.base_url)


@dataclass(frozen=True)
class Writing(Api):
    """A client of a catalogue that is written to, and tokens for it."""

    issue: Callable[..., str]
    """Issue a token of a right: another person's each time, unless a name or a person is told."""

    def send(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Any:
        """Send a feature or a patch as its method wants it."""
        media_type = "application/merge-patch+json" if method == "PATCH" else "application/geo+json"
        sent = {"content-type": media_type} if body is not None else {}
        sent |= {"authorization": f"Bearer {token}"} if token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.client.request(method, path, content=content, headers=sent)

    def read(self, path: str, token: str = "") -> Any:
        return self.send("GET", path, token=token, accept_encoding="identity")


def square(column: float, width: float = SIDE) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(WEST + column, SOUTH, WEST + column + width, SOUTH + SIDE)])


def raum(schluessel: str, ebene: Ebene, name: str, oberraum: str, outline: shapely.MultiPolygon) -> Raum:
    return Raum(schluessel=schluessel, ebene=ebene, name=name, oberraum=oberraum, geom_25832=outline, quelle=QUELLE)


RAEUME = (
    raum("05334001", Ebene.KOMMUNE, "Westdorf", "05334", square(0)),
    raum("05334002", Ebene.KOMMUNE, "Ostdorf", "05334", square(SIDE)),
    raum("05334001-AC01", Ebene.SOZIALRAUM, "", "05334001", square(0, SIDE / 2)),
    raum("05334001-AC02", Ebene.SOZIALRAUM, "", "05334001", square(SIDE / 2, SIDE / 2)),
)


def angebot(key: str, art: str, x: float | None, **more: Any) -> Angebot:
    point = None if x is None else (WEST + x, SOUTH + 400.0 + x % 200)
    place = Standort(schluessel=key, strasse="Dorfstraße", hausnummer="1", plz="01067", ort="Dorf", punkt_25832=point)
    return Angebot(quelle=QUELLE, schluessel=key, art=art, standort=place, **({"name": key} | more))


def dated(status: Status, von: date | None = None, bis: date | None = None) -> Statuszeit:
    return Statuszeit(status=status, gueltig_von=von, gueltig_bis=bis)


def heim(number: int) -> Angebot:
    places = Kapazitaet(groesse="plaetze_zugelassen", wert=80 + number)
    x = 50.0 + 95 * number
    return angebot(f"Heim {number}", "pflege.dauerpflege", x, kapazitaeten=(places,), traeger=f"Träger {number}")


ANGEBOTE = (
    *map(heim, range(20)),
    angebot("Tagespflege", "pflege.tagespflege", 700.0, stand=date(2025, 3, 1)),
    angebot("Grundschule", "schule.grundschule", 800.0),
    angebot("Hausarzt", "alltag.hausarzt", 1500.0),
    angebot("Treff", "quartier.seniorentreff", 300.0, name=HOSTILE),
    angebot("Beratung", "beratung.pflege", None),
    angebot("Frauenhaus", "beratung.gewaltschutz", 400.0, vertraulich=True),
    angebot(
        "Altes Heim",
        "pflege.dauerpflege",
        600.0,
        status=(
            dated(Status.IN_BETRIEB, bis=GESCHLOSSEN_AM),
            dated(Status.GESCHLOSSEN, von=date(2025, 7, 1)),
        ),
    ),
    angebot("Neubau", "pflege.dauerpflege", 900.0, status=(dated(Status.GEPLANT),)),
)


REGION = Region(schluessel="05334", name="Dörfer", titel="Dörfer", hinweis="Erfunden.", stichtag=STICHTAG)


def fill(store: Store) -> None:
    """Bring the drawn region in through the doors every import takes."""
    told = {"akteur": "test", "grund": "gezeichnet"}
    with store.write() as connection:
        put_region(connection, REGION)
        apply_raeume(connection, Change(quelle=QUELLE, neu=RAEUME), **told)
        apply_angebote(connection, Change(quelle=QUELLE, neu=ANGEBOTE), **told)
        ids, xy = list_standort_points(connection)
        set_lage(connection, [lage_of(id_, x) for id_, (x, _) in zip(ids, xy.tolist(), strict=True)])
        apply_bevoelkerung(connection, QUELLE, list(people()), **told)
        apply_zellen(connection, cells(), **told)


def lage_of(id_: str, x: float) -> tuple[str, str | None, str | None, str]:
    if not np.isfinite(x):
        return id_, None, None, "ohne_punkt"
    column = x - WEST
    if column >= SIDE:
        return id_, "05334002", None, "innerhalb"
    return id_, "05334001", f"05334001-AC0{1 if column < SIDE / 2 else 2}", "innerhalb"


def people() -> Iterator[Bevoelkerung]:
    for key, factor in (("05334001-AC01", 1), ("05334001-AC02", 2), ("05334002", 3)):
        for gruppe, personen in (("alle", 400), ("06bis09", 40), ("ab65", 120), ("ab75", 60), ("ab80", 40)):
            yield Bevoelkerung(
                quelle=QUELLE,
                stichtag=STICHTAG,
                raum=key,
                geschlecht=Geschlecht.INSGESAMT,
                gruppe=gruppe,
                personen=personen * factor,
            )


def cells() -> Zellen:
    centres = np.array([[WEST + 125 + 250 * n, SOUTH + 500] for n in range(8)])
    corners = np.floor(transform_xy(centres, 25832, 3035) / 100) * 100
    kommune = tuple("05334001" if n < 4 else "05334002" for n in range(8))
    return Zellen(
        quelle=QUELLE,
        stichtag=STICHTAG,
        groesse_m=100,
        gitter_id=gitter_id(100, corners),
        xy_3035=corners,
        kommune=kommune,
        merkmale=("alle",),
        werte=np.full((8, 1), 100.0),
    )


def write_streets(path: Path) -> None:
    """Write streets every 200 m over both Kommunen and 400 m around them."""
    xs, ys = np.arange(-400.0, 2600.0, 200.0), np.arange(-400.0, 1600.0, 200.0)
    with osmium.SimpleWriter(str(path)) as writer:
        for row, y in enumerate(ys):
            for column, x in enumerate(xs):
                place = TO_DEGREES.transform(WEST + x, SOUTH + y)
                writer.add_node(mutable.Node(id=1 + row * len(xs) + column, location=place, version=1))
        grid = 1 + np.arange(len(xs) * len(ys)).reshape(len(ys), len(xs))
        for number, line in enumerate([*grid.tolist(), *grid.T.tolist()], 1):
            writer.add_way(mutable.Way(id=number, nodes=line, tags={"highway": "residential"}, version=1))


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a home whose network is built."""
    home = tmp_path_factory.mktemp("home")
    write_streets(home / "strassen.osm.pbf")
    build_network(Settings(home=home), home / "strassen.osm.pbf", lambda _step, _share: None)
    return home


def fill_and_open(settings: Settings) -> Iterator[Api]:
    store = open_store(settings).of_installation()
    fill(store)
    store.close()
    with TestClient(create_app(settings)) as client:
        yield Api(client, settings)


@pytest.fixture(scope="session")
def geopackage_api(network: Path, geopackage_template: Path) -> Iterator[Api]:
    settings = Settings(home=network)
    shutil.copyfile(geopackage_template, settings.catalogue)
    yield from fill_and_open(settings)


@pytest.fixture(scope="session")
def postgis_api(network: Path, postgis_server: str, postgis_template: str) -> Iterator[Api]:
    name = clone_database(postgis_server, postgis_template)
    yield from fill_and_open(Settings(home=network, database_url=database_url(postgis_server, name)))
    drop_database(postgis_server, name)


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def writing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """Give the application on a catalogue of its own, on each store, for tests that write."""
    home = tmp_path_factory.mktemp("writing")
    if request.param == "geopackage":
        settings = Settings(home=home)
        shutil.copyfile(request.getfixturevalue("geopackage_template"), settings.catalogue)
    else:
        server = request.getfixturevalue("postgis_server")
        name = clone_database(server, request.getfixturevalue("postgis_template"))
        settings = Settings(home=home, database_url=database_url(server, name))
    for opened in fill_and_open(settings):
        with closing(open_context(settings)) as context:

            def issue(right: Zustaendigkeit, name: str = "", person: str = "") -> str:
                return issue_token(context, name or str(uuid4()), right, 1, person=person)[1]

            yield Writing(opened.client, settings, issue)


@pytest.fixture(scope="module")
def westen(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"))


@pytest.fixture(scope="module")
def anna(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"))


@pytest.fixture(scope="module")
def osten(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334002"))


@pytest.fixture(scope="module")
def fachamt(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.FACHAMT))


@pytest.fixture
def treff(writing, westen) -> str:
    """Give the address of an Angebot that was created by an editor of Westdorf."""
    address: str = writing.relative(create(writing, westen).headers["location"])
    return address


@pytest.fixture(params=["geopackage", "postgis"])
def api(request: pytest.FixtureRequest) -> Api:
    """Give the application on each store. Tests only read, so each store is filled once."""
    opened: Api = request.getfixturevalue(f"{request.param}_api")
    return opened


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Serve the application on each store, for programs that are no Python of ours."""
    opened: Api = request.getfixturevalue(f"{request.param}_api")
    with served(opened.settings) as listening:
        yield listening


@pytest.fixture
def reopened(geopackage_api: Api) -> Iterator[Callable[..., Api]]:
    """Open the same catalogue with other settings."""
    with ExitStack() as stack:

        def reopen(**changed: Any) -> Api:
            settings = msgspec.structs.replace(geopackage_api.settings, **changed)
            return Api(stack.enter_context(TestClient(create_app(settings))), settings)

        yield reopen
