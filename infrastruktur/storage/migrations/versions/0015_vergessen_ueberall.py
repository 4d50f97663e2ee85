"""Let texts and persons be erased from frozen Stichtage, scenarios and the change log's names too."""

from alembic import op

from infrastruktur.storage.guards import forget_nothing, only_forgetting

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in (*(forget_nothing() if dialect == "postgresql" else ()), *only_forgetting(dialect)):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Leave the rules: they follow the program, and the step before lays the same."""
