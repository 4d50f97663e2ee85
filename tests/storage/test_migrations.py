"""One series of steps makes the same schema on both stores, and the model is that schema."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from storage.statements import ANGEBOT, QUELLE, TODAY, angebot, count, state
from stores import clone_database, database_url, drop_database

from infrastruktur.domain.errors import Refused
from infrastruktur.domain.query import Excerpt
from infrastruktur.settings import Settings
from infrastruktur.storage import migrations
from infrastruktur.storage.angebote import list_angebote_of_quelle
from infrastruktur.storage.engine import Store, _create_engine, migrate, open_store, run_migrations
from infrastruktur.storage.layers import PointSelection, angebot_layer, select_page
from infrastruktur.storage.tables import metadata

_FOREIGN = ("gpkg_", "rtree_", "spatial_ref_sys", "alembic_version")


def _is_ours(conn: sa.Connection) -> Any:
    """Compare our tables; the GeoPackage's spatial indices are R*Trees, which no reflection knows."""
    rtree = conn.dialect.name == "sqlite"

    def include(_object: object, name: str, kind: str, *_: object) -> bool:
        foreign = kind == "table" and name.startswith(_FOREIGN)
        return not foreign and not (rtree and kind == "index" and name.endswith(("_geom", "_gezeigt")))

    return include


def test_model_and_migrations_agree(store: Store) -> None:
    with store.write() as conn:
        if store.kind == "geopackage":
            conn.exec_driver_sql(_SPATIALITE_VIEW)
        context = MigrationContext.configure(conn, opts={"include_object": _is_ours(conn), "compare_type": False})
        assert compare_metadata(context, metadata) == []


_SPATIALITE_VIEW = """CREATE TEMP VIEW geometry_columns AS SELECT table_name AS f_table_name,
    column_name AS f_geometry_column, geometry_type_name AS geometry_type, 'XY' AS coord_dimension, srs_id AS srid,
    0 AS spatial_index_enabled FROM gpkg_geometry_columns"""
"""What GeoAlchemy2 asks SQLite for when it reflects."""


def test_columns_are_of_the_models_types(store: Store) -> None:
    with store.read() as conn:
        for table in metadata.sorted_tables:
            stored = _stored_types(conn, table.name)
            wanted = {column.name: column.type.compile(conn.dialect) for column in table.columns}
            assert {name: _plain(kind) for name, kind in stored.items()} == {
                name: _plain(kind) for name, kind in wanted.items()
            }


def _stored_types(conn: sa.Connection, table: str) -> dict[str, str]:
    if conn.dialect.name == "sqlite":
        return {row[1]: row[2] for row in conn.exec_driver_sql(f"PRAGMA table_info({table})")}
    types = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
    rows = conn.execute(sa.text(f"{types} WHERE attrelid = CAST(:t AS regclass) AND attnum > 0"), {"t": table})
    return {row[0]: row[1] for row in rows}


def _plain(kind: str) -> str:
    return kind.lower().replace(" ", "")


def test_program_expects_the_newest_step() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.SCHEMA


def test_g09_migrating_twice_keeps_everything(store_settings: Settings, store: Store) -> None:
    state(store, ANGEBOT)
    migrate(store_settings)
    with store.read() as conn:
        assert list_angebote_of_quelle(conn, QUELLE) == {"A-1": ANGEBOT}


@pytest.mark.parametrize("kind", ["geopackage", "postgis"])
def test_g09_two_runners_at_once_make_one_schema(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    if kind == "postgis":
        server = request.getfixturevalue("postgis_server")
        settings = Settings(home=tmp_path, database_url=database_url(server, clone_database(server, "template_empty")))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [settings, settings]))
    store = open_store(settings).of_installation()
    state(store, ANGEBOT)
    assert count(store, "angebot") == 1
    store.close()


def test_down_and_up_again_leaves_a_working_catalogue(store_settings: Settings) -> None:
    run_migrations(store_settings, "downgrade", "base")
    with pytest.raises(Refused, match="leer"):
        open_store(store_settings).of_installation()
    migrate(store_settings)
    store = open_store(store_settings).of_installation()
    state(store, ANGEBOT)
    assert count(store, "angebot") == 1
    store.close()


def test_opening_hours_that_were_imported_before_layers_had_them_are_shown(store_settings: Settings) -> None:
    store = open_store(store_settings).of_installation()
    state(store, angebot("A", attribute={"oeffnungszeiten": "Mo-Fr 08:00-16:00"}), angebot("B"))
    store.close()
    run_migrations(store_settings, "downgrade", "0018")
    migrate(store_settings)
    store = open_store(store_settings).of_installation()
    with store.read() as conn:
        layer = angebot_layer(PointSelection(stichtag=TODAY, public=True))
        features, _ = select_page(conn, layer, Excerpt(2), names=("oeffnungszeiten",))
    store.close()
    assert list(features.columns["oeffnungszeiten"]) == ["Mo-Fr 08:00-16:00", None]


def test_down_leaves_nothing_behind(store_settings: Settings) -> None:
    run_migrations(store_settings, "downgrade", "base")
    store = Store(_create_engine(store_settings))
    with store.read() as conn:
        left = [name for name in sa.inspect(conn).get_table_names() if not name.startswith(_FOREIGN[:1] + _FOREIGN[2:])]
    store.close()
    assert left == []


def test_missing_catalogue_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="infrastruktur migrate"):
        open_store(Settings(home=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_k03_catalogue_of_another_schema_is_refused(store_settings: Settings) -> None:
    store = open_store(store_settings).of_installation()
    with store.administer() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    store.close()
    with pytest.raises(Refused, match=r"Stand 0000.*infrastruktur migrate"):
        open_store(store_settings).of_installation()


def test_server_without_postgis_is_refused_with_the_statement_to_run(postgis_server: str, tmp_path: Path) -> None:
    with psycopg.connect(host=postgis_server, user="postgres", autocommit=True) as admin:
        admin.execute("CREATE ROLE weak LOGIN")
        admin.execute("CREATE DATABASE bare OWNER weak TEMPLATE template0")
    url = f"postgresql://weak@/bare?host={postgis_server}"
    with pytest.raises(Refused, match="CREATE EXTENSION postgis;"):
        migrate(Settings(home=tmp_path, database_url=url))
    drop_database(postgis_server, "bare")


def test_server_without_icu_is_refused_before_anything_is_made(postgis_server: str, tmp_path: Path) -> None:
    name = clone_database(postgis_server, "template_empty")
    with psycopg.connect(host=postgis_server, user="postgres", dbname=name, autocommit=True) as admin:
        admin.execute('DROP COLLATION "und-x-icu"')
    with pytest.raises(Refused, match="PostgreSQL mit ICU"):
        migrate(Settings(home=tmp_path, database_url=database_url(postgis_server, name)))
    drop_database(postgis_server, name)


def test_unreachable_server_is_refused_in_german(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nicht erreichbar"):
        open_store(Settings(home=tmp_path, database_url="postgresql://nobody:secret@127.0.0.1:1/nothing"))
