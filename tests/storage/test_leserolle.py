"""An analyst's role reads the public catalogue of a day, finds it described, and gets at nothing else."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from storage.statements import ANGEBOT, angebot, raum, scattered, state, state_raeume, status
from stores import clone_database, database_url, drop_database

from infrastruktur.cli import main
from infrastruktur.domain.angebot import Angebot, Kapazitaet
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.query import Excerpt
from infrastruktur.domain.raum import Ebene, Lagezeit
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.lage import set_lagezeiten
from infrastruktur.storage.layers import PointSelection, angebot_layer, select_page, standort_layer
from infrastruktur.storage.leserolle import SICHTEN, grant_reading
from infrastruktur.storage.raeume import list_raeume

DAY = date(2025, 12, 31)
SECRET = "Frauenhaus am Wall"  # noqa: S105 - a name nobody may read, no password
TODAY = date.today()  # noqa: DTZ011 - the server's day, which is this machine's
NAMES = {sicht.name for sicht in SICHTEN}
AT = ANGEBOT.standort


def named(key: str, **changes: Any) -> Angebot:
    return angebot(key, name=key, **changes)


ANGEBOTE = (
    ANGEBOT,
    msgspec.structs.replace(ANGEBOT, schluessel="A-2", art="pflege.ambulant"),
    named(
        "geschlossen seit Juli",
        status=(status("in_betrieb", bis=date(2025, 6, 30)), status("geschlossen", date(2025, 7, 1))),
    ),
    named("ab 2026", status=(status("in_betrieb", date(2026, 1, 1)),)),
    named("ohne Punkt", punkt_25832=None, attribute={"oeffnungszeiten": "Mo-Fr 08:00-16:00"}),
    named(SECRET, vertraulich=True),
    named("geheimer Ort", ort=SECRET, ort_vertraulich=True),
    named("WG", art="pflege.wg_selbst"),
    named(
        "wächst",
        kapazitaeten=(
            Kapazitaet(groesse="plaetze_zugelassen", wert=10, gueltig_bis=date(2025, 12, 30)),
            Kapazitaet(groesse="plaetze_zugelassen", wert=12, gueltig_von=DAY),
        ),
    ),
)


MOVED = (
    Lagezeit(kommune="05334002", sozialraum="05334002-AC01", gueltig_bis=date(2025, 12, 30)),
    Lagezeit(kommune="05334002", sozialraum="05334002-AC02", gueltig_von=DAY),
)
"""Two Angebote stand in an area that another follows."""


@dataclass(frozen=True)
class Catalogue:
    """A catalogue in which something is hidden, closed, planned and without a point; `leser` may read it."""

    settings: Settings
    store: Store


@pytest.fixture
def catalogue(postgis_server: str, postgis_template: str, tmp_path: Path) -> Iterator[Catalogue]:
    name = clone_database(postgis_server, postgis_template)
    settings = Settings(home=tmp_path, database_url=database_url(postgis_server, name))
    with closing(open_store(settings).of_installation()) as store:
        state(store, *ANGEBOTE)
        for key, ebene in (("05334002", Ebene.KOMMUNE), ("05334002-AC01", Ebene.SOZIALRAUM)):
            state_raeume(store, raum(key, ebene, name="damals", gueltig_bis=date(2025, 12, 30)))
            state_raeume(store, raum(key, ebene, name="heute", gueltig_von=DAY))
        with store.write() as conn:
            set_lagezeiten(conn, {ANGEBOT.standort_id: MOVED})
        with store.administer() as conn:
            grant_reading(conn, "leser")
        yield Catalogue(settings, store)
    drop_database(postgis_server, name)


def dsn(settings: Settings, day: date | None = DAY) -> str:
    place = settings.database_url.replace("postgres@", "leser@")
    return place if day is None else f"{place}&options=-c%20infrastruktur.stichtag%3D{day}"


@contextmanager
def reading(settings: Settings, day: date | None = DAY) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn(settings, day), autocommit=True) as conn:
        yield conn


def ask(conn: psycopg.Connection[Any], view: str, columns: str) -> list[Any]:
    query = sql.SQL("SELECT {} FROM {} ORDER BY fid").format(sql.SQL(columns), sql.Identifier(view))  # type: ignore[arg-type]
    return conn.execute(query).fetchall()


@pytest.mark.parametrize("day", [DAY, date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1)])
def test_a_view_shows_the_rows_of_the_public_layer_of_the_day(catalogue: Catalogue, day: date) -> None:
    public = PointSelection(stichtag=day, public=True)
    views = {"v_angebote_stichtag": angebot_layer(public), "v_standorte_stichtag": standort_layer(public)}
    with catalogue.store.read() as conn, reading(catalogue.settings, day) as reader:
        for view, layer in views.items():
            features, _ = select_page(conn, layer, Excerpt(1000))
            names = [name for name in features.columns if name != "einheit"]  # the schemas know it, not the store
            columns = ", ".join(f"{name}::text" if name in {"stand", "zuletzt_geprueft"} else name for name in names)
            # A layer lets what has no point stand last; a view has no order of its own.
            by_id = sorted(features.rows(), key=lambda row: str(row["id"]))
            shown = sorted(ask(reader, view, columns), key=lambda row: str(row[names.index("id")]))
            assert shown == [tuple(row[name] for name in names) for row in by_id]
            assert 0 < len(features) < len(ANGEBOTE)
            there = "05334002-AC01" if day < DAY else "05334002-AC02"
            assert {row["sozialraum"] for row in by_id} == {None, there}
        for view, ebene in (("v_kommunen_stichtag", Ebene.KOMMUNE), ("v_sozialraeume_stichtag", Ebene.SOZIALRAUM)):
            valid = [(raum.schluessel, raum.name) for raum in list_raeume(conn, [ebene], day)]
            assert ask(reader, view, "schluessel, name") == valid
            assert ask(reader, view, "stichtag") == [(day,)]


def test_without_a_day_it_is_today(catalogue: Catalogue) -> None:
    with reading(catalogue.settings, None) as reader:
        assert {day for (day,) in ask(reader, "v_angebote_stichtag", "stichtag")} == {TODAY}
        reader.execute("SET infrastruktur.stichtag = ''")
        assert ("ab 2026",) in ask(reader, "v_angebote_stichtag", "name") or date(2026, 1, 1) > TODAY
        reader.execute("SET infrastruktur.stichtag = 'gestern abend'")
        with pytest.raises(psycopg.errors.InvalidDatetimeFormat):
            reader.execute("SELECT * FROM v_angebote_stichtag")


def test_nothing_but_the_views_may_be_read(catalogue: Catalogue) -> None:
    relations = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S', 'm')"
    )
    foreign = {"geometry_columns", "geography_columns", "spatial_ref_sys"}
    with psycopg.connect(catalogue.settings.database_url) as admin:
        every = {name for (name,) in admin.execute(relations)}
    assert every > NAMES | {"angebot", "standort", "aenderung", "angebote_heute", "alembic_version", "angebot_fid_seq"}
    with reading(catalogue.settings) as reader:
        for name in sorted(every - foreign):
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))
            if name in NAMES:
                reader.execute(query)
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(query)


@pytest.mark.parametrize("view", sorted(NAMES))
def test_nothing_may_be_written(catalogue: Catalogue, view: str) -> None:
    with reading(catalogue.settings) as reader:
        reader.execute("SET default_transaction_read_only = off")  # the setting is a courtesy, the rights are the rule
        for statement in ("DELETE FROM {}", "UPDATE {} SET name = 'x'", "INSERT INTO {} (fid) VALUES (1)"):
            with pytest.raises(
                (
                    psycopg.errors.InsufficientPrivilege,
                    psycopg.errors.ObjectNotInPrerequisiteState,
                    psycopg.errors.UndefinedColumn,
                )
            ):
                reader.execute(sql.SQL(statement).format(sql.Identifier(view)))  # type: ignore[arg-type]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("CREATE TABLE public.eigene (x int)")


TRIED = (
    "CASE WHEN name ~ '^Frauen' THEN name::integer ELSE 1 END > 0",
    f"1 / (length(name) - {len(SECRET)}) < 2",
    "pg_temp.tell(name)",
)


@pytest.mark.parametrize("condition", TRIED)
def test_a_condition_is_never_tried_on_a_hidden_row(catalogue: Catalogue, condition: str) -> None:
    with psycopg.connect(catalogue.settings.database_url, autocommit=True) as admin:
        assert re.search(f"{SECRET}|division by zero", listen(admin, "angebot", condition))
    with reading(catalogue.settings) as reader:
        reader.execute("SET default_transaction_read_only = off")
        assert not re.search(f"{SECRET}|division by zero", listen(reader, "v_angebote_stichtag", condition))


def listen(conn: psycopg.Connection[Any], rows: str, condition: str) -> str:
    """Give all that the server says while it tries a condition of the reader's own on the rows."""
    told: list[str] = []
    conn.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    tell = "CREATE FUNCTION pg_temp.tell(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
    conn.execute(f"{tell} $$ BEGIN RAISE NOTICE '%', t; RETURN true; END $$")  # type: ignore[arg-type]
    try:
        conn.execute(f"SELECT * FROM {rows} WHERE {condition}")  # type: ignore[arg-type] # noqa: S608
    except psycopg.Error as error:
        told.append(str(error))
    return " ".join(told)


OWN_FUNCTIONS = """SELECT proname, prosecdef, prorettype::regtype::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS
      (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')"""


def test_no_function_tells_where_hidden_points_lie(catalogue: Catalogue) -> None:
    with psycopg.connect(catalogue.settings.database_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    with reading(catalogue.settings) as reader:
        assert sorted(reader.execute(OWN_FUNCTIONS).fetchall()) == sorted(
            [
                ("aenderung_nur_anfuegen", False, "trigger"),
                ("darf_schreiben", False, "boolean"),
                ("nur_vergessen", False, "boolean"),
                *(
                    (f"{name}_vergessen", False, "trigger")
                    for name in ("aenderung", "stichtag", "szenario", "vorschlag")
                ),
            ]
        )
        for call in (
            "ST_EstimatedExtent('standort', 'geom')",
            "ST_EstimatedExtent('public', 'standort', 'geom')",
            "ST_EstimatedExtent('public', 'standort', 'geom', false)",
            "_postgis_stats('standort', 'geom')",
            "_postgis_selectivity('standort', 'geom', ST_MakeEnvelope(0, 0, 1, 1, 25832))",
            "_postgis_join_selectivity('standort', 'geom', 'standort', 'geom')",
            "_postgis_index_extent('standort', 'geom')",
            "ST_FindExtent('standort', 'geom')",
            "table_to_xml('standort', true, true, '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT {call}")  # type: ignore[arg-type]


def test_a_box_is_found_by_the_spatial_index(catalogue: Catalogue) -> None:
    state(catalogue.store, *scattered(3000))
    with psycopg.connect(catalogue.settings.database_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    box = "geom && ST_MakeEnvelope(294000, 5627000, 294500, 5627500, 25832)"
    with reading(catalogue.settings) as reader:
        for view in ("v_angebote_stichtag", "v_standorte_stichtag"):
            plan = reader.execute(f"EXPLAIN SELECT * FROM {view} WHERE {box}").fetchall()  # type: ignore[arg-type] # noqa: S608
            assert "standort_geom" in "\n".join(line for (line,) in plan)


def test_every_view_and_column_is_described_and_typed(catalogue: Catalogue) -> None:
    with reading(catalogue.settings) as reader:
        described = reader.execute(
            """SELECT relname, attname, col_description(attrelid, attnum), obj_description(attrelid, 'pg_class')
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relname = ANY(%s) AND attnum > 0 AND NOT attisdropped""",
            [sorted(NAMES)],
        ).fetchall()
        assert {(view, column) for view, column, *_ in described} == {
            (sicht.name, spalte.name) for sicht in SICHTEN for spalte in sicht.spalten
        }
        assert all(column and view for *_, column, view in described)
        registered = "SELECT f_table_name, srid, type FROM geometry_columns WHERE f_table_name = ANY(%s)"
        assert set(reader.execute(registered, [sorted(NAMES)])) == {
            ("v_angebote_stichtag", 25832, "POINT"),
            ("v_standorte_stichtag", 25832, "POINT"),
            ("v_sozialraeume_stichtag", 25832, "MULTIPOLYGON"),
            ("v_kommunen_stichtag", 25832, "MULTIPOLYGON"),
        }


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL fehlt: apt-get install gdal-bin")
def test_gdal_reads_the_views_as_the_role(catalogue: Catalogue) -> None:
    server, name = (
        catalogue.settings.database_url.split("host=")[1],
        catalogue.settings.database_url.split("/")[3].split("?")[0],
    )
    place = f"PG:host={server} dbname={name} user=leser options='-c infrastruktur.stichtag={DAY}'"
    read = subprocess.run(
        [
            "ogrinfo",
            "-ro",
            "-al",
            "--config",
            "PGSQL_OGR_FID",
            "fid",
            place,
            "v_angebote_stichtag",
            "v_kommunen_stichtag",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "ERROR" not in read.stderr
    assert "Feature Count: 4" in read.stdout
    assert "FID Column = fid" in read.stdout
    assert 'ID["EPSG",25832]' in read.stdout
    assert "MULTIPOLYGON (((" in read.stdout
    assert SECRET not in read.stdout


# The command


def invoke(settings: Settings, *words: str) -> Any:
    environ = {"INFRASTRUKTUR_HOME": str(settings.home), "INFRASTRUKTUR_DATABASE": settings.database_url}
    return CliRunner(env=environ).invoke(main, ["leserolle", *words], terminal_width=400)


def test_the_command_may_run_twice_and_says_what_may_be_read(catalogue: Catalogue) -> None:
    said = [invoke(catalogue.settings, "leser"), invoke(catalogue.settings, "leser")]
    assert [each.exit_code for each in said] == [0, 0]
    assert said[0].output == said[1].output
    assert all(name in said[0].output for name in NAMES)


def test_a_role_that_may_more_is_refused(catalogue: Catalogue) -> None:
    with psycopg.connect(catalogue.settings.database_url, autocommit=True) as admin:
        admin.execute("GRANT SELECT ON angebot TO leser")
    with catalogue.store.administer() as conn, pytest.raises(Refused, match="SELECT auf angebot"):
        grant_reading(conn, "leser")
    with catalogue.store.administer() as conn, pytest.raises(Refused, match="darf schon mehr"):
        grant_reading(conn, "postgres")


@pytest.mark.parametrize("name", ["", "Leser", 'x"; DROP ROLE leser; --', "1er", "a" * 64])
def test_what_is_no_name_is_refused(catalogue: Catalogue, name: str) -> None:
    with catalogue.store.administer() as conn, pytest.raises(Refused, match="kein Name einer Rolle"):
        grant_reading(conn, name)


def test_who_may_not_administer_is_told_the_statements(
    postgis_server: str, postgis_template: str, tmp_path: Path
) -> None:
    name = clone_database(postgis_server, postgis_template)
    settings = Settings(home=tmp_path, database_url=database_url(postgis_server, name))
    with closing(open_store(settings).of_installation()) as store, store.administer() as conn:
        conn.exec_driver_sql("DO $$ BEGIN CREATE ROLE schwach; EXCEPTION WHEN duplicate_object THEN END $$")
        conn.exec_driver_sql("SET LOCAL ROLE schwach")
        with pytest.raises(Refused, match='als Verwalter ausführen: CREATE ROLE "neue_rolle" LOGIN;'):
            grant_reading(conn, "neue_rolle")
        with pytest.raises(Refused, match=r"als Verwalter ausführen: REVOKE EXECUTE ON FUNCTION .*;$"):
            grant_reading(conn, "schwach")
    drop_database(postgis_server, name)


def test_a_geopackage_has_no_roles(geopackage_template: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    shutil.copyfile(geopackage_template, settings.catalogue)
    said = invoke(settings, "leser")
    assert said.exit_code == 1
    assert "GeoPackage kennt keine Rollen" in said.stderr
