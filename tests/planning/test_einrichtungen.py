"""Residents of homes, checked against the Pflegestatistik they are assumed from and by drawn homes."""

import tomllib
from datetime import date

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur import resources
from infrastruktur.domain.einrichtung import find_annahme, parse_einrichtungen
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.zielwert import find_zielwert, parse_zielwerte
from infrastruktur.planning.einrichtungen import Heime, count_residents

FILE = tomllib.loads((resources.folder("schemas") / "einrichtungen.toml").read_text("utf-8"))
ANNAHME = parse_einrichtungen(FILE, "einrichtungen.toml")[0]
UNKNOWN = float("nan")


def test_golden_the_assumption_is_that_of_the_pflegestatistik() -> None:
    assert sum(band.personen for band in ANNAHME.bewohner) == 169_213, "domain 3.2: the ages sum to the homes' total"
    assert ANNAHME.auslastung_prozent == round(100 * 169_213 / 177_765, 2)
    assert ANNAHME.find_anteil(parse_gruppe("ab80")) == pytest.approx(124_015 / 169_213)
    assert ANNAHME.find_anteil(parse_gruppe("alle")) == 1
    assert ANNAHME.find_anteil(parse_gruppe("ab77")) is None, "no band ends at 77"


def test_residents_are_those_stated_else_places_times_occupancy() -> None:
    heime = Heime(
        area=np.array([0, 0, 1, 2, -1], dtype=np.int32),
        plaetze=np.array([80.0, 50.0, 40.0, UNKNOWN, 900.0]),
        bewohner=np.array([UNKNOWN, 44.0, UNKNOWN, UNKNOWN, 900.0]),
    )
    found = count_residents(heime, auslastung=0.95, anteil=0.75, n_areas=4)
    assert found.personen[[0, 1, 3]] == pytest.approx([0.75 * (76 + 44), 0.75 * 38, 0])
    assert np.isnan(found.personen[2]), "a home of which nothing is known is no empty home"
    assert found.gezaehlt.tolist() == [1, 0, 0, 0]
    assert found.angenommen.tolist() == [1, 1, 0, 0]
    assert found.unbekannt.tolist() == [0, 0, 1, 0]


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 500)), max_size=20), st.floats(0.01, 1))
def test_areas_sum_to_the_region(homes: list[tuple[int, float]], anteil: float) -> None:
    area = np.array([at for at, _ in homes], dtype=np.int32)
    plaetze = np.array([number for _, number in homes], dtype=np.float64)
    nobody = np.full(len(homes), np.nan)
    parts = count_residents(Heime(area, plaetze, nobody), auslastung=0.95, anteil=anteil, n_areas=4)
    whole = count_residents(Heime(np.zeros_like(area), plaetze, nobody), auslastung=0.95, anteil=anteil, n_areas=1)
    assert parts.personen.sum() == pytest.approx(whole.personen[0])


def test_an_assumption_holds_from_its_day_and_a_faulty_one_is_refused() -> None:
    assert find_annahme((ANNAHME,), date(2014, 12, 31)) is None
    assert find_annahme((ANNAHME,), date(2025, 12, 31)) is ANNAHME
    block = FILE["annahme"][0]
    for wrong in ({"bewohner": []}, {"auslastung_prozent": 0}, {"unbekannt": 1}):
        with pytest.raises(SourceRefused, match="Annahme"):
            parse_einrichtungen({"annahme": [block | wrong]}, "probe.toml")


def test_zielwerte_are_dated_and_never_two_at_once() -> None:
    one = {"indikator": "vq_tp75", "wert": 1.0, "grundlage": "Probe", "gueltig_von": date(2020, 1, 1)}
    ended = one | {"gueltig_bis": date(2021, 12, 31)}
    later = one | {"wert": 2.0, "gueltig_von": date(2022, 1, 1)}
    found = parse_zielwerte({"zielwert": [ended, later]}, "probe.toml")
    asked = (date(2019, 12, 31), date(2021, 12, 31), date(2022, 1, 1))
    assert [(target := find_zielwert(found, "vq_tp75", day)) and target.wert for day in asked] == [None, 1.0, 2.0]
    with pytest.raises(SourceRefused, match="zwei Zielwerte"):
        parse_zielwerte({"zielwert": [one, later]}, "probe.toml")
