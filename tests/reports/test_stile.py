"""How layers look: every value has one class, every class one look, and QGIS's files hold whatever a name is."""

from datetime import date
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.art import taxonomie
from infrastruktur.domain.errors import Grund
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.ziel import Ziel
from infrastruktur.reports.flaechenstile import (
    FEHLEND,
    VORHANDEN,
    measure_fifths,
    style_coverage,
    style_kommunen,
    style_kontext,
    style_luecken,
    style_provision,
    style_quartiere,
    style_raeume,
)
from infrastruktur.reports.punktstile import (
    KATEGORIEN,
    abbreviate,
    lighten,
    style_angebote,
    style_kategorie,
    style_standorte,
)
from infrastruktur.reports.qgis import express, oapif_source, write_qlr, write_qml
from infrastruktur.reports.stil import Beginnt, Einer, Fehlt, Zwischen

STICHTAG = date(2025, 12, 31)
HOSTILE = "</maplayer>\"'&<script>\x0b\ud800 ]]> „Söhne“"


def ziel(prozent):
    return Ziel(
        code="z", titel="Z", arten=("a.b",), modus="zu_fuss", altersgruppe="ab75", ziel_prozent=prozent, grundlage="-"
    )


def holds(bedingung, row):
    """Evaluate a condition as SQL does: null fulfils nothing but `Fehlt`."""
    value = row.get(bedingung.spalte)
    match bedingung:
        case Fehlt():
            return value is None
        case Beginnt():
            return value is not None and value.startswith(bedingung.anfang)
        case Einer():
            return value in bedingung.werte
        case Zwischen():
            return value is not None and (
                (bedingung.ueber is None or value > bedingung.ueber)
                and (bedingung.ab is None or value >= bedingung.ab)
                and (bedingung.unter is None or value < bedingung.unter)
                and (bedingung.bis is None or value <= bedingung.bis)
            )


def titles(stil, **row):
    return [klasse.titel for klasse in stil.klassen if all(holds(each, row) for each in klasse.bedingungen)]


# Classes


def test_a_versorgungsquote_is_divided_into_fifths_of_its_values():
    stil = style_provision("Plätze je 100", np.array([0.0, *range(1, 11), np.nan]), STICHTAG)
    assert stil.titel == "Plätze je 100 (Klassen: Fünftel der 10 Werte über 0 vom 31.12.2025)"
    assert [klasse.titel for klasse in stil.klassen] == [
        "0",
        "über 0 bis 2,00",
        "über 2,00 bis 4,00",
        "über 4,00 bis 6,00",
        "über 6,00 bis 8,00",
        "über 8,00",
        "geheim",
        "keine Bevölkerung",
        "keine Daten oder ohne Aussage",
        "Platzzahl unbekannt",
    ]
    assert titles(stil, wert=4.0) == ["über 2,00 bis 4,00"]
    assert titles(stil, wert=4.01) == ["über 4,00 bis 6,00"]


@pytest.mark.parametrize(
    ("werte", "ends"),
    [([], []), ([3.0], []), ([2.0, 2.0, 2.0], []), ([1.0, 2.0], [1.0]), ([0.001, 5.0], []), ([1.004, 1.006], [1.0])],
)
def test_few_values_make_few_classes(werte, ends):
    assert measure_fifths(np.array(werte)) == ends


@given(st.lists(st.floats(0.001, 1e6), max_size=200))
@settings(max_examples=examples(200))
def test_no_fifth_holds_much_more_than_a_fifth_of_different_values(values):
    werte = np.unique(np.round(values, 2))
    werte = werte[werte > 0]
    ends = measure_fifths(werte)
    assert all(low < high for low, high in pairwise([0.0, *ends]))
    held = np.bincount(np.searchsorted(ends, werte, side="left"), minlength=len(ends) + 1)
    assert held.sum() == len(werte)
    if len(werte):
        assert held.max() <= np.ceil(len(werte) / 5)
        assert held.min() > 0


def test_a_share_is_divided_at_its_target():
    stil = style_coverage(ziel(70))
    assert [titles(stil, anteil_prozent=value) for value in (0, 25, 25.1, 69.9, 70, 100)] == [
        ["0 %"],
        ["über 0 bis 25 %"],
        ["über 25 bis 50 %"],
        ["über 50 bis unter 70 %"],
        ["ab 70 %: Zielwert (Arbeitswert, nicht beschlossen)"],
        ["ab 70 %: Zielwert (Arbeitswert, nicht beschlossen)"],
    ]


def test_a_gap_of_nought_is_not_one_that_nobody_knows():
    stil = style_luecken()
    assert titles(stil, bis_zum_ziel=0, grund=None) == ["0: alle Ziele erreicht"]
    assert titles(stil, bis_zum_ziel=100, grund=None) == ["über 0 bis 100"]
    assert len({tuple(titles(stil, bis_zum_ziel=None, grund=grund.value)) for grund in Grund}) == len(Grund)


def test_a_quarter_that_lacks_nothing_is_not_one_that_nobody_judged():
    stil = style_quartiere()
    assert titles(stil, nicht_erfuellt=0, grund=None) == ["0: nichts fehlt, soweit es beurteilt ist"]
    assert titles(stil, nicht_erfuellt=2, grund=None) == ["über 1 bis 2"]
    assert len({tuple(titles(stil, nicht_erfuellt=None, grund=grund.value)) for grund in Grund}) == len(Grund)


@pytest.mark.parametrize(
    ("stil", "column"),
    [
        (style_provision("je 100", np.array([1.0, 2.5, 7.0]), STICHTAG), "wert"),
        (style_provision("je 100", np.array([]), STICHTAG), "wert"),
        *((style_coverage(ziel(prozent)), "anteil_prozent") for prozent in (5, 25, 60, 95, 100)),
    ],
)
@given(value=st.none() | st.floats(0, 200), grund=st.sampled_from(Grund))
def test_every_value_and_every_reason_has_one_class(stil, column, value, grund):
    found = titles(stil, **{column: value, "grund": None if value is not None else grund.value})
    foreign = {Grund.KEIN_FAHRPLAN, Grund.KEINE_PLATZZAHL, Grund.UNSICHER}
    assert len(found) == 1 or (value is None and grund in foreign)


def test_every_angebot_has_one_class_in_the_whole_and_in_its_category():
    whole = style_angebote()
    for kategorie in taxonomie().values():
        own = style_kategorie(kategorie)
        for art in kategorie.arten:
            assert titles(whole, art=art.code) == [kategorie.titel]
            assert titles(own, art=art.code) == [art.titel]


def test_missing_places_are_a_class_of_their_own():
    """A Saldo lies below nought where places are missing: that is not the nought of "enough"."""
    saldo = style_provision("Plätze", np.array([-30.0, 0.0, 12.0]), STICHTAG)
    assert [titles(saldo, wert=wert, grund=None) for wert in (-30, 0, 12)] == [["unter 0"], ["0"], ["über 0"]]


@pytest.mark.parametrize("grund", [Grund.GEHEIM, Grund.UNSICHER, Grund.KEINE_DATEN])
def test_context_shows_the_reasons_its_sources_have(grund):
    stil = style_kontext("%", np.array([1.0, np.nan]), STICHTAG)
    assert len(titles(stil, wert=None, grund=grund.value)) == 1


FIFTHS = (style_provision, style_kontext)

# Looks


def luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of WCAG 2.2."""
    low, high = sorted(float(luminance(each) @ (0.2126, 0.7152, 0.0722)) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


MISSING_CONES = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""


def lab(linear):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(xyz / (0.9505, 1.0, 1.089))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", MISSING_CONES)
def test_categories_are_told_apart_by_all_eyes(eyes):
    seen = [lab(np.clip(np.array(MISSING_CONES[eyes]) @ luminance(colour), 0, 1)) for _, colour in KATEGORIEN.values()]
    # A difference of 2.3 is just noticed.
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > 15


def test_every_category_has_a_shape_of_its_own_and_is_seen_on_white():
    assert set(KATEGORIEN) == set(taxonomie())
    assert len({form for form, _ in KATEGORIEN.values()}) == len(KATEGORIEN)
    assert min(contrast(colour, "#ffffff") for _, colour in KATEGORIEN.values()) >= 4.5


@pytest.mark.parametrize("kategorie", taxonomie().values(), ids=lambda each: each.code)
def test_kinds_of_a_category_have_two_readable_letters_of_their_own(kategorie):
    signs = [klasse.symbol for klasse in style_kategorie(kategorie).klassen]
    assert len({sign.kuerzel.casefold() for sign in signs}) == len(signs)
    assert {len(sign.kuerzel) for sign in signs} == {2}
    assert {sign.form for sign in signs} == {KATEGORIEN[kategorie.code][0]}
    assert min(contrast(sign.schrift, sign.fuellung) for sign in signs) >= 4.5
    assert all(one.fuellung != other.fuellung for one, other in pairwise(signs))


def test_abbreviations_are_the_initials_or_the_next_free_letters():
    assert abbreviate(["Dauerpflege", "Ambulanter Pflegedienst", "Dachverband", "Dabei"]) == ["Da", "AP", "Dc", "Db"]


@pytest.mark.parametrize("ramp", [VORHANDEN, FEHLEND])
def test_more_is_darker(ramp):
    assert all(contrast(light, dark) > 1.3 for light, dark in pairwise(ramp))
    assert all(contrast("#ffffff", light) > contrast("#ffffff", lighter) for lighter, light in pairwise(ramp))


def test_lightening_mixes_with_white():
    assert lighten("#0057b8", 0) == "#0057b8"
    assert lighten("#0057b8", 1) == "#ffffff"
    assert lighten("#000000", 0.5) == "#808080"


def test_no_two_reasons_look_alike():
    looks = [
        (klasse.symbol.muster, klasse.symbol.fuellung)
        for stil in (style_coverage(ziel(90)), *(style("", np.array([1.0]), STICHTAG) for style in FIFTHS))
        for klasse in stil.klassen
        if any(isinstance(each, Fehlt) for each in klasse.bedingungen)
    ]
    assert len(set(looks)) == len(set(Grund))


# QGIS's files

LAYER = Collection(
    id="angebote",
    titel=HOSTILE,
    beschreibung=HOSTILE,
    geometry="Point",
    properties=(Property(name='a"b', titel=HOSTILE, type="string", werte={HOSTILE: HOSTILE}),),
)


@pytest.mark.parametrize(
    "stil", [style_angebote(), style_standorte(), style_raeume(), style_kommunen(), style_luecken(), style_quartiere()]
)
def test_a_hostile_name_stays_text(stil):
    shown = HOSTILE.replace("\x0b", "\ufffd").replace("\ud800", "\ufffd")
    qml = ET.fromstring(write_qml(stil, LAYER))  # noqa: S314 - our own bytes
    assert [each.get("name") for each in qml.iter("alias")] == [shown]
    qlr = ET.fromstring(write_qlr(stil, LAYER, "http://x/'?\\"))  # noqa: S314
    assert qlr.findtext("maplayers/maplayer/layername") == shown
    assert len(list(qlr.iter("maplayer"))) == 1


def test_an_address_with_quotes_stays_one_value():
    assert oapif_source("http://x/a'b\\", LAYER) == (
        r"restrictToRequestBBOX='1' srsname='OGC:CRS84' typename='angebote' url='http://x/a\'b\\'"
    )


def test_conditions_become_expressions():
    assert express((Beginnt("art", "pflege."),)) == "left(\"art\", 7) = 'pflege.'"
    assert express((Einer("art", ("a",)),)) == "\"art\" = 'a'"
    assert express((Einer("art", ("a", "it's")),)) == "\"art\" IN ('a', 'it''s')"
    assert express((Fehlt('we"rt'), Zwischen(spalte="n", ueber=0, bis=2.5))) == (
        '"we""rt" IS NULL AND "n" > 0 AND "n" <= 2.5'
    )
    assert express((Zwischen(spalte="n", ab=1, unter=1000000),)) == '"n" >= 1 AND "n" < 1000000'
