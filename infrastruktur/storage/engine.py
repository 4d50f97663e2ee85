"""Open, read and write the catalogue: one transaction per `with`, the same on both stores.

Writers queue (`storage.writers`), and across programs SQLite has one at a time; on PostgreSQL an advisory lock taken
before anything is read keeps two imports from interleaving. Readers see one state from first to last statement.

On PostgreSQL a `Store` sees with the eyes of a reader (`storage.zeilenrechte`): those of the public, until it is told
otherwise. Single statements have connections of their own for each kind of eyes, told once and for ever, because a
setting for one statement would double the round trips.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from infrastruktur.domain.errors import Refused, StoreUnavailable
from infrastruktur.domain.permission import INSTALLATION, Person
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import lay_out_all
from infrastruktur.storage.filters import COLLATION
from infrastruktur.storage.geopackage import BUSY_SECONDS, WritingConnection, describe_file
from infrastruktur.storage.guards import BUSY, translate
from infrastruktur.storage.migrations import SCHEMA
from infrastruktur.storage.statements import EACH_TIME, PLAN
from infrastruktur.storage.writers import Turns
from infrastruktur.storage.zeilenrechte import Leser, describe_rules, lay_rules, lift_rules, name_role, tell

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


_OEFFENTLICH, _INTERN, _INSTALLATION = Leser(), Leser(intern=True), Leser(person=INSTALLATION, intern=True)


class Store:
    """An open catalogue, with the eyes of a reader."""

    def __init__(
        self,
        engine: sa.Engine,
        glancing: Mapping[Leser, sa.Engine] | None = None,
        leser: Leser = _OEFFENTLICH,
        turns: Turns | None = None,
    ) -> None:
        self._engine = engine
        self._turns = turns or Turns()
        self._glancing = glancing or dict.fromkeys((_OEFFENTLICH, _INTERN, _INSTALLATION), engine)
        self._leser = leser
        self._glances = self._glancing[leser if leser == _INSTALLATION else Leser(intern=leser.intern)]
        self.kind: Kind = "geopackage" if engine.dialect.name == "sqlite" else "postgis"

    def seen_by(self, person: Person, *, intern: bool) -> Self:
        """See the same catalogue with somebody's eyes, and write where they may."""
        return type(self)(self._engine, self._glancing, Leser(person=person, intern=intern), self._turns)

    def of_installation(self) -> Self:
        """See and write everything: for what the installation does by itself, whoever asks, as its imports."""
        return type(self)(self._engine, self._glancing, _INSTALLATION, self._turns)

    def glance(self, ask: Callable[[Connection], T]) -> T:
        """Ask by one statement, which sees one state by itself and needs no transaction around it.

        That is one round trip where `read` takes four. A connection that was lost while it lay idle is replaced once.

        """
        try:
            return self._ask(ask)
        except StoreUnavailable:
            return self._ask(ask)

    def _ask(self, ask: Callable[[Connection], T]) -> T:
        with _translated(), self._glances.connect() as connection:
            return ask(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state and cannot write."""
        with _translated(), self._engine.connect() as connection, _unchanging(self.kind, connection) as reader:
            if self.kind == "postgis" and self._leser != _OEFFENTLICH:
                reader.execute(sa.select(*tell(self._leser.settings())))
            yield reader

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together, or not at all.

        Raises
        ------
        ConstraintViolated
            A row the store must never hold; nothing was changed.
        StoreUnavailable
            Another writer did not finish in time.

        """
        with self._turns.take(BUSY_SECONDS), self._begin_writing() as connection:
            if self.kind == "postgis":
                _driver(connection).prepare_threshold = _PREPARED_AFTER
                patience = f"{round(BUSY_SECONDS * 1000)}ms"
                told = {"lock_timeout": patience, **self._leser.settings()}
                connection.execute(sa.select(*tell(told)))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS)))
            yield connection

    @contextmanager
    def _begin_writing(self) -> Iterator[Connection]:
        with _translated(), self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def administer(self) -> Iterator[Connection]:
        """Give a connection as `write` does, that works as the login itself and not as the server's role."""
        with self.write() as connection:
            if self.kind == "postgis":
                connection.exec_driver_sql("SET LOCAL ROLE NONE")
            yield connection

    def close(self) -> None:
        for engine in {self._engine, *self._glancing.values()}:
            engine.dispose()


def open_store(settings: Settings) -> Store:
    """Open the catalogue an installation names.

    Raises
    ------
    Refused
        It is missing, of another schema than this program's, or out of reach.

    """
    if not settings.database_url and not settings.catalogue.is_file():
        raise Refused(f"Den Katalog {settings.catalogue} gibt es noch nicht. {_MIGRATE}")
    found = _find_stand(settings)
    if found.schema != SCHEMA:
        raise Refused(f"Der Katalog hat den Stand {found.schema or 'leer'}, gebraucht wird {SCHEMA}. {_MIGRATE}")
    if found.regeln not in (None, describe_rules()):
        raise Refused(f"Der Katalog hat andere Zeilenrechte, als dieses Programm braucht. {_MIGRATE}")
    eyes = (_OEFFENTLICH, _INTERN, _INSTALLATION)
    if not settings.database_url:
        return Store(_create_engine(settings), dict.fromkeys(eyes, _create_glancing(settings)))
    role = name_role(found.besitzer)
    glancing = {each: _create_glancing(settings, {"role": role, **each.settings()}) for each in eyes}
    return Store(_create_engine(settings, role=role), glancing)


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
            before = _find_schema(connection)
            if store.kind == "postgis":
                lift_rules(connection)
            config.attributes["connection"] = connection
            getattr(command, direction)(config, target)
            _finish(store.kind, connection, before)
    finally:
        store.close()


def _finish(kind: Kind, connection: Connection, before: str | None) -> None:
    """Lay out anew what is derived, and the rules, once the schema is this program's."""
    if _find_schema(connection) != SCHEMA:
        return
    if before not in (None, SCHEMA):
        lay_out_all(connection)
    if kind == "postgis":
        lay_rules(connection)


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


class _Stand(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue is found to be: its schema, its rules and its owner; a file has neither rules nor owner."""

    schema: str | None
    regeln: str | None = None
    besitzer: str = ""


def _find_stand(settings: Settings) -> _Stand:
    engine = _create_engine(settings)
    try:
        with Store(engine).read() as connection:
            schema = _find_schema(connection)
            if schema is None or not settings.database_url:
                return _Stand(schema=schema)
            row = connection.execute(sa.text(_RULES)).one()
            return _Stand(schema=schema, regeln=row.regeln or "", besitzer=row.besitzer)
    finally:
        engine.dispose()


_RULES = """SELECT obj_description(to_regprocedure('darf_schreiben(text, text, text)'), 'pg_proc') AS regeln,
    pg_get_userbyid(relowner) AS besitzer FROM pg_class WHERE oid = 'alembic_version'::regclass"""


def _find_schema(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def _file_url(settings: Settings, *, create: bool) -> sa.URL:
    """Name the file; only a migration creates it: one that went away must not come back empty."""
    uri = f"{settings.catalogue.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    return sa.URL.create("sqlite", database=uri, query={"uri": "true"})


def _create_engine(settings: Settings, *, create: bool = False, role: str = "") -> sa.Engine:
    if settings.database_url:
        return sa.create_engine(
            _server_url(settings),
            pool_pre_ping=True,
            pool_size=_KEPT_OPEN,
            max_overflow=_MORE_OPEN,
            # A page of 10,000 is sorted in 5 MB, one more than the server gives by itself before it goes to disk.
            connect_args={"options": _options({"work_mem": "32MB", **({"role": role} if role else {})})},
        )
    engine = sa.create_engine(
        _file_url(settings, create=create),
        pool_size=_KEPT_OPEN,
        max_overflow=_MORE_OPEN,
        connect_args={"factory": WritingConnection, "timeout": BUSY_SECONDS, "isolation_level": None},
    )
    sa.event.listen(engine, "begin", _begin)
    return engine


def _options(settings: Mapping[str, str]) -> str:
    """Write what a connection is told once, as PostgreSQL takes it: blanks and backslashes escaped."""
    escaped = {name: value.replace("\\", r"\\").replace(" ", r"\ ") for name, value in settings.items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())


def _create_glancing(settings: Settings, told: Mapping[str, str] = MappingProxyType({})) -> sa.Engine:
    """Open the catalogue for single statements: outside transactions, and unable to write by its own setting.

    Its connections are not tried before each use, which would double the round trips; `Store.glance` tries twice.
    """
    kept: dict[str, Any] = {"pool_size": _KEPT_OPEN, "max_overflow": _MORE_OPEN, "pool_reset_on_return": None}
    if settings.database_url:
        # Prepared, a page is not parsed again, 0.1 of 0.4 ms.
        planned = {PLAN: EACH_TIME, "work_mem": "32MB", "default_transaction_read_only": "on"}
        plain = {"options": _options({**planned, **told}), "autocommit": True}
        engine = sa.create_engine(_server_url(settings), isolation_level="AUTOCOMMIT", connect_args=plain, **kept)
        sa.event.listen(engine, "connect", lambda _, record: record.info.update({PLAN: EACH_TIME}))
        return engine
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
    except sa.exc.TimeoutError as error:
        raise StoreUnavailable(BUSY) from error
    except DBAPIError as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error
