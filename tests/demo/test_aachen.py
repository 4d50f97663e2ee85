"""The run on real open data of Aachen: its figures a second time by other means, and what it refuses to say.

The extract covers 8.6 x 5.4 km of the city, the census is of 2011, OpenStreetMap knows no places. So most of the
region must stay without a statement, and what is stated must be right to the person.
"""

import re
from collections import Counter
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from demo import zweite_rechnung as zweite
from demo.conftest import DATA

AACHEN = "05334002"
SOURCES = DATA / "aachen"
PBF = SOURCES / "aachen-2021-08-01.osm.pbf"
STATES = ["erreicht", "nicht_erreicht", "ohne_aussage"]
INSIDE = ["SB10", "SB14", "SB16", "SB17", "SB18", "SB32", "SB33", "SB47"]
"""Bezirke further than 1 km from the extract's border: Markt, Lindenplatz, Westpark, Hanbruch, Hörn, …"""
OUTSIDE = ["SB61", "SB62", "SB63", "SB66"]
"""Kornelimünster, Oberforstbach, Walheim, Richterich: beyond the extract."""
MOST_M = {"apotheke_ab80": 625.0, "hausarzt_ab80": 1000.0}
"""15 minutes at the 2.5 km/h of people of 80 and over; 1.000 m as the crow flies."""
SLACK_M = {"apotheke_ab80": 5.0, "hausarzt_ab80": 15.0}
"""How far the two ways may differ on a distance. Network: the package keeps whole decimetres per edge, some tens of
edges a walk. As the crow flies: which point inside a practice's building stands for it."""


def read(run, name):
    return pd.read_csv(run.results / f"{name}.csv", dtype={"gebiet": str, "altersgruppe": str})


@pytest.fixture(scope="session")
def coverage(aachen):
    return read(aachen, "coverage")


@pytest.fixture(scope="session")
def provision(aachen):
    return read(aachen, "provision")


@pytest.fixture(scope="session")
def gaps(aachen):
    return read(aachen, "gaps")


@pytest.fixture(scope="session")
def bestand(aachen):
    return read(aachen, "bestand")


@pytest.fixture(scope="session")
def second(aachen):
    """People of 80 and over per piece of cell, and how far they have, computed without the package."""
    assert aachen.results.is_dir()
    people, centres = zweite.read_people(SOURCES)
    pharmacies = zweite.read_places(PBF, zweite.is_pharmacy)
    practices = zweite.read_places(PBF, zweite.is_general_practice)
    doors = zweite.step_out(PBF, pharmacies)
    apotheke = zweite.walk_m(zweite.read_streets(PBF), centres, doors, 900.0)
    hausarzt = zweite.straight_m(centres, practices)
    people["apotheke_ab80"], people["hausarzt_ab80"] = apotheke[people.cell], hausarzt[people.cell]
    return SimpleNamespace(people=people, pharmacies=len(pharmacies), practices=len(practices))


def of_bezirke(coverage, ziel):
    return coverage[(coverage.ziel == ziel) & (coverage.ebene == "bezirk")].set_index("gebiet")


# The second way


def test_both_ways_share_out_the_same_people(second, coverage):
    """By overlay in geopandas; 0.01 people is far more than the bent of a border between two of its corners."""
    stated = of_bezirke(coverage, "apotheke_ab80").personen
    other = second.people.groupby("gebiet").people.sum()
    assert len(stated) == len(other) == 34
    assert (stated - other).abs().max() < 0.01


def test_both_ways_count_the_same_angebote(second, bestand):
    counted = bestand[bestand.gebiet == AACHEN].set_index("art").angebote
    assert second.pharmacies == counted["alltag.apotheke"] == 45, "the disused Bären-Apotheke is none"
    assert second.practices == counted["alltag.hausarzt"] == 14


@pytest.mark.parametrize("ziel", ["apotheke_ab80", "hausarzt_ab80"])
def test_both_ways_reach_the_same_people(second, coverage, ziel):
    """In all 34 Bezirke: between those who reach it with some metres to spare, and those who just miss it."""
    stated = of_bezirke(coverage, ziel).erreicht
    for metres, holds in ((-SLACK_M[ziel], stated.ge), (SLACK_M[ziel], stated.le)):
        near = second.people[second.people[ziel] <= MOST_M[ziel] + metres]
        bound = near.groupby("gebiet").people.sum().reindex(stated.index, fill_value=0.0)
        kept = holds(bound + np.sign(metres) * 0.01)
        assert kept.all(), pd.DataFrame({"stated": stated, "bound": bound})[~kept]


@pytest.mark.parametrize("ziel", ["apotheke_ab80", "hausarzt_ab80"])
def test_the_second_way_could_tell_a_difference(second, coverage, ziel):
    """A hundred metres more or less would show: the agreement above is none of chance."""
    stated = of_bezirke(coverage, ziel).erreicht.sum()
    for metres in (-100, 100):
        near = second.people[second.people[ziel] <= MOST_M[ziel] + metres].people.sum()
        assert abs(near - stated) > 200


# Sums


def test_the_bezirke_hold_the_eleven_thousand_of_the_census(coverage):
    assert of_bezirke(coverage, "apotheke_ab80").personen.sum() == pytest.approx(11_627, abs=1e-6)


def test_every_person_is_in_one_state(coverage):
    stated = coverage[coverage.personen.notna()]
    assert len(stated) == 7 * 45
    assert (stated.personen - stated[STATES].sum(axis=1)).abs().max() < 1e-6


def test_bezirke_sum_to_aachen_and_kommunen_to_the_region(coverage):
    stated = coverage[coverage.personen.notna()]
    for _, rows in stated.groupby("ziel"):
        total = {ebene: group[["personen", *STATES]].sum() for ebene, group in rows.groupby("ebene")}
        city = rows[rows.gebiet == AACHEN][["personen", *STATES]].sum()
        assert (total["bezirk"] - city).abs().max() < 1e-6
        assert (total["kommune"] - total["region"]).abs().max() < 1e-6


# What the sources do not tell


def test_the_extract_s_surroundings_are_neither_served_nor_a_gap(coverage, gaps):
    for ziel in MOST_M:
        of_ziel = of_bezirke(coverage, ziel)
        for bezirk in (f"{AACHEN}-{name}" for name in OUTSIDE):
            row = of_ziel.loc[bezirk]
            assert row.personen > 0
            assert (row.erreicht, row.nicht_erreicht, row.ohne_aussage) == (0, 0, row.personen)
            assert (row.grund, np.isnan(row.anteil_prozent)) == ("keine_daten", True)
            gap = gaps[(gaps.ziel == ziel) & (gaps.gebiet == bezirk)].iloc[0]
            assert gap.grund == "keine_daten"
            assert gap[["bis_zum_ziel", "rang_personen", "rang_anteil"]].isna().all()


def test_well_inside_the_extract_everybody_has_a_statement(coverage):
    for ziel in MOST_M:
        assert of_bezirke(coverage, ziel).loc[[f"{AACHEN}-{name}" for name in INSIDE], "ohne_aussage"].sum() == 0


def test_people_of_75_and_over_are_keine_daten(coverage, provision):
    rows = coverage[coverage.altersgruppe == "ab75"]
    assert len(rows)
    assert rows[["personen", *STATES]].isna().all(axis=None)
    assert set(rows.grund) == {"keine_daten"}
    ratios = provision[provision.altersgruppe == "ab75"]
    assert len(ratios)
    assert ratios[["wert", "nenner"]].isna().all(axis=None)
    assert set(ratios.grund) == {"keine_daten"}


def test_65_and_over_is_told_per_kommune_only_as_published(provision):
    """The 1 km cells whose middle lies in a Kommune are its own; those beyond the region are nobody's here."""
    published = pd.read_csv(SOURCES / "kommunen-einwohner.csv", dtype={"ags": str}).set_index("ags")
    rows = provision[provision.indicator == "vq_dp65"].set_index("gebiet")
    people = rows[rows.ebene == "kommune"].nenner
    assert people.round(6).to_dict() == published.zensus2011_grid_65plus.to_dict()
    assert rows.nenner["05334"] == pytest.approx(published.zensus2011_grid_65plus.sum())
    assert rows[rows.ebene == "bezirk"].nenner.isna().all()
    assert set(rows[rows.ebene == "bezirk"].grund) == {"keine_daten"}


def test_no_ratio_of_places_without_a_number_of_places(provision):
    """OpenStreetMap tells where homes are, not how large; and of nine Kommunen the extract tells nothing."""
    rows = provision[provision.indicator == "vq_dp80"].set_index("gebiet")
    assert rows.wert.isna().all()
    assert rows.zaehler.isna().all()
    assert (rows.grund[AACHEN], rows.ohne_platzzahl[AACHEN]) == ("keine_platzzahl", 8)
    assert set(rows[(rows.ebene == "kommune") & (rows.index != AACHEN)].grund) == {"keine_daten"}
    assert provision.wert.isna().all(), "no source of this run states the size of anything a ratio is made of"


# Schools, Stichtage, title


def test_schools_are_those_of_the_list_of_2016(bestand):
    listed = pd.read_csv(SOURCES / "schulen-staedteregion-aachen-2016.csv").drop_duplicates(
        ["schulnummer", "schulform"]
    )
    counted = bestand[bestand.art.str.startswith("schule.") & (bestand.art != "schule.unbestimmt")]
    region = counted[counted.ebene == "region"].set_index("art").angebote.to_dict()
    forms = Counter(listed.schulform)
    expected = {"grundschule": "Grundschule", "gymnasium": "Gymnasium", "hauptschule": "Hauptschule"}
    for art, form in expected.items():
        assert region[f"schule.{art}"] == forms[form]
    assert sum(region.values()) == len(listed)


def test_three_stichtage_stay_three(aachen, coverage):
    assert set(coverage.stichtag) == {"2021-08-01"}
    assert set(coverage.stichtag_personen.dropna()) == {"2011-05-09"}
    angebote = gpd.read_file(aachen.home / "catalogue.gpkg", layer="angebote_heute")
    stand = angebote.groupby(angebote.art.str.match("schule.(?!unbestimmt)")).stand.unique()
    assert [str(day)[:10] for day in stand[True]] == ["2016-12-22"]
    assert [str(day)[:10] for day in stand[False]] == ["2021-08-01"]
    page = (aachen.results / "uebersicht.html").read_text("utf-8")
    for day in ("09.05.2011", "01.08.2021", "Schulen 2016"):
        assert day in page


def test_title_and_gaps_are_printed(aachen):
    title = "Technischer Testlauf, Zensus 2011, Statistische Bezirke"
    assert f"{title}: die 10 größten Lücken am 01.08.2021" in aachen.printed
    assert title in (aachen.results / "uebersicht.html").read_text("utf-8")
    assert "Hangeweiher, Aachen" in aachen.printed
    assert "Arbeitswerte, nicht beschlossen" in aachen.printed


def test_the_public_page_says_11_627_not_a_sum_of_rounded_parts(aachen):
    page = (aachen.results / "uebersicht.html").read_text("utf-8").replace("\u202f", "").replace("\xa0", "")
    assert "11627" in page
    assert "26395" in page


def test_shares_of_few_stand_in_brackets_and_no_target_is_called_met(aachen, coverage):
    """Of 26,395 people most are without a statement: 100 % of the rest is no success of the region."""
    page = (aachen.results / "uebersicht.html").read_text("utf-8")
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    dauerpflege = next(row for row in rows if ">Dauerpflege für 80+<" in row)
    assert "<td>(100 %)</td>" in dauerpflege
    assert "<dt>Ziele in der Region erreicht</dt><dd>–</dd>" in page
    inside = coverage[(coverage.gebiet == f"{AACHEN}-SB18") & (coverage.ziel == "hausarzt_ab80")].iloc[0]
    assert (inside.ohne_aussage, round(inside.anteil_prozent)) == (0, 25)
    hoern = next(row for row in rows if "Hörn, Aachen" in row and "Hausarzt" in row)
    assert "<td>25 %</td>" in hoern, "where all have a statement there are no brackets"


def test_where_the_extract_does_not_reach_the_page_counts_no_nought(aachen):
    page = (aachen.results / "uebersicht.html").read_text("utf-8")
    apotheken = re.findall(r"<tr><th scope=\"row\">Apotheke</th>(.*?)</tr>", page)[-1]
    assert re.findall(r"<td>(.*?)</td>", apotheken) == ["45", *["–"] * 9, "45"]
