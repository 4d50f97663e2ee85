"""Tables of rates as files: every age once, the nearest area first, and old counts told."""

import copy
import tomllib
from datetime import date

import msgspec
import numpy as np
import pytest

from infrastruktur import resources
from infrastruktur.domain.errors import NotAssessable, SourceRefused
from infrastruktur.domain.quote import Merkmal, is_outdated, latest_pflegestatistik, parse_quoten, select_quotentafel

DATA = tomllib.loads((resources.folder("schemas") / "quoten.toml").read_text("utf-8"))
TAFEL = parse_quoten(DATA, "quoten.toml")[0][0]


def changed(**fields):
    data = copy.deepcopy(DATA)
    data["quotentafel"][0].update(fields)
    return data


def test_the_shipped_rates_are_those_of_the_source() -> None:
    """Pflegestatistik 2021: 2.3, 27.1, 60.6, 86.4 % of women; 2.3, 19.6, 43.2, 69.6 % of men."""
    assert TAFEL.anteile == pytest.approx(np.array([[0.023, 0.271, 0.606, 0.864], [0.023, 0.196, 0.432, 0.696]]))
    assert [gruppe.code for gruppe in TAFEL.gruppen] == ["00bis74", "75bis84", "85bis89", "ab90"]


@pytest.mark.parametrize(
    "bands",
    [
        [],
        ["00bis74", "ab80"],
        ["00bis79", "ab75"],
        ["05bis74", "ab75"],
        ["00bis74", "75bis89"],
        ["ab75", "00bis74"],
    ],
    ids=["nobody", "a gap", "an overlap", "no infants", "no very old", "out of order"],
)
def test_every_age_stands_in_a_table_exactly_once(bands: list[str]) -> None:
    quoten = [{"altersgruppe": band, "w_prozent": 1.0, "m_prozent": 1.0} for band in bands]
    with pytest.raises(SourceRefused, match="jedes Alter genau einmal"):
        parse_quoten(changed(quoten=quoten), "q.toml")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"merkmal": "krank"}, "nicht lesbar"),
        ({"jahr": 2021}, "nicht lesbar"),
        ({"quoten": [{"altersgruppe": "alle", "w_prozent": 101.0, "m_prozent": 1.0}]}, "nicht lesbar"),
        ({"quoten": [{"altersgruppe": "75+", "w_prozent": 1.0, "m_prozent": 1.0}]}, "keine Altersgruppe"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(fields, reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        parse_quoten(changed(**fields), "q.toml")


def test_a_code_stands_once() -> None:
    with pytest.raises(SourceRefused, match="steht zweimal da"):
        parse_quoten({"quotentafel": DATA["quotentafel"] * 2}, "q.toml")


def test_the_parts_of_a_split_make_up_the_whole() -> None:
    def parts(*shares):
        teile = [{"altersgruppe": band, "w_prozent": w, "m_prozent": 50.0} for band, w in shares]
        return {"aufteilung": [{"altersgruppe": "ab80", "quelle": "Zensus", "teile": teile}]}

    _, (split,) = parse_quoten(parts(("80bis84", 60.0), ("ab85", 40.0)), "q.toml")
    assert split.gruppe.code == "ab80"
    with pytest.raises(SourceRefused, match="je Geschlecht 100 % ergeben, ergibt aber 90 %"):
        parse_quoten(parts(("80bis84", 50.0), ("ab85", 40.0)), "q.toml")
    with pytest.raises(SourceRefused, match="jedes Alter genau einmal"):
        parse_quoten(parts(("80bis84", 60.0), ("ab90", 40.0)), "q.toml")


def test_the_nearest_area_wins_and_in_it_the_newest_count() -> None:
    def tafel(code, gebiet, year, **more):
        return msgspec.structs.replace(TAFEL, code=code, gebiet=gebiet, stichtag=date(year, 12, 15), **more)

    tafeln = [
        TAFEL,
        tafel("land", "05", 2023),
        tafel("kreis_alt", "05334", 2019, gueltig_bis=date(2021, 12, 31)),
        tafel("kreis", "05334", 2021, gueltig_von=date(2021, 12, 15)),
    ]

    def chosen(day, *gebiete):
        return select_quotentafel(tafeln, Merkmal.PFLEGEBEDUERFTIG, day, gebiete).code

    assert chosen(date(2025, 12, 31), "05334", "05", "DG") == "kreis"
    assert chosen(date(2020, 12, 31), "05334", "05", "DG") == "kreis_alt"
    assert chosen(date(2021, 12, 31), "05334") == "kreis"
    assert chosen(date(2025, 12, 31), "05", "DG") == "land"
    with pytest.raises(NotAssessable, match=r"gilt am 31\.12\.2025 für 05354"):
        chosen(date(2025, 12, 31), "05354")
    with pytest.raises(NotAssessable, match="stationaer"):
        select_quotentafel(tafeln, Merkmal.STATIONAER, date(2025, 12, 31), ["DG"])


def test_rates_older_than_the_last_pflegestatistik_are_told() -> None:
    assert latest_pflegestatistik(date(2025, 12, 15)) == date(2025, 12, 15)
    assert latest_pflegestatistik(date(2025, 12, 14)) == date(2023, 12, 15)
    assert latest_pflegestatistik(date(2024, 6, 30)) == date(2023, 12, 15)
    assert not is_outdated(TAFEL, date(2023, 12, 14))
    assert is_outdated(TAFEL, date(2023, 12, 15))
