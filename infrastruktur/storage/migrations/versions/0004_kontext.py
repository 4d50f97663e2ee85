"""Keep what a Sozialraummonitoring says: indicators with what they mean, and their values by area and day."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.geopackage import describe_attributes
from infrastruktur.storage.guards import geopackage_guards, postgis_guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES: dict[str, tuple[str, ...]] = {"kontextindikator": (), "kontextwert": ("stichtag",)}
"""With their columns of days."""
_THEMEN = "'soziodemografie', 'soziooekonomie', 'bildung', 'gesundheit', 'integration'"
_RICHTUNGEN = "'hoch_belastend', 'niedrig_belastend', 'keine'"


def upgrade() -> None:
    op.create_table(
        "kontextindikator",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("titel", sa.Text(), server_default="", nullable=False),
        sa.Column("thema", sa.Text(), nullable=False),
        sa.Column("einheit", sa.Text(), server_default="", nullable=False),
        sa.Column("bezug", sa.Text(), server_default="", nullable=False),
        sa.Column("deutung", sa.Text(), server_default="", nullable=False),
        sa.Column("unterste_ebene", sa.Text(), nullable=False),
        sa.Column("richtung", sa.Text(), nullable=False),
        sa.CheckConstraint(f"thema IN ({_THEMEN})", name=op.f("kontextindikator_thema_bekannt")),
        sa.CheckConstraint(f"richtung IN ({_RICHTUNGEN})", name=op.f("kontextindikator_richtung_bekannt")),
        sa.PrimaryKeyConstraint("fid", name=op.f("kontextindikator_pk")),
        sa.UniqueConstraint("quelle", "code", name=op.f("kontextindikator_quelle_code_eindeutig")),
    )
    op.create_table(
        "kontextwert",
        sa.Column("fid", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quelle", sa.Text(), nullable=False),
        sa.Column("indikator", sa.Text(), nullable=False),
        sa.Column("stichtag", sa.Date(), nullable=False),
        sa.Column("raum", sa.Text(), nullable=False),
        sa.Column("wert", sa.Double(), nullable=True),
        sa.Column("grund", sa.Text(), nullable=True, comment="why there is no wert"),
        sa.Column("eingeschraenkt", sa.Boolean(), nullable=False),
        sa.CheckConstraint("wert >= -1000000000000 AND wert <= 1000000000000", name=op.f("kontextwert_wert_endlich")),
        sa.CheckConstraint("(wert IS NULL) = (grund IS NOT NULL)", name=op.f("kontextwert_wert_oder_grund")),
        sa.PrimaryKeyConstraint("fid", name=op.f("kontextwert_pk")),
        sa.UniqueConstraint(
            "quelle", "indikator", "stichtag", "raum", name=op.f("kontextwert_quelle_indikator_stichtag_raum_eindeutig")
        ),
    )
    for statement in _finish(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
        if op.get_bind().dialect.name != "postgresql":
            op.execute(f"DELETE FROM gpkg_contents WHERE table_name = '{table}'")  # noqa: S608 - names of this file


def _finish(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        yield from postgis_guards(_TABLES)
        return
    for table in _TABLES:
        yield describe_attributes(table)
    yield from geopackage_guards(_TABLES)
