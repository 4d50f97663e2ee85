"""Two plans of Stolberg and Monschau beside each other: what moved, and that the shares are the whole.

People, rates and houses are those of test_bedarf. A year before, Haus A had 70 places and no Haus B was planned.
"""

from datetime import date

import msgspec
import pytest
from litestar.testing import TestClient
from usecases.stolberg import HAUS_A, HAUS_B, MONSCHAU, RAEUME, REGION, STOLBERG, TAGESPFLEGE
from usecases.strassendorf import STICHTAG, catalogue, places, row, rows, status
from usecases.test_bedarf import ANTEIL, FIRST, PUBLIC, REGISTER, SECOND, write_rates

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.settings import Audience
from infrastruktur.usecases.compare_plaene import Vergleichsfrage, compare_plaene
from infrastruktur.usecases.plan_bedarf import Planfrage, plan_bedarf

BEFORE = date(2024, 12, 31)
CAUSES = ("durch_prognose", "durch_quote", "durch_regel", "durch_angebot")
HOUSES = (
    msgspec.structs.replace(
        HAUS_A,
        kapazitaeten=(*places(70, gueltig_bis=date(2025, 6, 30)), *places(80, gueltig_von=date(2025, 7, 1))),
    ),
    msgspec.structs.replace(
        HAUS_B,
        status=(
            status(Status.GEPLANT, von=date(2025, 3, 1), bis=date(2027, 6, 30)),
            status(Status.IN_BETRIEB, von=date(2027, 7, 1)),
        ),
    ),
    TAGESPFLEGE,
)
EARLIER = tuple(
    msgspec.structs.replace(each, stichtag=BEFORE, personen=each.personen * 0.9, quelle=each.quelle)
    for each in REGISTER
)


@pytest.fixture
def context(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    with catalogue(store_settings, RAEUME, HOUSES, zaehlung=(*EARLIER, *REGISTER)) as opened:
        yield opened


def cell(table, gebiet, groesse, tag=SECOND, variante="status_quo"):
    return row(table, gebiet=gebiet, groesse=groesse, tag=tag, variante=variante)


def add_up(table):
    for each in table.records():
        if each["differenz"] is not None:
            assert each["differenz"] == pytest.approx(each["nachher"] - each["vorher"])
            assert sum(each[cause] for cause in CAUSES) == pytest.approx(each["differenz"])


def test_another_stichtag_moves_people_and_nothing_that_was_known_before(context):
    """A tenth fewer people a year ago; Haus B is known to open in July 2027, whoever asks when."""
    table = compare_plaene(context, Vergleichsfrage(ANTEIL, mit_stichtag=BEFORE))
    need = cell(table, STOLBERG, Groesse.BEDARF)
    assert need["nachher"] == pytest.approx(361.03 * 0.14 / 0.95)
    assert need["durch_prognose"] == pytest.approx(need["nachher"] * 0.1)
    assert (need["durch_quote"], need["durch_regel"], need["durch_angebot"]) == (0, 0, 0)
    assert (need["stichtag"], need["stichtag_vorher"]) == (STICHTAG, BEFORE)
    assert cell(table, STOLBERG, Groesse.ANGEBOT)["differenz"] == 0
    add_up(table)


def test_another_variant_is_held_against_the_one_named(context):
    frage = Vergleichsfrage(ANTEIL, variante="trend_fallend", mit_variante="status_quo")
    table = compare_plaene(context, frage)
    need = cell(table, STOLBERG, Groesse.PFLEGEBEDUERFTIGE, FIRST, "trend_fallend")
    assert need["variante_vorher"] == "status_quo"
    assert need["durch_quote"] == pytest.approx(361.03 * (0.996**5 - 1))
    assert "Trend keiner → fallend" in need["was"]
    add_up(table)


def test_another_rule_moves_the_rule(context):
    write_rates(context.settings.home, "stationaer", 1.9)
    table = compare_plaene(context, Vergleichsfrage("dauerpflege_heimquote", mit_regel=ANTEIL))
    need = cell(table, MONSCHAU, Groesse.BEDARF)
    assert need["nachher"] == pytest.approx(2320 * 0.019 / 0.95)
    assert need["durch_regel"] == pytest.approx(need["differenz"])
    assert need["regel_vorher"] == ANTEIL
    add_up(table)


def test_a_limit_by_places_names_the_house_that_moved_it(context):
    """By capacity 95 % of the places are used; Monschau has none, so nobody is moved there."""
    table = compare_plaene(context, Vergleichsfrage(ANTEIL, mit_variante="status_quo"))
    assert cell(table, MONSCHAU, Groesse.PERSONEN, variante="kapazitaet")["nachher"] == 0
    assert cell(table, MONSCHAU, Groesse.PERSONEN, variante="kapazitaet")["durch_regel"] == pytest.approx(-160.2 * 0.14)
    add_up(table)


def test_before_and_after_are_the_two_plans(context):
    table = compare_plaene(context, Vergleichsfrage(ANTEIL, mit_stichtag=BEFORE))
    plans = [plan_bedarf(context, Planfrage(day, STICHTAG), regel=ANTEIL) for day in (BEFORE, STICHTAG)]
    for gebiet in (STOLBERG, MONSCHAU, REGION):
        for plan, side in zip(plans, ("vorher", "nachher"), strict=True):
            planned = row(plan, gebiet=gebiet, tag=SECOND, variante="status_quo")
            assert cell(table, gebiet, Groesse.ANGEBOT)[side] == planned["angebot"]
            assert cell(table, gebiet, Groesse.PERSONEN)[side] == pytest.approx(planned["personen"])


def test_what_does_not_go_together_is_refused(context):
    with pytest.raises(NotFound, match="wunsch"):
        compare_plaene(context, Vergleichsfrage(ANTEIL, variante="wunsch"))
    with pytest.raises(InvalidParameter, match="verschiedene Arten"):
        compare_plaene(context, Vergleichsfrage("tagespflege_vergleich", mit_regel=ANTEIL))
    with pytest.raises(InvalidParameter, match="ab"):
        compare_plaene(context, Vergleichsfrage(ANTEIL, mit_stichtag=date(2020, 12, 31)))


def test_the_public_reads_what_places_moved_and_nothing_of_people(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    with catalogue(store_settings, RAEUME, HOUSES, zaehlung=REGISTER, **PUBLIC) as context:
        table = compare_plaene(context, Vergleichsfrage(ANTEIL))
    assert cell(table, STOLBERG, Groesse.ANGEBOT)["nachher"] == 120
    for groesse in set(Groesse) - {Groesse.ANGEBOT}:
        for each in rows(table, groesse=groesse):
            assert each["grund"] == "geheim"
            assert {each[name] for name in ("vorher", "nachher", "differenz", "was", *CAUSES)} == {None}


def test_the_address_answers(context):
    with TestClient(create_app(msgspec.structs.replace(context.settings, audience=Audience.STAFF))) as client:
        answer = client.get(f"/planning/demand/vergleich?regel={ANTEIL}&mit_variante=status_quo&ebene=region").json()
        missing = client.get("/planning/demand/vergleich")
    assert answer["name"] == "planvergleich"
    assert {each["gebiet"] for each in answer["zeilen"]} == {REGION}
    assert missing.status_code == 400
