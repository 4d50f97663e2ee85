"""The catalogue's tables, once for both stores.

`fid` is the key a GIS and an R*Tree need, `id` the one that never changes and leaves the house.
`version` counts the edits of a row that people edit; dated children belong to their Angebot and are
counted with it. Rules beyond one column stand in guards.py, because the stores state them differently.
Column types are those a GeoPackage knows: a VARCHAR, UUID or JSON column is dropped by GIS programs.
"""

import sqlalchemy as sa

from infrastruktur.domain.angebot import Barrierefrei, Status
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.kontext import Richtung, Thema
from infrastruktur.storage import editing_tables
from infrastruktur.storage.columns import Json, PlaneGeometry
from infrastruktur.storage.conventions import (
    MAX_ZAHL,
    entity,
    fid,
    flag,
    number,
    one_of,
    spatial_index,
    text,
    validity,
)

metadata = editing_tables.massnahme.metadata
"""Of all tables, those of what people enter among them."""

region = sa.Table(
    "region",
    metadata,
    fid(),
    sa.Column("schluessel", sa.Text, nullable=False, unique=True),
    text("name"),
    text("titel"),
    text("hinweis"),
    sa.Column("stichtag", sa.Date),
)

quelle = sa.Table(
    "quelle",
    metadata,
    fid(),
    sa.Column("schluessel", sa.Text, nullable=False, unique=True),
    text("titel"),
    text("herausgeber"),
    text("lizenz"),
    text("namensnennung"),
    sa.Column("stichtag", sa.Date),
)

kommune = sa.Table(
    "kommune",
    metadata,
    *entity(),
    text("quelle"),
    sa.Column("schluessel", sa.Text, nullable=False, index=True),
    sa.Column("ebene", sa.Text, nullable=False),
    text("name"),
    text("oberraum"),
    *validity(),
    sa.Column("geom", PlaneGeometry("MULTIPOLYGON"), nullable=False),
    sa.CheckConstraint("ebene = 'kommune'", name="ebene_bekannt"),
    spatial_index("kommune"),
)

sozialraum = sa.Table(
    "sozialraum",
    metadata,
    *entity(),
    text("quelle"),
    sa.Column("schluessel", sa.Text, nullable=False, index=True),
    sa.Column("ebene", sa.Text, nullable=False),
    text("name"),
    text("oberraum"),
    *validity(),
    sa.Column("geom", PlaneGeometry("MULTIPOLYGON"), nullable=False),
    sa.CheckConstraint("ebene IN ('sozialraum', 'bezirk')", name="ebene_bekannt"),
    spatial_index("sozialraum"),
)

traeger = sa.Table("traeger", metadata, *entity(), text("name"), text("art"))

standort = sa.Table(
    "standort",
    metadata,
    *entity(),
    text("quelle"),
    sa.Column("schluessel", sa.Text, nullable=False),
    text("strasse"),
    text("hausnummer"),
    text("plz"),
    text("ort"),
    sa.Column("barrierefrei", sa.Text, nullable=False),
    sa.Column("vertraulich", sa.Boolean, nullable=False),
    flag("oeffentlich", "some Angebot here is public"),
    sa.Column("kommune", sa.Text),
    sa.Column("sozialraum", sa.Text),
    sa.Column("lage", sa.Text, comment="null until the point has been compared with the areas"),
    sa.Column("geom", PlaneGeometry("POINT")),
    sa.UniqueConstraint("quelle", "schluessel"),
    one_of("barrierefrei", Barrierefrei),
    sa.CheckConstraint("lage IN ('innerhalb', 'ausserhalb', 'ohne_punkt')", name="lage_bekannt"),
    spatial_index("standort"),
)

lagezeit = sa.Table(
    "lagezeit",
    metadata,
    fid(),
    sa.Column("standort", sa.ForeignKey("standort.id"), nullable=False, index=True),
    text("kommune"),
    text("sozialraum"),
    *validity(),
)

angebot = sa.Table(
    "angebot",
    metadata,
    *entity(),
    text("quelle"),
    sa.Column("schluessel", sa.Text, nullable=False),
    sa.Column("art", sa.Text, nullable=False, index=True),
    sa.Column("kategorie", sa.Text, nullable=False),
    sa.Column("hauptgroesse", sa.Text),
    text("name"),
    sa.Column("standort", sa.ForeignKey("standort.id"), nullable=False, index=True),
    sa.Column("traeger", sa.ForeignKey("traeger.id"), index=True),
    text("traeger_name"),
    text("traeger_art"),
    sa.Column("stand", sa.Date),
    sa.Column("zuletzt_geprueft", sa.Date),
    sa.Column("vertraulich", sa.Boolean, nullable=False),
    flag("oeffentlich", "the public may know of it"),
    number("verborgen_bis", "last version that was not public"),
    sa.Column("attribute", Json, nullable=False),
    text("ersetzt_durch"),
    sa.UniqueConstraint("quelle", "schluessel"),
)

angebot_status = sa.Table(
    "angebot_status",
    metadata,
    fid(),
    sa.Column("angebot", sa.ForeignKey("angebot.id"), nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    *validity(),
    one_of("status", Status),
)

kapazitaet = sa.Table(
    "kapazitaet",
    metadata,
    fid(),
    sa.Column("angebot", sa.ForeignKey("angebot.id"), nullable=False, index=True),
    sa.Column("groesse", sa.Text, nullable=False),
    sa.Column("wert", sa.Double, nullable=False),
    *validity(),
    sa.CheckConstraint(f"wert >= 0 AND wert <= {MAX_ZAHL:.0f}", name="wert_moeglich"),
)

fassung = sa.Table(
    "fassung",
    metadata,
    fid(),
    sa.Column("id", sa.Text, nullable=False, index=True, comment="of the Angebot"),
    sa.Column("nr", sa.Integer, nullable=False, index=True, comment="place in the layer"),
    sa.Column("standort", sa.Text, nullable=False, index=True),
    sa.Column("oeffentlich", sa.Boolean, nullable=False),
    sa.Column("art", sa.Text, nullable=False),
    sa.Column("hauptgroesse", sa.Text),
    text("name"),
    sa.Column("traeger", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kapazitaet", sa.Double),
    *validity(),
    sa.Column("oeffnungszeiten", sa.Text),
    sa.Column("stand", sa.Date),
    sa.Column("zuletzt_geprueft", sa.Date),
    sa.Column("strasse", sa.Text),
    sa.Column("hausnummer", sa.Text),
    sa.Column("plz", sa.Text),
    sa.Column("ort", sa.Text),
    sa.Column("kommune", sa.Text),
    sa.Column("sozialraum", sa.Text),
    sa.Column("geom", PlaneGeometry("POINT")),
    # All that a count asks for: it reads no rows, and PostgreSQL takes 1.8 ms for 20,000, not 16. SQLite, which knows
    # nothing of how many rows a condition leaves, would take it for boxes too, and scan.
    sa.Index("fassung_gezeigt", "oeffentlich", "art", "gueltig_von", "gueltig_bis").ddl_if(dialect="postgresql"),
    spatial_index("fassung"),
)

fassungszahl = sa.Table(
    "fassungszahl",
    metadata,
    fid(),
    sa.Column("oeffentlich", sa.Boolean, nullable=False),
    sa.Column("art", sa.Text, nullable=False),
    *validity(),
    sa.Column("anzahl", sa.Integer, nullable=False, comment="rows of fassung that have these four alike"),
)

adresse = sa.Table(
    "adresse",
    metadata,
    fid(),
    sa.Column("quelle", sa.Text, nullable=False, index=True),
    sa.Column("schluessel", sa.Text, nullable=False, index=True, comment="folded to be compared"),
    text("strasse"),
    text("hausnummer"),
    text("plz"),
    sa.Column("geom", PlaneGeometry("POINT"), nullable=False),
    spatial_index("adresse"),
)

bevoelkerung = sa.Table(
    "bevoelkerung",
    metadata,
    fid(),
    sa.Column("quelle", sa.Text, nullable=False),
    sa.Column("stichtag", sa.Date, nullable=False),
    sa.Column("raum", sa.Text, nullable=False),
    sa.Column("geschlecht", sa.Text, nullable=False),
    sa.Column("gruppe", sa.Text, nullable=False),
    sa.Column("personen", sa.Double, nullable=False),
    sa.UniqueConstraint("quelle", "stichtag", "raum", "geschlecht", "gruppe"),
    one_of("geschlecht", Geschlecht),
    sa.CheckConstraint(f"personen >= 0 AND personen <= {MAX_ZAHL:.0f}", name="personen_moeglich"),
)

zelle = sa.Table(
    "zelle",
    metadata,
    fid(),
    sa.Column("quelle", sa.Text, nullable=False),
    sa.Column("stichtag", sa.Date, nullable=False),
    sa.Column("groesse_m", sa.Integer, nullable=False),
    sa.Column("gitter_id", sa.Text, nullable=False),
    text("kommune"),
    sa.Column("x_3035", sa.Double, nullable=False, comment="lower-left corner in metres"),
    sa.Column("y_3035", sa.Double, nullable=False, comment="lower-left corner in metres"),
    sa.Column("geom", PlaneGeometry("POINT"), nullable=False, comment="the cell's centre"),
    sa.UniqueConstraint("quelle", "stichtag", "groesse_m", "gitter_id"),
    sa.CheckConstraint("groesse_m > 0", name="groesse_moeglich"),
    spatial_index("zelle"),
)

zelle_wert = sa.Table(
    "zelle_wert",
    metadata,
    fid(),
    sa.Column("zelle", sa.ForeignKey("zelle.fid", ondelete="CASCADE"), nullable=False),
    sa.Column("merkmal", sa.Text, nullable=False),
    sa.Column("wert", sa.Double, nullable=False),
    sa.UniqueConstraint("zelle", "merkmal"),
    sa.CheckConstraint(f"wert >= 0 AND wert <= {MAX_ZAHL:.0f}", name="wert_moeglich"),
)

kontextindikator = sa.Table(
    "kontextindikator",
    metadata,
    fid(),
    sa.Column("quelle", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    text("titel"),
    sa.Column("thema", sa.Text, nullable=False),
    text("einheit"),
    text("bezug"),
    text("deutung"),
    sa.Column("unterste_ebene", sa.Text, nullable=False),
    sa.Column("richtung", sa.Text, nullable=False),
    sa.UniqueConstraint("quelle", "code"),
    one_of("thema", Thema),
    one_of("richtung", Richtung),
)

kontextwert = sa.Table(
    "kontextwert",
    metadata,
    fid(),
    sa.Column("quelle", sa.Text, nullable=False),
    sa.Column("indikator", sa.Text, nullable=False),
    sa.Column("stichtag", sa.Date, nullable=False),
    sa.Column("raum", sa.Text, nullable=False),
    sa.Column("wert", sa.Double),
    sa.Column("grund", sa.Text, comment="why there is no wert"),
    sa.Column("eingeschraenkt", sa.Boolean, nullable=False),
    sa.UniqueConstraint("quelle", "indikator", "stichtag", "raum"),
    sa.CheckConstraint(f"wert >= -{MAX_ZAHL:.0f} AND wert <= {MAX_ZAHL:.0f}", name="wert_endlich"),
    sa.CheckConstraint("(wert IS NULL) = (grund IS NOT NULL)", name="wert_oder_grund"),
)

aenderung = sa.Table(
    "aenderung",
    metadata,
    fid(),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("akteur", sa.Text, nullable=False),
    text("grund"),
    sa.Column("tabelle", sa.Text, nullable=False),
    sa.Column("id", sa.Text, nullable=False, index=True),
    number("version", "of the Angebot it made"),
    sa.Column("vorher", Json),
    sa.Column("nachher", Json),
)

abgeloest = sa.Table(
    "abgeloest",
    metadata,
    fid(),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("tabelle", "quelle", "teil")),
    sa.Column("stand", sa.Integer, nullable=False, comment="last entry of the history for which it held"),
    sa.Column("inhalt", sa.LargeBinary, nullable=False, comment="packed"),
    sa.Index(None, "tabelle", "quelle", "teil"),
)

stichtag = sa.Table(
    "stichtag",
    metadata,
    fid(),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    text("titel"),
    sa.Column("stichtag", sa.Date, nullable=False),
    sa.Column("known_at", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("stand", sa.Integer, nullable=False, comment="last entry of the history that was known"),
    sa.Column("pruefsumme", sa.Text, nullable=False, comment="SHA-256 of the Bestand, hexadecimal"),
    sa.Column("akteur", sa.Text, nullable=False),
    text("grund"),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
)

szenario = sa.Table(
    "szenario",
    metadata,
    fid(),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    text("name"),
    sa.Column("stichtag", sa.Date),
    sa.Column("aenderungen", Json, comment="null where this version took the scenario away"),
    sa.UniqueConstraint("id", "version"),
    sa.CheckConstraint("version >= 1", name="version_moeglich"),
)

revision = sa.Table(
    "revision",
    metadata,
    fid(),
    sa.Column("thema", sa.Text, nullable=False, unique=True),
    sa.Column("stand", sa.Integer, nullable=False),
)

zugangstoken = sa.Table(
    "zugangstoken",
    metadata,
    fid(),
    sa.Column("nummer", sa.Text, nullable=False, unique=True),
    sa.Column("pruefsumme", sa.Text, nullable=False, comment="SHA-256 of the secret, hexadecimal"),
    text("name"),
    sa.Column("zustaendigkeiten", Json, nullable=False),
    sa.Column("handlungen", Json),
    sa.Column("ausgestellt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("gueltig_bis", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("widerrufen", sa.Text, comment="UTC, ISO 8601"),
    text("inhaber"),
)

ergebnis = sa.Table(
    "ergebnis",
    metadata,
    fid(),
    sa.Column("schluessel", sa.Text, nullable=False, unique=True),
    sa.Column("inhalt", sa.LargeBinary, nullable=False),
)
