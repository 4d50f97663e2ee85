"""QGIS edits a layer through its own OGC API Features provider: it asks OPTIONS, sends every column and no If-Match."""

import pytest
from desk import TRIXIE
from editing import IN_WEST, QUARTIER, create, feature, patch, properties
from served import served

from infrastruktur.domain.permission import Rolle, Zustaendigkeit

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not TRIXIE.there, reason=f"QGIS fehlt: {TRIXIE.install}"),
]
EAST, NORTH = IN_WEST


@pytest.fixture
def desk(writing):
    """Give QGIS beside a server on the catalogue of this module."""
    with served(writing.settings) as listening:
        yield lambda token, *steps: TRIXIE.ask(
            "edit", url=listening.url, collection="quartiersangebote", token=token, steps=steps
        )


def named(told, name):
    return [each for each in told["features"] if each["properties"]["name"] == name]


def test_an_editor_adds_changes_moves_and_deletes(desk, writing, westen):
    treff = create(writing, westen, feature(name="Vorher")).json()["id"]
    told = desk(
        westen,
        {"add": {"name": "Aus QGIS", "art": "quartier.seniorentreff"}, "point_25832": [EAST + 5, NORTH]},
        {"id": treff, "change": {"name": "Nachher", "ort": "Westdorf"}},
        {"id": treff, "point_25832": [EAST + 700, NORTH]},
    )
    assert all(told[name] for name in ("adds", "changes", "moves", "deletes"))
    assert [each["saved"] for each in told["steps"]] == [True, True, True], told["steps"]
    (added,), (changed,) = named(told, "Aus QGIS"), named(told, "Nachher")
    assert (added["properties"]["kommune"], added["properties"]["status"]) == ("05334001", "in_betrieb")
    assert (changed["properties"]["ort"], changed["properties"]["sozialraum"]) == ("Westdorf", "05334001-AC02")
    gone = desk(westen, {"id": treff, "delete": True})
    assert gone["steps"][0]["saved"], gone["steps"]
    assert not named(gone, "Nachher")


def test_who_may_not_edit_cannot_begin(desk, writing):
    for token in ("", writing.issue(Zustaendigkeit(rolle=Rolle.STATISTIK))):
        told = desk(token, {"add": {"name": "Nein"}, "point_25832": [EAST, NORTH]})
        assert not any(told[name] for name in ("adds", "changes", "moves", "deletes"))
        assert not told["steps"][0]["saved"]


def test_a_conflict_comes_back_as_an_error_and_overwrites_nothing(desk, writing, westen, anna):
    treff = create(writing, westen, feature(name="Streit")).json()["id"]
    assert patch(writing, f"{QUARTIER}/{treff}", anna, name="Anna").status_code == 200
    told = desk(westen, {"id": treff, "change": {"name": "Bernd"}})
    assert not told["steps"][0]["saved"]
    assert told["steps"][0]["errors"]
    assert properties(writing.read(f"{QUARTIER}/{treff}"))["name"] == "Anna"
