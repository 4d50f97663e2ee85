"""Catalogues to test against: a GeoPackage and a real PostGIS, each migrated once and copied per test.

The PostgreSQL cluster is private, lives as long as the session and listens on a Unix socket only.
"""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from clusters import find_binaries, running_cluster

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, migrate, open_store

_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
_numbers = count()


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    """Start a cluster with an empty database that has PostGIS; give the socket's folder."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL fehlt: apt-get install postgresql-15-postgis-3")
    with running_cluster(binaries, f"-c listen_addresses='' {_FAST}") as folder:
        with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as admin:
            if admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone() is None:
                pytest.skip("PostGIS fehlt: apt-get install postgresql-15-postgis-3")
            admin.execute("CREATE DATABASE template_empty")
            with psycopg.connect(host=str(folder), user="postgres", dbname="template_empty", autocommit=True) as empty:
                empty.execute("CREATE EXTENSION postgis")
                empty.execute("CREATE EXTENSION btree_gist")
        yield str(folder)


def database_url(server: str, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={server}"


def clone_database(server: str, template: str) -> str:
    """Copy a database; give its name."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(host=server, user="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # type: ignore[arg-type]
    return name


def drop_database(server: str, name: str) -> None:
    with psycopg.connect(host=server, user="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def postgis_template(postgis_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name a database that Alembic has migrated."""
    name = clone_database(postgis_server, "template_empty")
    home = tmp_path_factory.mktemp("postgis-home")
    migrate(Settings(home=home, database_url=database_url(postgis_server, name)))
    return name


@pytest.fixture(scope="session")
def geopackage_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a GeoPackage that Alembic has migrated."""
    settings = Settings(home=tmp_path_factory.mktemp("geopackage-home"))
    migrate(settings)
    return settings.catalogue


@pytest.fixture(params=["geopackage", "postgis"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of an empty, migrated catalogue of its own, on each store."""
    home = tmp_path / "home"
    home.mkdir()
    if request.param == "geopackage":
        settings = Settings(home=home)
        shutil.copyfile(request.getfixturevalue("geopackage_template"), settings.catalogue)
        yield settings
        return
    server = request.getfixturevalue("postgis_server")
    name = clone_database(server, request.getfixturevalue("postgis_template"))
    yield Settings(home=home, database_url=database_url(server, name))
    drop_database(server, name)


@pytest.fixture
def store(store_settings: Settings) -> Iterator[Store]:
    """Open an empty catalogue on each store."""
    opened = open_store(store_settings).of_installation()
    yield opened
    opened.close()
