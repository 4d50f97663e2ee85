"""Address tables: replaced as a whole, found by their folded key, however many are asked for."""

import pytest

from infrastruktur.domain.adresse import Adresse, address_key
from infrastruktur.domain.errors import ConstraintViolated
from infrastruktur.storage.adressen import find_adressen, list_adressen_of_quelle, put_adressen
from infrastruktur.storage.engine import Store

HAUS = Adresse("Hauptstraße", "1 a", "01067", (295_000.0, 5_628_000.0))
HOF = Adresse("Hauptstr.", "1A", "01067", (295_010.0, 5_628_000.0))


def _put(store: Store, *stated: Adresse, quelle: str = "A") -> None:
    with store.write() as conn:
        put_adressen(conn, quelle, stated)


def test_an_address_is_found_however_it_is_written(store: Store) -> None:
    _put(store, HAUS, HOF)
    key = address_key("HAUPTSTRASSE", "1a", "01067")
    with store.read() as conn:
        found = find_adressen(conn, [key, "", "unbekannt"])
    assert {key: places.tolist() for key, places in found.items()} == {
        key: [[295_000, 5_628_000], [295_010, 5_628_000]]
    }


def test_a_source_is_replaced_as_a_whole_and_others_stay(store: Store) -> None:
    _put(store, HAUS)
    _put(store, HAUS, quelle="B")
    _put(store, HOF)
    with store.read() as conn:
        assert list_adressen_of_quelle(conn, "A") == {HOF}
        assert list_adressen_of_quelle(conn, "B") == {HAUS}


def test_many_are_found_at_once(store: Store) -> None:
    many = [Adresse("Weg", str(number), "01067", (295_000.0 + number, 5_628_000.0)) for number in range(1200)]
    _put(store, *many)
    with store.read() as conn:
        found = find_adressen(conn, [each.schluessel for each in many])
    assert [found[each.schluessel].tolist() for each in many] == [[list(each.punkt_25832)] for each in many]


def test_a01_a_point_that_cannot_be_is_not_stored(store: Store) -> None:
    for x in (float("nan"), float("inf"), 0.0):
        with pytest.raises(ConstraintViolated):
            _put(store, Adresse("Weg", "1", "01067", (x, 5_628_000.0)))
