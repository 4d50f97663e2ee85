"""Keep personal API tokens."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zugangstoken",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("nummer", sa.Text(), nullable=False),
        sa.Column("pruefsumme", sa.Text(), nullable=False, comment="SHA-256 of the secret, hexadecimal"),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("zustaendigkeiten", Json(), nullable=False),
        sa.Column("handlungen", Json(), nullable=True),
        sa.Column("ausgestellt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("gueltig_bis", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("widerrufen", sa.Text(), nullable=True, comment="UTC, ISO 8601"),
        sa.PrimaryKeyConstraint("fid", name=op.f("zugangstoken_pk")),
        sa.UniqueConstraint("nummer", name=op.f("zugangstoken_nummer_eindeutig")),
    )


def downgrade() -> None:
    op.drop_table("zugangstoken")
