"""Keep proposals, every step of each; and what took the place of an Angebot that was there twice."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.geopackage import describe_attributes
from infrastruktur.storage.guards import append_only, geopackage_guards, postgis_guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DAYS = {"vorschlag": ("tag",)}


def upgrade() -> None:
    op.add_column("angebot", sa.Column("ersetzt_durch", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "vorschlag",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("nr", sa.Integer(), nullable=False, comment="counts the steps"),
        sa.Column("zustand", sa.Text(), nullable=False),
        sa.Column("zug", sa.Text(), nullable=False),
        sa.Column("akteur", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("urheber", sa.Text(), nullable=False),
        sa.Column("absicht", sa.Text(), nullable=False),
        sa.Column("kollektion", sa.Text(), nullable=False),
        sa.Column("angebot", sa.Text(), nullable=False, comment="that is there, or will be"),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("tag", sa.Date(), nullable=False),
        sa.Column("grund", sa.Text(), server_default="", nullable=False),
        sa.Column("felder", Json(), nullable=False),
        sa.Column("ersetzt_durch", sa.Text(), server_default="", nullable=False),
        sa.Column("kein_duplikat", Json(), nullable=False),
        sa.Column("vertraulich", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "zustand IN ('entwurf', 'vorgeschlagen', 'rueckfrage', 'freigegeben', 'abgelehnt', 'zurueckgezogen')",
            name=op.f("vorschlag_zustand_bekannt"),
        ),
        sa.CheckConstraint(
            "zug IN ('entwerfen', 'vorschlagen', 'nachfragen', 'antworten', 'freigeben', 'ablehnen', 'zurueckziehen')",
            name=op.f("vorschlag_zug_bekannt"),
        ),
        sa.CheckConstraint("absicht IN ('anlegen', 'aendern', 'stornieren')", name=op.f("vorschlag_absicht_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("vorschlag_pk")),
        sa.UniqueConstraint("id", "nr", name=op.f("vorschlag_id_nr_eindeutig")),
    )
    op.create_index(op.f("vorschlag_angebot"), "vorschlag", ["angebot"], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statements = [*postgis_guards(_DAYS), append_only("vorschlag")]
    else:
        statements = [describe_attributes("vorschlag"), *geopackage_guards(_DAYS)]
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("vorschlag")
    op.drop_column("angebot", "ersetzt_durch")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DELETE FROM gpkg_contents WHERE table_name = 'vorschlag'")
