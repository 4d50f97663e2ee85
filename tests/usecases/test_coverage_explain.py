"""How a share of coverage came about: 90 of 120 people of 75 and over go at 3.0 km/h, 30 at 2.5.

At 300 m all of S 1 who live there reach the Treff, at 690 m only the younger; see strassendorf.
"""

import pytest
from litestar.testing import TestClient
from usecases.strassendorf import KOMMUNE, S1, angebot, cells, rows, seen_by, village

from infrastruktur.app import create_app
from infrastruktur.domain.errors import NotAssessable, NotFound
from infrastruktur.domain.herleitung import list_eingaben
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.explain_coverage import explain_coverage

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
HALVES = cells({300: 50, 690: 50, 1500: 100})


def test_every_share_follows_from_the_people_it_names(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        for each in rows(assess_coverage(context, CoverageFrage(ziel="begegnung"))):
            found = explain_coverage(context, "begegnung", each["gebiet"])
            assert found.wert == pytest.approx(each["anteil_prozent"])
            people = [leaf for leaf in list_eingaben(found) if leaf.einheit == "Personen"]
            assert all("register" in leaf.quelle and "Wegenetz" in leaf.quelle for leaf in people)


def test_parts_of_the_group_go_at_their_own_pace(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        found = explain_coverage(context, "begegnung", S1)
    stated = {leaf.name: leaf.wert for leaf in list_eingaben(found) if leaf.einheit == "Personen"}
    reached = {name: wert for name, wert in stated.items() if name.startswith("Erreicht")}
    missed = {name: wert for name, wert in stated.items() if name.startswith("Nicht erreicht")}
    assert sorted(reached.values()) == pytest.approx([15, 90])
    assert list(missed.values()) == pytest.approx([15])
    assert found.wert == pytest.approx(100 * 105 / 120)


def test_the_public_reads_the_counts_of_the_table_and_staff_asks_by_http(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        public = seen_by(context, Audience.PUBLIC)
        table = rows(assess_coverage(public, CoverageFrage(ziel="begegnung")))
        for each in table:
            if each["anteil_prozent"] is None:
                with pytest.raises(NotAssessable):
                    explain_coverage(public, "begegnung", each["gebiet"])
                continue
            shown = explain_coverage(public, "begegnung", each["gebiet"])
            people = [leaf.wert for leaf in list_eingaben(shown) if leaf.einheit == "Personen"]
            assert set(people) == {each[name] for name in ("erreicht", "nicht_erreicht", "ohne_aussage")}
        with TestClient(create_app(context.settings)) as client:
            answer = client.get(f"/planning/coverage/explain?ziel=begegnung&gebiet={KOMMUNE}").json()
            unknown = client.get("/planning/coverage/explain?ziel=begegnung&gebiet=05334999")
    assert answer["rechenweg"][0].startswith("Anteil erreicht = ")
    assert unknown.status_code == 404


def test_what_cannot_be_told_is_not_explained(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        with pytest.raises(NotFound, match="hunde"):
            explain_coverage(context, "hunde", S1)
        with pytest.raises(NotAssessable, match="kein_fahrplan"):
            explain_coverage(context, "haltestelle", S1)
