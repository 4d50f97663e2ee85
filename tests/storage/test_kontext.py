"""Context by source, indicator, day and area: the newest day, all days, and what must never be stored."""

from datetime import date

import pytest
import sqlalchemy as sa
from storage.statements import WHO

from infrastruktur.domain.errors import ConstraintViolated, Grund
from infrastruktur.domain.kontext import Kontextwert, get_kontextindikator
from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import list_changes, read_revision
from infrastruktur.storage.kontext import (
    apply_kontext,
    list_kontextindikatoren,
    list_kontextwerte_of_quelle,
    load_kontextwerte,
)
from infrastruktur.storage.tables import kontextwert

OLD, NEW = date(2023, 12, 31), date(2025, 12, 31)
INDIKATOREN = [get_kontextindikator(code) for code in ("sgb2_quote", "einwohner")]


def value(wert: float | None, *, tag: date = NEW, raum: str = "S1", indikator: str = "sgb2_quote") -> Kontextwert:
    grund = Grund.GEHEIM if wert is None else None
    return Kontextwert(quelle="amt", indikator=indikator, stichtag=tag, raum=raum, wert=wert, grund=grund)


def apply(store: Store, *rows: Kontextwert) -> None:
    with store.write() as conn:
        apply_kontext(conn, "amt", INDIKATOREN, rows, **WHO)


def load(store: Store, stichtag: date, *, zeitreihe: bool = False) -> list[Kontextwert]:
    with store.read() as conn:
        return load_kontextwerte(conn, stichtag, zeitreihe=zeitreihe)


def test_each_indicator_shows_its_newest_day_or_all_of_them(store: Store) -> None:
    old, new, people = value(11.0, tag=OLD), value(None), value(900, tag=OLD, indikator="einwohner")
    apply(store, old, new, people)
    assert load(store, NEW) == load(store, date(2026, 6, 1)) == [people, new], "of people the old day is the newest"
    assert load(store, date(2025, 12, 30)) == [people, old]
    assert load(store, NEW, zeitreihe=True) == [people, old, new]
    assert load(store, date(2020, 1, 1), zeitreihe=True) == []


def test_stated_days_are_replaced_others_kept_and_the_same_again_changes_nothing(store: Store) -> None:
    apply(store, value(11.0, tag=OLD), value(12.0), value(13.0, raum="S2"))
    apply(store, value(14.0))
    with store.read() as conn:
        before = read_revision(conn)
        assert list_kontextwerte_of_quelle(conn, "amt") == [value(11.0, tag=OLD), value(14.0)]
        assert list_kontextindikatoren(conn) == INDIKATOREN
        assert [entry.nachher for entry in list_changes(conn, "amt")][1] == {
            "stichtage": ["2025-12-31"],
            "indikatoren": ["sgb2_quote"],
            "werte": 1,
        }
    apply(store, value(14.0))
    with store.read() as conn:
        assert read_revision(conn) == before


def test_rows_of_another_source_are_no_ones_to_give(store: Store) -> None:
    with store.write() as conn, pytest.raises(ValueError, match="amt"):
        apply_kontext(conn, "anderes", [], [value(1.0)], **WHO)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"wert": None}, "entweder einen Wert oder einen Grund"),
        ({"grund": "geheim"}, "entweder einen Wert oder einen Grund"),
        ({"wert": 1e13}, "endliche Zahl"),
    ],
)
def test_no_value_stands_without_a_reason_and_none_beside_one(store: Store, wrong: dict, sentence: str) -> None:
    row = {"quelle": "amt", "indikator": "x", "stichtag": NEW, "raum": "S1", "wert": 1.0, "grund": None}
    with pytest.raises(ConstraintViolated, match=sentence), store.write() as conn:
        conn.execute(sa.insert(kontextwert), [{**row, "eingeschraenkt": False, **wrong}])
