"""Population sources as they come: totals beside their parts, holes, several of them, older and newer grids."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, people, row, village

from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.storage.bevoelkerung import apply_bevoelkerung
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.find_gaps import find_gaps

TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
BOTH = cells({300: 50, 690: 50, 1500: 100})


def by_sex(rows, share=0.5):
    return tuple(
        msgspec.structs.replace(each, geschlecht=sex, personen=each.personen * part)
        for each in rows
        for sex, part in ((Geschlecht.WEIBLICH, share), (Geschlecht.MAENNLICH, 1 - share))
    )


def nenner(context, gebiet):
    return row(assess_provision(context, indicator="vq_dp75"), gebiet=gebiet)["nenner"]


def test_a_total_beside_the_sexes_counts_nobody_twice(store_settings):
    stated = tuple(people())
    with village(store_settings, (TREFF,), (BOTH,), (*stated, *by_sex(stated))) as context:
        assert nenner(context, S1) == pytest.approx(120)
        assert row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)["personen"] == pytest.approx(
            120
        )


def test_a_band_a_source_withholds_in_one_area_is_unknown_there_and_no_nought(store_settings):
    withheld = tuple(each for each in people() if (each.raum, each.gruppe) != (S2, "ab95"))
    with village(store_settings, (TREFF,), (BOTH,), withheld) as context:
        assert nenner(context, S1) == pytest.approx(120)
        assert nenner(context, S2) is None
        assert nenner(context, KOMMUNE) is None
        reached = assess_coverage(context, CoverageFrage(ziel="begegnung"))
        gap = row(find_gaps(context, ziel="begegnung"), gebiet=S2)
    assert row(reached, gebiet=S1)["erreicht"] == pytest.approx(105)
    for unknown in (row(reached, gebiet=S2), row(reached, gebiet=KOMMUNE), gap):
        assert (unknown["personen"], unknown["erreicht"], unknown["ohne_aussage"]) == (None, None, None)
        assert unknown["grund"] == "keine_daten"


def test_a_sex_a_source_withholds_is_no_nought_either(store_settings):
    stated = by_sex(people())
    withheld = tuple(
        each for each in stated if (each.raum, each.gruppe, each.geschlecht) != (S2, "ab95", Geschlecht.MAENNLICH)
    )
    with village(store_settings, (TREFF,), (BOTH,), withheld) as context:
        assert nenner(context, S2) is None


def test_areas_with_bands_of_their_own_are_each_read_by_them(store_settings):
    joined = msgspec.structs.replace(next(iter(people((S2,)))), gruppe="ab75", personen=77.0)
    with village(store_settings, (TREFF,), (BOTH,), (*people((S1,)), joined)) as context:
        assert (nenner(context, S1), nenner(context, S2), nenner(context, KOMMUNE)) == pytest.approx((120, 77, 197))


def test_of_two_grids_the_newest_by_the_stichtag_tells_where_people_live(store_settings):
    old = replace(cells({300: 100, 1500: 100}), stichtag=date(2011, 5, 9))
    new = replace(cells({690: 100, 1500: 100}), stichtag=date(2022, 5, 15))
    with village(store_settings, (TREFF,), (old, new)) as context:
        s1 = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
        then = row(assess_coverage(context, CoverageFrage(ziel="begegnung", stichtag=STICHTAG)), gebiet=S1)
    assert s1["erreicht"] == pytest.approx(90), "all at 690 m, where only people under 85 reach the Treff"
    assert then["erreicht"] == pytest.approx(90)


def test_each_kommune_s_own_count_of_one_day_makes_one_count(store_settings):
    west = tuple(people((S1,)))
    east = tuple(msgspec.structs.replace(each, quelle="statistikstelle") for each in people((S2,)))
    with village(store_settings, (TREFF,), (BOTH,), west) as context:
        with context.store.of_installation().write() as connection:
            apply_bevoelkerung(connection, "statistikstelle", east, akteur="test", grund="zweite Quelle")
        whole = row(assess_provision(context, indicator="vq_dp75"), gebiet=KOMMUNE)
        reached = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=KOMMUNE)
    assert (whole["nenner"], whole["quelle_nenner"]) == (pytest.approx(240), "register, statistikstelle")
    assert reached["personen"] == pytest.approx(240)
