"""Keep answers to writes that may be sent twice, and what two people stated against each other."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.guards import geopackage_guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("eingabe", "widerspruch")


def upgrade() -> None:
    op.create_table(
        "eingabe",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("akteur", sa.Text(), nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False, comment="the client's own name of its request"),
        sa.Column("pruefsumme", sa.Text(), nullable=False, comment="of the request, hexadecimal"),
        sa.Column("ergebnis", sa.Text(), nullable=False, comment="JSON, its members in their order"),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.PrimaryKeyConstraint("fid", name=op.f("eingabe_pk")),
        sa.UniqueConstraint("akteur", "schluessel", name=op.f("eingabe_akteur_schluessel_eindeutig")),
    )
    op.create_table(
        "widerspruch",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("angebot", sa.Text(), nullable=False),
        sa.Column("feld", sa.Text(), nullable=False),
        sa.Column("akteur", sa.Text(), nullable=False, comment="whose statement was not taken"),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("angabe", Json(), nullable=True, comment="what was stated and not taken"),
        sa.Column("erledigt", sa.Text(), nullable=True, comment="UTC, ISO 8601"),
        sa.ForeignKeyConstraint(["angebot"], ["angebot.id"], name=op.f("widerspruch_angebot_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("widerspruch_pk")),
    )
    op.create_index(op.f("widerspruch_angebot"), "widerspruch", ["angebot"], unique=False)
    if op.get_bind().dialect.name != "postgresql":
        for statement in geopackage_guards(dict.fromkeys(_TABLES, ())):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
