"""Show opening hours in the layers and to analysts; what was imported of them is laid out anew after this step."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.leserolle import SICHTEN

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fassung", sa.Column("oeffnungszeiten", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for sicht in SICHTEN:
            for statement in sicht.create():
                op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_column("fassung", "oeffnungszeiten")
