"""Open, read and write the catalogue: one transaction per `with`, the same on both stores.

Writers queue: SQLite has one at a time, and on PostgreSQL an advisory lock taken before anything is
read keeps two imports from interleaving. Readers see one state from first to last statement.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from infrastruktur.domain.errors import Refused, StoreUnavailable
from infrastruktur.settings import Settings
from infrastruktur.storage.filters import COLLATION
from infrastruktur.storage.geopackage import BUSY_SECONDS, WritingConnection, describe_file
from infrastruktur.storage.guards import translate
from infrastruktur.storage.migrations import SCHEMA

__all__ = ["Connection", "Kind", "Store", "migrate", "open_store", "run_migrations"]

T = TypeVar("T")
Kind = Literal["geopackage", "postgis"]
_MIGRATE = "Bitte zuerst „infrastruktur migrate“ aufrufen."
_WRITERS = 0x696E667261
"""Key of the advisory lock all writers of a PostgreSQL catalogue share."""
_KEPT_OPEN, _MORE_OPEN = 8, 32
"""Connections; together as many as the server has threads, so that none waits for another's to come back."""
_PREPARED_AFTER = 5
"""Psycopg's own number; a writer repeats one statement thousands of times."""
_EXTENSIONS = ("postgis", "btree_gist")


class Store:
    """An open catalogue."""

    def __init__(self, engine: sa.Engine, glancing: sa.Engine | None = None) -> None:
        self._engine = engine
        self._glancing = glancing or engine
        self.kind: Kind = "geopackage" if engine.dialect.name == "sqlite" else "postgis"

    def glance(self, ask: Callable[[Connection], T]) -> T:
        """Ask by one statement, which sees one state by itself and needs no transaction around it.

        That is one round trip where `read` takes four. A connection that was lost while it lay idle is replaced once.

        """
        try:
            return self._ask(ask)
        except StoreUnavailable:
            return self._ask(ask)

    def _ask(self, ask: Callable[[Connection], T]) -> T:
        with _translated(), self._glancing.connect() as connection:
            return ask(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state and cannot write."""
        with _translated(), self._engine.connect() as connection, _unchanging(self.kind, connection) as reader:
            yield reader

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together, or not at all.

        Raises
        ------
        ConstraintViolated
            A row the store must never hold; nothing was changed.
        Refused
            Another writer did not finish in time.

        """
        with _translated(), self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            if self.kind == "postgis":
                _driver(connection).prepare_threshold = _PREPARED_AFTER
                patience = f"{round(BUSY_SECONDS * 1000)}ms"
                connection.execute(sa.select(sa.func.set_config("lock_timeout", patience, True)))  # noqa: FBT003 - SQL's
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS)))
            yield connection

    def close(self) -> None:
        self._engine.dispose()
        self._glancing.dispose()


def open_store(settings: Settings) -> Store:
    """Open the catalogue an installation names.

    Raises
    ------
    Refused
        It is missing, of another schema than this program's, or out of reach.

    """
    if not settings.database_url and not settings.catalogue.is_file():
        raise Refused(f"Den Katalog {settings.catalogue} gibt es noch nicht. {_MIGRATE}")
    store = Store(_create_engine(settings), _create_glancing(settings))
    found = _find_schema(store)
    if found != SCHEMA:
        store.close()
        raise Refused(f"Der Katalog hat den Stand {found or 'leer'}, gebraucht wird {SCHEMA}. {_MIGRATE}")
    return store


def migrate(settings: Settings) -> None:
    """Bring the catalogue to this program's schema, creating what is missing; running it twice changes nothing.

    Raises
    ------
    Refused
        The server is out of reach or lacks an extension that this user may not create.

    """
    run_migrations(settings, "upgrade", "head")


def run_migrations(settings: Settings, direction: Literal["upgrade", "downgrade"], target: str) -> None:
    """Move the schema up or down to a revision in one transaction."""
    # Alembic takes 0.2 s to import, and only this needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(_create_engine(settings, create=True))
    config = Config()
    steps = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", steps.replace("%", "%%"))  # a percent sign is Alembic's own
    try:
        with store.write() as connection:
            _prepare(store.kind, connection)
            config.attributes["connection"] = connection
            getattr(command, direction)(config, target)
    finally:
        store.close()


def _prepare(kind: Kind, connection: Connection) -> None:
    if kind == "geopackage":
        if not sa.inspect(connection).has_table("gpkg_contents"):
            for statement in describe_file():
                connection.exec_driver_sql(statement)
        return
    present = set(connection.scalars(sa.text("SELECT extname FROM pg_extension")))
    for extension in _EXTENSIONS:
        if extension not in present:
            _create_extension(connection, extension)
    known = sa.text("SELECT 1 FROM pg_collation WHERE collname = :name")
    if connection.scalar(known, {"name": COLLATION}) is None:
        raise Refused(f"Der Datenbank fehlt die Sortierung „{COLLATION}“. Bitte ein PostgreSQL mit ICU verwenden.")


def _create_extension(connection: Connection, extension: str) -> None:
    try:
        connection.exec_driver_sql(f"CREATE EXTENSION {extension}")
    except DBAPIError as error:
        message = f"Der Datenbank fehlt „{extension}“. Bitte als Verwalter ausführen: CREATE EXTENSION {extension};"
        raise Refused(message) from error


def _find_schema(store: Store) -> str | None:
    with store.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def _file_url(settings: Settings, *, create: bool) -> sa.URL:
    """Name the file; only a migration creates it: one that went away must not come back empty."""
    uri = f"{settings.catalogue.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    return sa.URL.create("sqlite", database=uri, query={"uri": "true"})


def _create_engine(settings: Settings, *, create: bool = False) -> sa.Engine:
    if settings.database_url:
        return sa.create_engine(
            _server_url(settings),
            pool_pre_ping=True,
            pool_size=_KEPT_OPEN,
            max_overflow=_MORE_OPEN,
            # A page of 10,000 is sorted in 5 MB, one more than the server gives by itself before it goes to disk.
            connect_args={"options": "-c work_mem=32MB"},
        )
    engine = sa.create_engine(
        _file_url(settings, create=create),
        pool_size=_KEPT_OPEN,
        max_overflow=_MORE_OPEN,
        connect_args={"factory": WritingConnection, "timeout": BUSY_SECONDS, "isolation_level": None},
    )
    sa.event.listen(engine, "begin", _begin)
    return engine


def _create_glancing(settings: Settings) -> sa.Engine:
    """Open the catalogue for single statements: outside transactions, and unable to write by its own setting.

    Its connections are not tried before each use, which would double the round trips; `Store.glance` tries twice.
    """
    kept: dict[str, Any] = {"pool_size": _KEPT_OPEN, "max_overflow": _MORE_OPEN, "pool_reset_on_return": None}
    if settings.database_url:
        options = "-c work_mem=32MB -c default_transaction_read_only=on"
        plain = {"options": options, "prepare_threshold": None, "autocommit": True}
        return sa.create_engine(_server_url(settings), isolation_level="AUTOCOMMIT", connect_args=plain, **kept)
    given = {"factory": WritingConnection, "timeout": BUSY_SECONDS, "isolation_level": None}
    engine = sa.create_engine(_file_url(settings, create=False), connect_args=given, **kept)
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
    return engine


def _server_url(settings: Settings) -> sa.URL:
    return sa.make_url(settings.database_url).set(drivername="postgresql+psycopg")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer may have to give up half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def _unchanging(kind: Kind, connection: Connection) -> Iterator[Connection]:
    if kind == "postgis":
        # A statement prepared on the server is planned for any value, and a page of 100 then costs 400 ms, not 6.
        _driver(connection).prepare_threshold = None
        reader = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with reader.begin():
            yield reader
        return
    with connection.begin():
        connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("PRAGMA query_only=OFF")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error
