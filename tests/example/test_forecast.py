"""Rates, forecast and survival factors of the example: read as a real region's are, and enough for a plan."""

from datetime import date

import numpy as np
import pytest

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.gruppe import OLDEST, Geschlecht, Gruppe
from infrastruktur.domain.pflegestatistik import AUFGETEILT, Leistung, Pflegestatistik
from infrastruktur.domain.quote import Merkmal, select_quotentafel
from infrastruktur.intake.reading import read_source
from infrastruktur.intake.recipe import load_recipe
from infrastruktur.planning.demand import estimate
from infrastruktur.planning.projection import people_on, rake_to_upper, shift_cohorts
from infrastruktur.planning.pyramide import build_pyramide, sum_areas
from infrastruktur.resources import folder

STICHTAG = date(2025, 12, 31)


def read(written, name):
    """Read one of the files by its recipe."""
    reading = read_source(load_recipe(folder("importers") / name), written.folder)
    assert not reading.abgelehnt
    return reading.tafelwerk


@pytest.fixture(scope="module")
def prognose(written):
    (werk,) = read(written, "beispiel-prognose").prognose
    return werk.read()


@pytest.fixture(scope="module")
def ueberleben(written):
    (tafel,) = read(written, "beispiel-ueberleben").ueberlebenstafel
    return tafel


@pytest.fixture(scope="module")
def register(written):
    """The people of 31.12.2025 by Sozialraum, and the index of the Kommune each lies in."""
    rows = written.rows("beispiel-bevoelkerung-sozialraeume.csv")
    counts = [
        Bevoelkerung(
            quelle="register",
            stichtag=STICHTAG,
            raum=f"{row['AGS']} {row['Sozialraum']}",
            geschlecht=Geschlecht(row["Geschlecht"]),
            gruppe=_read_band(row["Altersgruppe"]).code,
            personen=float(row["Personen"]),
        )
        for row in rows
    ]
    raeume = sorted({count.raum for count in counts})
    kommunen = sorted({raum.split()[0] for raum in raeume})
    of_raum = np.array([kommunen.index(raum.split()[0]) for raum in raeume], np.int32)
    return build_pyramide(counts, raeume, STICHTAG), of_raum, kommunen


def _read_band(text):
    low, _, high = text.removesuffix("+").partition("-")
    return Gruppe(int(low), OLDEST if text.endswith("+") else int(high or low) + 1)


def test_pflegebeduerftige_of_the_region_are_as_many_as_in_one(written, register):
    """Between 6 and 9 % of the people: NRW had 7.6 % in 2023. Those in homes are a sixth or less of them."""
    tafeln = read(written, "beispiel-pflegequoten").quotentafel
    people, _, _ = register
    care, homes = (
        estimate(people, select_quotentafel(tafeln, merkmal, STICHTAG, ["05334"])).personen.sum()
        for merkmal in (Merkmal.PFLEGEBEDUERFTIG, Merkmal.STATIONAER)
    )
    assert 0.06 < care / people.personen.sum() < 0.09
    assert 0.08 < homes / care < 0.17


def test_the_forecast_carries_every_kommune_on_from_the_register(register, prognose):
    people, of_raum, kommunen = register
    today = sum_areas(people, of_raum, len(kommunen))
    states = [build_pyramide(prognose.zeilen, kommunen, day) for day in prognose.stichtage]
    assert prognose.stichtage == (date(2030, 12, 31), date(2035, 12, 31))
    between = people_on((today, *states), date(2028, 12, 31))
    assert between.personen.shape == (10, 2, 20)
    totals = [each.personen.sum(axis=(1, 2)) for each in (today, between, *states)]
    assert np.abs(np.diff(totals, axis=0) / totals[0]).max() < 0.1


def test_sozialraeume_shifted_and_raked_sum_to_the_forecast(register, prognose, ueberleben):
    people, of_raum, kommunen = register
    upper = build_pyramide(prognose.zeilen, kommunen, date(2030, 12, 31))
    raked = rake_to_upper(shift_cohorts(people, ueberleben), upper, of_raum)
    assert np.abs(sum_areas(raked, of_raum, len(kommunen)).personen - upper.personen).max() < 1e-6
    assert any(hinweis.startswith("experimentell") for hinweis in raked.hinweise)


def test_fewer_old_than_young_survive_and_fewer_men_than_women(ueberleben):
    werte = ueberleben.werte
    assert (np.diff(werte, axis=1) <= 0).all()
    assert (werte[0] >= werte[1]).all()


def test_the_counted_people_are_near_the_expected_ones_and_sum_up(written, register):
    people, _, _ = register
    statistik = Pflegestatistik(zaehlung=read(written, "beispiel-pflegestatistik").zaehlung)
    tafel = select_quotentafel(
        read(written, "beispiel-pflegequoten").quotentafel, Merkmal.PFLEGEBEDUERFTIG, STICHTAG, ["05334"]
    )
    counted = {kind: statistik.find("05334", kind, STICHTAG).personen for kind in Leistung}
    assert counted["insgesamt"] == pytest.approx(1.03 * estimate(people, tafel).personen.sum(), abs=1)
    assert sum(counted[kind] for kind in AUFGETEILT) == counted["insgesamt"]
    secret = [each for each in statistik.zaehlung if each.personen is None]
    assert len(secret) == 2, "one alone would follow from the sum"
