"""What needs care, each reason beside a neighbour that just does not qualify.

Dorf (-200 m to 4000 m)                      Nachbar (4000 m to 5000 m)      nothing
T-----+-----+-----+-----+-----+-----+-----+--E                               one street of 4 km from 0 m
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
import pytest
from routing.drawn import drawn
from usecases.strassendorf import (
    KOMMUNE,
    QUELLE,
    RAEUME,
    STICHTAG,
    STREET_Y,
    WEST,
    angebot,
    box,
    build_streets,
    catalogue,
    seen_by,
)

from infrastruktur.domain.adresse import Adresse
from infrastruktur.domain.angebot import Angebot, Standort, Status, Statuszeit
from infrastruktur.domain.klaerung import Klaerungsgrund, is_due
from infrastruktur.domain.layer import Features
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.settings import Audience, Settings
from infrastruktur.storage.adressen import put_adressen
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import describe_klaerungsbedarf
from infrastruktur.usecases.list_klaerungsbedarf import list_klaerungsbedarf

NACHBAR = Raum(
    schluessel="05334036",
    ebene=Ebene.KOMMUNE,
    name="Nachbar",
    oberraum="05334",
    geom_25832=box(4000, 5000),
    quelle=QUELLE,
)
CHECKED = {"zuletzt_geprueft": STICHTAG}
HAUPTSTRASSE = {"strasse": "Hauptstraße", "hausnummer": "1", "plz": "01067"}


def at(key: str, at_m: float | None, *, north_m: float = 0.0, **more: Any) -> Angebot:
    """Put an Angebot along the street, checked on the day unless said otherwise."""
    address = {name: more.pop(name) for name in ("strasse", "hausnummer", "plz", "ort") if name in more}
    point = None if at_m is None else (WEST + at_m, STREET_Y + north_m)
    place = Standort(schluessel=key, punkt_25832=point, **address)
    return angebot(key, more.pop("art", "alltag.apotheke"), None, **(CHECKED | {"standort": place} | more))


@contextmanager
def opened(settings: Settings, *angebote: Angebot, audience: Audience = Audience.PUBLIC) -> Iterator[Context]:
    with catalogue(settings, (*RAEUME, NACHBAR), angebote, audience=audience) as context:
        yield context


def found(context: Context, stichtag: date = STICHTAG) -> list[dict[str, Any]]:
    """Give the rows, by name and not by id, which nobody can foretell."""
    return sorted(list_klaerungsbedarf(context, stichtag).rows(), key=lambda row: (row["name"], row["grund"]))


def reasons(context: Context, stichtag: date = STICHTAG) -> list[tuple[str, str, int | None]]:
    return [(row["name"], row["grund"], row["abstand_m"]) for row in found(context, stichtag)]


def test_without_a_point(store_settings: Settings) -> None:
    nowhere = (at("ohne", None, ort="Dorf", **HAUPTSTRASSE), at("ganz ohne", None))
    with opened(store_settings, *nowhere, at("mit", 100)) as context:
        rows, features = found(context), list_klaerungsbedarf(context, STICHTAG)
    assert [(row["name"], row["grund"], row["kommune"]) for row in rows] == [
        ("ganz ohne", "ohne_punkt", None),
        ("ohne", "ohne_punkt", KOMMUNE),
    ]
    assert rows[1]["erlaeuterung"].startswith("Zur Adresse „Hauptstraße 1, 01067 Dorf“ ist kein Punkt bekannt")
    assert rows[0]["erlaeuterung"].startswith("Weder Adresse noch Punkt sind bekannt")
    assert features.geometries().tolist() == [None, None]


@pytest.mark.parametrize(("apart_m", "doubtful"), [(100, False), (101, True)])
def test_two_points_of_one_address(store_settings: Settings, apart_m: float, *, doubtful: bool) -> None:
    other = HAUPTSTRASSE | {"strasse": "HAUPTSTR."}
    with opened(store_settings, at("A", 0, **HAUPTSTRASSE), at("B", apart_m, **other)) as context:
        rows = found(context)
    expected = [("A", "fern_der_adresse", apart_m), ("B", "fern_der_adresse", apart_m)] if doubtful else []
    assert [(row["name"], row["grund"], row["abstand_m"]) for row in rows] == expected
    assert all("101 m von einem anderen Standort" in row["erlaeuterung"] for row in rows)


def test_the_point_that_most_speak_against_is_the_doubtful_one(store_settings: Settings) -> None:
    places = {"A": 0, "nebenan": 80, "fern": 1300}
    with opened(store_settings, *(at(key, metres, **HAUPTSTRASSE) for key, metres in places.items())) as context:
        (row,) = found(context)
    assert (row["name"], row["abstand_m"]) == ("fern", 1220)
    assert "1.220 m von dem nächsten von 2 anderen Standorten" in row["erlaeuterung"]


def test_an_address_with_a_part_missing_is_none(store_settings: Settings) -> None:
    half = HAUPTSTRASSE | {"hausnummer": ""}
    with opened(store_settings, at("A", 0, **half), at("B", 900, **half)) as context:
        assert reasons(context) == []


def test_two_kinds_at_one_standort_are_one_witness(store_settings: Settings) -> None:
    home = at("Heim", 1300, **HAUPTSTRASSE)
    second = angebot("Pflege im Heim", "pflege.tagespflege", None, **CHECKED, standort=home.standort)
    with opened(store_settings, home, second, at("A", 0, **HAUPTSTRASSE)) as context:
        assert reasons(context) == [(name, "fern_der_adresse", 1300) for name in ("A", "Heim", "Pflege im Heim")]


def test_a_confidential_standort_is_no_witness_for_the_public(store_settings: Settings) -> None:
    hidden = at("Frauenhaus", 1300, art="beratung.gewaltschutz", vertraulich=True, **HAUPTSTRASSE)
    with opened(store_settings, at("A", 0, **HAUPTSTRASSE), hidden) as context:
        assert reasons(context) == []
        staff = reasons(seen_by(context, Audience.STAFF))
    assert {name for name, _, _ in staff} == {"A", "Frauenhaus"}


def off_the_network(context: Context) -> list[dict[str, Any]]:
    """Give the rows about ways; so far from the street a point lies outside the Kommune, too."""
    return [row for row in found(context) if row["grund"] == Klaerungsgrund.ABSEITS_DES_NETZES]


def test_off_the_network(store_settings: Settings) -> None:
    build_streets(store_settings.home)
    with opened(store_settings, at("am Netz", 300, north_m=499), at("abseits", 300, north_m=1501)) as context:
        (row,) = off_the_network(context)
    assert (row["name"], row["abstand_m"]) == ("abseits", 1501)


def test_off_the_network_within_its_area(store_settings: Settings) -> None:
    store_settings.home.mkdir(parents=True, exist_ok=True)
    drawn("A" + "-" * 19 + "B\n|" + "\n|" * 18 + "\nC" + "-" * 19 + "D", store_settings.home)
    with opened(store_settings, at("am Netz", 499, north_m=-900), at("abseits", 501, north_m=-900)) as context:
        (row,) = off_the_network(context)
    assert row["erlaeuterung"] == "Der Punkt liegt 501 m vom nächsten Weg: In den Zahlen erreicht ihn niemand zu Fuß."


def test_beyond_the_data_nobody_blames_the_point(store_settings: Settings) -> None:
    build_streets(store_settings.home)
    with opened(store_settings, at("fort", 300, north_m=40_000)) as context:
        (row,) = off_the_network(context)
    assert row["erlaeuterung"].startswith(
        "Der Punkt liegt 40.000 m vom nächsten Weg und außerhalb des Gebiets, für das"
    )


def test_on_an_island_of_the_network(store_settings: Settings) -> None:
    store_settings.home.mkdir(parents=True, exist_ok=True)
    drawn("A---------B\n|         |\nC---------D\n\n\n\nX-Y", store_settings.home)
    with opened(store_settings, at("Insel", 50, north_m=-600), at("Netz", 50, north_m=-200)) as context:
        rows = off_the_network(context)
    assert [(row["name"], row["abstand_m"]) for row in rows] == [("Insel", None)]


def test_without_a_network_nothing_is_said_of_it(store_settings: Settings) -> None:
    with opened(store_settings, at("abseits", 300, north_m=450)) as context:
        assert reasons(context) == []


@pytest.mark.parametrize(
    ("at_m", "ort", "said"),
    [
        (4000, "Dorf", None),  # on the border, which belongs to both
        (4250, "Nachbar", None),
        (4250, "Dorfhausen", None),  # names no Kommune: perhaps a part of one
        (4250, "", None),
        (4250, "DORF", "Der Punkt liegt in Nachbar, 250 m außerhalb von Dorf, das als Ort angegeben ist."),
        (5000, "Nachbar", None),
        (5001, "Nachbar", "Der Punkt liegt in keiner Kommune, 1 m außerhalb von Nachbar, das als Ort angegeben ist."),
        (5300, "", "Der Punkt liegt in keiner Kommune, 300 m von der nächsten entfernt."),
    ],
)
def test_outside_the_kommune(store_settings: Settings, at_m: float, ort: str, said: str | None) -> None:
    with opened(store_settings, at("Laden", at_m, ort=ort)) as context:
        rows = found(context)
    assert [row["erlaeuterung"] for row in rows] == ([] if said is None else [said])
    assert {row["grund"] for row in rows} <= {"ausserhalb_der_kommune"}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"stand": date(2024, 12, 31)}, None),
        ({"zuletzt_geprueft": date(2024, 12, 31), "stand": date(2020, 1, 1)}, None),
        ({"stand": date(2026, 3, 1)}, None),
        ({"stand": date(2024, 12, 30)}, "Stand 30.12.2024, zuletzt geprüft unbekannt."),
        ({"zuletzt_geprueft": date(2024, 12, 30)}, "Stand unbekannt, zuletzt geprüft 30.12.2024."),
        ({}, "Es fehlen der Stand und der Tag der letzten Prüfung."),
    ],
)
def test_not_confirmed_for_a_year(store_settings: Settings, days: dict[str, date], said: str | None) -> None:
    with opened(store_settings, at("Laden", 100, **({"zuletzt_geprueft": None} | days))) as context:
        rows = found(context)
    assert [row["grund"] for row in rows] == ([] if said is None else ["nicht_bestaetigt"])
    assert all(row["erlaeuterung"].endswith(said) for row in rows)


def test_the_day_is_the_asked_one_and_what_is_closed_needs_no_care(store_settings: Settings) -> None:
    running = Statuszeit(status=Status.IN_BETRIEB, gueltig_bis=date(2026, 12, 31))
    closed = Statuszeit(status=Status.GESCHLOSSEN, gueltig_von=date(2027, 1, 1))
    with opened(store_settings, at("schließt", 100, status=(running, closed)), at("bleibt", 100)) as context:
        assert reasons(context, date(2026, 12, 31)) == []
        assert reasons(context, date(2027, 1, 1)) == [("bleibt", "nicht_bestaetigt", None)]


def test_a_row_per_reason_as_the_layer_describes_it(store_settings: Settings) -> None:
    lost = at(
        "Laden", 4250, ort="Dorf", traeger="Markt GmbH", zuletzt_geprueft=date(2020, 2, 29), stand=date(2019, 1, 1)
    )
    nowhere = at("ohne", None)
    with opened(store_settings, lost, nowhere) as context:
        features = list_klaerungsbedarf(context, STICHTAG)
    of_both = [f"{lost.id}.ausserhalb_der_kommune", f"{lost.id}.nicht_bestaetigt", f"{nowhere.id}.ohne_punkt"]
    assert list(features.id) == sorted(of_both), "in this order a page is found again"
    row = list(features.id).index(f"{lost.id}.nicht_bestaetigt")
    assert list(features.columns) == [each.name for each in describe_klaerungsbedarf().properties]
    assert {name: values[row] for name, values in features.columns.items()} == {
        "id": f"{lost.id}.nicht_bestaetigt",
        "angebot": lost.id,
        "massnahme": None,
        "name": "Laden",
        "art": "alltag.apotheke",
        "kommune": NACHBAR.schluessel,
        "traeger": "Markt GmbH",
        "grund": "nicht_bestaetigt",
        "erlaeuterung": "Am 31.12.2025 lag die letzte Bestätigung mehr als zwölf Monate zurück: "
        "Stand 01.01.2019, zuletzt geprüft 29.02.2020.",
        "abstand_m": None,
        "stand": "2019-01-01",
        "zuletzt_geprueft": "2020-02-29",
    }
    nothing = features.columns["grund"].index("ohne_punkt")
    np.testing.assert_array_equal(features.geom_25832[[row, nothing]], [[WEST + 4250, STREET_Y], [np.nan, np.nan]])


def test_nothing_to_clear_is_an_empty_layer(store_settings: Settings) -> None:
    with opened(store_settings, at("Laden", 100)) as context:
        features: Features = list_klaerungsbedarf(context, STICHTAG)
    assert len(features) == 0
    assert features.geom_25832.shape == (0, 2)


def test_every_reason_has_a_title() -> None:
    (grund,) = (each for each in describe_klaerungsbedarf().properties if each.name == "grund")
    assert list(grund.werte) == list(Klaerungsgrund)
    assert all(grund.werte.values())


def test_far_from_where_the_address_table_has_it(store_settings: Settings) -> None:
    """One metre too far, just near enough, and an address of which the table has two houses."""
    other = HAUPTSTRASSE | {"hausnummer": "2"}
    ends = (
        Adresse("Hauptstr.", "2", "01067", (WEST, STREET_Y)),
        Adresse("Hauptstr.", "2", "01067", (WEST + 900, STREET_Y)),
    )
    table = (Adresse("Hauptstraße", "1", "01067", (WEST + 500, STREET_Y)), *ends)
    apart = (at("fern", 601, **HAUPTSTRASSE), at("nah", 600, **HAUPTSTRASSE), at("zwei Häuser", 1500, **other))
    with opened(store_settings, *apart, at("ohne Nummer", 100, strasse="Hauptstraße", plz="01067")) as context:
        assert reasons(context) == []
        with context.store.of_installation().write() as connection:
            put_adressen(connection, "Adressen", table)
        assert reasons(context) == [("fern", "fern_der_adresse", 101)]
        assert "101 m von der Adresse „Hauptstraße 1, 01067“" in found(context)[0]["erlaeuterung"]


@pytest.mark.parametrize(
    ("art", "geprueft", "stichtag", "due"),
    [
        ("pflege.tagespflege", date(2026, 2, 28), date(2026, 8, 31), False),
        ("pflege.tagespflege", date(2026, 2, 27), date(2026, 8, 31), True),
        ("pflege.tagespflege", date(2026, 9, 30), date(2026, 11, 30), False),
        ("pflege.tagespflege", date(2026, 9, 30), date(2026, 12, 1), True),
        ("pflege.tagespflege", date(2026, 10, 1), date(2026, 12, 31), False),
        ("quartier.seniorentreff", date(2026, 2, 27), date(2026, 8, 31), False),
    ],
)
def test_the_pflege_is_due_after_six_months_and_before_its_report(art, geprueft, stichtag, *, due) -> None:
    assert is_due(art.partition(".")[0], geprueft, stichtag) is due


def test_what_is_due_is_told_apart_from_what_nobody_confirmed_for_a_year(store_settings: Settings) -> None:
    fresh, due, old = date(2026, 1, 1), date(2025, 10, 1), date(2024, 10, 1)
    ages = {"frisch": fresh, "fällig": due, "alt": old}
    heime = [at(name, 500 * n, art="pflege.tagespflege", zuletzt_geprueft=day, stand=old) for n, (name, day) in
             enumerate(ages.items())]  # fmt: skip
    with opened(store_settings, *heime) as context:
        assert reasons(context, date(2026, 5, 1)) == [("alt", "nicht_bestaetigt", None), ("fällig", "faellig", None)]


@pytest.mark.parametrize(
    ("apart_m", "other", "doubled"),
    [
        (29, {}, True),
        (31, {}, False),
        (0, {"art": "alltag.hausarzt"}, False),
        (10, {"name": "Anders"}, False),
        (10, {"name": "DIE  Apotheke"}, True),
    ],
)
def test_what_stands_there_twice(store_settings: Settings, apart_m: float, other: dict[str, Any], *, doubled) -> None:
    pair = (at("A", 100, name="Die Apotheke"), at("B", 100 + apart_m, **({"name": "Die Apotheke"} | other)))
    with opened(store_settings, *pair) as context:
        rows = found(context)
    assert [(row["grund"], row["abstand_m"]) for row in rows] == [("doppelt", apart_m)] * 2 * doubled
    for row, twin in zip(rows, reversed(rows), strict=True):
        assert twin["angebot"] in row["erlaeuterung"]


def test_a_confidential_double_is_none_for_the_public(store_settings: Settings) -> None:
    pair = (at("A", 100, name="Haus"), at("B", 110, name="Haus", vertraulich=True))
    with opened(store_settings, *pair) as context:
        assert reasons(context) == []
        assert len(reasons(seen_by(context, Audience.STAFF))) == 2
