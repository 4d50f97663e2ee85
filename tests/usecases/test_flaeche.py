"""A drawn area: people by the part of their cell within, Angebote by their point, and nothing for the public."""

from math import cos, pi, sin

import pytest
import shapely
from usecases.strassendorf import KOMMUNE, S1, STICHTAG, STREET_Y, WEST, angebot, cells, places, row, village

from infrastruktur.domain.crs import CRS84, STORED
from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.flaeche import Flaeche, parse_flaeche
from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.settings import Audience, Limits
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_flaeche import assess_flaeche
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.list_gaps import list_gaps

HALVES = cells({300: 50, 690: 50, 1500: 100})
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=STICHTAG)
LIMITS = {"max_km2": Limits().flaeche_km2, "max_ecken": Limits().flaeche_ecken}


def drawn(west_m: float, east_m: float) -> Flaeche:
    return Flaeche(shapely.box(WEST + west_m, STREET_Y - 400, WEST + east_m, STREET_Y + 400))


def read(text: str, crs=STORED) -> Flaeche:
    return parse_flaeche("flaeche", text, crs, **LIMITS)


# What is counted


def test_people_are_those_of_the_cells_within(store_settings):
    """The first cell of S 1 and that of S 2: 60 of the 120 people there, all 120 here."""
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        west = row(assess_coverage(context, CoverageFrage(ziel="begegnung", flaeche=drawn(200, 400))))
        both = row(assess_coverage(context, CoverageFrage(ziel="begegnung", flaeche=drawn(600, 1600))))
    assert (west["ebene"], west["gebiet_name"]) == ("flaeche", "Gezeichnete Fläche")
    assert (west["personen"], west["erreicht"]) == (pytest.approx(60), pytest.approx(60))
    # At 690 m the 45 people of 75 to 84 reach it, the 15 older do not; at 1,500 m nobody does.
    assert (both["personen"], both["erreicht"], both["nicht_erreicht"]) == (
        pytest.approx(180),
        pytest.approx(45),
        pytest.approx(135),
    )


def test_a_cell_the_line_cuts_counts_by_its_ground(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        half = row(find_gaps(context, ziel="begegnung", flaeche=drawn(200, 300)))
        other = row(find_gaps(context, ziel="begegnung", flaeche=drawn(300, 400)))
    # Cells lie askew in EPSG:25832, and their corners on whole metres.
    assert half["personen"] == pytest.approx(30, abs=1)
    assert half["personen"] + other["personen"] == pytest.approx(60), "side by side the halves are the whole"


def test_the_whole_village_is_the_kommune(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        table = find_gaps(context, ziel="begegnung")
        whole = row(find_gaps(context, ziel="begegnung", flaeche=drawn(-190, 3900)))
    for name in ("personen", "erreicht", "ohne_zugang", "bis_zum_ziel", "naechstes_angebot", "naechste_minuten"):
        assert whole[name] == pytest.approx(row(table, gebiet=KOMMUNE)[name])


def test_an_area_where_nobody_lives_says_so(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        assert row(find_gaps(context, ziel="begegnung", flaeche=drawn(2000, 3000)))["grund"] == "keine_bevoelkerung"


def test_angebote_are_those_whose_point_lies_within(store_settings):
    homes = (
        angebot("Haus A", "pflege.dauerpflege", 350, kapazitaeten=places(40)),
        angebot("Haus B", "pflege.dauerpflege", 401, kapazitaeten=places(80)),
    )
    with village(store_settings, homes, (HALVES,)) as context:
        found = row(assess_flaeche(context, drawn(200, 400), indicator="vq_dp80"))
        empty = row(assess_flaeche(context, drawn(1400, 1600), indicator="vq_dp80"))
    # Half of the 60 people of 80 and over of S 1 live there.
    assert (found["zaehler"], found["nenner"]) == (40, pytest.approx(30))
    assert found["wert"] == pytest.approx(100 * 40 / 30)
    assert (empty["wert"], empty["nenner"]) == (0, pytest.approx(60))
    assert "keine Aussage über Bedarf" in found["hinweis"]


def test_a_quarter_has_a_profile_of_its_own(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        flaeche = drawn(200, 400)
        profile = judge_quarters(context, Quartierfrage(flaeche=flaeche))
        begegnung = row(profile, kriterium="begegnung")
    assert (begegnung["gebiet"], begegnung["zustand"]) == (flaeche.schluessel, "erfuellt")
    assert len(profile.zeilen) == 14
    assert profile.herkunft.parameter["flaeche"] == flaeche.wkt_25832
    assert begegnung["aussage"].startswith("Gezeichnete Fläche · Begegnung")


def test_an_einsatzgebiet_counts_by_where_people_live(store_settings):
    """Two services come to S 1 only: of the drawn area they reach the 60 people of S 1, not the 120 of S 2."""
    services = tuple(
        angebot(key, "pflege.ambulant", 0, traeger=key, zuletzt_geprueft=STICHTAG, attribute={"einsatzgebiet": S1})
        for key in ("eins", "zwei")
    )
    with village(store_settings, services, (HALVES,)) as context:
        found = row(judge_quarters(context, Quartierfrage(flaeche=drawn(600, 1600), kriterium="ambulant")))
    assert (found["erreicht"], found["ohne_zugang"]) == (pytest.approx(60), pytest.approx(120))


# Who may ask


def test_two_areas_that_differ_by_a_house_would_tell_its_people(store_settings):
    """What is refused to the public: by subtraction staff see that 15 people live in the strip of a quarter cell."""
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        wide, narrow = (
            row(find_gaps(context, ziel="begegnung", flaeche=drawn(200, east)))["personen"] for east in (400, 325)
        )
    assert 10 < wide - narrow < 20


@pytest.mark.parametrize(
    "ask",
    [
        lambda context: find_gaps(context, flaeche=drawn(200, 400)),
        lambda context: list_gaps(context, flaeche=drawn(200, 400), umfang="gesamt"),
        lambda context: assess_coverage(context, CoverageFrage(flaeche=drawn(200, 400))),
        lambda context: assess_flaeche(context, drawn(200, 400)),
        lambda context: judge_quarters(context, Quartierfrage(flaeche=drawn(200, 400))),
    ],
    ids=["gaps", "gesamt", "coverage", "provision", "versorgungsquartiere"],
)
def test_the_public_gets_a_reason_instead_of_numbers(store_settings, ask):
    with (
        village(store_settings, (TREFF,), (HALVES,), audience=Audience.PUBLIC) as context,
        pytest.raises(InvalidParameter, match="nur der Verwaltung offen"),
    ):
        ask(context)


def test_a_drawn_area_has_no_level(store_settings):
    with (
        village(store_settings, (TREFF,), (HALVES,)) as context,
        pytest.raises(InvalidParameter, match="hat keine Ebene"),
    ):
        find_gaps(context, flaeche=drawn(200, 400), ebene="kommune")


# What may be drawn


def test_a_polygon_is_read_in_the_system_it_is_in():
    there = read("POLYGON((300000 5630000, 301000 5630000, 301000 5631000, 300000 5630000))")
    degrees = shapely.to_wkt(transform_geometry(there.geom_25832, 25832, 4326), rounding_precision=9)
    again = read(degrees, CRS84)
    assert again.geom_25832.area == pytest.approx(there.geom_25832.area, rel=1e-4)
    assert read("multipolygon(((300000 5630000, 300100 5630000, 300100 5630100, 300000 5630000)))")


def test_the_same_shape_has_the_same_name():
    one = read("POLYGON((300000 5630000, 301000 5630000, 301000 5631000, 300000 5630000))")
    same = read("POLYGON((301000 5631000, 300000 5630000, 301000 5630000, 301000 5631000))")
    assert one.schluessel == same.schluessel
    assert one.schluessel != drawn(0, 100).schluessel


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("POINT(300000 5630000)", "Erwartet wird ein Polygon"),
        ("", "Erwartet wird ein Polygon"),
        ("POLYGON((0 0, 1 1, 1 0, 0 0))", "liegt nicht in der Nähe"),
        ("POLYGON((300000 5630000, 301000 5631000, 301000 5630000, 300000 5631000, 300000 5630000))", "schneidet sich"),
        ("POLYGON((300000 5630000, 301000 5630000))", "mindestens vier Punkte"),
        ("POLYGON((300000 5630000, 301000 5630000, 301000 5631000, 300000 5630000)) UNION", "steht noch etwas"),
        ("POLYGON EMPTY", "leere Geometrie"),
        ("POLYGON((6.08 50.77, 6.10 50.77, 6.10 50.78, 6.08 50.77))", "liegt nicht in der Nähe"),
    ],
)
def test_what_is_no_area_is_refused_in_a_sentence(text, said):
    with pytest.raises(InvalidParameter, match=said):
        read(text)


def test_an_area_may_be_as_large_as_the_limit_and_no_larger():
    north = 5_600_000 + LIMITS["max_km2"] * 20
    assert read(shapely.to_wkt(shapely.box(300_000, 5_600_000, 350_000, north)))
    with pytest.raises(LimitExceeded, match="km² groß, möglich sind 1000 km²"):
        read(shapely.to_wkt(shapely.box(300_000, 5_600_000, 350_000, north + 1)))


def test_an_area_may_have_as_many_corners_as_the_limit_and_no_more():
    assert read(ring(LIMITS["max_ecken"]))
    with pytest.raises(LimitExceeded, match="1001 Ecken, möglich sind 1000"):
        read(ring(LIMITS["max_ecken"] + 1))


def ring(corners: int) -> str:
    """Draw a circle of so many corners, the first of them again at the end."""
    turns = [2 * pi * each / (corners - 1) for each in range(corners - 1)]
    points = [(WEST + 1000 * cos(turn), STREET_Y + 1000 * sin(turn)) for turn in turns]
    return shapely.to_wkt(shapely.Polygon(points), rounding_precision=6)
