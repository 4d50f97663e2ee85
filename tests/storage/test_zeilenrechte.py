"""PostgreSQL keeps rows from whom they are not for, whatever a statement asks: the use cases take no part here."""

# ruff: noqa: S608 - the tests write their own SQL
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from counts import HEAVY
from storage.statements import QUELLE, angebot, state
from stores import clone_database, database_url, drop_database

from infrastruktur.domain.angebot import Angebot, traeger_id
from infrastruktur.domain.errors import ConstraintViolated, Forbidden, Refused
from infrastruktur.domain.massnahme import Massnahme
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.settings import Settings
from infrastruktur.storage import engine, zeilenrechte
from infrastruktur.storage.angebote import Lage, apply_angebote, list_angebote_of_quelle
from infrastruktur.storage.eingaben import Antwort, find_antwort, forget_antworten, keep_antwort
from infrastruktur.storage.engine import Store, migrate, open_store
from infrastruktur.storage.history import Aenderung, Change, append, list_changes, list_schritte
from infrastruktur.storage.lage import set_lage
from infrastruktur.storage.massnahmen import list_massnahmen, put_massnahme
from infrastruktur.storage.tables import metadata
from infrastruktur.storage.zeilenrechte import ZEILENRECHTE

OST, WEST = "05334001", "05334002"
HIDDEN_NAME = "Frauenhaus Zuflucht"
OPEN, HIDDEN = {"Ost", "West"}, {"geheim", "Zuflucht", "WG"}
PLACED: dict[str, Lage] = {OST: (OST, None, "innerhalb"), WEST: (WEST, None, "innerhalb")}
SHOWN = ("angebot", "standort", "fassung", "angebot_status", "kapazitaet", "aenderung")
REQUESTS, AT_ONCE = (100_000, 8) if HEAVY else (400, 8)


def redaktion(ags: str, name: str = "anna") -> Person:
    right = Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=ags)
    return Person(kennung=f"token:{name}", zustaendigkeiten=(right,))


FACHAMT = Person(kennung="token:amt", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="pflege"),))
ANGEBOTE = {
    "Ost": angebot("Ost"),
    "West": angebot("West"),
    "geheim": angebot("geheim", name=HIDDEN_NAME, vertraulich=True),
    "Zuflucht": angebot("Zuflucht", name=HIDDEN_NAME, ort_vertraulich=True),
    "WG": angebot("WG", name=HIDDEN_NAME, art="pflege.wg_selbst"),
}


@pytest.fixture(scope="module")
def settings(
    postgis_server: str, postgis_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Give a catalogue of two Kommunen with an open Angebot each, and three hidden ones in the west."""
    name = clone_database(postgis_server, postgis_template)
    given = Settings(home=tmp_path_factory.mktemp("home"), database_url=database_url(postgis_server, name))
    with closing(open_store(given).of_installation()) as store:
        state(store, *ANGEBOTE.values())
        with store.write() as conn:
            set_lage(
                conn,
                [(each.standort_id, *PLACED[OST if key == "Ost" else WEST]) for key, each in ANGEBOTE.items()],
            )
    yield given
    drop_database(postgis_server, name)


@pytest.fixture
def public(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings)) as store:
        yield store


@pytest.fixture
def narrow(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the catalogue over two connections of each kind, which everybody has to share."""
    monkeypatch.setattr(engine, "_KEPT_OPEN", 2)
    monkeypatch.setattr(engine, "_MORE_OPEN", 0)
    with closing(open_store(settings)) as store:
        yield store


# What is laid


def test_d10_every_table_has_a_rule_that_holds_for_its_owner_too(public: Store) -> None:
    tables = """SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'alembic_version'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')"""
    with public.read() as conn:
        assert {row[0]: row[1] for row in conn.execute(sa.text(tables))} == dict.fromkeys(ZEILENRECHTE, True)
    assert set(ZEILENRECHTE) == set(metadata.tables)


def test_d09_the_server_works_as_a_role_that_owns_nothing(public: Store) -> None:
    with public.read() as conn:
        role = conn.execute(sa.text("SELECT * FROM pg_roles WHERE rolname = current_user")).one()
        assert role.rolname == "postgres_dienst"
        strong = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolcanlogin")
        assert not any(getattr(role, name) for name in strong)
        owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        assert conn.scalar(sa.text(owned)) == 0
        assert not conn.scalar(sa.text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))


@pytest.mark.parametrize("table", ["aenderung", "szenario"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_d09_the_server_may_not_touch_what_is_only_appended(public: Store, table: str, statement: str) -> None:
    with pytest.raises(Forbidden), public.of_installation().write() as conn:
        conn.execute(sa.text(statement.format(table)))


def test_glances_are_of_the_same_role_and_cannot_write(public: Store) -> None:
    for store in (public, public.seen_by(FACHAMT, intern=True), public.of_installation()):
        assert store.glance(lambda conn: conn.scalar(sa.text("SELECT current_user"))) == "postgres_dienst"
        assert store.glance(lambda conn: conn.scalar(sa.text("SHOW default_transaction_read_only"))) == "on"


def test_other_rules_than_the_program_s_are_refused_until_they_are_laid_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = {**ZEILENRECHTE, "region": zeilenrechte.Zeilenrecht(sieht="false")}
    monkeypatch.setattr(zeilenrechte, "ZEILENRECHTE", rules)
    with pytest.raises(Refused, match=r"andere Zeilenrechte.*infrastruktur migrate"):
        open_store(settings)
    migrate(settings)
    open_store(settings).close()
    monkeypatch.undo()
    migrate(settings)
    open_store(settings).close()


def test_an_owner_without_rights_over_roles_is_told_what_to_run_and_is_held_too(
    postgis_server: str, tmp_path: Path
) -> None:
    name = clone_database(postgis_server, "template_empty")
    given = Settings(home=tmp_path, database_url=f"postgresql://eignerin@/{name}?host={postgis_server}")
    with psycopg.connect(host=postgis_server, user="postgres", dbname=name, autocommit=True) as admin:
        admin.execute("CREATE ROLE eignerin LOGIN")
        admin.execute(f"ALTER DATABASE {name} OWNER TO eignerin")  # type: ignore[arg-type]
        with pytest.raises(Refused, match=r'CREATE ROLE "eignerin_dienst" NOLOGIN; GRANT .* TO "eignerin";') as told:
            migrate(given)
        admin.execute(str(told.value).partition("ausführen: ")[2])  # type: ignore[arg-type]
    migrate(given)
    with closing(open_store(given)) as store:
        state(store.of_installation(), *ANGEBOTE.values())
        assert names(store) == OPEN
        assert names(store.of_installation()) == set(ANGEBOTE)
        with store.administer() as conn:
            assert conn.scalar(sa.text("SELECT current_user")) == "eignerin"
            assert set(list_angebote_of_quelle(conn, QUELLE)) == OPEN  # the owner who says nothing is the public
    migrate(given)
    with psycopg.connect(host=postgis_server, user="postgres", autocommit=True) as admin:
        admin.execute("CREATE ROLE web LOGIN; GRANT eignerin_dienst TO web;")
    with closing(
        open_store(Settings(home=tmp_path, database_url=given.database_url.replace("eignerin", "web")))
    ) as store:
        assert names(store) == OPEN
        state(store.of_installation(), angebot("Ost", name="durch den Dienst"))
        with pytest.raises(Forbidden), store.administer() as conn:
            conn.execute(sa.text("ALTER TABLE angebot NO FORCE ROW LEVEL SECURITY"))
    drop_database(postgis_server, name)


# Who sees what


def names(store: Store) -> set[str]:
    with store.read() as conn:
        return set(list_angebote_of_quelle(conn, QUELLE))


def test_r14_hidden_rows_are_for_internal_eyes_only(public: Store) -> None:
    ids = {"open": {ANGEBOTE[key].id for key in OPEN}, "all": {each.id for each in ANGEBOTE.values()}}
    places = {key: {ANGEBOTE[each].standort_id for each in keys} for key, keys in (("open", OPEN), ("all", ANGEBOTE))}
    of = {"angebot": "id", "fassung": "id", "aenderung": "id", "angebot_status": "angebot", "kapazitaet": "angebot"}
    for store, seen in ((public, "open"), (public.seen_by(FACHAMT, intern=True), "all")):
        for table, column in of.items():
            query = sa.text(f"SELECT {column} FROM {table}")
            assert ids["all"] & set(store.glance(lambda conn, query=query: conn.scalars(query).all())) == ids[seen]
            with store.read() as conn:
                assert ids["all"] & set(conn.scalars(query)) == ids[seen]
        with store.read() as conn:
            assert places["all"] & set(conn.scalars(sa.text("SELECT id FROM standort"))) == places[seen]
            counts = sa.text("SELECT (SELECT sum(anzahl) FROM fassungszahl), (SELECT count(*) FROM fassung)")
            counted, there = conn.execute(counts).one()
            assert counted == there


def test_r14_the_server_s_role_by_itself_sees_what_the_public_sees(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as conn:
        conn.execute("SET ROLE postgres_dienst")
        for table in SHOWN:
            (said,) = conn.execute(f"SELECT string_agg({table}::text, ' ') FROM {table}").fetchone() or ("",)
            assert said
            assert HIDDEN_NAME not in said
        for table in ("zugangstoken", "ergebnis", "eingabe", "szenario", "traeger"):
            assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_r14_what_was_confidential_stays_so_when_it_is_public_again(public: Store) -> None:
    inside, key = public.of_installation(), "war geheim"
    for number, hidden in enumerate((False, True, False, False)):
        state(inside, angebot(key, name=f"{HIDDEN_NAME if hidden else 'Treff'} {number}", vertraulich=hidden))
    id_ = angebot(key).id
    with inside.read() as conn:
        assert [each.version for each in list_schritte(conn, id_)] == [1, 2, 3, 4]
    with public.read() as conn:
        (only,) = list_schritte(conn, id_)
    assert only.version == 4
    with inside.write() as conn:
        apply_angebote(conn, Change(quelle=QUELLE, geaendert=(angebot(key, vertraulich=True),)), akteur="x", grund="")
    with public.read() as conn:
        assert list_schritte(conn, id_) == []


def test_who_planned_sees_scenarios_and_nobody_an_answer_of_another(public: Store) -> None:
    mine, yours = (public.seen_by(redaktion(OST, name), intern=False) for name in ("ich", "du"))
    with mine.write() as conn:
        keep_antwort(conn, "token:ich", "1", Antwort(pruefsumme="p", ergebnis="{}"))
        assert find_antwort(conn, "token:ich", "1") is not None
    with yours.write() as conn:
        assert find_antwort(conn, "token:ich", "1") is None
    with pytest.raises(Forbidden), yours.write() as conn:
        keep_antwort(conn, "token:ich", "2", Antwort(pruefsumme="p", ergebnis="{}"))


def test_an_import_forgets_everybody_s_old_answers(public: Store) -> None:
    kennung = redaktion(OST, "weg").kennung
    with public.seen_by(redaktion(OST, "weg"), intern=False).write() as conn:
        keep_antwort(conn, kennung, "1", Antwort(pruefsumme="p", ergebnis="{}"))
        conn.execute(sa.text("UPDATE eingabe SET zeitpunkt = '2020'"))
    with public.seen_by(redaktion(OST, "bleibt"), intern=False).write() as conn:
        forget_antworten(conn)
    with public.of_installation().write() as conn:
        assert find_antwort(conn, kennung, "1") is not None
        forget_antworten(conn)
        assert find_antwort(conn, kennung, "1") is None


# Who writes what


def write(store: Store, stated: Angebot, akteur: str, ags: str) -> None:
    with store.write() as conn:
        change = Change(quelle=QUELLE, geaendert=(stated,))
        apply_angebote(conn, change, akteur=akteur, grund="", lagen={stated.standort_id: PLACED[ags]})


def test_d05_nobody_writes_in_another_kommune(public: Store) -> None:
    anna = redaktion(OST)
    store = public.seen_by(anna, intern=False)
    write(store, angebot("Ost", name="besser"), anna.kennung, OST)
    write(store, angebot("ganz neu"), anna.kennung, OST)
    for stated in (angebot("West", name="fremd"), angebot("auch neu")):
        with pytest.raises(Forbidden, match="jemand anders zuständig"):
            write(store, stated, anna.kennung, WEST)
    with pytest.raises(Forbidden):  # no way out of the own Kommune either
        write(store, angebot("Ost", punkt_25832=(296_000.0, 5_628_000.0)), anna.kennung, WEST)
    with pytest.raises(Forbidden):
        write(store, angebot("noch neu", art="pflege.wg_selbst"), anna.kennung, OST)
    with public.of_installation().read() as conn:
        stated = list_angebote_of_quelle(conn, QUELLE)
    assert stated["Ost"].name == "besser"
    assert stated["West"] == ANGEBOTE["West"]
    assert not {"auch neu", "noch neu"} & set(stated)


def test_nobody_writes_beyond_their_fachbereich_or_traeger(public: Store) -> None:
    amt = public.seen_by(FACHAMT, intern=True)
    write(amt, angebot("geheim", name="Haus", vertraulich=True), FACHAMT.kennung, WEST)
    with pytest.raises(Forbidden):
        write(amt, angebot("Beratung", art="beratung.pflege"), FACHAMT.kennung, WEST)
    own = Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Eigener"))
    person = Person(kennung="token:t", zustaendigkeiten=(own,))
    with pytest.raises(Forbidden):
        write(public.seen_by(person, intern=False), angebot("Ost", name="fremd"), person.kennung, OST)


def test_statements_on_rows_of_others_change_none(public: Store) -> None:
    anna = public.seen_by(redaktion(OST), intern=False)
    for statement in (
        "UPDATE angebot SET name = 'x'",
        "UPDATE standort SET ort = 'x'",
        "UPDATE kapazitaet SET wert = 1",
        "DELETE FROM angebot_status",
        "DELETE FROM fassung",
        "DELETE FROM bevoelkerung",
    ):
        with anna.write() as conn:
            done = conn.execute(sa.text(statement)).rowcount
            with zeilenrechte.following(conn):
                left = "SELECT count(*) FROM angebot WHERE name = 'x' AND id <> ALL (:own)"
                own = [angebot(key).id for key in ("Ost", "ganz neu", "war geheim")]
                assert conn.scalar(sa.text(left), {"own": own}) == 0
            assert done <= 3
            conn.rollback()


def test_nobody_writes_a_massnahme_of_another_kommune(public: Store) -> None:
    anna = redaktion(OST)
    store = public.seen_by(anna, intern=False)
    told = {"akteur": anna.kennung, "grund": ""}
    own = Massnahme(id="own", titel="Eigene", fachbereich="pflege", kommune=OST)
    with store.write() as conn:
        put_massnahme(conn, own, **told)
    for kept in (Massnahme(id="new", titel="Neu", fachbereich="pflege", kommune=WEST),
                 msgspec.structs.replace(own, kommune=WEST)):  # fmt: skip
        with pytest.raises(Forbidden), store.write() as conn:
            put_massnahme(conn, kept, **told)
    with public.read() as conn:
        assert [each.massnahme for each in list_massnahmen(conn)] == [own]
        assert len(list_changes(conn, "own")) == 1


def test_nobody_writes_history_in_another_s_name(public: Store) -> None:
    anna = public.seen_by(redaktion(OST), intern=False)
    for akteur, id_ in (("token:amt", ANGEBOTE["Ost"].id), ("token:anna", ANGEBOTE["West"].id), ("import", "x")):
        entry = Aenderung(tabelle="angebot", id=id_, akteur=akteur, grund="", vorher=None, nachher=None, version=9)
        with pytest.raises(Forbidden), anna.write() as conn:
            append(conn, [entry])


def test_the_public_writes_nothing(public: Store) -> None:
    with pytest.raises(Forbidden):
        write(public, angebot("neu"), "", OST)


# Nothing stays on a connection


def told(store: Store) -> dict[str, str]:
    settings = ("liest", "darf", "schreibt", "akteur")
    with store.read() as conn:
        return {
            name: conn.scalar(sa.text(f"SELECT current_setting('infrastruktur.{name}', true)")) or ""
            for name in settings
        }


def test_d08_nothing_told_outlasts_its_transaction(narrow: Store) -> None:
    amt = narrow.seen_by(FACHAMT, intern=True)
    for _ in range(3):
        assert told(amt)["liest"] == "intern"
        assert set(told(narrow).values()) == {""}
        with suppress(ZeroDivisionError), amt.write() as conn:
            conn.execute(sa.text("SELECT 1"))
            raise ZeroDivisionError
        assert set(told(narrow).values()) == {""}
        with suppress(ConstraintViolated), amt.read() as conn:
            conn.execute(sa.text("SELECT 1 / 0"))
        assert set(told(narrow).values()) == {""}


def test_d08_mixed_requests_over_two_connections_see_no_row_of_another(narrow: Store, settings: Settings) -> None:
    """Eight at once, of six kinds; some are cancelled by the server, some fail, some are given up half-way."""
    people = {"OST": redaktion(OST), "WEST": redaktion(WEST)}
    everything = names(narrow.of_installation())
    hidden = {ANGEBOTE[key].id for key in HIDDEN}

    def look(store: Store, seed: random.Random) -> set[str]:
        if seed.random() < 0.5:
            return set(store.glance(lambda conn: conn.scalars(sa.text("SELECT id FROM fassung")).all()))
        with store.read() as conn:
            found = set(conn.scalars(sa.text("SELECT id FROM angebot")))
            if seed.random() < 0.1:
                raise ZeroDivisionError
            return found

    def ask(number: int) -> None:
        seed = random.Random(number)  # noqa: S311 - to repeat a failure, not to hide anything
        kind = seed.choice(["public", "OST", "WEST", "intern", "foreign", "cancelled"])
        if kind == "cancelled":
            with suppress(sa.exc.DBAPIError), narrow.seen_by(FACHAMT, intern=True).read() as conn:
                conn.execute(sa.text("SET LOCAL statement_timeout = 1"))
                conn.execute(sa.text("SELECT pg_sleep(1)"))
        elif kind == "foreign":
            with pytest.raises(Forbidden):
                write(narrow.seen_by(people["OST"], intern=False), angebot("West", name="x"), "token:anna", WEST)
        elif kind == "intern":
            with suppress(ZeroDivisionError):
                assert hidden <= look(narrow.seen_by(FACHAMT, intern=True), seed)
        else:
            store = narrow.seen_by(people[kind], intern=False) if kind in people else narrow
            with suppress(ZeroDivisionError):
                assert not hidden & look(store, seed)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ask, range(REQUESTS)))
    assert set(told(narrow).values()) == {""}
    assert names(narrow.of_installation()) == everything
    with closing(open_store(settings)) as store, store.read() as conn:
        assert list_angebote_of_quelle(conn, QUELLE)["West"] == ANGEBOTE["West"]
