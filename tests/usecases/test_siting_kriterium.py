"""What closes the gap of a criterion: sites are searched for it as for a target, by the variant of the area."""

import pytest
from usecases.strassendorf import S1, S2, angebot, seen_by, village
from usecases.test_siting import FEW, HOMES, TREFF, metres

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.settings import Audience
from infrastruktur.usecases.explain_sites import Standortzahl, explain_site
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.search_sites import SitingFrage


def ask(context, **asked):
    table = propose_sites(context, SitingFrage(**asked))
    return table.records(), table.herkunft.parameter["befund"]


def test_a_criterion_that_asks_what_a_target_asks_is_answered_alike(store_settings):
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        (of_criterion,), befund = ask(context, kriterium="begegnung", anzahl=1)
        (of_target,), same = ask(context, ziel="begegnung", anzahl=1)
    assert befund == same
    assert of_criterion == of_target


def test_a_criterion_without_a_target_finds_its_site(store_settings):
    """Flats are wanted within 20 minutes, 833 m at 2.5 km/h: from 690 m it is 390 m to one side, 810 m to the other."""
    far = angebot("Wohnen", "pflege.servicewohnen", 3800)
    with village(store_settings, (far,), (HOMES,)) as context:
        (flat,), befund = ask(context, kriterium="wohnen", anzahl=1)
        explained = explain_site(context, SitingFrage(kriterium="wohnen", anzahl=1), 1, zahl=Standortzahl.NEU_ERREICHT)
    assert metres(flat) == pytest.approx(690, abs=1)
    assert (flat["neu_erreicht"], befund["anteil_nachher_prozent"]) == (pytest.approx(240), 100)
    assert flat["ziel_status"] == "Arbeitswert, nicht beschlossen"
    assert explained.wert == pytest.approx(240)


def test_the_variant_says_how_near_is_near(store_settings):
    """In the Eifel a Treff is near by car: the one there is reached by all, and nothing is missing."""
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        proposed, befund = ask(context, kriterium="begegnung", variante="laendlich")
        found = propose_sites(context, SitingFrage(kriterium="begegnung", variante="laendlich", gebiet=S2))
    assert (proposed, befund["erreicht_vorher"]) == ([], pytest.approx(240))
    assert found.herkunft.parameter["satz_variante"] == "laendlich"
    assert "laendlich" in found.herkunft.parameter["grundlage"]


def test_what_is_reached_today_is_what_the_profile_says(store_settings):
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        rows = judge_quarters(context, Quartierfrage(kriterium="begegnung", gebiet=S1)).records()
        for reader in (context, seen_by(context, Audience.PUBLIC)):
            _, befund = ask(reader, kriterium="begegnung", gebiet=S1, anzahl=1)
            assert befund["erreicht_vorher"] == pytest.approx(rows[0]["erreicht"], abs=0.5)


def test_of_an_area_that_is_secret_in_the_profile_nothing_is_told(store_settings):
    with village(store_settings, (TREFF,), (FEW,), audience=Audience.PUBLIC) as context:
        (proposed,), befund = ask(context, kriterium="begegnung", gebiet=S1, anzahl=1)
    assert [proposed[name] for name in ("neu_erreicht", "nur_hier", "zugeordnet")] == [None] * 3
    assert {befund[name] for name in ("neu_erreicht", "neu_hoechstens", "erreicht_nachher", "offen")} == {None}


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({}, "entweder"),
        ({"ziel": "begegnung", "kriterium": "begegnung"}, "entweder"),
        ({"ziel": "begegnung", "variante": "laendlich"}, "gehört ein kriterium"),
        ({"ziel": "begegnung", "kriteriensatz": "vq-aachen-entwurf-1"}, "gehört ein kriterium"),
        ({"kriterium": "begegnung", "variante": "am_meer"}, "am_meer"),
    ],
)
def test_a_target_or_a_criterion_and_what_goes_with_it(store_settings, asked, named):
    with village(store_settings, (TREFF,), (HOMES,)) as context, pytest.raises(InvalidParameter, match=named):
        ask(context, **asked)


def test_a_criterion_that_no_site_helps_is_refused_with_the_reason(store_settings):
    dienst = angebot("Dienst", "pflege.ambulant", 100, traeger="A", attribute={"einsatzgebiet": "Dorf"})
    beratung = angebot("Beratung", "beratung.senioren", 100)
    with village(store_settings, (TREFF, dienst, beratung), (HOMES,)) as context:
        with pytest.raises(InvalidParameter, match="Einsatzgebieten"):
            ask(context, kriterium="ambulant", anzahl=1)
        with pytest.raises(NotAssessable) as refusal:
            ask(context, kriterium="beratung_pflege", anzahl=1)
        with pytest.raises(NotFound, match="begegnung"):
            ask(context, kriterium="strand", anzahl=1)
    assert refusal.value.grund is Grund.KEIN_FAHRPLAN
