"""Keep Maßnahmen; every change of one is an entry of the history."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.geopackage import describe_attributes
from infrastruktur.storage.guards import geopackage_guards, postgis_guards

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DAYS = {"massnahme": ("frist",)}


def upgrade() -> None:
    op.create_table(
        "massnahme",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("titel", sa.Text(), server_default="", nullable=False),
        sa.Column("fachbereich", sa.Text(), nullable=False),
        sa.Column("kommune", sa.Text(), nullable=False, comment="AGS"),
        sa.Column("sozialraum", sa.Text(), server_default="", nullable=False),
        sa.Column("zustaendig", sa.Text(), server_default="", nullable=False),
        sa.Column("status", Json(), nullable=False, comment="each with its days"),
        sa.Column("frist", sa.Date(), nullable=True),
        sa.Column("ziel", sa.Text(), server_default="", nullable=False),
        sa.Column("beschreibung", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("massnahme_pk")),
        sa.UniqueConstraint("id", name=op.f("massnahme_id_eindeutig")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statements = [*postgis_guards(_DAYS)]
    else:
        statements = [describe_attributes("massnahme"), *geopackage_guards(_DAYS)]
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("massnahme")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DELETE FROM gpkg_contents WHERE table_name = 'massnahme'")
