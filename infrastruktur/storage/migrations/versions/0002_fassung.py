"""Lay out beside one another what layers show, and keep address tables."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import PlaneGeometry
from infrastruktur.storage.geopackage import describe_features
from infrastruktur.storage.guards import geopackage_guards, postgis_guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES: dict[str, tuple[str, ...]] = {"fassung": ("stand", "zuletzt_geprueft"), "adresse": ()}
"""With their columns of days."""


def upgrade() -> None:
    op.create_table(
        "fassung",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False, comment="of the Angebot"),
        sa.Column("nr", sa.Integer(), nullable=False, comment="place in the layer"),
        sa.Column("standort", sa.Text(), nullable=False),
        sa.Column("oeffentlich", sa.Boolean(), nullable=False),
        sa.Column("art", sa.Text(), nullable=False),
        sa.Column("hauptgroesse", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("traeger", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kapazitaet", sa.Double(), nullable=True),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.Column("stand", sa.Date(), nullable=True),
        sa.Column("zuletzt_geprueft", sa.Date(), nullable=True),
        sa.Column("strasse", sa.Text(), nullable=True),
        sa.Column("hausnummer", sa.Text(), nullable=True),
        sa.Column("plz", sa.Text(), nullable=True),
        sa.Column("ort", sa.Text(), nullable=True),
        sa.Column("kommune", sa.Text(), nullable=True),
        sa.Column("sozialraum", sa.Text(), nullable=True),
        sa.Column("geom", PlaneGeometry("POINT"), nullable=True),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("fassung_gueltig_bis_nach_von")),
        sa.PrimaryKeyConstraint("fid", name=op.f("fassung_pk")),
    )
    for column in ("id", "nr", "standort"):
        op.create_index(op.f(f"fassung_{column}"), "fassung", [column], unique=False)
    op.create_table(
        "adresse",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("schluessel", sa.Text(), nullable=False, comment="folded to be compared"),
        sa.Column("strasse", sa.Text(), server_default="", nullable=False),
        sa.Column("hausnummer", sa.Text(), server_default="", nullable=False),
        sa.Column("plz", sa.Text(), server_default="", nullable=False),
        sa.Column("geom", PlaneGeometry("POINT"), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("adresse_pk")),
    )
    for column in ("quelle", "schluessel"):
        op.create_index(op.f(f"adresse_{column}"), "adresse", [column], unique=False)
    for statement in _finish(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    postgis = op.get_bind().dialect.name == "postgresql"
    for table in _TABLES:
        op.drop_table(table)
        if not postgis:
            op.execute(f"DROP TABLE rtree_{table}_geom")
            for listed in ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents"):
                op.execute(f"DELETE FROM {listed} WHERE table_name = '{table}'")  # noqa: S608 - names of this file


def _finish(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        for table in _TABLES:
            yield f"CREATE INDEX {table}_geom ON {table} USING gist (geom)"
        yield "CREATE INDEX fassung_gezeigt ON fassung (oeffentlich, art, gueltig_von, gueltig_bis)"
        yield from postgis_guards({"adresse": ()})
        return
    for table in _TABLES:
        yield from describe_features(table, "POINT", indexed=True)
    yield from geopackage_guards(_TABLES)
