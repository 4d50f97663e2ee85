"""How the numbers of coverage came about: 90 of 120 people of 75 and over go at 3.0 km/h, 30 at 2.5.

At 300 m all of S 1 who live there reach the Treff, at 690 m only the younger; see strassendorf.
"""

import pytest
from litestar.testing import TestClient
from usecases.strassendorf import KOMMUNE, S1, S2, angebot, cells, places, row, rows, seen_by, village
from usecases.test_explanations import by_hand, check

from infrastruktur.app import create_app
from infrastruktur.domain.errors import InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.herleitung import list_eingaben
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.explain_coverage import Personenzahl, explain_coverage
from infrastruktur.usecases.explain_gaps import Luecke, explain_gap
from infrastruktur.usecases.explain_quarter import Quartierzahl, explain_quarter
from infrastruktur.usecases.explain_ways import Wegzahl
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
HEIM = angebot("Heim", "pflege.dauerpflege", 300, kapazitaeten=places(40))
HALVES = cells({300: 50, 690: 50, 1500: 100})
BEGEGNUNG = CoverageFrage(ziel="begegnung")
EVERY = (*Personenzahl, *Wegzahl)
OWN = {"art": "quartier.seniorentreff", "modus": "zu_fuss", "max_minuten": 7}


@pytest.mark.parametrize(
    "frage",
    [
        BEGEGNUNG,
        CoverageFrage(ziel="begegnung", bevoelkerung="ohne_heime"),
        CoverageFrage(ziel="begegnung", profil="rollator"),
        CoverageFrage(**OWN, altersgruppe="ab80"),
        CoverageFrage(**OWN, altersgruppe="ab75", mindestens=2),
    ],
)
def test_every_number_of_a_row_follows_from_the_people_it_names(store_settings, frage):
    other = angebot("Verein", "quartier.seniorentreff", 600, traeger="Verein")
    seen = set()
    with village(store_settings, (TREFF, other, HEIM), (HALVES,)) as context:
        for each in assess_coverage(context, frage).records():
            for zahl in EVERY:
                if each[zahl] is None:
                    with pytest.raises(NotAssessable):
                        explain_coverage(context, frage, each["gebiet"], zahl=zahl)
                    continue
                found = explain_coverage(context, frage, each["gebiet"], zahl=zahl)
                check(found, each[zahl])
                people = [leaf for leaf in list_eingaben(found) if leaf.einheit == "Personen"]
                assert all("register" in leaf.quelle and "Wegenetz" in leaf.quelle for leaf in people)
                seen.add(zahl)
    assert seen >= {*Personenzahl, Wegzahl.MEDIAN_MINUTEN, Wegzahl.P90_MINUTEN, Wegzahl.TRAEGER_MITTEL}


def test_parts_of_the_group_go_at_their_own_pace(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        found = explain_coverage(context, BEGEGNUNG, S1)
    stated = {leaf.name: leaf.wert for leaf in list_eingaben(found) if leaf.einheit == "Personen"}
    reached = {name: wert for name, wert in stated.items() if name.startswith("Erreicht")}
    missed = {name: wert for name, wert in stated.items() if name.startswith("Nicht erreicht")}
    assert sorted(reached.values()) == pytest.approx([15, 90])
    assert list(missed.values()) == pytest.approx([15])
    assert found.wert == pytest.approx(100 * 105 / 120)


def test_a_median_is_the_way_at_which_half_the_people_are_met(store_settings):
    """S 1: 45 go 6.0 minutes to the Treff, 15 go 7.2; then at 690 m 45 go 13.8 and 15 go 16.6: half of 120 is 60."""
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        half = explain_coverage(context, BEGEGNUNG, S1, zahl=Wegzahl.MEDIAN_MINUTEN)
        most = explain_coverage(context, BEGEGNUNG, S1, zahl=Wegzahl.P90_MINUTEN)
    threshold, less, just, way = half.teile
    assert [by_hand(threshold), less.wert, just.wert] == pytest.approx([60, 45, 15])
    assert way.wert == pytest.approx(60 * 0.3 / 2.5, rel=0.02)
    threshold, less, just, way = most.teile
    assert [by_hand(threshold), less.wert, just.wert] == pytest.approx([108, 105, 15])
    assert way.wert == pytest.approx(60 * 0.69 / 2.5, rel=0.02)


@pytest.mark.parametrize("bevoelkerung", ["alle", "ohne_heime"])
def test_the_way_to_what_is_nearest_is_that_of_half_who_reach_nothing(store_settings, bevoelkerung):
    asked = {"bevoelkerung": bevoelkerung}
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        gap = row(find_gaps(context, ziel="begegnung", **asked), gebiet=S2)
        found = explain_gap(context, "begegnung", S2, zahl=Luecke.NAECHSTE_MINUTEN, **asked)
        frage = Quartierfrage(kriterium="begegnung", **asked)
        profile = row(judge_quarters(context, frage), gebiet=S2)
        of_quarter = explain_quarter(context, frage, S2, zahl=Quartierzahl.NAECHSTE_MINUTEN)
        with pytest.raises(NotAssessable):
            explain_gap(context, "begegnung", S2, zahl=Luecke.NAECHSTE_METER, **asked)
    check(found, gap["naechste_minuten"])
    check(of_quarter, profile["naechste_minuten"])
    assert any("Treff" in hint for hint in found.hinweise)


def test_how_many_there_are_is_shown_where_their_split_is_secret(store_settings):
    """6 of the 120 people of S 1 do not reach the Treff: too few to be told."""
    with village(store_settings, (TREFF,), (cells({300: 80, 690: 20, 1500: 100}),)) as context:
        public = seen_by(context, Audience.PUBLIC)
        shown = row(assess_coverage(public, BEGEGNUNG), gebiet=S1)
        found = explain_coverage(public, BEGEGNUNG, S1, zahl=Personenzahl.PERSONEN)
    assert (shown["personen"], shown["nicht_erreicht"]) == (120, None)
    assert [leaf.wert for leaf in list_eingaben(found)] == [120]


def test_the_public_reads_the_counts_of_the_table_and_staff_asks_by_http(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        public = seen_by(context, Audience.PUBLIC)
        table = rows(assess_coverage(public, BEGEGNUNG))
        for each in table:
            if each["anteil_prozent"] is None:
                with pytest.raises(NotAssessable):
                    explain_coverage(public, BEGEGNUNG, each["gebiet"])
                continue
            shown = explain_coverage(public, BEGEGNUNG, each["gebiet"])
            people = [leaf.wert for leaf in list_eingaben(shown) if leaf.einheit == "Personen"]
            assert set(people) == {each[name] for name in ("erreicht", "nicht_erreicht", "ohne_aussage")}
            assert shown.wert == pytest.approx(each["anteil_prozent"], abs=100 / each["personen"] + 0.05)
            assert any("eine Person ausmacht" in hint for hint in shown.hinweise)
            everybody = explain_coverage(public, BEGEGNUNG, each["gebiet"], zahl=Personenzahl.PERSONEN)
            assert by_hand(everybody) == each["personen"]
        with TestClient(create_app(context.settings)) as client:
            asked = f"/planning/coverage/explain?ziel=begegnung&gebiet={KOMMUNE}"
            answer = client.get(asked).json()
            half = client.get(f"{asked}&zahl=median_minuten&profil=rollator").json()
            unknown = client.get("/planning/coverage/explain?ziel=begegnung&gebiet=05334999")
    assert answer["rechenweg"][0].startswith("Anteil erreicht = ")
    assert "quantil(" in half["rechenweg"][0]
    assert unknown.status_code == 404


@pytest.mark.parametrize("zahl", [Personenzahl.UNERREICHBAR, Wegzahl.MEDIAN_MINUTEN, Wegzahl.TRAEGER_MITTEL])
def test_what_is_made_of_single_ways_is_not_recomputed_in_public(store_settings, zahl):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        public = seen_by(context, Audience.PUBLIC)
        with pytest.raises(NotAssessable):
            explain_coverage(public, BEGEGNUNG, KOMMUNE, zahl=zahl)
        with pytest.raises(NotAssessable):
            explain_gap(public, "begegnung", KOMMUNE, zahl=Luecke.NAECHSTE_MINUTEN)
        with pytest.raises(InvalidParameter, match="Verwaltung"):
            explain_coverage(public, CoverageFrage(ziel="begegnung", bevoelkerung="ohne_heime"), KOMMUNE)


def test_what_cannot_be_told_is_not_explained(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        with pytest.raises(NotFound, match="hunde"):
            explain_coverage(context, CoverageFrage(ziel="hunde"), S1)
        with pytest.raises(NotAssessable, match="kein_fahrplan"):
            explain_coverage(context, CoverageFrage(ziel="haltestelle"), S1)
        with pytest.raises(InvalidParameter, match="ziel"):
            explain_coverage(context, CoverageFrage(), S1)
