"""Keep whose a token is, so that all of a person's doors are one; tokens of before are their own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("zugangstoken", sa.Column("inhaber", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("zugangstoken", "inhaber")
