"""Keep in which areas Standorte lay when; filled when Standorte are placed next, at an import or a change."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.guards import geopackage_guards, postgis_guards

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DAYS = {"lagezeit": ("gueltig_von", "gueltig_bis")}


def upgrade() -> None:
    op.create_table(
        "lagezeit",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("standort", sa.Text(), nullable=False),
        sa.Column("kommune", sa.Text(), server_default="", nullable=False),
        sa.Column("sozialraum", sa.Text(), server_default="", nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("lagezeit_gueltig_bis_nach_von")),
        sa.ForeignKeyConstraint(["standort"], ["standort.id"], name=op.f("lagezeit_standort_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("lagezeit_pk")),
    )
    op.create_index(op.f("lagezeit_standort"), "lagezeit", ["standort"], unique=False)
    connection = op.get_bind()
    guards = postgis_guards if connection.dialect.name == "postgresql" else geopackage_guards
    for statement in guards(_DAYS):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("lagezeit")
