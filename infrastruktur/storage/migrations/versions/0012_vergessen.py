"""Let the history be changed in one way: texts give way to the mark that they were erased."""

from alembic import op

from infrastruktur.storage.guards import forget_nothing, geopackage_guards, only_forgetting

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_DAYS: dict[str, tuple[str, ...]] = {
    "aenderung": (),
    "vorschlag": ("tag",),
    "stichtag": ("stichtag",),
    "szenario": ("stichtag",),
}


def upgrade() -> None:
    connection = op.get_bind()
    for statement in only_forgetting(connection.dialect.name):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for table, days in _DAYS.items():
            connection.exec_driver_sql(f"DROP TRIGGER {table}_update_pruefen")
            (former,) = (each for each in geopackage_guards({table: days}) if f"{table}_update_pruefen" in each)
            connection.exec_driver_sql(former)
        return
    for statement in forget_nothing():
        connection.exec_driver_sql(statement)
