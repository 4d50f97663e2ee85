"""What must never be stored, whoever writes: rules beyond a column's type, and the German sentence of each.

PostgreSQL states them as CHECK and exclusion constraints, the GeoPackage as triggers: a CHECK that
called a Python function would stop foreign programs from reading the schema. Both name the same rule
by the same name, and the name finds the sentence.
"""

# ruff: noqa: S608 - SQLite binds no names of tables; these come from the migrations
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from infrastruktur.domain.errors import ConstraintViolated, Forbidden, InfrastrukturError, StoreUnavailable
from infrastruktur.domain.geometry import PLANE_25832
from infrastruktur.domain.permission import PERSONS
from infrastruktur.domain.vergessen import GELOESCHT, forget_kennung

POINTS = ("standort", "zelle", "adresse")
AREAS = ("kommune", "sozialraum")
SLOTS = {
    "kommune": ("schluessel",),
    "sozialraum": ("schluessel",),
    "angebot_status": ("angebot",),
    "kapazitaet": ("angebot", "groesse"),
    "lagezeit": ("standort",),
}
"""Table → the columns within which validity never overlaps."""
APPEND_ONLY = {
    "aenderung": "fid = NEW.fid",
    "abgeloest": "fid = NEW.fid",
    "stichtag": "fid = NEW.fid OR id = NEW.id",
    "szenario": "fid = NEW.fid OR (id = NEW.id AND version = NEW.version)",
    "vorschlag": "fid = NEW.fid OR (id = NEW.id AND nr = NEW.nr)",
}
"""Table → when a new row would take the place of an old one."""
_CORNER = "{0}x_3035 BETWEEN 900000 AND 7400000 AND {0}y_3035 BETWEEN 900000 AND 5500000"
"""EPSG:3035's area of use (EPSG register), rounded outward; no bound lets NaN or infinity through."""

_SENTENCES = {
    "punkt_moeglich": (
        "Der Punkt ist nicht möglich: Es braucht zwei endliche Zahlen in EPSG:25832 innerhalb Deutschlands, "
        "Ostwert vor Nordwert."
    ),
    "flaeche_moeglich": (
        "Die Fläche ist nicht möglich: Es braucht gültige Umrisse in EPSG:25832 innerhalb Deutschlands, "
        "die sich nicht selbst schneiden."
    ),
    "ecke_moeglich": "Die Ecke einer Zelle liegt nicht im Gitter EPSG:3035.",
    "gueltigkeit_ueberlappt": "Zwei Angaben zur selben Sache gelten am selben Tag. Bitte die Gültigkeiten abgrenzen.",
    "gueltig_bis_nach_von": "Das Ende der Gültigkeit liegt vor ihrem Beginn.",
    "tag_moeglich": "Ein Datum ist kein Kalendertag (Beispiel: 2026-12-31).",
    "wert_moeglich": "Der Wert muss eine endliche Zahl und mindestens 0 sein.",
    "wert_endlich": "Der Wert muss eine endliche Zahl sein.",
    "wert_oder_grund": "Ein Kontextwert hat entweder einen Wert oder einen Grund, warum er fehlt.",
    "thema_bekannt": "Dieses Thema gibt es nicht.",
    "richtung_bekannt": "Diese Richtung gibt es nicht.",
    "personen_moeglich": "Die Zahl der Personen muss endlich und mindestens 0 sein.",
    "groesse_moeglich": "Die Kantenlänge einer Zelle muss größer als 0 sein.",
    "status_bekannt": "Diesen Status gibt es nicht.",
    "barrierefrei_bekannt": "Barrierefrei ist ja, teilweise, nein oder unbekannt.",
    "lage_bekannt": "Die Lage ist innerhalb, ausserhalb oder ohne_punkt.",
    "ebene_bekannt": "Diese Ebene gehört nicht in diese Tabelle.",
    "geschlecht_bekannt": "Das Geschlecht ist w, m oder i.",
    "version_moeglich": "Die Versionen eines Szenarios zählen von 1 an.",
    "zustand_bekannt": "In diesem Zustand kann kein Vorschlag sein.",
    "zug_bekannt": "Diesen Schritt gibt es bei Vorschlägen nicht.",
    "absicht_bekannt": "Vorschlagen lässt sich: anlegen, aendern, stornieren.",
    "einer_sache": "Ein Widerspruch betrifft entweder ein Angebot oder eine Maßnahme.",
    "nur_anfuegen": "Die Änderungshistorie kann nur ergänzt, nicht geändert oder gelöscht werden.",
    "standort_bekannt": "Den genannten Standort gibt es nicht.",
    "traeger_bekannt": "Den genannten Träger gibt es nicht.",
    "angebot_bekannt": "Das genannte Angebot gibt es nicht.",
    "eindeutig": "Diese Zeile gibt es schon.",
    "unique": "Diese Zeile gibt es schon.",
    "foreign key": "Eine Zeile verweist auf etwas, das es nicht gibt.",
    "not-null": "Eine notwendige Angabe fehlt.",
    "not null": "Eine notwendige Angabe fehlt.",
}
_AWAY = "Die Datenbank ist nicht erreichbar. Bitte prüfen, ob sie läuft und ob ihre Adresse stimmt."
_DAMAGED = "Die Datei ist kein Katalog oder beschädigt. Bitte eine Sicherung zurückspielen oder sie beiseite legen."
BUSY = "Der Katalog wird gerade von jemand anderem geändert. Bitte in einem Augenblick noch einmal versuchen."

_FORBIDDEN = "42501"
"""PostgreSQL's insufficient_privilege: a role or a row's rule forbids it."""
_NOT_YOURS = "Das lässt der Katalog nicht zu: Dafür ist jemand anders zuständig. Nichts wurde geändert."
_BROKEN_OFF = "Der Vorgang wurde abgebrochen. Nichts wurde geändert."


def translate(error: DBAPIError) -> InfrastrukturError | None:
    """Say in German which rule a statement broke; None when the fault is not the data's."""
    diagnosis = getattr(error.orig, "diag", None)
    said = str(getattr(diagnosis, "constraint_name", None) or error.orig).lower()
    if getattr(error.orig, "sqlstate", None) == _FORBIDDEN:
        return Forbidden(_NOT_YOURS)
    if sentence := _find_unavailable(error, said):
        return StoreUnavailable(sentence)
    if not isinstance(error, sa.exc.IntegrityError | sa.exc.DataError):
        return None
    rule = next((rule for rule in _SENTENCES if rule in said), None)
    return ConstraintViolated(_SENTENCES[rule] if rule else "Die Angaben passen nicht in den Katalog.")


def _find_unavailable(error: DBAPIError, said: str) -> str | None:
    if "database is locked" in said or "lock timeout" in said:
        return BUSY
    if error.connection_invalidated or "connection failed" in said or "unable to open" in said:
        return _AWAY
    if "user-defined function raised" in said:  # Ctrl+C in the middle of a check: SQLite knows no other word for it
        return _BROKEN_OFF
    return _DAMAGED if "not a database" in said or "malformed" in said or "no such table" in said else None


def postgis_guards(tables: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Give the statements that set the rules on PostgreSQL, for tables → their columns of days."""
    for table, days in tables.items():
        yield from _geometry_check(table)
        for day in days:  # PostgreSQL also has infinity, years before Christ and after 9999, which no reader has
            yield (
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{day}_tag_moeglich"
                f" CHECK ({day} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31')"
            )
        if table in SLOTS:
            equal = ", ".join(f"{column} WITH =" for column in SLOTS[table])
            yield (
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_gueltigkeit_ueberlappt"
                f" EXCLUDE USING gist ({equal}, daterange(gueltig_von, gueltig_bis, '[]') WITH &&)"
            )
    if "aenderung" in tables:
        yield (
            "CREATE FUNCTION aenderung_nur_anfuegen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'nur_anfuegen' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        yield append_only("aenderung")


def append_only(table: str) -> str:
    """Give the statement that refuses on PostgreSQL whatever is no new row."""
    return (
        f"CREATE TRIGGER {table}_nur_anfuegen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION aenderung_nur_anfuegen()"
    )


class _Vergessliches(NamedTuple):
    """Statements, texts and names of persons in a table that may be erased, and what stays as it is."""

    statements: tuple[str, ...]
    texts: tuple[str, ...]
    persons: tuple[str, ...]
    fixed: tuple[str, ...]


_FORGETTING: Mapping[str, _Vergessliches] = {
    "aenderung": _Vergessliches(
        ("vorher", "nachher"), ("grund",), ("akteur",), ("fid", "zeitpunkt", "tabelle", "id", "version")
    ),
    "vorschlag": _Vergessliches(
        ("felder",),
        ("grund", "text"),
        ("akteur", "urheber"),
        (
            *("fid", "id", "nr", "zustand", "zug", "zeitpunkt", "absicht", "kollektion"),
            *("angebot", "basis", "tag", "ersetzt_durch", "kein_duplikat", "vertraulich"),
        ),
    ),
    "stichtag": _Vergessliches(
        (),
        ("titel", "grund"),
        ("akteur",),
        ("fid", "id", "stichtag", "known_at", "stand", "pruefsumme", "zeitpunkt"),
    ),
    "szenario": _Vergessliches(("aenderungen",), ("name",), (), ("fid", "id", "version", "zeitpunkt", "stichtag")),
}
_NOBODY = ", ".join(f"'{forget_kennung(kind)}'" for kind in PERSONS)

_NUR_VERGESSEN = f"""
CREATE FUNCTION nur_vergessen(alt jsonb, neu jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF alt IS NOT DISTINCT FROM neu THEN RETURN true; END IF;
  IF jsonb_typeof(alt) = 'object' AND jsonb_typeof(neu) = 'object' THEN
    RETURN NOT EXISTS (
      SELECT FROM jsonb_each(alt) AS a FULL JOIN jsonb_each(neu) AS n ON a.key = n.key
      WHERE a.key IS NULL OR n.key IS NULL OR NOT nur_vergessen(a.value, n.value));
  END IF;
  IF jsonb_typeof(alt) = 'array' AND jsonb_typeof(neu) = 'array' THEN
    RETURN jsonb_array_length(alt) = jsonb_array_length(neu) AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(alt) WITH ORDINALITY AS a(value, at)
      JOIN jsonb_array_elements(neu) WITH ORDINALITY AS n(value, at) ON a.at = n.at
      WHERE NOT nur_vergessen(a.value, n.value));
  END IF;
  RETURN coalesce(jsonb_typeof(alt) = 'string' AND neu = '"{GELOESCHT}"', false);
END $$
"""


def forget_nothing() -> Iterator[str]:
    """Give the statements by which the history is only appended to on PostgreSQL, whatever was let pass before."""
    for table in _FORGETTING:
        yield f"DROP TRIGGER IF EXISTS {table}_vergessen ON {table}"
        yield f"DROP TRIGGER IF EXISTS {table}_nur_anfuegen ON {table}"
        yield f"DROP FUNCTION IF EXISTS {table}_vergessen"
        yield append_only(table)
    yield "DROP FUNCTION IF EXISTS nur_vergessen"


def only_forgetting(dialect: str) -> Iterator[str]:
    """Give the statements by which the history is only appended to, but for texts that are erased."""
    if dialect == "postgresql":
        yield _NUR_VERGESSEN
    for table, rules in _FORGETTING.items():
        kept = [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in rules.fixed]
        kept += [f"nur_vergessen(OLD.{name}, NEW.{name})" for name in rules.statements]
        kept += [f"(NEW.{name} = OLD.{name} OR NEW.{name} = '{GELOESCHT}')" for name in rules.texts]
        kept += [f"NEW.{name} IN (OLD.{name}, {_NOBODY})" for name in rules.persons]
        rule = " AND ".join(kept)
        if dialect != "postgresql":
            same = rule.replace("IS NOT DISTINCT FROM", "IS")
            yield f"DROP TRIGGER {table}_update_pruefen"
            refused = f"SELECT RAISE(ABORT, 'nur_anfuegen') WHERE NOT ({same})"
            yield _trigger(table, "UPDATE", ["SELECT bitte_ueber_die_api_aendern()", refused])
            continue
        yield (
            f"CREATE FUNCTION {table}_vergessen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {rule} THEN"
            " RETURN NEW; END IF;"
            " RAISE EXCEPTION 'nur_anfuegen' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        yield f"DROP TRIGGER {table}_nur_anfuegen ON {table}"
        yield (
            f"CREATE TRIGGER {table}_nur_anfuegen BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION aenderung_nur_anfuegen()"
        )
        yield (
            f"CREATE TRIGGER {table}_vergessen BEFORE UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_vergessen()"
        )


def _geometry_check(table: str) -> Iterator[str]:
    min_x, min_y, max_x, max_y = PLANE_25832
    if table in POINTS:  # NULL passes a CHECK, and the coordinates of POINT EMPTY are NULL
        yield (
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_punkt_moeglich CHECK (geom IS NULL OR (NOT ST_IsEmpty(geom)"
            f" AND ST_X(geom) BETWEEN {min_x} AND {max_x} AND ST_Y(geom) BETWEEN {min_y} AND {max_y}))"
        )
    if table in AREAS:
        yield (
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_flaeche_moeglich CHECK (NOT ST_IsEmpty(geom)"
            f" AND ST_XMin(geom) >= {min_x} AND ST_XMax(geom) <= {max_x}"
            f" AND ST_YMin(geom) >= {min_y} AND ST_YMax(geom) <= {max_y} AND ST_IsValid(geom))"
        )
    if table == "zelle":
        yield f"ALTER TABLE zelle ADD CONSTRAINT zelle_ecke_moeglich CHECK ({_CORNER.format('')})"


def geopackage_guards(tables: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Give the statements that set the rules in a GeoPackage, for tables → their columns of days.

    Each table refuses writes from outside, since SQLite looks up a trigger's functions when it
    prepares the write.
    """
    for table, days in tables.items():
        for action in ("INSERT", "UPDATE", "DELETE"):
            rules = ["SELECT bitte_ueber_die_api_aendern()"]
            if action != "DELETE":
                rules += [*_possible_geometry(table), *map(_calendar_day, days), *_no_overlap(table)]
            if table in APPEND_ONLY:
                # INSERT OR REPLACE removes the old row without asking the trigger of DELETE
                known = (
                    f" WHERE EXISTS (SELECT 1 FROM {table} WHERE {APPEND_ONLY[table]})" if action == "INSERT" else ""
                )
                rules.append(f"SELECT RAISE(ABORT, 'nur_anfuegen'){known}")
            yield _trigger(table, action, rules)


def _trigger(table: str, action: str, rules: list[str]) -> str:
    """Write a trigger; it runs before the row is stored, when NEW.fid of a new row is not yet known."""
    return f"CREATE TRIGGER {table}_{action.lower()}_pruefen BEFORE {action} ON {table} BEGIN {'; '.join(rules)}; END"


def _possible_geometry(table: str) -> Iterator[str]:
    if table in POINTS:
        yield "SELECT RAISE(ABORT, 'punkt_moeglich') WHERE NEW.geom NOTNULL AND NOT point_is_plausible(NEW.geom)"
    if table == "zelle":
        yield f"SELECT RAISE(ABORT, 'ecke_moeglich') WHERE NOT ({_CORNER.format('NEW.')})"
    if table in AREAS:
        yield "SELECT RAISE(ABORT, 'flaeche_moeglich') WHERE NEW.geom NOTNULL AND NOT area_is_valid(NEW.geom)"


def _calendar_day(column: str) -> str:
    """Compare with the day that SQLite counts to: alone, `date` takes the 30th of February."""
    day = f"NEW.{column}"
    return f"SELECT RAISE(ABORT, 'tag_moeglich') WHERE {day} NOTNULL AND {day} IS NOT date({day}, '+0 days')"


def _no_overlap(table: str) -> Iterator[str]:
    if table not in SLOTS:
        return
    same = " AND ".join(f"other.{column} = NEW.{column}" for column in SLOTS[table])
    yield (
        f"SELECT RAISE(ABORT, 'gueltigkeit_ueberlappt') WHERE EXISTS (SELECT 1 FROM {table} AS other WHERE {same}"
        " AND other.fid IS NOT NEW.fid"
        " AND coalesce(other.gueltig_von, '0000-01-01') <= coalesce(NEW.gueltig_bis, '9999-12-31')"
        " AND coalesce(other.gueltig_bis, '9999-12-31') >= coalesce(NEW.gueltig_von, '0000-01-01'))"
    )
