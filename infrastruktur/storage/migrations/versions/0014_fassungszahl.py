"""Keep how many rows layers have, by what makes them shown; they are counted when all is laid out, after this step."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.guards import geopackage_guards

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fassungszahl",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("oeffentlich", sa.Boolean(), nullable=False),
        sa.Column("art", sa.Text(), nullable=False),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.Column("anzahl", sa.Integer(), nullable=False, comment="rows of fassung that have these four alike"),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("fassungszahl_gueltig_bis_nach_von")),
        sa.PrimaryKeyConstraint("fid", name=op.f("fassungszahl_pk")),
    )
    if op.get_bind().dialect.name != "postgresql":
        for statement in geopackage_guards({"fassungszahl": ()}):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("fassungszahl")
