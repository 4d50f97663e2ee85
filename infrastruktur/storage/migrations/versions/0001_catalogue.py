"""The catalogue as first released: areas, supply, people, history."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json, PlaneGeometry
from infrastruktur.storage.geopackage import describe_attributes, describe_features
from infrastruktur.storage.guards import geopackage_guards, postgis_guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES: dict[str, tuple[str, ...]] = {
    "quelle": ("stichtag",),
    "region": ("stichtag",),
    "kommune": ("gueltig_von", "gueltig_bis"),
    "sozialraum": ("gueltig_von", "gueltig_bis"),
    "traeger": (),
    "standort": (),
    "angebot": ("stand", "zuletzt_geprueft"),
    "angebot_status": ("gueltig_von", "gueltig_bis"),
    "kapazitaet": ("gueltig_von", "gueltig_bis"),
    "bevoelkerung": ("stichtag",),
    "zelle": ("stichtag",),
    "zelle_wert": (),
    "aenderung": (),
    "revision": (),
    "ergebnis": (),
}
"""In the order of their creation, with their columns of days."""
_LAYERS = {"kommune": "MULTIPOLYGON", "sozialraum": "MULTIPOLYGON", "standort": "POINT", "zelle": "POINT"}
_VIEW = "angebote_heute"
_TODAY = """
CREATE VIEW angebote_heute AS
SELECT angebot.fid AS fid, angebot.id AS id, angebot.art AS art, angebot.kategorie AS kategorie, angebot.name AS name,
       angebot.traeger_name AS traeger, angebot_status.status AS status, kapazitaet.wert AS kapazitaet,
       angebot.stand AS stand, angebot.zuletzt_geprueft AS zuletzt_geprueft, standort.strasse AS strasse,
       standort.hausnummer AS hausnummer, standort.plz AS plz, standort.ort AS ort, standort.kommune AS kommune,
       standort.sozialraum AS sozialraum, standort.lage AS lage, standort.barrierefrei AS barrierefrei,
       standort.geom AS geom
FROM angebot
JOIN standort ON standort.id = angebot.standort
JOIN angebot_status ON angebot_status.angebot = angebot.id
 AND (angebot_status.gueltig_von IS NULL OR angebot_status.gueltig_von <= {today})
 AND (angebot_status.gueltig_bis IS NULL OR angebot_status.gueltig_bis >= {today})
LEFT JOIN kapazitaet ON kapazitaet.angebot = angebot.id AND kapazitaet.groesse = angebot.hauptgroesse
 AND (kapazitaet.gueltig_von IS NULL OR kapazitaet.gueltig_von <= {today})
 AND (kapazitaet.gueltig_bis IS NULL OR kapazitaet.gueltig_bis >= {today})
WHERE angebot_status.status <> 'geschlossen' AND NOT angebot.vertraulich AND NOT standort.vertraulich
  AND angebot.art <> 'pflege.wg_selbst'
"""
"""The public layer as of today, for a GIS that opens the store itself; copies of it give nothing confidential away."""


def upgrade() -> None:
    _create_areas()
    _create_supply()
    _create_people()
    _create_records()
    if op.get_bind().dialect.name == "postgresql":
        _finish_postgis()
    else:
        _finish_geopackage()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(f"DROP VIEW {_VIEW}")
    for table in reversed(_TABLES):
        op.drop_table(table)
    if not sqlite:
        op.execute("DROP FUNCTION aenderung_nur_anfuegen")
        return
    for table in _LAYERS:
        op.execute(f"DROP TABLE rtree_{table}_geom")
    for table in ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 - the three names above


def _finish_postgis() -> None:
    for table in _LAYERS:
        op.create_index(f"{table}_geom", table, ["geom"], postgresql_using="gist")
    for statement in (*postgis_guards(_TABLES), _TODAY.format(today="CURRENT_DATE")):
        op.execute(statement)


def _finish_geopackage() -> None:
    connection = op.get_bind()
    statements = [_TODAY.format(today="date('now', 'localtime')")]
    for table in _TABLES:
        if table in _LAYERS:
            statements += describe_features(table, _LAYERS[table], indexed=True)
        else:
            statements.append(describe_attributes(table))
    statements += describe_features(_VIEW, "POINT", indexed=False)
    # The guards come last: SQLite reads the newest trigger first, so that the refused read the guards' name.
    for statement in [*statements, *geopackage_guards(_TABLES)]:
        connection.exec_driver_sql(statement)


def _create_areas() -> None:
    op.create_table(
        "quelle",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("titel", sa.Text(), server_default="", nullable=False),
        sa.Column("herausgeber", sa.Text(), server_default="", nullable=False),
        sa.Column("lizenz", sa.Text(), server_default="", nullable=False),
        sa.Column("namensnennung", sa.Text(), server_default="", nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("fid", name=op.f("quelle_pk")),
        sa.UniqueConstraint("schluessel", name=op.f("quelle_schluessel_eindeutig")),
    )
    op.create_table(
        "region",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("titel", sa.Text(), server_default="", nullable=False),
        sa.Column("hinweis", sa.Text(), server_default="", nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("fid", name=op.f("region_pk")),
        sa.UniqueConstraint("schluessel", name=op.f("region_schluessel_eindeutig")),
    )
    op.create_table(
        "kommune",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("quelle", sa.Text(), server_default="", nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("ebene", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("oberraum", sa.Text(), server_default="", nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.Column("geom", PlaneGeometry("MULTIPOLYGON"), nullable=False),
        sa.CheckConstraint("ebene = 'kommune'", name=op.f("kommune_ebene_bekannt")),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("kommune_gueltig_bis_nach_von")),
        sa.PrimaryKeyConstraint("fid", name=op.f("kommune_pk")),
        sa.UniqueConstraint("id", name=op.f("kommune_id_eindeutig")),
    )
    op.create_index(op.f("kommune_schluessel"), "kommune", ["schluessel"], unique=False)
    op.create_table(
        "sozialraum",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("quelle", sa.Text(), server_default="", nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("ebene", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("oberraum", sa.Text(), server_default="", nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.Column("geom", PlaneGeometry("MULTIPOLYGON"), nullable=False),
        sa.CheckConstraint("ebene IN ('sozialraum', 'bezirk')", name=op.f("sozialraum_ebene_bekannt")),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("sozialraum_gueltig_bis_nach_von")),
        sa.PrimaryKeyConstraint("fid", name=op.f("sozialraum_pk")),
        sa.UniqueConstraint("id", name=op.f("sozialraum_id_eindeutig")),
    )
    op.create_index(op.f("sozialraum_schluessel"), "sozialraum", ["schluessel"], unique=False)


def _create_supply() -> None:
    op.create_table(
        "traeger",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("art", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("traeger_pk")),
        sa.UniqueConstraint("id", name=op.f("traeger_id_eindeutig")),
    )
    op.create_table(
        "standort",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("quelle", sa.Text(), server_default="", nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("strasse", sa.Text(), server_default="", nullable=False),
        sa.Column("hausnummer", sa.Text(), server_default="", nullable=False),
        sa.Column("plz", sa.Text(), server_default="", nullable=False),
        sa.Column("ort", sa.Text(), server_default="", nullable=False),
        sa.Column("barrierefrei", sa.Text(), nullable=False),
        sa.Column("vertraulich", sa.Boolean(), nullable=False),
        sa.Column("kommune", sa.Text(), nullable=True),
        sa.Column("sozialraum", sa.Text(), nullable=True),
        sa.Column("lage", sa.Text(), nullable=True, comment="null until the point has been compared with the areas"),
        sa.Column("geom", PlaneGeometry("POINT"), nullable=True),
        sa.CheckConstraint(
            "barrierefrei IN ('ja', 'teilweise', 'nein', 'unbekannt')", name=op.f("standort_barrierefrei_bekannt")
        ),
        sa.CheckConstraint("lage IN ('innerhalb', 'ausserhalb', 'ohne_punkt')", name=op.f("standort_lage_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("standort_pk")),
        sa.UniqueConstraint("id", name=op.f("standort_id_eindeutig")),
        sa.UniqueConstraint("quelle", "schluessel", name=op.f("standort_quelle_schluessel_eindeutig")),
    )
    op.create_table(
        "angebot",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("quelle", sa.Text(), server_default="", nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("art", sa.Text(), nullable=False),
        sa.Column("kategorie", sa.Text(), nullable=False),
        sa.Column("hauptgroesse", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("standort", sa.Text(), nullable=False),
        sa.Column("traeger", sa.Text(), nullable=True),
        sa.Column("traeger_name", sa.Text(), server_default="", nullable=False),
        sa.Column("traeger_art", sa.Text(), server_default="", nullable=False),
        sa.Column("stand", sa.Date(), nullable=True),
        sa.Column("zuletzt_geprueft", sa.Date(), nullable=True),
        sa.Column("vertraulich", sa.Boolean(), nullable=False),
        sa.Column("attribute", Json(), nullable=False),
        sa.ForeignKeyConstraint(["standort"], ["standort.id"], name=op.f("angebot_standort_bekannt")),
        sa.ForeignKeyConstraint(["traeger"], ["traeger.id"], name=op.f("angebot_traeger_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("angebot_pk")),
        sa.UniqueConstraint("id", name=op.f("angebot_id_eindeutig")),
        sa.UniqueConstraint("quelle", "schluessel", name=op.f("angebot_quelle_schluessel_eindeutig")),
    )
    op.create_index(op.f("angebot_art"), "angebot", ["art"], unique=False)
    op.create_index(op.f("angebot_standort"), "angebot", ["standort"], unique=False)
    op.create_index(op.f("angebot_traeger"), "angebot", ["traeger"], unique=False)
    op.create_table(
        "angebot_status",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("angebot", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('geplant', 'genehmigt', 'im_bau', 'in_betrieb', 'ruhend', 'geschlossen')",
            name=op.f("angebot_status_status_bekannt"),
        ),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("angebot_status_gueltig_bis_nach_von")),
        sa.ForeignKeyConstraint(["angebot"], ["angebot.id"], name=op.f("angebot_status_angebot_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("angebot_status_pk")),
    )
    op.create_index(op.f("angebot_status_angebot"), "angebot_status", ["angebot"], unique=False)
    op.create_table(
        "kapazitaet",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("angebot", sa.Text(), nullable=False),
        sa.Column("groesse", sa.Text(), nullable=False),
        sa.Column("wert", sa.Double(), nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("kapazitaet_gueltig_bis_nach_von")),
        sa.CheckConstraint("wert >= 0 AND wert <= 1000000000000", name=op.f("kapazitaet_wert_moeglich")),
        sa.ForeignKeyConstraint(["angebot"], ["angebot.id"], name=op.f("kapazitaet_angebot_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("kapazitaet_pk")),
    )
    op.create_index(op.f("kapazitaet_angebot"), "kapazitaet", ["angebot"], unique=False)


def _create_people() -> None:
    op.create_table(
        "bevoelkerung",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=False),
        sa.Column("raum", sa.Text(), nullable=False),
        sa.Column("geschlecht", sa.Text(), nullable=False),
        sa.Column("gruppe", sa.Text(), nullable=False),
        sa.Column("personen", sa.Double(), nullable=False),
        sa.CheckConstraint("geschlecht IN ('w', 'm', 'i')", name=op.f("bevoelkerung_geschlecht_bekannt")),
        sa.CheckConstraint("personen >= 0 AND personen <= 1000000000000", name=op.f("bevoelkerung_personen_moeglich")),
        sa.PrimaryKeyConstraint("fid", name=op.f("bevoelkerung_pk")),
        sa.UniqueConstraint(
            "quelle",
            "stichtag",
            "raum",
            "geschlecht",
            "gruppe",
            name=op.f("bevoelkerung_quelle_stichtag_raum_geschlecht_gruppe_eindeutig"),
        ),
    )
    op.create_table(
        "zelle",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=False),
        sa.Column("groesse_m", sa.Integer(), nullable=False),
        sa.Column("gitter_id", sa.Text(), nullable=False),
        sa.Column("kommune", sa.Text(), server_default="", nullable=False),
        sa.Column("x_3035", sa.Double(), nullable=False, comment="lower-left corner in metres"),
        sa.Column("y_3035", sa.Double(), nullable=False, comment="lower-left corner in metres"),
        sa.Column("geom", PlaneGeometry("POINT"), nullable=False, comment="the cell's centre"),
        sa.CheckConstraint("groesse_m > 0", name=op.f("zelle_groesse_moeglich")),
        sa.PrimaryKeyConstraint("fid", name=op.f("zelle_pk")),
        sa.UniqueConstraint(
            "quelle",
            "stichtag",
            "groesse_m",
            "gitter_id",
            name=op.f("zelle_quelle_stichtag_groesse_m_gitter_id_eindeutig"),
        ),
    )
    op.create_table(
        "zelle_wert",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("zelle", sa.Integer(), nullable=False),
        sa.Column("merkmal", sa.Text(), nullable=False),
        sa.Column("wert", sa.Double(), nullable=False),
        sa.CheckConstraint("wert >= 0 AND wert <= 1000000000000", name=op.f("zelle_wert_wert_moeglich")),
        sa.ForeignKeyConstraint(["zelle"], ["zelle.fid"], name=op.f("zelle_wert_zelle_bekannt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fid", name=op.f("zelle_wert_pk")),
        sa.UniqueConstraint("zelle", "merkmal", name=op.f("zelle_wert_zelle_merkmal_eindeutig")),
    )


def _create_records() -> None:
    op.create_table(
        "aenderung",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("akteur", sa.Text(), nullable=False),
        sa.Column("grund", sa.Text(), server_default="", nullable=False),
        sa.Column("tabelle", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("vorher", Json(), nullable=True),
        sa.Column("nachher", Json(), nullable=True),
        sa.PrimaryKeyConstraint("fid", name=op.f("aenderung_pk")),
    )
    op.create_index(op.f("aenderung_id"), "aenderung", ["id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("thema", sa.Text(), nullable=False),
        sa.Column("stand", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("revision_pk")),
        sa.UniqueConstraint("thema", name=op.f("revision_thema_eindeutig")),
    )
    op.create_table(
        "ergebnis",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False),
        sa.Column("inhalt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("ergebnis_pk")),
        sa.UniqueConstraint("schluessel", name=op.f("ergebnis_schluessel_eindeutig")),
    )
