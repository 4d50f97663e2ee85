"""The context of the example: a table of signs and German numbers, whose Kommunen are those of their people."""

from collections import Counter
from pathlib import Path

import pytest

from infrastruktur import resources
from infrastruktur.domain.kontext import list_kontextindikatoren
from infrastruktur.intake.reading import read_source
from infrastruktur.intake.recipe import load_recipe


@pytest.fixture(scope="module")
def reading(written):
    recipe = load_recipe(Path(resources.folder("importers")) / "beispiel-kontext")
    return read_source(recipe, written.folder)


def test_every_indicator_is_there_on_three_days_and_all_is_readable(reading):
    assert reading.abgelehnt == ()
    assert {each.indikator for each in reading.kontext} == {each.code for each in list_kontextindikatoren()}
    assert {each.stichtag.isoformat() for each in reading.kontext} == {"2021-12-31", "2023-12-31", "2025-12-31"}
    assert len({each.raum for each in reading.kontext}) == 93 + 10 + 1


def test_signs_stand_where_people_are_few_and_never_for_the_region(reading):
    reasons = Counter(each.grund.value for each in reading.kontext if each.grund)
    assert set(reasons) == {"geheim", "unsicher", "keine_daten"}
    assert any(each.eingeschraenkt for each in reading.kontext)
    assert all(each.wert is not None for each in reading.kontext if each.raum == "05334")


def test_people_sum_and_shares_of_a_kommune_lie_between_those_of_its_parts(reading):
    newest = [each for each in reading.kontext if each.stichtag.year == 2025 and each.wert is not None]
    of = {(each.indikator, each.raum): each.wert for each in newest}
    small = sum(wert for (code, raum), wert in of.items() if code == "einwohner" and "-" in raum)
    assert small == of["einwohner", "05334"]
    for (code, raum), wert in of.items():
        parts = [part for (other, key), part in of.items() if other == code and key.startswith(f"{raum}-")]
        if len(raum) == 8 and parts and code in {"sgb2_quote", "altenquotient", "schwerbehinderung"}:
            assert min(parts) <= wert <= max(parts)
