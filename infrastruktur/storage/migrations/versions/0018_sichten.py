"""Give analysts views of the catalogue, each row with the areas of its day."""

from alembic import op

from infrastruktur.storage.leserolle import SICHTEN

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the views, or lay anew those of before: roles keep what they may read."""
    if op.get_bind().dialect.name == "postgresql":
        for sicht in SICHTEN:
            for statement in sicht.create():
                op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for sicht in SICHTEN:
            op.execute(f"DROP VIEW {sicht.name}")
