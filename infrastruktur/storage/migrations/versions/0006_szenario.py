"""Keep scenarios, every version of each."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.geopackage import describe_attributes
from infrastruktur.storage.guards import append_only, geopackage_guards, postgis_guards

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DAYS = {"szenario": ("stichtag",)}


def upgrade() -> None:
    op.create_table(
        "szenario",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=True),
        sa.Column("aenderungen", Json(), nullable=True, comment="null where this version took the scenario away"),
        sa.CheckConstraint("version >= 1", name=op.f("szenario_version_moeglich")),
        sa.PrimaryKeyConstraint("fid", name=op.f("szenario_pk")),
        sa.UniqueConstraint("id", "version", name=op.f("szenario_id_version_eindeutig")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statements = [*postgis_guards(_DAYS), append_only("szenario")]
    else:
        statements = [describe_attributes("szenario"), *geopackage_guards(_DAYS)]
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("szenario")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DELETE FROM gpkg_contents WHERE table_name = 'szenario'")
