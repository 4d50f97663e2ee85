"""Holes found by writing SQL by hand past everything above the store."""

# ruff: noqa: S608 - the tests write their own SQL

import pytest
import sqlalchemy as sa
from storage.statements import ANGEBOT, QUELLE, WHO, count, raw, state

from infrastruktur.domain.errors import ConstraintViolated, StoreUnavailable
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.history import Change

NUMBERS = {
    "postgis": ("'NaN'", "'Infinity'", "'-Infinity'", "0", "8e6"),
    "geopackage": ("9e999", "-9e999", "0", "8e6", "'x'", "''"),
}
DAYS = ("infinity", "-infinity", "0044-03-15 BC", "10000-01-01")
_CELL = (
    "INSERT INTO zelle (quelle, stichtag, groesse_m, gitter_id, x_3035, y_3035, geom)"
    " SELECT 'q', '2025-12-31', 100, 'g', {}, {}, geom FROM standort"
)


@pytest.fixture
def filled(store: Store) -> Store:
    state(store, ANGEBOT)
    return store


def test_a01_corners_of_cells_lie_in_their_grid(filled: Store) -> None:
    for wrong in NUMBERS[filled.kind]:
        for pair in ((wrong, "3081300"), ("4044900", wrong)):
            with pytest.raises(ConstraintViolated, match="Ecke"):
                raw(filled, _CELL.format(*pair))
    assert count(filled, "zelle") == 0
    raw(filled, _CELL.format("4044900", "3081300"))
    assert count(filled, "zelle") == 1


@pytest.mark.parametrize("column", ["stand", "zuletzt_geprueft"])
@pytest.mark.parametrize("day", DAYS)
def test_a13_a_day_no_reader_has_is_never_stored(filled: Store, column: str, day: str) -> None:
    with pytest.raises(ConstraintViolated, match="Datum"):
        raw(filled, f"UPDATE angebot SET {column} = '{day}'")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("table", ["angebot_status", "kapazitaet"])
def test_a13_validity_has_days_or_none(filled: Store, table: str, day: str) -> None:
    with pytest.raises(ConstraintViolated):
        raw(filled, f"UPDATE {table} SET gueltig_bis = '{day}'")
    with pytest.raises(ConstraintViolated):
        raw(filled, f"UPDATE {table} SET gueltig_von = '{day}'")


def test_e09_history_is_not_replaced_either(geopackage_template, tmp_path) -> None:
    settings = Settings(home=tmp_path)
    settings.catalogue.write_bytes(geopackage_template.read_bytes())
    store = open_store(settings).of_installation()
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated, match="Änderungshistorie"):
        raw(
            store,
            "INSERT OR REPLACE INTO aenderung (fid, zeitpunkt, akteur, tabelle, id)"
            " SELECT fid, 'x', 'x', 'x', 'x' FROM aenderung LIMIT 1",
        )
    with store.read() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM aenderung WHERE akteur = 'x'")) == 0
    store.close()


def test_g04_a_catalogue_emptied_while_open_is_unavailable_not_a_wrong_question(geopackage_template, tmp_path) -> None:
    settings = Settings(home=tmp_path)
    settings.catalogue.write_bytes(geopackage_template.read_bytes())
    store = open_store(settings).of_installation()
    store.close()
    settings.catalogue.unlink()
    with pytest.raises(StoreUnavailable, match="nicht erreichbar"):
        count(store, "revision")
    assert not settings.catalogue.exists(), "reading never creates a catalogue"


def test_g01_ctrl_c_in_the_middle_of_a_check_changes_nothing_and_says_so(geopackage_template, tmp_path) -> None:
    def interrupted(_blob: object) -> int:
        raise KeyboardInterrupt

    settings = Settings(home=tmp_path)
    settings.catalogue.write_bytes(geopackage_template.read_bytes())
    store = open_store(settings).of_installation()
    with pytest.raises(StoreUnavailable, match="abgebrochen"), store.write() as conn:  # noqa: PT012 - inside the write
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.create_function("point_is_plausible", 1, interrupted)
        apply_angebote(conn, Change(quelle=QUELLE, neu=(ANGEBOT,)), **WHO)
    assert count(store, "standort") == count(store, "aenderung") == 0
    store.close()
