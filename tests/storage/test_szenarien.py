"""Stored scenarios: versions are added, found again as they were, and never changed, on both stores."""

from datetime import date

import pytest
import sqlalchemy as sa

from infrastruktur.domain.errors import ConstraintViolated
from infrastruktur.domain.szenario import Bevoelkern, Hinzufuegen, Schliessen, Szenario, Umstecken, build_szenario
from infrastruktur.storage.history import read_revision
from infrastruktur.storage.szenarien import append_szenario, find_szenario, list_szenarien
from infrastruktur.storage.tables import szenario as table

ONE, TWO = "0b3f7d8e-1111-4222-8333-444455556666", "0b3f7d8e-2222-4222-8333-444455556666"
PLAN = build_szenario(
    Szenario(
        name="Tagespflege „Nord“",
        stichtag=date(2025, 12, 31),
        aenderungen=(
            Hinzufuegen(art="pflege.tagespflege", punkt=(6.0812345, 50.7712345), kapazitaet=14.0),
            Schliessen(angebot=ONE),
            Bevoelkern(gebiet="05334002", altersgruppe="ab75", faktor=1.1),
            Umstecken(ziel="begegnung", ziel_prozent=80.0),
        ),
    )
)


def put(store, *versions, id_=ONE):
    with store.write() as connection:
        return [append_szenario(connection, id_, number, szenario) for number, szenario in versions]


def test_every_version_is_found_as_it_was_stored(store):
    stored = put(store, (1, PLAN), (2, Szenario(name="leer")))
    with store.read() as connection:
        assert [find_szenario(connection, ONE, number) for number in (1, 2)] == stored
        assert find_szenario(connection, ONE) == stored[1]
        assert find_szenario(connection, ONE, 3) is None
        assert find_szenario(connection, TWO) is None
    assert stored[0].szenario == PLAN
    assert stored[0].szenario.fingerprint == PLAN.fingerprint


def test_the_list_shows_the_newest_of_each_and_none_that_was_taken_away(store):
    put(store, (1, PLAN), (2, Szenario(name="zwei")))
    put(store, (1, PLAN), (2, None), id_=TWO)
    with store.read() as connection:
        assert [(each.id, each.version) for each in list_szenarien(connection)] == [(ONE, 2)]
        assert find_szenario(connection, TWO).szenario is None
        assert find_szenario(connection, TWO, 1).szenario == PLAN


def test_a_version_is_stored_once(store):
    put(store, (1, PLAN))
    with pytest.raises(ConstraintViolated):
        put(store, (1, Szenario()))
    with pytest.raises(ConstraintViolated):
        put(store, (0, Szenario()), id_=TWO)


@pytest.mark.parametrize("statement", [table.delete(), table.update().values(name="anders")])
def test_no_version_is_ever_changed(store, statement):
    put(store, (1, PLAN))
    with pytest.raises(ConstraintViolated, match="nicht geändert"), store.administer() as connection:
        connection.execute(statement)


def test_an_old_version_is_not_replaced_by_the_way(store):
    if store.kind != "geopackage":
        pytest.skip("INSERT OR REPLACE is SQLite's own")
    put(store, (1, PLAN))
    with pytest.raises(ConstraintViolated), store.write() as connection:
        connection.execute(sa.insert(table).prefix_with("OR REPLACE"), {"id": ONE, "version": 1, "zeitpunkt": ""})


def test_storing_a_scenario_leaves_the_catalogue_s_revision_alone(store):
    put(store, (1, PLAN))
    with store.read() as connection:
        assert read_revision(connection) == {}
