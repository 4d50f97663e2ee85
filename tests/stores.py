"""Catalogues to test against: a GeoPackage and a real PostGIS, each migrated once and copied per test.

The PostgreSQL cluster is private, lives as long as the session and listens on a Unix socket only.
Its programs refuse to run as root, so only they step down to the user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, migrate, open_store

_BINARIES = Path("/usr/lib/postgresql")
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
_numbers = count()


def _find_binaries() -> Path | None:
    found = [folder for folder in _BINARIES.glob("*/bin") if (folder / "initdb").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def _step_down() -> dict[str, Any]:
    return {"user": "postgres", "group": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    """Start a cluster with an empty database that has PostGIS; give the socket's folder."""
    binaries = _find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL fehlt: apt-get install postgresql-15-postgis-3")
    folder = Path(tempfile.mkdtemp(prefix="infrastruktur-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run([binaries / program, *arguments], check=True, stdout=subprocess.DEVNULL, **_step_down())

    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' {_FAST}"
    run("pg_ctl", "-D", data, "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
    try:
        with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as admin:
            if admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone() is None:
                pytest.skip("PostGIS fehlt: apt-get install postgresql-15-postgis-3")
            admin.execute("CREATE DATABASE template_empty")
            with psycopg.connect(host=str(folder), user="postgres", dbname="template_empty", autocommit=True) as empty:
                empty.execute("CREATE EXTENSION postgis")
                empty.execute("CREATE EXTENSION btree_gist")
        yield str(folder)
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-s", "stop")
        shutil.rmtree(folder)


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
    opened = open_store(store_settings)
    yield opened
    opened.close()
