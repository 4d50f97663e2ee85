"""The tables of what people enter beside the Angebote themselves; `tables` lists them among its own."""

import sqlalchemy as sa

from infrastruktur.domain.vorschlag import Absicht, Zug, Zustand
from infrastruktur.storage.columns import Json
from infrastruktur.storage.conventions import entity, fid, metadata, one_of, text

eingabe = sa.Table(
    "eingabe",
    metadata,
    fid(),
    sa.Column("akteur", sa.Text, nullable=False),
    sa.Column("schluessel", sa.Text, nullable=False, comment="the client's own name of its request"),
    sa.Column("pruefsumme", sa.Text, nullable=False, comment="of the request, hexadecimal"),
    sa.Column("ergebnis", sa.Text, nullable=False, comment="JSON, its members in their order"),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.UniqueConstraint("akteur", "schluessel"),
)

widerspruch = sa.Table(
    "widerspruch",
    metadata,
    fid(),
    sa.Column("angebot", sa.ForeignKey("angebot.id"), index=True),
    sa.Column("massnahme", sa.ForeignKey("massnahme.id"), index=True),
    sa.Column("feld", sa.Text, nullable=False),
    sa.Column("akteur", sa.Text, nullable=False, comment="whose statement was not taken"),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("angabe", Json, comment="what was stated and not taken"),
    sa.Column("erledigt", sa.Text, comment="UTC, ISO 8601"),
    sa.CheckConstraint("(angebot IS NULL) <> (massnahme IS NULL)", name="einer_sache"),
)

vorschlag = sa.Table(
    "vorschlag",
    metadata,
    fid(),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("nr", sa.Integer, nullable=False, comment="counts the steps"),
    sa.Column("zustand", sa.Text, nullable=False),
    sa.Column("zug", sa.Text, nullable=False),
    sa.Column("akteur", sa.Text, nullable=False),
    text("text"),
    sa.Column("zeitpunkt", sa.Text, nullable=False, comment="UTC, ISO 8601"),
    sa.Column("urheber", sa.Text, nullable=False),
    sa.Column("absicht", sa.Text, nullable=False),
    sa.Column("kollektion", sa.Text, nullable=False),
    sa.Column("angebot", sa.Text, nullable=False, index=True, comment="that is there, or will be"),
    text("basis"),
    sa.Column("tag", sa.Date, nullable=False),
    text("grund"),
    sa.Column("felder", Json, nullable=False),
    text("ersetzt_durch"),
    sa.Column("kein_duplikat", Json, nullable=False),
    sa.Column("vertraulich", sa.Boolean, nullable=False),
    sa.UniqueConstraint("id", "nr"),
    one_of("zustand", Zustand),
    one_of("zug", Zug),
    one_of("absicht", Absicht),
)

massnahme = sa.Table(
    "massnahme",
    metadata,
    *entity(),
    text("titel"),
    sa.Column("fachbereich", sa.Text, nullable=False),
    sa.Column("kommune", sa.Text, nullable=False, comment="AGS"),
    text("sozialraum"),
    text("zustaendig"),
    sa.Column("status", Json, nullable=False, comment="each with its days"),
    sa.Column("frist", sa.Date),
    text("ziel"),
    text("beschreibung"),
)
