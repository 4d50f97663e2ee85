"""Times between pairs in a village along one street, and the reasons where there are none."""

import msgspec
import pytest
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import RAEUME, STREET_Y, WEST, angebot, catalogue, village

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded, NotFound
from infrastruktur.settings import Limits
from infrastruktur.usecases.measure_matrix import MatrixFrage, measure_matrix
from infrastruktur.usecases.prepare_reise import Hindernis

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
NOWHERE = angebot("Ohne Punkt", "quartier.seniorentreff", None)


def at(metres, south_m=0.0):
    return TO_DEGREES.transform(WEST + metres, STREET_Y - south_m)


def ask(context, **changed):
    asked = {"modus": "zu_fuss", "nach": (at(0),)} | changed
    if "angebot" not in asked:
        asked.setdefault("von", (at(0),))
    return measure_matrix(context, MatrixFrage(**asked)).records()


def test_every_pair_stands_in_the_order_of_the_question(store_settings):
    with village(store_settings) as context:
        rows = ask(context, von=(at(0), at(600)), nach=(at(300), at(2400), at(0)), altersgruppe="75bis84")
    # 3.0 km/h is 1.2 s a metre.
    assert [(row["von"], row["nach"], row["sekunden"]) for row in rows] == [
        (i, j, pytest.approx(seconds, abs=0.3))
        for (i, j), seconds in zip(
            [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)], [360, 2880, 0, 360, 2160, 720], strict=True
        )
    ]
    assert [row["minuten"] for row in rows[:3]] == [6, 48, 0]
    assert [row["luftlinie_m"] for row in rows] == [300, 2400, 0, 300, 1800, 600]
    assert {(row["am_rand"], row["grund"]) for row in rows} == {(False, None)}


def test_minutes_are_rounded_up_and_never_beyond_the_limit(store_settings):
    with village(store_settings) as context:
        (just,) = ask(context, nach=(at(749.9),), minuten=15, altersgruppe="75bis84")
        (more,) = ask(context, nach=(at(760),), minuten=15, altersgruppe="75bis84")
    assert just["minuten"] == 15
    assert (more["minuten"], more["sekunden"], more["grund"]) == (None, None, Hindernis.ZU_WEIT)


def test_angebote_may_be_where_the_ways_begin(store_settings):
    with village(store_settings, (TREFF, NOWHERE)) as context:
        rows = ask(context, angebot=(TREFF.id, NOWHERE.id), nach=(at(100),))
        with pytest.raises(NotFound, match="gibt es an diesem Tag nicht"):
            ask(context, angebot=("00000000-0000-0000-0000-000000000000",))
    assert [(row["von_angebot"], row["grund"]) for row in rows] == [
        (TREFF.id, None),
        (NOWHERE.id, Hindernis.OHNE_PUNKT),
    ]
    assert rows[1]["luftlinie_m"] is None


def test_h06_off_the_network_is_a_reason_at_either_end(store_settings):
    with village(store_settings) as context:
        rows = ask(context, von=(at(0), at(0, 3000)), nach=(at(100), at(0, 3000)))
    assert [row["grund"] for row in rows] == [None, *[Hindernis.OHNE_STRASSE] * 3]


def test_h06_an_island_is_not_too_far_but_cut_off(store_settings):
    drawn("A" + "-" * 20 + "B\n\n\n\n\n\n\nC-D", store_settings.home)
    with catalogue(store_settings, RAEUME) as context:
        (row,) = ask(context, nach=(at(100, 700),))
    assert row["grund"] == Hindernis.INSEL


def test_h06_beyond_the_edge_of_the_data_there_may_be_a_way(store_settings):
    """Two streets whose ends lie at the edge of the data: outside, somebody may have built between them."""
    drawn("A---B\n\n\n\n\n\n\nC---D", store_settings.home, boundary=False)
    with catalogue(store_settings, RAEUME) as context:
        (unknown,) = ask(context, von=(at(200),), nach=(at(200, 700),), altersgruppe="75bis84", minuten=30)
        (unreached,) = ask(context, von=(at(200),), nach=(at(200, 700),), altersgruppe="75bis84", minuten=7)
        (within,) = ask(context, von=(at(200),), nach=(at(100),), altersgruppe="75bis84", minuten=30)
    # 200 m out and 200 m in are 8 minutes, whatever lies between.
    assert unknown["grund"] == Hindernis.RAND_DER_DATEN
    assert unreached["grund"] == Hindernis.INSEL
    assert (within["minuten"], within["am_rand"]) == (2, False)


def test_h07_a_one_way_is_long_in_one_direction(store_settings):
    """A block of four streets, all one-way: from A to B 400 m, back 1,200 m."""
    ways = {name: {"highway": "residential", "oneway": "yes"} for name in ("AB", "BD", "DC", "CA")}
    block = drawn("A----B\n|    |\n|    |\n|    |\n|    |\n|    |\nC----D", store_settings.home, ways=ways)
    a, b = (TO_DEGREES.transform(*block.places[name]) for name in "AB")
    with catalogue(store_settings, RAEUME) as context:
        (there,), (back,) = (ask(context, von=(x,), nach=(y,), modus="pkw") for x, y in ((a, b), (b, a)))
    assert back["sekunden"] / there["sekunden"] == pytest.approx(1700 / 500, rel=0.01)


@pytest.mark.parametrize("starts", [{"von": (), "angebot": ()}, {"von": (at(0),), "angebot": (TREFF.id,)}])
def test_either_points_or_angebote(store_settings, starts):
    with village(store_settings, (TREFF,)) as context, pytest.raises(InvalidParameter, match="entweder"):
        measure_matrix(context, MatrixFrage(modus="pkw", nach=(at(0),), **starts))


def test_h01_as_many_pairs_as_the_limit_and_not_one_more(store_settings):
    settings = msgspec.structs.replace(store_settings, limits=Limits(matrix_pairs=6))
    with village(settings) as context:
        assert len(ask(context, von=(at(0),) * 2, nach=(at(0),) * 3)) == 6
        with pytest.raises(LimitExceeded, match="Höchstens 6 Paare auf einmal, gefragt sind 7"):
            ask(context, von=(at(0),), nach=(at(0),) * 7)


def test_a_longer_way_than_one_may_ask_for_is_refused(store_settings):
    with village(store_settings) as context, pytest.raises(LimitExceeded, match="höchstens 60 Minuten"):
        ask(context, minuten=61)
