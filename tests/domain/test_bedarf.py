"""Need rules, variants, forecasts and survival factors as files: what each refuses, and in which words."""

import copy
import csv
import io
import json
import math
import tomllib
from datetime import date

import jsonschema
import pytest

from infrastruktur import resources
from infrastruktur.domain.art import get_art
from infrastruktur.domain.bedarf import Beschluss, get_regel, get_variante, parse_bedarf
from infrastruktur.domain.errors import NotFound, SourceRefused
from infrastruktur.domain.prognose import parse_prognose, parse_prognosekopf
from infrastruktur.domain.ueberleben import parse_ueberlebenstafel

SCHEMAS = resources.folder("schemas")
DATA = tomllib.loads((SCHEMAS / "bedarf.toml").read_text("utf-8"))
DATEI = parse_bedarf(DATA, "bedarf.toml")
DAY = date(2025, 12, 31)


def rule(**fields):
    """Change the first rule; None takes a field away."""
    data = copy.deepcopy(DATA)
    first = data["regel"][0] | fields
    data["regel"][0] = {name: value for name, value in first.items() if value is not None}
    return data


# Rules


def test_the_shipped_rules_are_for_known_kinds_and_say_that_nobody_resolved_them() -> None:
    assert {get_art(art).code for regel in DATEI.regel for art in regel.arten} == {
        "pflege.dauerpflege",
        "pflege.tagespflege",
    }
    assert {regel.status for regel in DATEI.regel} == {"Arbeitswert, nicht beschlossen"}
    assert all(regel.grundlage for regel in DATEI.regel)


def test_the_shipped_trend_is_the_one_its_source_implies() -> None:
    """From 2013 to 2060 Pflegebedürftige grow by 58 % with constant rates and by 31 % with the trend."""
    trend = get_variante(DATEI.variante, "trend_fallend").trend
    assert trend is not None
    assert trend.faktor_je_jahr == pytest.approx((1.31 / 1.58) ** (1 / 47), abs=0.0005)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"quote": "stationaer"}, "genau eines von"),
        ({"anteil_pb_prozent": None}, "genau eines von"),
        ({"altersgruppe": "ab80"}, "gehören zusammen"),
        ({"anteil_pb_prozent": None, "je_100": 20.0}, "gehören zusammen"),
        ({"anteil_pb_prozent": None, "je_100": 20.0, "altersgruppe": "ab80"}, "nennt schon Plätze"),
        ({"anteil_pb_prozent": None, "je_100": 20.0, "altersgruppe": "80+"}, "keine Altersgruppe"),
        ({"personen_je_platz": 0.0}, "nicht lesbar"),
        ({"richtwert": 1}, "nicht lesbar"),
        ({"code": "dauerpflege_heimquote"}, "steht zweimal da"),
    ],
)
def test_a_rule_that_is_none_is_refused(fields, reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        parse_bedarf(rule(**fields), "b.toml")


@pytest.mark.parametrize(("richtung", "faktor"), [("steigend", 0.996), ("fallend", 1.01), ("fallend", 1.0)])
def test_a_trend_goes_where_it_says(richtung: str, faktor: float) -> None:
    data = copy.deepcopy(DATA)
    data["variante"][1]["trend"] |= {"richtung": richtung, "faktor_je_jahr": faktor}
    with pytest.raises(SourceRefused, match=f"ist nicht „{richtung}“"):
        parse_bedarf(data, "b.toml")


def test_rules_are_found_by_code_and_day() -> None:
    assert get_regel(DATEI.regel, "dauerpflege_anteil", DAY).anteil_pb_prozent == 14.0
    with pytest.raises(NotFound, match=r"Am 14\.12\.2021 gilt keine Bedarfsregel"):
        get_regel(DATEI.regel, "dauerpflege_anteil", date(2021, 12, 14))
    with pytest.raises(NotFound, match="Bekannt sind: status_quo"):
        get_variante(DATEI.variante, "wunsch")


def test_a_resolution_covers_what_it_names_from_its_day_until_it_is_lifted() -> None:
    beschluss = Beschluss(
        am=date(2015, 12, 10),
        gremium="Städteregionstag",
        fundstelle="2015/0459",
        parameter=("a", "b"),
        aufgehoben_am=date(2022, 12, 8),
    )
    assert beschluss.covers(["a"], date(2015, 12, 10))
    assert not beschluss.covers(["a", "c"], date(2016, 1, 1))
    assert not beschluss.covers(["a"], date(2015, 12, 9))
    assert not beschluss.covers(["a"], date(2022, 12, 8))


# Forecasts and survival: the schema and the parser agree


def _read_ueberleben(data):
    return parse_ueberlebenstafel(data, "u.toml")


def _read_prognose(data):
    return parse_prognosekopf(data, "p.toml")


@pytest.mark.parametrize(("name", "read"), [("ueberleben", _read_ueberleben), ("prognose", _read_prognose)])
def test_examples_are_read_and_counterexamples_are_not(name, read) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    checked = jsonschema.Draft202012Validator(schema)
    for example in schema["examples"]:
        assert not list(checked.iter_errors(example))
        assert read(example).code == "probe"
    for wrong in schema["x-gegenbeispiele"]:
        assert list(checked.iter_errors(wrong)), wrong
        with pytest.raises(SourceRefused, match="nicht lesbar"):
            read(wrong)


@pytest.mark.parametrize(
    ("bands", "reason"),
    [
        (["00bis04", "ab10"], "jedes Alter genau einmal"),
        (["00bis09", "ab10"], "genau fünf Jahre"),
        (["00bis04", "05+"], "keine Altersgruppe"),
    ],
)
def test_survival_needs_groups_of_five_years(bands: list[str], reason: str) -> None:
    schema = json.loads((SCHEMAS / "ueberleben.schema.json").read_text("utf-8"))
    data = copy.deepcopy(schema["examples"][0])
    data["ueberlebenstafel"]["faktoren"] = [{"altersgruppe": band, "w": 1.0, "m": 1.0} for band in bands]
    with pytest.raises(SourceRefused, match=reason):
        _read_ueberleben(data)


KOPF = _read_prognose(json.loads((SCHEMAS / "prognose.schema.json").read_text("utf-8"))["examples"][0])


def _rows(*lines: str):
    return csv.DictReader(io.StringIO("\n".join(("raum,stichtag,geschlecht,altersgruppe,personen", *lines))))


def test_nobody_unknown_and_withheld_are_three_things() -> None:
    prognose = parse_prognose(
        KOPF,
        _rows(
            "05334002,2030-12-31,w,ab80,1204.5",
            "05334002,2030-12-31,m,ab80,-",
            "05334004,2030-12-31,w,ab80,.",
            "05334004,2030-12-31,m,ab80,geheim",
            "05334004,2035-12-31,m,ab80,",
        ),
    )
    people = [zeile.personen for zeile in prognose.zeilen]
    assert people[:2] == [1204.5, 0.0]
    assert all(math.isnan(each) for each in people[2:])
    assert prognose.geheim == {prognose.zeilen[3].wer}
    assert prognose.stichtage == (date(2030, 12, 31), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("05334002,31.12.2030,w,ab80,12", "nicht lesbar"),
        ("05334002,2030-12-31,x,ab80,12", "nicht lesbar"),
        ("05334002,2030-12-31,w,80+,12", "keine Altersgruppe"),
        ("05334002,2030-12-31,w,ab80,-3", "keine Zahl von Personen"),
        ("05334002,2030-12-31,w,ab80,inf", "keine Zahl von Personen"),
        ("05334002,2030-12-31,w,ab80,viele", "nicht lesbar"),
        ("05334002,2030-12-31,w,ab80", "Spalte „personen“ fehlt"),
        ("05334002,2030-12-31,w,ab75,9", "schon in einer früheren Zeile"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line(line: str, reason: str) -> None:
    with pytest.raises(SourceRefused, match=rf"prognose\.csv, Zeile 3: .*{reason}"):
        parse_prognose(KOPF, _rows("05334002,2030-12-31,w,ab75,9", line))
