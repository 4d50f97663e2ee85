"""Lay out beside one another what layers show, and give analysts views of it."""

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.angebote import lay_out_all
from infrastruktur.storage.columns import PlaneGeometry
from infrastruktur.storage.geopackage import describe_features
from infrastruktur.storage.guards import geopackage_guards
from infrastruktur.storage.leserolle import SICHTEN

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fassung",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False, comment="of the Angebot"),
        sa.Column("nr", sa.Integer(), nullable=False, comment="fid of the Angebot"),
        sa.Column("standort", sa.Text(), nullable=False),
        sa.Column("oeffentlich", sa.Boolean(), nullable=False),
        sa.Column("art", sa.Text(), nullable=False),
        sa.Column("hauptgroesse", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("traeger", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kapazitaet", sa.Double(), nullable=True),
        sa.Column("gueltig_von", sa.Date(), nullable=True),
        sa.Column("gueltig_bis", sa.Date(), nullable=True),
        sa.Column("stand", sa.Date(), nullable=True),
        sa.Column("zuletzt_geprueft", sa.Date(), nullable=True),
        sa.Column("strasse", sa.Text(), server_default="", nullable=False),
        sa.Column("hausnummer", sa.Text(), server_default="", nullable=False),
        sa.Column("plz", sa.Text(), server_default="", nullable=False),
        sa.Column("ort", sa.Text(), server_default="", nullable=False),
        sa.Column("kommune", sa.Text(), nullable=True),
        sa.Column("sozialraum", sa.Text(), nullable=True),
        sa.Column("geom", PlaneGeometry("POINT"), nullable=True),
        sa.CheckConstraint("gueltig_bis >= gueltig_von", name=op.f("fassung_gueltig_bis_nach_von")),
        sa.PrimaryKeyConstraint("fid", name=op.f("fassung_pk")),
    )
    for column in ("id", "nr", "standort"):
        op.create_index(op.f(f"fassung_{column}"), "fassung", [column], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.create_index("fassung_geom", "fassung", ["geom"], postgresql_using="gist")
        for sicht in SICHTEN:
            for statement in sicht.create():
                op.execute(statement)
    else:
        layer = describe_features("fassung", "POINT", indexed=True)
        for statement in (*layer, *geopackage_guards({"fassung": ("stand", "zuletzt_geprueft")})):
            connection.exec_driver_sql(statement)
    lay_out_all(connection)


def downgrade() -> None:
    op.drop_table("fassung")
    if op.get_bind().dialect.name == "postgresql":
        for sicht in SICHTEN:
            op.execute(f"DROP VIEW {sicht.name}")
    else:
        op.execute("DROP TABLE rtree_fassung_geom")
        for table in ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents"):
            op.execute(f"DELETE FROM {table} WHERE table_name = 'fassung'")  # noqa: S608 - the three names above
