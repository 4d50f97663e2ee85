"""Cells of the village, each with its own figure; and services that drive to people, on a street of one way.

The house at T is reached by 90 + 30 people at 300 m in S 1 and by nobody else; see `test_catchments`.
"""

from contextlib import contextmanager

import pytest
from routing.drawn import drawn
from usecases.strassendorf import KOMMUNE, RAEUME, S1, S2, angebot, catalogue, cells, people, places, row, rows, village

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded, NotAssessable, NotFound
from infrastruktur.settings import Audience
from infrastruktur.usecases import state_catchments
from infrastruktur.usecases.list_areas import list_squares
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.share_catchments import share_catchments

ART, REGION = "pflege.tagespflege", "05334"
HOUSE = angebot("Haus", ART, 0, kapazitaeten=places(42))
CELLS = cells({300: 50, 690: 50, 1500: 100})


def asked(**other):
    return CatchmentFrage(
        **{"art": ART, "modus": "zu_fuss", "altersgruppe": "ab75", "verfahren": "2sfca", "max_minuten": 15} | other
    )


def test_each_cell_has_a_figure_and_together_they_are_their_areas(store_settings):
    with village(store_settings, (HOUSE,), (CELLS,)) as context:
        in_cells = share_catchments(context, asked(ebene="zelle"))
        in_areas = share_catchments(context, asked())
    near, far, east = (row(in_cells, gebiet=gitter_id) for gitter_id in CELLS.gitter_id)
    # All 60 at 300 m reach the house, of the 60 at 690 m the 45 younger ones.
    assert (near["personen"], near["erreicht"], near["wert"]) == pytest.approx((60, 60, 1000 * 42 / 105))
    assert (far["personen"], far["erreicht"], far["wert"]) == pytest.approx((60, 45, 1000 * 42 / 105 * 45 / 60))
    assert (east["personen"], east["wert"]) == pytest.approx((120, 0))
    assert [each["gebiet_name"] for each in (near, far, east)] == ["S 1", "S 1", "S 2"]
    for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage", "plaetze"):
        assert sum(each[name] for each in in_cells.records()) == pytest.approx(row(in_areas, gebiet=REGION)[name])


def test_an_area_narrows_the_cells_to_what_lies_in_it(store_settings):
    on_the_border = cells({300: 50, 1000: 50})
    with village(store_settings, (HOUSE,), (on_the_border,)) as context:
        table = share_catchments(context, asked(ebene="zelle", gebiet=S2))
        everything = share_catchments(context, asked(ebene="zelle", gebiet=KOMMUNE))
        with pytest.raises(NotFound, match="05334032-S99"):
            share_catchments(context, asked(ebene="zelle", gebiet="05334032-S99"))
        with pytest.raises(InvalidParameter, match="ebene=zelle"):
            share_catchments(context, asked(gebiet=S2))
    assert [each["gebiet"] for each in table.records()] == [on_the_border.gitter_id[1]]
    assert row(table)["personen"] == pytest.approx(120)
    assert sum(each["personen"] for each in everything.records()) == pytest.approx(240)


def test_a_cell_in_reach_of_a_house_of_unknown_size_has_a_lower_bound(store_settings):
    unknown = angebot("Ohne Zahl", ART, 1900)
    with village(store_settings, (HOUSE, unknown), (CELLS,)) as context:
        table = share_catchments(context, asked(ebene="zelle"))
    east = row(table, gebiet=CELLS.gitter_id[2])
    assert (east["ohne_platzzahl"], east["wert"], east["grund"]) == (1, None, "keine_platzzahl")
    assert row(table, gebiet=CELLS.gitter_id[0])["ohne_platzzahl"] == 0


def test_a_cell_is_drawn_as_its_square(store_settings):
    with village(store_settings, (HOUSE,), (CELLS,)) as context:
        squares = list_squares(share_catchments(context, asked(ebene="zelle")))
        assert list_squares(share_catchments(context, asked())) == {}
    assert {key for _, key in squares} == set(CELLS.gitter_id)
    assert all(b'"Polygon"' in square for square in squares.values())


def test_cells_are_not_for_the_public(store_settings):
    with (
        village(store_settings, (HOUSE,), (CELLS,), audience=Audience.PUBLIC) as context,
        pytest.raises(InvalidParameter, match="nur der Verwaltung"),
    ):
        share_catchments(context, asked(ebene="zelle"))


def test_too_many_cells_are_refused_with_a_way_out(store_settings, monkeypatch):
    monkeypatch.setattr(state_catchments, "MAX_ZELLEN", 2)
    with village(store_settings, (HOUSE,), (CELLS,)) as context:
        with pytest.raises(LimitExceeded, match="3 Zellen, möglich sind 2"):
            share_catchments(context, asked(ebene="zelle"))
        assert len(rows(share_catchments(context, asked(ebene="zelle", gebiet=S1)))) == 2


def test_a_group_no_source_tells_has_no_cells(store_settings):
    with village(store_settings, (HOUSE,), (CELLS,)) as context, pytest.raises(NotAssessable):
        share_catchments(context, asked(ebene="zelle", altersgruppe="06bis09"))


@contextmanager
def one_way(settings):
    """Draw a street that is open to cars from T to E only, with a house amid it and people on either side."""
    settings.home.mkdir(parents=True, exist_ok=True)
    drawn("T" + "-" * 39 + "E", settings.home, ways={"TE": {"highway": "residential", "oneway": "yes"}})
    house = angebot("Mitte", ART, 1000, kapazitaeten=places(42))
    with catalogue(settings, RAEUME, (house,), (cells({300: 100, 1500: 100}),), tuple(people())) as context:
        yield context


@pytest.mark.parametrize(("richtung", "reached", "missed"), [("zum_angebot", S1, S2), ("vom_angebot", S2, S1)])
def test_on_a_street_of_one_way_it_matters_who_drives(store_settings, richtung, reached, missed):
    with one_way(store_settings) as context:
        table = share_catchments(context, asked(modus="pkw", richtung=richtung))
    assert row(table, gebiet=reached)["wert"] == pytest.approx(1000 * 42 / 120)
    # A car gets to the edge of the data in time, so a way round outside is possible: nobody reaches it for sure.
    assert (row(table, gebiet=missed)["erreicht"], row(table, gebiet=missed)["plaetze"]) == (0, 0)
    assert {each["richtung"] for each in table.records()} == {richtung}


def test_a_direction_nobody_knows_is_refused(store_settings):
    with village(store_settings, (HOUSE,), (CELLS,)) as context, pytest.raises(InvalidParameter, match="richtung"):
        share_catchments(context, asked(richtung="hin"))
