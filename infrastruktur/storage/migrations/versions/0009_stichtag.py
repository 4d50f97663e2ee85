"""Keep frozen Stichtage."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.geopackage import describe_attributes
from infrastruktur.storage.guards import append_only, geopackage_guards, postgis_guards

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DAYS = {"stichtag": ("stichtag",)}


def upgrade() -> None:
    op.create_table(
        "stichtag",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("titel", sa.Text(), server_default="", nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=False),
        sa.Column("known_at", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("stand", sa.Integer(), nullable=False, comment="last entry of the history that was known"),
        sa.Column("pruefsumme", sa.Text(), nullable=False, comment="SHA-256 of the Bestand, hexadecimal"),
        sa.Column("akteur", sa.Text(), nullable=False),
        sa.Column("grund", sa.Text(), server_default="", nullable=False),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.PrimaryKeyConstraint("fid", name=op.f("stichtag_pk")),
        sa.UniqueConstraint("id", name=op.f("stichtag_id_eindeutig")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statements = [*postgis_guards(_DAYS), append_only("stichtag")]
    else:
        statements = [describe_attributes("stichtag"), *geopackage_guards(_DAYS)]
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("stichtag")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DELETE FROM gpkg_contents WHERE table_name = 'stichtag'")
