"""What analysts read in PostgreSQL itself: documented views of the public catalogue on a day, by a role of their own.

The day is a setting of the session (`SET infrastruktur.stichtag = '2025-12-31'`), since a view takes no parameter and
QGIS can name a setting in its connection. The views are security barriers: without that, a reader's own condition may
be tried on rows the view hides, and its error message tells what stands in them.
"""

# ruff: noqa: S608 - a view binds no values; names and conditions all stand in this file
import re
from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.errors import Refused
from infrastruktur.storage.zeilenrechte import LEAKPROOF, is_leakproof

_STICHTAG = "COALESCE(NULLIF(current_setting('infrastruktur.stichtag', true), '')::date, CURRENT_DATE)"
_DAY = f"CROSS JOIN (SELECT {_STICHTAG} AS tag) AS stichtag"
_VALID = (
    "COALESCE({0}.gueltig_von, '-infinity') <= stichtag.tag AND COALESCE({0}.gueltig_bis, 'infinity') >= stichtag.tag"
)
_ON_THE_DAY = f"angebot_status.angebot = angebot.id AND {_VALID.format('angebot_status')}"
_PUBLIC = (
    "angebot_status.status <> 'geschlossen' AND NOT angebot.vertraulich AND NOT standort.vertraulich"
    " AND angebot.art <> 'pflege.wg_selbst'"
)

_TELLING = (
    "st_estimatedextent",
    "_postgis_stats",
    "_postgis_selectivity",
    "_postgis_join_selectivity",
    "_postgis_index_extent",
)
"""What PostGIS lets everybody ask about any table, readable or not: where its points lie, the hidden ones too."""

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


class Spalte(msgspec.Struct, frozen=True):
    """A column of a view: its name, where it comes from, and what an analyst reads about it."""

    name: str
    herkunft: str
    beschreibung: str


class Sicht(msgspec.Struct, frozen=True):
    """A view: its name, what an analyst reads about it, its columns and the rows they are taken from."""

    name: str
    beschreibung: str
    spalten: tuple[Spalte, ...]
    zeilen: str

    def create(self) -> Iterator[str]:
        """Give the statements that create the view, or lay it anew, and say what is in it."""
        columns = ", ".join(f"{spalte.herkunft} AS {spalte.name}" for spalte in self.spalten)
        yield f"CREATE OR REPLACE VIEW {self.name} WITH (security_barrier) AS SELECT {columns} FROM {self.zeilen}"
        yield f"COMMENT ON VIEW {self.name} IS '{self.beschreibung}'"
        for spalte in self.spalten:
            yield f"COMMENT ON COLUMN {self.name}.{spalte.name} IS '{spalte.beschreibung}'"


class Leserolle(msgspec.Struct, frozen=True, kw_only=True):
    """A role, and the views it may read."""

    name: str
    sichten: tuple[str, ...]


def _of(table: str, **beschreibungen: str) -> tuple[Spalte, ...]:
    return tuple(Spalte(name, f"{table}.{name}", said) for name, said in beschreibungen.items())


_TAG = Spalte("stichtag", "stichtag.tag", "Tag, dessen Zustand die Zeile zeigt (infrastruktur.stichtag, sonst heute)")
_PUNKT = Spalte("geom", "standort.geom", "Punkt in EPSG:25832; leer, wenn keiner bekannt ist")


def _said(name: str, herkunft: str, beschreibung: str) -> Spalte:
    """Give a text that a source may leave out; null where it does, as the layers have it."""
    return Spalte(name, f"NULLIF({herkunft}, '')", f"{beschreibung}; leer, wenn nichts genannt ist")


def _area(name: str, beschreibung: str) -> Spalte:
    """Give the area of the day; the Standort's own holds where it never lay in another."""
    then = f"SELECT {name} FROM lagezeit WHERE lagezeit.standort = standort.id AND {_VALID.format('lagezeit')}"
    return Spalte(name, f"NULLIF(COALESCE(({then}), standort.{name}), '')", beschreibung)


_ADRESSE = (
    _said("strasse", "standort.strasse", "Straße"),
    _said("hausnummer", "standort.hausnummer", "Hausnummer mit Zusatz"),
    _said("plz", "standort.plz", "Postleitzahl, mit führenden Nullen"),
    _said("ort", "standort.ort", "Ort, wie die Quelle ihn nennt"),
    _area("kommune", "AGS der Kommune, in der der Punkt am Stichtag liegt; ohne Punkt die, die der Ort genau benennt"),
    _area("sozialraum", "Schlüssel des Sozialraums oder Bezirks, in dem der Punkt am Stichtag liegt"),
    *_of(
        "standort",
        lage="innerhalb oder ausserhalb der Kommunen, ohne_punkt; leer, solange nicht verglichen wurde",
        barrierefrei="ja, teilweise, nein oder unbekannt",
    ),
)
_SCHLUESSEL = "Laufende Nummer in diesem Katalog, Schlüssel für GIS-Programme"
_GUELTIG = {"gueltig_von": "Erster gültiger Tag des Umrisses", "gueltig_bis": "Letzter gültiger Tag des Umrisses"}
_UMRISS = "Umriss in EPSG:25832"

SICHTEN = (
    Sicht(
        "v_angebote_stichtag",
        "Öffentliche Angebote am Stichtag, auch geplante und ruhende, ohne geschlossene, am Punkt ihres Standorts",
        (
            *_of(
                "angebot",
                fid=_SCHLUESSEL,
                id="Kennung (UUID), bleibt über Importe hinweg gleich",
                name="Name",
                art="Art als Kürzel, etwa pflege.tagespflege",
                kategorie="Kategorie: erster Teil der Art",
            ),
            _said("traeger", "angebot.traeger_name", "Träger, wie die Quelle ihn schreibt"),
            Spalte("status", "angebot_status.status", "geplant, genehmigt, im_bau, in_betrieb oder ruhend"),
            Spalte("groesse", "angebot.hauptgroesse", "Größe, in der die Kapazität dieser Art angegeben wird"),
            Spalte("kapazitaet", "kapazitaet.wert", "Kapazität am Stichtag; leer, wenn keine Quelle sie nennt"),
            *_of(
                "angebot",
                stand="Tag, von dem die Angaben der Quelle sprechen",
                zuletzt_geprueft="Tag, an dem zuletzt jemand die Angaben bestätigt hat",
            ),
            *_ADRESSE,
            _TAG,
            _PUNKT,
            # Last, where a view that roles read already can take a further column.
            _said(
                "oeffnungszeiten",
                "angebot.attribute->>'oeffnungszeiten'",
                "Öffnungszeiten in der Schreibweise von OpenStreetMap",
            ),
        ),
        f"angebot JOIN standort ON standort.id = angebot.standort {_DAY}"
        f" JOIN angebot_status ON {_ON_THE_DAY}"
        " LEFT JOIN kapazitaet ON kapazitaet.angebot = angebot.id AND kapazitaet.groesse = angebot.hauptgroesse"
        f" AND {_VALID.format('kapazitaet')} WHERE {_PUBLIC}",
    ),
    Sicht(
        "v_standorte_stichtag",
        "Standorte, an denen es am Stichtag mindestens ein öffentliches Angebot gibt",
        (
            *_of("standort", fid=_SCHLUESSEL, id="Kennung (UUID)"),
            *_ADRESSE,
            Spalte("angebote", "vorhanden.anzahl", "Zahl der öffentlichen Angebote am Stichtag"),
            _TAG,
            _PUNKT,
        ),
        f"standort {_DAY} CROSS JOIN LATERAL (SELECT count(*) AS anzahl FROM angebot"
        f" JOIN angebot_status ON {_ON_THE_DAY} WHERE angebot.standort = standort.id AND {_PUBLIC}) AS vorhanden"
        " WHERE vorhanden.anzahl > 0",
    ),
    Sicht(
        "v_sozialraeume_stichtag",
        "Sozialräume, oder Statistische Bezirke an ihrer Stelle, mit dem Umriss, der am Stichtag gilt",
        (
            *_of(
                "sozialraum",
                fid=_SCHLUESSEL,
                schluessel="Schlüssel: AGS der Kommune und Nummer",
                name="Name; leer, wenn er nur eine Nummer hat",
                ebene="sozialraum oder bezirk",
            ),
            Spalte("kommune", "sozialraum.oberraum", "AGS der Kommune"),
            *_of("sozialraum", **_GUELTIG),
            _TAG,
            *_of("sozialraum", geom=_UMRISS),
        ),
        f"sozialraum {_DAY} WHERE {_VALID.format('sozialraum')}",
    ),
    Sicht(
        "v_kommunen_stichtag",
        "Kommunen mit dem Umriss, der am Stichtag gilt",
        (
            *_of("kommune", fid=_SCHLUESSEL, schluessel="Amtlicher Gemeindeschlüssel (AGS)", name="Name"),
            Spalte("region", "kommune.oberraum", "Schlüssel der Region"),
            *_of("kommune", **_GUELTIG),
            _TAG,
            *_of("kommune", geom=_UMRISS),
        ),
        f"kommune {_DAY} WHERE {_VALID.format('kommune')}",
    ),
)


def grant_reading(conn: Connection, name: str) -> Leserolle:
    """Let a role read the views, creating it without a password where there is none; doing it twice changes nothing.

    Raises
    ------
    Refused
        The store has no roles, the name is none, the role may read more already, or a superuser has to do something
        first, which the message states.

    """
    if conn.dialect.name != "postgresql":
        raise Refused(
            "Ein GeoPackage kennt keine Rollen; wer die Datei hat, liest sie ganz. Leserollen hat PostgreSQL."
        )
    if _NAME.fullmatch(name) is None:
        raise Refused(f"„{name}“ ist kein Name einer Rolle: Kleinbuchstaben, Ziffern und _ (Beispiel: auswertung).")
    sichten = tuple(sicht.name for sicht in SICHTEN)
    if conn.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is None:
        _administer(conn, "rolcreaterole", [f'CREATE ROLE "{name}" LOGIN'])
    _administer(conn, "rolsuper", [*_close_telling(conn), *_open_index(conn)])
    more = list(conn.scalars(sa.text(_MORE), {"name": name, "sichten": list(sichten)}))
    if more:
        raise Refused(f"Die Rolle „{name}“ darf schon mehr als lesen ({', '.join(more)}). Bitte eine andere nehmen.")
    conn.exec_driver_sql(f'GRANT SELECT ON {", ".join(sichten)} TO "{name}"')
    conn.exec_driver_sql(f'ALTER ROLE "{name}" SET default_transaction_read_only = on')
    return Leserolle(name=name, sichten=sichten)


_MORE = """
SELECT format('%s auf %s', recht, relname) FROM pg_class
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS recht
WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'angebot'::regclass) AND relkind IN ('r', 'v', 'm')
  AND has_table_privilege(:name, oid, recht) AND NOT (recht = 'SELECT' AND relname = ANY(:sichten))
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY relname, recht
"""
"""Rights on our tables and views beyond reading these; what PostGIS shows to everybody is not ours."""


def _administer(conn: Connection, right: str, statements: list[str]) -> None:
    """Run what takes a right that the catalogue's own user may lack: `rolcreaterole` or `rolsuper`."""
    may = sa.text(
        "SELECT rolsuper OR (:right = 'rolcreaterole' AND rolcreaterole) FROM pg_roles WHERE rolname = current_user"
    )
    if statements and not conn.scalar(may, {"right": right}):
        raise Refused(f"Dieser Zugang darf das nicht. Bitte als Verwalter ausführen: {'; '.join(statements)};")
    for statement in statements:
        conn.exec_driver_sql(statement)


def _close_telling(conn: Connection) -> Iterator[str]:
    functions = """SELECT oid::regprocedure::text FROM pg_proc
        WHERE proname = ANY(:names) AND has_function_privilege('public', oid, 'EXECUTE') ORDER BY 1"""
    opened = list(conn.scalars(sa.text(functions), {"names": list(_TELLING)}))
    if opened:
        yield f"REVOKE EXECUTE ON FUNCTION {', '.join(opened)} FROM PUBLIC"


def _open_index(conn: Connection) -> Iterator[str]:
    if not is_leakproof(conn):
        yield LEAKPROOF
