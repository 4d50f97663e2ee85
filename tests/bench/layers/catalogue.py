"""What all servers show: invented Angebote, put in through our own doors, and beside them the same rows in one table.

The peers' table holds what our layer `angebote` shows, row by row, with a primary key, an index on the
points and fresh statistics: what somebody would give them who wants them to be fast.
"""

from datetime import date

# ruff: noqa: S608 - names of tables and columns are the model's own
import numpy as np
import sqlalchemy as sa

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort
from infrastruktur.domain.art import list_arten
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.engine import Store, migrate, open_store
from infrastruktur.storage.fassungen import count_fassungen
from infrastruktur.storage.history import Change
from infrastruktur.storage.lage import list_standort_points, set_lage
from infrastruktur.storage.layers import PointSelection, angebot_layer

ANGEBOTE = 20_000
COPIES = 50
"""Of each Angebot in the large catalogue."""

WEST_M, SOUTH_M, SIDE_M = 280_000, 5_600_000, 40_000
"""Where they lie, in EPSG:25832: about as wide as the StädteRegion Aachen."""

PEERS_SCHEMA, PEERS_TABLE = "vergleich", "angebote"
_COPIED = ("standort", "angebot", "fassung")


def fill(settings: Settings, angebote: int = ANGEBOTE) -> None:
    """Migrate a catalogue and put the Angebote in, as an import does."""
    migrate(settings)
    store = open_store(settings).of_installation()
    with store.write() as connection:
        neu = tuple(_invent(angebote))
        apply_angebote(connection, Change(quelle="vergleich", neu=neu), akteur="vergleich", grund="Messung")
        ids, _ = list_standort_points(connection)
        placed = [(id_, "05334002", f"05334002-SB{row % 60:02d}", "innerhalb") for row, id_ in enumerate(ids)]
        set_lage(connection, placed)
    store.close()


def _invent(count: int) -> list[Angebot]:
    random = np.random.default_rng(20_000)
    arten = list_arten()
    places = np.round([WEST_M, SOUTH_M] + random.random((count, 2)) * SIDE_M, 3).tolist()
    sizes = random.integers(5, 120, count).tolist()
    kinds = random.integers(0, len(arten), count).tolist()
    return [
        Angebot(
            quelle="vergleich",
            schluessel=f"a{row}",
            art=arten[kind].code,
            name=f"Einrichtung am Beispielplatz {row}",
            traeger=f"Gemeinnütziger Träger {row % 300} e. V.",
            standort=Standort(
                schluessel=f"s{row}",
                strasse=f"Beispielstraße {row % 900}",
                hausnummer=str(row % 200),
                plz=f"52{row % 1000:03d}",
                ort="Aachen",
                punkt_25832=(place[0], place[1]),
            ),
            kapazitaeten=_size(arten[kind].groesse, size if row % 3 else None),
            stand=date(2025, 1 + row % 12, 1),
        )
        for row, (kind, place, size) in enumerate(zip(kinds, places, sizes, strict=True))
    ]


def _size(groesse: str | None, wert: int | None) -> tuple[Kapazitaet, ...]:
    return () if groesse is None or wert is None else (Kapazitaet(groesse=groesse, wert=float(wert)),)


def write_peers_table(store: Store) -> None:
    """Write the rows of the layer as one flat table."""
    layer = angebot_layer(PointSelection(stichtag=date.today(), public=True))  # noqa: DTZ011 - a local day
    laid = layer.lay(layer.shape())
    as_stored = sa.type_coerce(laid.source.c.geom, sa.types.NullType())
    shown = sa.select(
        laid.nr, *(column.label(name) for name, column in laid.properties.items()), as_stored.label("geom")
    )
    rows = shown.where(*laid.conditions).order_by(laid.nr).params(layer.values())
    with store.administer() as connection:
        written = rows.compile(connection, compile_kwargs={"literal_binds": True})
        table = f"{PEERS_SCHEMA}.{PEERS_TABLE}"
        for statement in (
            f"CREATE SCHEMA {PEERS_SCHEMA}",
            f"CREATE TABLE {table} AS {written}",
            f"ALTER TABLE {table} ADD PRIMARY KEY (nr)",
            f"CREATE INDEX ON {table} USING gist (geom)",
            f"CREATE INDEX ON {table} (id)",
        ):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def analyse(settings: Settings) -> None:
    """Give PostgreSQL's planner fresh statistics, and its index-only scans a visibility map."""
    engine = sa.create_engine(sa.make_url(settings.database_url).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def multiply(store: Store, copies: int = COPIES) -> None:
    """Copy each Standort with its Angebote to places nearby, by SQL: the doors would take half an hour."""
    with store.write() as connection:
        for name in _COPIED:
            connection.exec_driver_sql(_copy_statement(connection, name, copies - 1))
        count_fassungen(connection)


def _copy_statement(connection: sa.Connection, name: str, copies: int) -> str:
    """Write the copying of one table; keys get the number of their copy, and points move by a few hundred metres."""
    columns = [each["name"] for each in sa.inspect(connection).get_columns(name) if each["name"] != "fid"]
    moved = {
        "id": "id || '-' || copy",
        "schluessel": "schluessel || '-' || copy",
        "standort": "standort || '-' || copy",
        "nr": f"nr + copy * (SELECT max(nr) FROM {name})" if name == "fassung" else "",
        "geom": "ST_Translate(geom, mod(fid * 79 + copy * 1049, 1000) - 500, mod(fid * 1049 + copy * 79, 1000) - 500)",
    }
    given = [moved.get(column, column) for column in columns]
    return (
        f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(given)}"
        f" FROM {name} CROSS JOIN generate_series(1, {copies}) AS copy ORDER BY copy, fid"
    )
