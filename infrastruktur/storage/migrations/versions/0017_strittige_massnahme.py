"""Let Maßnahmen be in dispute as Angebote are."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.guards import geopackage_guards

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OF_ANGEBOT = sa.table(
    "widerspruch",
    *(sa.column(name) for name in ("angebot", "feld", "akteur", "zeitpunkt")),
    sa.column("angabe", Json()),
    sa.column("erledigt"),
    sa.column("fid"),
)


def upgrade() -> None:
    _lay(of_massnahme=True)


def downgrade() -> None:
    _lay(of_massnahme=False)


def _lay(*, of_massnahme: bool) -> None:
    """Lay the table anew with what it holds of Angebote: SQLite lets no column become nullable."""
    connection = op.get_bind()
    columns = [column for column in _OF_ANGEBOT.c if column.name != "fid"]
    of_angebot = _OF_ANGEBOT.c.angebot.is_not(None)
    kept = connection.execute(sa.select(*columns).where(of_angebot).order_by(_OF_ANGEBOT.c.fid)).all()
    op.drop_table("widerspruch")
    op.create_table("widerspruch", *_columns(of_massnahme=of_massnahme))
    for name in ("angebot", *(("massnahme",) if of_massnahme else ())):
        op.create_index(op.f(f"widerspruch_{name}"), "widerspruch", [name], unique=False)
    if connection.dialect.name != "postgresql":
        for statement in geopackage_guards({"widerspruch": ()}):
            connection.exec_driver_sql(statement)
    if kept:
        connection.execute(_OF_ANGEBOT.insert(), [row._asdict() for row in kept])


def _columns(*, of_massnahme: bool) -> list[sa.schema.SchemaItem]:
    both: list[sa.schema.SchemaItem] = [
        sa.Column("massnahme", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["massnahme"], ["massnahme.id"], name=op.f("widerspruch_massnahme_bekannt")),
        sa.CheckConstraint("(angebot IS NULL) <> (massnahme IS NULL)", name=op.f("widerspruch_einer_sache")),
    ]
    return [
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("angebot", sa.Text(), nullable=of_massnahme),
        *(both if of_massnahme else []),
        sa.Column("feld", sa.Text(), nullable=False),
        sa.Column("akteur", sa.Text(), nullable=False, comment="whose statement was not taken"),
        sa.Column("zeitpunkt", sa.Text(), nullable=False, comment="UTC, ISO 8601"),
        sa.Column("angabe", Json(), nullable=True, comment="what was stated and not taken"),
        sa.Column("erledigt", sa.Text(), nullable=True, comment="UTC, ISO 8601"),
        sa.ForeignKeyConstraint(["angebot"], ["angebot.id"], name=op.f("widerspruch_angebot_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("widerspruch_pk")),
    ]
