"""Keep what a source stated before, where the history only sums it up."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.guards import append_only, geopackage_guards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "abgeloest",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("tabelle", sa.Text(), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("teil", sa.Text(), nullable=False),
        sa.Column("stand", sa.Integer(), nullable=False, comment="last entry of the history for which it held"),
        sa.Column("inhalt", sa.LargeBinary(), nullable=False, comment="packed"),
        sa.PrimaryKeyConstraint("fid", name=op.f("abgeloest_pk")),
    )
    op.create_index(op.f("abgeloest_tabelle_quelle_teil"), "abgeloest", ["tabelle", "quelle", "teil"], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statements = [append_only("abgeloest")]
    else:
        statements = [*geopackage_guards({"abgeloest": ()})]
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("abgeloest")
