"""What every table is built of: keys, texts, validity, closed lists and spatial indices."""

from enum import StrEnum

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_eindeutig",
        "fk": "%(table_name)s_%(column_0_name)s_bekannt",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)

MAX_ZAHL = 1e12
"""Above every number of places, people or hours; the comparison also refuses NaN and infinity on both stores."""


def fid() -> sa.Column[int]:
    return sa.Column("fid", sa.Integer, sa.Identity(), primary_key=True)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def flag(name: str, comment: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false(), comment=comment)


def number(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0", comment=comment)


def entity() -> tuple[sa.Column[int], sa.Column[str], sa.Column[int]]:
    return (
        fid(),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )


def validity() -> tuple[sa.Column[object], sa.Column[object], sa.CheckConstraint]:
    """Add a first and a last valid day, both inclusive, null open."""
    return (
        sa.Column("gueltig_von", sa.Date),
        sa.Column("gueltig_bis", sa.Date),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name="gueltig_bis_nach_von"),
    )


def one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_bekannt")


def spatial_index(table: str) -> sa.Index:
    return sa.Index(f"{table}_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql")
