"""Reach without those who live in homes: a home of 40 places stands in the cell at 300 m.

40 places × 95.19 % are 38.08 residents; of the 169,213 of the assumption 47,290 are 75 to 84 and 91,526 are 85 and
over. So 10.64 and 20.60 people; in the cell live 45 and 15: of the older, 5.60 cannot be taken out.
"""

import msgspec
import pytest
from litestar.testing import TestClient
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, places, row, rows, seen_by, state, village

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.ziel import get_ziel, parse_ziele
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.list_gaps import list_gaps
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.share_catchments import share_catchments

TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=STICHTAG)
HEIM = angebot("Heim", "pflege.dauerpflege", 300, kapazitaeten=places(40))
HALVES = cells({300: 50, 690: 50, 1500: 100})
SHARED = CatchmentFrage(art="pflege.dauerpflege", modus="zu_fuss", altersgruppe="ab75")
YOUNGER, OLDER = 40 * 0.9519 * 47_290 / 169_213, 40 * 0.9519 * 91_526 / 169_213
TAKEN, LEFT = YOUNGER + 15, OLDER - 15
PUBLIC = Audience.PUBLIC


def covered(context, gebiet=S1, **asked):
    return row(assess_coverage(context, CoverageFrage(ziel="begegnung", **asked)), gebiet=gebiet)


def test_residents_stand_beside_and_are_taken_out_of_the_cell_of_their_home(store_settings):
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        usual, without = covered(context), covered(context, bevoelkerung="ohne_heime")
        other, whole = covered(context, S2), covered(context, KOMMUNE, bevoelkerung="ohne_heime")
        table = assess_coverage(context, CoverageFrage(ziel="begegnung", bevoelkerung="ohne_heime"))
        titel = get_ziel(context.ziele(STICHTAG), "begegnung").titel
    assert (usual["personen"], usual["in_heimen"]) == (pytest.approx(120), pytest.approx(YOUNGER + OLDER))
    assert "1 Heim" in usual["annahme_in_heimen"]
    assert (other["in_heimen"], other["annahme_in_heimen"][:7]) == (0, "0 Heime")
    assert without["personen"] == pytest.approx(120 - TAKEN)
    assert without["erreicht"] == pytest.approx(105 - TAKEN), "the home's cell reaches the Treff"
    assert without["nicht_erreicht"] == pytest.approx(usual["nicht_erreicht"])
    assert without["in_heimen"] == pytest.approx(LEFT)
    assert whole["personen"] == pytest.approx(240 - TAKEN)
    assert table.herkunft.parameter["bevoelkerung"] == "ohne_heime"
    (said,) = (hint for hint in table.herkunft.hinweise if "abgezogen" in hint and hint.startswith(titel))
    assert f"nicht abgezogen {LEFT:.1f}".replace(".", ",") in said


def test_nobody_goes_below_nought_and_areas_still_add_up(store_settings):
    big = angebot("Groß", "pflege.dauerpflege", 1500, kapazitaeten=places(400))
    lost = angebot("Ohne Zelle", "pflege.dauerpflege", 900, kapazitaeten=places(10))
    nowhere = angebot("Ohne Punkt", "pflege.dauerpflege", None, kapazitaeten=places(10), ort="Dorf")
    with village(store_settings, (TREFF, HEIM, big, lost, nowhere), (HALVES,)) as context:
        areas = {key: covered(context, key, bevoelkerung="ohne_heime") for key in (S1, S2, KOMMUNE)}
        everybody = {key: covered(context, key) for key in (S1, S2, KOMMUNE)}
    assert areas[S2]["personen"] == 0
    assert areas[S2]["grund"] == "keine_bevoelkerung"
    for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage"):
        assert areas[S1][name] + areas[S2][name] == pytest.approx(areas[KOMMUNE][name])
    for key, each in areas.items():
        taken = everybody[key]["personen"] - each["personen"]
        assert each["in_heimen"] == pytest.approx(everybody[key]["in_heimen"] - taken), "who stays in is counted"
    assert everybody[KOMMUNE]["in_heimen"] == pytest.approx((YOUNGER + OLDER) * (40 + 400 + 10 + 10) / 40)


def test_a_home_that_says_nothing_leaves_its_area_without_a_number(store_settings):
    with village(store_settings, (TREFF, HEIM, angebot("Stumm", "pflege.dauerpflege", 690)), (HALVES,)) as context:
        s1, s2 = covered(context), covered(context, S2)
    assert (s1["in_heimen"], s1["annahme_in_heimen"]) == (
        None,
        "1 von 2 Heimen nennen weder Bewohner:innen noch Plätze.",
    )
    assert s2["in_heimen"] == 0


def test_without_an_assumption_it_is_said_that_nobody_knows(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        usual, without = covered(context), covered(context, bevoelkerung="ohne_heime")
    assert (usual["in_heimen"], usual["annahme_in_heimen"][:12]) == (None, "Keine Quelle")
    assert (without["personen"], without["grund"]) == (None, "keine_daten")


def test_younger_groups_stay_as_they_are(store_settings):
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        tables = [assess_coverage(context, CoverageFrage(bevoelkerung=each)) for each in ("alle", "ohne_heime")]
    usual, without = ([each for each in rows(table) if each["altersgruppe"] == "06bis09"] for table in tables)
    assert usual == without


def test_gaps_and_quarters_leave_out_the_same_people(store_settings):
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        without = covered(context, bevoelkerung="ohne_heime")
        gap = row(find_gaps(context, ziel="begegnung", bevoelkerung="ohne_heime"), gebiet=S1)
        frage = Quartierfrage(kriterium="begegnung", bevoelkerung="ohne_heime")
        quarter = row(judge_quarters(context, frage), gebiet=S1)
        listed = list_gaps(context, umfang="gesamt", bevoelkerung="ohne_heime")
    for name in ("personen", "erreicht", "ohne_aussage"):
        assert without[name] == pytest.approx(gap[name]) == pytest.approx(quarter[name])
    assert listed.herkunft.parameter["bevoelkerung"] == "ohne_heime"


def test_a_changed_assumption_is_no_stale_figure(store_settings):
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        before = covered(context, bevoelkerung="ohne_heime")["personen"]
        share_catchments(context, SHARED)
        (context.settings.home / "einrichtungen.toml").write_text(
            '[[annahme]]\ncode = "heimbewohner_nrw_2023"\ntitel = "Leer"\narten = ["pflege.dauerpflege"]\n'
            'auslastung_prozent = 1\nquelle = "Probe"\nstichtag = 2023-12-15\ngueltig_von = 2015-01-01\n'
            'bewohner = [{ altersgruppe = "75bis84", personen = 1 }, { altersgruppe = "ab85", personen = 1 }]\n'
        )
        after, beside = covered(context, bevoelkerung="ohne_heime"), covered(context)
        again = row(share_catchments(context, SHARED), gebiet=S1)
    assert before == pytest.approx(120 - TAKEN)
    assert after["personen"] == pytest.approx(120 - 0.4)
    assert (again["in_heimen"], beside["in_heimen"]) == (pytest.approx(0.4), pytest.approx(0.4))


def test_residents_stand_beside_everything_that_counts_the_old(store_settings):
    """The same people beside reach, gaps, criteria, catchments and the need of an age group, beside no younger ones."""
    names = ("in_heimen", "annahme_in_heimen")
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        reach = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
        gap = row(find_gaps(context, ziel="begegnung"), gebiet=S1)
        criterion = row(judge_quarters(context, Quartierfrage(kriterium="begegnung")), gebiet=S1)
        young = rows(find_gaps(context, ziel="grundschule"))
        shared = row(share_catchments(context, SHARED), gebiet=S1)
        young += rows(share_catchments(context, msgspec.structs.replace(SHARED, altersgruppe="ab65")))
    told = [reach[name] for name in names]
    assert told[0] == pytest.approx(YOUNGER + OLDER)
    assert [gap[name] for name in names] == [criterion[name] for name in names] == told
    assert [shared[name] for name in names] == told
    assert {each["in_heimen"] for each in young} == {None}


# Secrecy


def test_the_difference_tells_who_lives_in_the_cell_of_a_home_and_is_for_staff_only(store_settings):
    """Where the home is larger than its cell, with less without are the cell's people: 6 of 75 and over."""
    big = angebot("Groß", "pflege.dauerpflege", 300, kapazitaeten=places(400))
    few = cells({300: 5, 690: 95, 1500: 100})
    with village(store_settings, (TREFF, big), (few,)) as context:
        told = covered(context)["personen"] - covered(context, bevoelkerung="ohne_heime")["personen"]
        public = seen_by(context, PUBLIC)
        for ask in (
            lambda: assess_coverage(public, CoverageFrage(bevoelkerung="ohne_heime")),
            lambda: find_gaps(public, bevoelkerung="ohne_heime"),
            lambda: list_gaps(public, umfang="gesamt", bevoelkerung="ohne_heime"),
            lambda: judge_quarters(public, Quartierfrage(bevoelkerung="ohne_heime")),
        ):
            with pytest.raises(InvalidParameter, match="nur der Verwaltung"):
                ask()
    assert told == pytest.approx(6), "a number of people in one cell, under ten"


def test_what_the_public_reads_of_residents_is_arithmetic_on_public_places(store_settings):
    """Neither residents a home states, nor confidential homes, nor who lives there move it."""
    secret = angebot("Schutz", "pflege.dauerpflege", 690, kapazitaeten=places(12), vertraulich=True)
    with village(store_settings, (TREFF, HEIM, secret), (HALVES,)) as context:
        public = seen_by(context, PUBLIC)
        first = covered(public)
        stated = (*places(40), Kapazitaet(groesse="bewohner", wert=3))
        state(context, msgspec.structs.replace(HEIM, kapazitaeten=stated))
        second, staff = covered(public), covered(context)
    assert first["in_heimen"] == second["in_heimen"] == round(YOUNGER + OLDER)
    assert staff["in_heimen"] == pytest.approx((YOUNGER + OLDER) / 40 * (3 / 0.9519 + 12))


def test_no_file_can_make_a_public_target_of_it():
    ziel = {"code": "x", "titel": "X", "arten": ["alltag.hausarzt"], "modus": "pkw", "altersgruppe": "ab75"}
    ziel |= {"ziel_prozent": 90, "max_minuten": 15, "grundlage": "Probe"}
    assert parse_ziele({"ziel": [ziel]}, "ziele.toml")
    with pytest.raises(SourceRefused, match="ohne Heime"):
        parse_ziele({"ziel": [{**ziel, "bevoelkerung": "ohne_heime"}]}, "ziele.toml")


def test_by_address_staff_reads_it_and_a_gap_without_homes_leads_to_no_proposal(store_settings):
    with (
        village(store_settings, (TREFF, HEIM), (HALVES,)) as context,
        TestClient(create_app(context.settings)) as client,
    ):
        for figure in ("coverage", "gaps", "versorgungsquartiere"):
            answer = client.get(f"/planning/{figure}?bevoelkerung=ohne_heime")
            assert answer.status_code == 200, answer.text
            assert answer.json()["herkunft"]["parameter"]["bevoelkerung"] == "ohne_heime"
        gaps = client.get("/planning/gaps?bevoelkerung=ohne_heime").json()["zeilen"]
    assert {each["vorschlag"] for each in gaps} == {None}
