"""Who may see and write which row on PostgreSQL, whatever a statement asks for: a second lock beside the use cases.

The server works as a role of its own that owns nothing. Each transaction is told at its start who reads and where they
may write, by settings that end with it (PostgreSQL, `set_config`, `is_local`); what was told nothing is the public and
writes nothing. The rules are laid anew by every migration, since they follow the program and not the schema's history.
A GeoPackage knows no roles: there the use cases decide alone, and whoever has the file has all of it.
"""

# ruff: noqa: S608 - a policy binds no values; names and conditions all stand in this file
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.errors import Refused
from infrastruktur.domain.permission import OEFFENTLICHKEIT, Handlung, Person, list_schreibrechte, may

LEAKPROOF = "ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF"
"""Lets a policy or a barrier use the spatial index for `&&`, which compares boxes and says nothing else of them; only a
superuser may state that, and without it a box is answered by reading all rows."""

_ALLES = "alles"


class Leser(msgspec.Struct, frozen=True, kw_only=True):
    """Whose eyes a transaction sees with; `intern` sees what is confidential."""

    person: Person = OEFFENTLICHKEIT
    intern: bool = False

    def settings(self) -> dict[str, str]:
        """Say it in the settings of a transaction."""
        handlungen = (each.value for each in Handlung if may(self.person, each))
        return {
            "infrastruktur.liest": "intern" if self.intern else "",
            "infrastruktur.akteur": self.person.kennung,
            "infrastruktur.darf": ",".join(handlungen),
            "infrastruktur.schreibt": _write_scopes(self.person),
        }


def _write_scopes(person: Person) -> str:
    scopes = [
        {"fachbereich": each.fachbereich, "ags": each.ags, "traeger": each.traeger}
        for each in list_schreibrechte(person)
    ]
    return _ALLES if any(not any(each.values()) for each in scopes) else msgspec.json.encode(scopes).decode()


def _told(name: str) -> str:
    return f"current_setting('infrastruktur.{name}', true)"


def _darf(handlung: Handlung) -> str:
    return f"'{handlung.value}' = ANY (string_to_array({_told('darf')}, ','))"


_INTERN = f"{_told('liest')} = 'intern'"
_UEBERALL = f"{_told('schreibt')} = '{_ALLES}'"
_VERWALTET = _darf(Handlung.VERWALTEN)
_ANGEBOT = "EXISTS (SELECT FROM angebot WHERE angebot.id = {})"
_STRITTIG = f"(widerspruch.massnahme IS NOT NULL OR {_ANGEBOT.format('widerspruch.angebot')})"
_KOMMUNE = "(SELECT standort.kommune FROM standort WHERE standort.id = angebot.standort)"
_ZUSTAENDIG = f"darf_schreiben(angebot.kategorie, {_KOMMUNE}, angebot.traeger)"
_EIGENES_ANGEBOT = f"EXISTS (SELECT FROM angebot WHERE angebot.id = {{}} AND {_ZUSTAENDIG})"
_EIGENE_KENNUNG = f"akteur = {_told('akteur')}"
_IM_NAMEN = f"({_EIGENE_KENNUNG} OR coalesce({_told('akteur')}, '') = '' AND {_VERWALTET})"
"""Nobody writes in another's name; the installation itself names what it did it for (`import`, `cli`)."""
_OFFEN = "('quelle', 'kommune', 'sozialraum', 'bevoelkerung', 'zelle', 'kontextwert', 'massnahme')"
"""Tables whose rows everybody sees, and so their history."""


class Zeilenrecht(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a table a transaction sees, and which it may add, change and take away, as conditions in SQL.

    `anfuegen` where adding follows another rule; `angefuegt` where a row stays as it was added, but for the columns
    that `vergisst` names: from them texts can be erased, which a trigger holds to.
    """

    sieht: str = "true"
    schreibt: str = _VERWALTET
    anfuegen: str = ""
    angefuegt: bool = False
    vergisst: tuple[str, ...] = ()

    def lay(self, table: str, role: str) -> Iterator[str]:
        """Give the statements that lay the rule; forced, so that it holds for the owner too."""
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY {table}_sehen ON {table} FOR SELECT USING ({self.sieht})"
        yield f"CREATE POLICY {table}_anfuegen ON {table} FOR INSERT WITH CHECK ({self.anfuegen or self.schreibt})"
        if not self.angefuegt:
            yield f"CREATE POLICY {table}_aendern ON {table} FOR UPDATE USING ({self.schreibt})"
            yield f"CREATE POLICY {table}_loeschen ON {table} FOR DELETE USING ({self.schreibt})"
        if self.vergisst:
            yield f"CREATE POLICY {table}_vergessen ON {table} FOR UPDATE USING ({_VERWALTET})"
            yield f'GRANT UPDATE ({", ".join(self.vergisst)}) ON {table} TO "{role}"'
        rights = "SELECT, INSERT" if self.angefuegt else "SELECT, INSERT, UPDATE, DELETE"
        yield f'GRANT {rights} ON {table} TO "{role}"'


_VON_QUELLEN = Zeilenrecht()
"""Everybody sees it, and only imports write it."""
_PLAN = f"({_INTERN} OR {_darf(Handlung.PLANEN)})"

ZEILENRECHTE: Mapping[str, Zeilenrecht] = {
    **dict.fromkeys(("region", "quelle", "kommune", "sozialraum", "adresse"), _VON_QUELLEN),
    **dict.fromkeys(("bevoelkerung", "zelle", "zelle_wert", "kontextindikator", "kontextwert"), _VON_QUELLEN),
    "revision": Zeilenrecht(schreibt="true"),
    "traeger": Zeilenrecht(
        sieht=f"({_INTERN} OR {_told('schreibt')} NOT IN ('', '[]'))", schreibt=_UEBERALL, anfuegen="true"
    ),
    "standort": Zeilenrecht(
        sieht=f"(oeffentlich OR {_INTERN})",
        schreibt=f"(oeffentlich OR {_INTERN}) AND darf_schreiben(NULL, kommune, NULL)",
    ),
    "lagezeit": Zeilenrecht(
        sieht=f"({_INTERN} OR EXISTS (SELECT FROM standort WHERE standort.id = lagezeit.standort))",
        schreibt=_UEBERALL,
    ),
    "angebot": Zeilenrecht(
        sieht=f"(oeffentlich OR {_INTERN})",
        schreibt=f"(oeffentlich OR {_INTERN}) AND {_ZUSTAENDIG}",
    ),
    "angebot_status": Zeilenrecht(
        sieht=f"({_INTERN} OR {_ANGEBOT.format('angebot_status.angebot')})",
        schreibt=f"({_UEBERALL} OR {_EIGENES_ANGEBOT.format('angebot_status.angebot')})",
    ),
    "kapazitaet": Zeilenrecht(
        sieht=f"({_INTERN} OR {_ANGEBOT.format('kapazitaet.angebot')})",
        schreibt=f"({_UEBERALL} OR {_EIGENES_ANGEBOT.format('kapazitaet.angebot')})",
    ),
    **dict.fromkeys(("fassung", "fassungszahl"), Zeilenrecht(sieht=f"(oeffentlich OR {_INTERN})", schreibt=_UEBERALL)),
    "aenderung": Zeilenrecht(
        sieht=f"({_INTERN} OR tabelle IN {_OFFEN} OR tabelle = 'angebot' AND EXISTS (SELECT FROM angebot"
        " WHERE angebot.id = aenderung.id AND angebot.verborgen_bis < aenderung.version))",
        schreibt=f"{_IM_NAMEN} AND (tabelle <> 'angebot' OR {_EIGENES_ANGEBOT.format('aenderung.id')})",
        angefuegt=True,
        vergisst=("vorher", "nachher", "grund", "akteur"),
    ),
    "widerspruch": Zeilenrecht(
        sieht=f"({_INTERN} OR {_STRITTIG})",
        schreibt=f"({_UEBERALL} OR {_STRITTIG})",
        anfuegen=f"{_IM_NAMEN} AND {_STRITTIG}",
    ),
    "massnahme": Zeilenrecht(schreibt="darf_schreiben(fachbereich, kommune, '')"),
    "eingabe": Zeilenrecht(sieht=_IM_NAMEN, schreibt=_IM_NAMEN),
    "vorschlag": Zeilenrecht(
        sieht=f"({_INTERN} OR {_told('akteur')} <> '' AND NOT vertraulich"
        f" AND (absicht = 'anlegen' OR {_ANGEBOT.format('vorschlag.angebot')}))",
        schreibt=_IM_NAMEN,
        angefuegt=True,
        vergisst=("felder", "grund", "text", "akteur", "urheber"),
    ),
    "abgeloest": Zeilenrecht(sieht=_VERWALTET, angefuegt=True),
    "stichtag": Zeilenrecht(
        schreibt=f"{_IM_NAMEN} AND {_darf(Handlung.STICHTAG_FESTSCHREIBEN)}",
        angefuegt=True,
        vergisst=("titel", "grund", "akteur"),
    ),
    "szenario": Zeilenrecht(sieht=_PLAN, schreibt=_PLAN, angefuegt=True, vergisst=("name", "aenderungen")),
    "zugangstoken": Zeilenrecht(sieht=_VERWALTET, schreibt=_VERWALTET),
    "ergebnis": Zeilenrecht(sieht=_VERWALTET),
}
"""Every table has its rule; a test names one that has none."""

_DARF_SCHREIBEN = f"""
CREATE FUNCTION darf_schreiben(fachbereich text, ags text, traeger text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE rechte text := {_told("schreibt")};
BEGIN
  IF rechte = '{_ALLES}' THEN RETURN true; END IF;
  RETURN EXISTS (
    SELECT FROM jsonb_to_recordset(coalesce(nullif(rechte, ''), '[]')::jsonb)
      AS r(fachbereich text, ags text, traeger text)
    WHERE ($1 IS NULL OR r.fachbereich IN ('', $1)) AND r.ags IN ('', $2) AND ($1 IS NULL OR r.traeger IN ('', $3)));
END $$
"""
"""Says whether somebody is responsible there, as `domain.permission.Zustaendigkeit.covers`; of a Standort, which has
neither Fachbereich nor Träger, only whether they are responsible in its Kommune."""


def name_role(owner: str) -> str:
    """Name the role the server works as: one for each owner, since roles are the whole cluster's."""
    return f"{owner[:56]}_dienst"


def describe_rules() -> str:
    """Name the state of the rules, to tell whether a catalogue has them."""
    laid = (statement for table, rule in ZEILENRECHTE.items() for statement in rule.lay(table, ""))
    return hashlib.sha256("\n".join([_DARF_SCHREIBEN, *laid]).encode()).hexdigest()[:16]


def lift_rules(conn: Connection) -> None:
    """Take the rules away, so that the schema under them can change; only while it does."""
    policies = conn.execute(sa.text(f"SELECT tablename, policyname FROM pg_policies WHERE {_OURS}")).all()
    for table, policy in policies:
        conn.exec_driver_sql(f"DROP POLICY {policy} ON {table}")
    for table in {table for table, _ in policies}:
        conn.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        conn.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    conn.exec_driver_sql("DROP FUNCTION IF EXISTS darf_schreiben")


_OURS = "schemaname = current_schema()"


def lay_rules(conn: Connection) -> None:
    """Lay the rules, and the role that the server works as.

    Raises
    ------
    Refused
        The role is missing and this login may not create it, or it may more than it should.

    """
    role = name_role(conn.scalar(sa.text("SELECT current_user")) or "")
    _provide_role(conn, role)
    conn.exec_driver_sql(_DARF_SCHREIBEN)
    conn.exec_driver_sql(f"COMMENT ON FUNCTION darf_schreiben IS '{describe_rules()}'")
    for table, rule in ZEILENRECHTE.items():
        for statement in rule.lay(table, role):
            conn.exec_driver_sql(statement)
    conn.exec_driver_sql(f'GRANT SELECT ON alembic_version TO "{role}"')
    if not is_leakproof(conn) and conn.scalar(_IS_SUPERUSER):
        conn.exec_driver_sql(LEAKPROOF)


def _provide_role(conn: Connection, role: str) -> None:
    create = f'CREATE ROLE "{role}" NOLOGIN'
    join = f'GRANT "{role}" TO CURRENT_USER'
    found = conn.execute(sa.text(_ROLE), {"role": role}).one_or_none()
    if found is None:
        if not conn.scalar(_MAY_CREATE):
            raise Refused(
                f"Der Datenbank fehlt eine Rolle. Bitte als Verwalter ausführen: {create}; {_for(conn, join)};"
            )
        conn.exec_driver_sql(create)
        conn.exec_driver_sql(join)
        return
    if found.stark:
        raise Refused(f"Die Rolle „{role}“ darf zu viel (SUPERUSER, BYPASSRLS oder CREATEROLE). Bitte ihr das nehmen.")
    if not found.mitglied:
        raise Refused(
            f"Dieser Zugang gehört nicht zur Rolle „{role}“. Bitte als Verwalter ausführen: {_for(conn, join)};"
        )


def _for(conn: Connection, statement: str) -> str:
    return statement.replace("CURRENT_USER", f'"{conn.scalar(sa.text("SELECT current_user"))}"')


_ROLE = """SELECT rolsuper OR rolbypassrls OR rolcreaterole AS stark,
    pg_has_role(current_user, oid, 'MEMBER') AS mitglied FROM pg_roles WHERE rolname = :role"""
_MAY_CREATE = sa.text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
_IS_SUPERUSER = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")


def is_leakproof(conn: Connection) -> bool:
    """Say whether a box is found by the spatial index in spite of the rules."""
    told = "SELECT proleakproof FROM pg_proc WHERE oid = 'geometry_overlaps(geometry, geometry)'::regprocedure"
    return bool(conn.scalar(sa.text(told)))


def tell(settings: Mapping[str, str]) -> list[sa.ColumnElement[str]]:
    """Give the columns of a SELECT that tell a transaction settings, which end with it."""
    return [sa.func.set_config(name, value, True) for name, value in settings.items()]  # noqa: FBT003 - SQL's


@contextmanager
def following(conn: Connection) -> Iterator[None]:
    """Write what follows from what was written, for hidden neighbours too, whoever wrote it."""
    if conn.dialect.name != "postgresql":
        yield
        return
    names = ("infrastruktur.liest", "infrastruktur.schreibt")
    told = [sa.func.coalesce(sa.func.current_setting(name, True), "").label(name) for name in names]  # noqa: FBT003
    before = conn.execute(sa.select(*told)).one()._asdict()
    conn.execute(sa.select(*tell(dict(zip(names, ("intern", _ALLES), strict=True)))))
    yield
    conn.execute(sa.select(*tell(before)))
