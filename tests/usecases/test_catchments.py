"""Supply shared among competitors, in a village where it can be counted on fingers.

In 15 minutes 75 to 84 get 750 m, 85 and over 625 m. S 1 lives half at 300 m and half at 690 m, S 2 at 1,500 m. So the
house at T is shared by 90 + 15 people of S 1, and 15 of S 1 reach nothing.
"""

import math
from typing import Any

import pytest
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, people, places, row, rows, village

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.planning.catchment import FORMELN, PLAIN, Verfahren
from infrastruktur.settings import Audience
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.share_catchments import share_catchments

CELLS = cells({300: 50, 690: 50, 1500: 100})
ART, REGION = "pflege.tagespflege", "05334"
PUBLIC = {"audience": Audience.PUBLIC}


def house(key: str, at_m: float | None, number: float | None = None, **more: Any):
    return angebot(key, ART, at_m, kapazitaeten=() if number is None else places(number), **more)


def asked(**other: Any) -> CatchmentFrage:
    return CatchmentFrage(
        **{"art": ART, "modus": "zu_fuss", "altersgruppe": "ab75", "verfahren": "2sfca", "max_minuten": 15} | other
    )


WEST = house("West", 0, 42)


def test_places_are_shared_by_those_who_reach_them_at_their_own_pace(store_settings):
    with village(store_settings, (WEST,), (CELLS,)) as context:
        s1 = row(share_catchments(context, asked()), gebiet=S1)
    assert s1["personen"] == pytest.approx(120)
    assert s1["erreicht"] == pytest.approx(105)
    assert s1["nicht_erreicht"] == pytest.approx(15)
    assert s1["plaetze"] == pytest.approx(42)
    assert s1["wert"] == pytest.approx(1000 * 42 / 120)
    assert s1["einheit"] == "Plätze je 1.000 Personen"
    assert s1["profil"] == "75 bis unter 85 Jahre 3,0 km/h, 85+ 2,5 km/h"
    assert (s1["verfahren"], s1["abklingen"], s1["max_minuten"]) == ("2sfca", "stufe", 15)
    assert (s1["stichtag"], s1["stichtag_personen"], s1["quelle_personen"]) == (STICHTAG, STICHTAG, "register")


def test_the_figure_of_a_kommune_is_no_mean_of_figures(store_settings):
    some = tuple(people((S1,)))
    with village(store_settings, (WEST,), (CELLS,), (*some, *people((S2,)))) as context:
        table = share_catchments(context, asked())
    for gebiet in (KOMMUNE, REGION):
        assert row(table, gebiet=gebiet)["wert"] == pytest.approx(1000 * 42 / 240)
    assert row(table, gebiet=S2)["wert"] == 0
    for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage", "plaetze"):
        assert sum(row(table, gebiet=key)[name] for key in (S1, S2)) == pytest.approx(row(table, gebiet=REGION)[name])
    for each in table.records():
        assert each["personen"] == pytest.approx(each["erreicht"] + each["nicht_erreicht"] + each["ohne_aussage"])


def test_near_people_get_more_of_a_house_in_zones(store_settings):
    # From 1,500 m the younger need 9.8 minutes and the older 11.8, from 690 m 6.4 and 7.7, from 300 m 14.2 and 17.
    with village(store_settings, (house("Mitte", 1010, 48),), (CELLS,)) as context:
        table = share_catchments(context, asked(verfahren="e2sfca"))
    # Zones of 5, 10 and 15 minutes weigh 1, 0.68 and 0.22.
    west = 60 * 0.68 + 45 * 0.22
    east = 90 * 0.68 + 30 * 0.22
    assert row(table, gebiet=S1)["plaetze"] == pytest.approx(48 * west / (west + east))
    assert row(table, gebiet=S2)["plaetze"] == pytest.approx(48 * east / (west + east))


@pytest.mark.parametrize("verfahren", [v.value for v, formel in FORMELN.items() if formel.competes == formel.receives])
def test_every_place_is_handed_out_once_or_counted(store_settings, verfahren):
    there = (WEST, house("Mitte", 1000, 48), house("Fern", 3500, 10), house("Ohne Punkt", None, 7, ort="Dorf"))
    with village(store_settings, there, (CELLS,)) as context:
        whole = row(share_catchments(context, asked(verfahren=verfahren)), gebiet=KOMMUNE)
    assert whole["plaetze"] == pytest.approx(42 + 48)
    assert (whole["unerreicht"], whole["plaetze_unerreicht"]) == (1, 10)
    assert (whole["ohne_ort"], whole["plaetze_ohne_ort"]) == (1, 7)


def test_what_lies_far_is_lost_in_m2sfca(store_settings):
    assert FORMELN[Verfahren.M2SFCA].competes == PLAIN
    with village(store_settings, (WEST,), (CELLS,)) as context:
        s1 = row(share_catchments(context, asked(verfahren="m2sfca")), gebiet=S1)
    near, far = 60, 45
    shared = near * 0.68**2 + far * 0.22**2
    assert s1["plaetze"] == pytest.approx(42 * shared / (near * 0.68 + far * 0.22))


def test_a_house_of_unknown_size_makes_a_lower_bound_and_is_counted(store_settings):
    with village(store_settings, (WEST, house("Ost", 1900)), (CELLS,)) as context:
        table = share_catchments(context, asked())
    s1, s2, whole = (row(table, gebiet=key) for key in (S1, S2, KOMMUNE))
    assert (s1["ohne_platzzahl"], s2["ohne_platzzahl"], whole["ohne_platzzahl"]) == (0, 1, 1)
    assert (s2["wert"], s2["grund"]) == (None, "keine_platzzahl")
    assert s2["erreicht"] == pytest.approx(120)
    assert whole["wert"] == pytest.approx(1000 * 42 / 240)


def test_one_house_of_unknown_size_is_one_in_every_area_that_reaches_it(store_settings):
    with village(store_settings, (house("Mitte", 1000),), (CELLS,)) as context:
        table = share_catchments(context, asked())
    assert [row(table, gebiet=key)["ohne_platzzahl"] for key in (S1, S2, KOMMUNE, REGION)] == [1, 1, 1, 1]


def test_people_without_a_cell_are_without_a_statement_and_do_not_weigh(store_settings):
    with village(store_settings, (WEST,), (cells({300: 100}),)) as context:
        table = share_catchments(context, asked())
    s2 = row(table, gebiet=S2)
    assert (s2["ohne_aussage"], s2["wert"], s2["grund"]) == (pytest.approx(120), None, "keine_daten")
    assert row(table, gebiet=KOMMUNE)["wert"] == pytest.approx(1000 * 42 / 120)


def test_a_village_without_a_house_has_nought_for_everybody(store_settings):
    with village(store_settings, (), (CELLS,)) as context:
        table = share_catchments(context, asked())
    assert {each["wert"] for each in table.records()} == {0}
    assert row(table, gebiet=REGION)["nicht_erreicht"] == pytest.approx(240)


def test_a_group_no_source_tells_is_keine_daten(store_settings):
    with village(store_settings, (WEST,), (CELLS,)) as context:
        table = share_catchments(context, asked(altersgruppe="06bis09"))
    assert {(each["grund"], each["personen"]) for each in table.records()} == {("keine_daten", None)}


def test_a_level_narrows_the_rows_and_the_usual_limit_is_that_of_the_method(store_settings):
    with village(store_settings, (WEST,), (CELLS,)) as context:
        table = share_catchments(context, asked(verfahren="3sfca", max_minuten=None, ebene="region"))
    (region,) = rows(table)
    assert (region["max_minuten"], region["abklingen"]) == (60, "zonen")
    assert table.herkunft.parameter["abklingen"]["gewichte"] == (0.962, 0.704, 0.377, 0.042)
    assert any("Rand der Region" in hinweis for hinweis in table.herkunft.hinweise)


def test_what_lies_beyond_the_region_is_shared_too_and_told(store_settings):
    with village(store_settings, (WEST, house("Nachbar", 4100, 9)), (CELLS,)) as context:
        table = share_catchments(context, asked())
    assert row(table, gebiet=REGION)["unerreicht"] == 0
    assert any("mitgerechnet sind: 1; aus der Region nicht erreicht: 1." in said for said in table.herkunft.hinweise)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"verfahren": "bfca"}, "BFCA"),
        ({"verfahren": "4sfca"}, "ausgeglichen"),
        ({"art": "pflege.tagespflege|alltag.hausarzt"}, "dieselbe Größe"),
        ({"art": "alltag.apotheke"}, "dieselbe Größe"),
        ({"max_minuten": 61}, "max_minuten"),
        ({"modus": "oepnv"}, "oepnv"),
    ],
)
def test_what_cannot_be_shared_is_refused_with_a_reason(store_settings, other, says):
    with village(store_settings, (WEST,), (CELLS,)) as context, pytest.raises(InvalidParameter, match=says):
        share_catchments(context, asked(**other))


def test_a_figure_never_gives_away_the_few_who_reach_nothing(store_settings):
    """Everybody who reaches the one house gets the same of it, so places would tell how many they are."""
    six_far = cells({300: 80, 690: 20, 1500: 100})
    with village(store_settings, (WEST,), (six_far,)) as context:
        assert row(share_catchments(context, asked()), gebiet=S1)["nicht_erreicht"] == pytest.approx(6)
    with village(store_settings, (WEST,), (six_far,), **PUBLIC) as context:
        table = share_catchments(context, asked())
    for raum in (S1, S2):
        hidden = row(table, gebiet=raum)
        assert [hidden[name] for name in ("nicht_erreicht", "wert", "plaetze")] == [None, None, None]
        assert (hidden["personen"], hidden["grund"]) == (120, "geheim")
    assert row(table, gebiet=KOMMUNE)["wert"] == pytest.approx(175)


def test_a_reader_cannot_cut_the_ages_finer_than_the_figures_do(store_settings):
    with village(store_settings, (WEST,), (CELLS,), **PUBLIC) as context:
        with pytest.raises(InvalidParameter, match="ab75"):
            share_catchments(context, asked(altersgruppe="85bis89"))
        assert {each["altersgruppe"] for each in share_catchments(context, asked()).records()} == {"ab75"}


# Decays


@pytest.mark.parametrize(
    ("own", "near", "far"),
    [
        ({"abklingen": "stufe"}, 1, 1),
        ({"abklingen": "zonen"}, 0.68, 0.22),
        ({"abklingen": "zonen", "zonen": ((11.0, 1.0), (15.0, 0.5))}, 1, 0.5),
        ({"abklingen": "gauss", "sigma_minuten": 10.0}, math.exp(-0.5 * 0.98**2), math.exp(-0.5 * 1.42**2)),
        ({"abklingen": "potenz", "beta": 2.0}, 9.8**-2, 14.2**-2),
        ({"abklingen": "potenz"}, 1 / 9.8, 1 / 14.2),
        ({"abklingen": "exponentiell", "beta": 0.1}, math.exp(-0.98), math.exp(-1.42)),
    ],
)
def test_places_fall_to_people_as_the_decay_weighs_them(store_settings, own, near, far):
    # At 3 km/h 90 people have 9.8 minutes from 300 m to 790 m, and 90 have 14.2 minutes from 1,500 m.
    with village(store_settings, (house("Mitte", 790, 42),), (cells({300: 50, 1500: 100}),)) as context:
        table = share_catchments(context, asked(altersgruppe="75bis84", **own))
    s1, s2 = (row(table, gebiet=key) for key in (S1, S2))
    assert (s1["plaetze"], s2["plaetze"]) == pytest.approx(
        (42 * near / (near + far), 42 * far / (near + far)), rel=0.01
    )
    assert (s1["abklingen"], s1["max_minuten"]) == (own["abklingen"], 15)


def test_the_zones_given_end_the_catchment(store_settings):
    with village(store_settings, (house("Mitte", 790, 42),), (cells({300: 50, 1500: 100}),)) as context:
        table = share_catchments(
            context, asked(altersgruppe="75bis84", max_minuten=None, abklingen="zonen", zonen=((5.0, 1.0), (11.0, 0.5)))
        )
    assert (row(table, gebiet=S1)["plaetze"], row(table, gebiet=S2)["plaetze"]) == (pytest.approx(42), 0)
    assert row(table, gebiet=S1)["max_minuten"] == 11


@pytest.mark.parametrize(
    "own",
    [
        {"abklingen": "kegel"},
        {"abklingen": "gauss"},
        {"abklingen": "exponentiell"},
        {"abklingen": "stufe", "beta": 1.0},
        {"abklingen": "potenz", "sigma_minuten": 5.0},
        {"beta": 1.0},
        {"abklingen": "zonen", "zonen": ((10.0, 0.5), (15.0, 1.0))},
        {"abklingen": "zonen", "zonen": ((10.0, 1.0), (20.0, 0.5))},
    ],
    ids=str,
)
def test_a_decay_that_cannot_be_is_refused(store_settings, own):
    with village(store_settings, (WEST,), (CELLS,)) as context, pytest.raises(InvalidParameter):
        share_catchments(context, asked(**own))


@pytest.mark.parametrize(
    ("own", "open_to_all"),
    [
        ({"abklingen": "gauss_begrenzt"}, True),
        ({"abklingen": "potenz"}, True),
        ({"abklingen": "potenz", "beta": 9.0}, False),
        ({"abklingen": "gauss", "sigma_minuten": 0.1}, False),
        ({"abklingen": "zonen", "zonen": ((1.0, 1.0), (15.0, 0.001))}, False),
    ],
    ids=str,
)
def test_a_reader_cannot_weigh_so_that_one_cell_alone_counts(store_settings, own, open_to_all):
    with village(store_settings, (WEST,), (CELLS,), **PUBLIC) as context:
        if open_to_all:
            assert share_catchments(context, asked(**own)).zeilen
        else:
            with pytest.raises(InvalidParameter, match="Verwaltung"):
                share_catchments(context, asked(**own))
