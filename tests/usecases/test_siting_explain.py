"""Every number of a proposal can be followed: of the plan as a whole, and of each of its sites, to people and ways.

The village is the one of `test_siting`, with a house of 42 places that everybody reaches by car.
"""

import pytest
from usecases.strassendorf import S1, S2, angebot, cells, places, seen_by, village
from usecases.test_explanations import by_hand, check
from usecases.test_siting import HOMES, TREFF, point

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.herleitung import list_eingaben, write_rechenweg
from infrastruktur.http.ableitungen import BEFUND
from infrastruktur.settings import Audience
from infrastruktur.usecases import explain_sites
from infrastruktur.usecases.explain_sites import Planzahl, Standortzahl, explain_plan, explain_site
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.search_sites import SitingFrage

HAUS = angebot("Haus", "pflege.tagespflege", 0, kapazitaeten=places(42))
BEGEGNUNG = SitingFrage(ziel="begegnung", anzahl=2)
ALL_KINDS = (
    BEGEGNUNG,
    SitingFrage(ziel="begegnung"),
    SitingFrage(ziel="begegnung", suche="alle", gebiet=S1),
    SitingFrage(ziel="begegnung", suche="wege", anzahl=2),
    SitingFrage(ziel="begegnung", suche="wege", anzahl=2, punkte=(point(690), point(2300), point(2500))),
    SitingFrage(ziel="begegnung", punkte=(point(300), point(1500)), kosten=(3.0, 5.0), budget=4.0),
    SitingFrage(ziel="tagespflege", suche="plaetze", plaetze=30, bedarf_prozent=50.0, anzahl=2),
    SitingFrage(ziel="tagespflege", suche="wege", plaetze=30, bedarf_prozent=50.0, anzahl=1),
)
_LAST_DIGIT = 0.051
"""Mean ways are stated in tenths of a minute, shares in hundredths."""


def befund_of(table):
    return table.herkunft.parameter["befund"]


def test_every_number_of_a_plan_has_a_rechenweg_or_a_sentence(store_settings):
    followed, told = set(), set()
    with village(store_settings, (TREFF, HAUS), (HOMES,)) as context:
        for frage in ALL_KINDS:
            for name, stated in befund_of(propose_sites(context, frage)).items():
                if name in set(Planzahl):
                    check(explain_plan(context, frage, zahl=Planzahl(name)), stated, tolerance=_LAST_DIGIT)
                    followed.add(name)
                else:
                    told.add(name)
    assert followed == set(Planzahl)
    assert told == BEFUND.keys() | {"status", "kosten"}, "kosten is a column, too"


def test_every_number_of_a_site_is_the_people_of_its_ways(store_settings):
    seen = set()
    with village(store_settings, (TREFF, HAUS), (HOMES,)) as context:
        for frage in ALL_KINDS:
            for row in propose_sites(context, frage).records():
                for zahl in Standortzahl:
                    if row[zahl] is None:
                        with pytest.raises(NotAssessable, match="Plätze"):
                            explain_site(context, frage, row["rang"], zahl=zahl)
                        continue
                    check(explain_site(context, frage, row["rang"], zahl=zahl), row[zahl], tolerance=1e-6)
                    seen.add((frage.suche, zahl, row[zahl] > 0))
    assert {(suche, zahl) for suche, zahl, some in seen if some} >= {
        ("erreichen", Standortzahl.NUR_HIER),
        ("alle", Standortzahl.ZUGEORDNET),
        ("wege", Standortzahl.NEU_ERREICHT),
        ("plaetze", Standortzahl.ZUGEORDNET),
    }


def test_a_site_names_area_age_group_and_how_far(store_settings):
    # From 1,300 m: S 2 walks 200 m, 4 minutes at 3.0 km/h and 4.8 at 2.5; the older of 690 m walk 610 m, 14.6 minutes.
    frage = SitingFrage(ziel="begegnung", anzahl=1, punkte=(point(1300),))
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        explained = explain_site(context, frage, 1, zahl=Standortzahl.ZUGEORDNET)
    counted = [(each.name, [(way.name, way.wert) for way in each.teile]) for each in explained.teile]
    assert counted == [
        ("75 bis unter 85 Jahre, S 2", [("4 bis unter 5 Minuten, 1 Zelle", pytest.approx(90))]),
        ("85+, S 1", [("14 bis unter 15 Minuten, 1 Zelle", pytest.approx(15))]),
        ("85+, S 2", [("4 bis unter 5 Minuten, 1 Zelle", pytest.approx(30))]),
    ]


def test_a_target_in_metres_counts_by_hundreds_of_them(store_settings):
    homes = cells({1200: 20, 1600: 10, 2000: 20}, merkmal="ab65", quelle="zensus2011")
    with village(store_settings, (), (homes,), ()) as context:
        explained = explain_site(context, SitingFrage(ziel="lebensmittel", anzahl=1), 1, zahl=Standortzahl.NEU_ERREICHT)
    ways = [(each.name, each.wert) for each in list_eingaben(explained)]
    assert ways == [
        ("0 bis unter 100 Metern, 1 Zelle", pytest.approx(10)),
        ("400 bis unter 500 Metern, 2 Zellen", pytest.approx(40)),
    ]


def test_who_has_a_place_today_has_it_at_a_named_angebot(store_settings):
    frage = SitingFrage(ziel="tagespflege", suche="plaetze", plaetze=30, anzahl=1)
    with village(store_settings, (HAUS,), (HOMES,)) as context:
        explained = explain_plan(context, frage, zahl=Planzahl.MIT_PLATZ_NACHHER)
    (haus, _) = list_eingaben(explained)
    assert (haus.name, haus.wert) == ("Mit Platz bei Haus", pytest.approx(42))
    assert "Angebot" in haus.quelle


def test_a_mean_way_counts_who_is_too_far_with_the_longest(store_settings):
    # 45 · 6 + 15 · 7.2 + 45 · 13.8 + 15 · 16.56 minutes of S 1, and 120 of S 2 no nearer than 30 minutes.
    frage = SitingFrage(ziel="begegnung", suche="wege", anzahl=1)
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        explained = explain_plan(context, frage, zahl=Planzahl.MINUTEN_MITTEL_VORHER)
    assert by_hand(explained) == pytest.approx((45 * 6 + 15 * 7.2 + 45 * 13.8 + 15 * 16.56 + 120 * 30) / 240, abs=0.01)
    assert ("Personen, weiter", 120) in [(each.name, each.wert) for each in list_eingaben(explained)]


@pytest.mark.parametrize("zahl", [Planzahl.ERREICHT_NACHHER, Planzahl.ANTEIL_NACHHER_PROZENT])
def test_the_public_follows_what_is_reached_in_tens(store_settings, zahl):
    with village(store_settings, (TREFF,), (HOMES,), audience=Audience.PUBLIC) as context:
        check(explain_plan(context, BEGEGNUNG, zahl=zahl), befund_of(propose_sites(context, BEGEGNUNG))[zahl], 1e-3)


def test_the_public_follows_no_single_way(store_settings):
    places_wanted = SitingFrage(ziel="tagespflege", suche="plaetze", plaetze=30, anzahl=1)
    with village(store_settings, (TREFF, HAUS), (HOMES,)) as staff:
        public = seen_by(staff, Audience.PUBLIC)
        refused = [
            *((BEGEGNUNG, zahl) for zahl in (Planzahl.NEU_ERREICHT, Planzahl.OFFEN, Planzahl.UNERREICHBAR)),
            (SitingFrage(ziel="begegnung", suche="wege", anzahl=1), Planzahl.MINUTEN_MITTEL_NACHHER),
            (places_wanted, Planzahl.DAVON_AN_BESTEHENDEN),
        ]
        for frage, zahl in refused:
            with pytest.raises(NotAssessable, match=r"Verwaltung|geheim"):
                explain_plan(public, frage, zahl=zahl)
        said = set()
        for rang in (1, 2, 99):  # of a site that is not there it learns no less
            for zahl in Standortzahl:
                with pytest.raises(NotAssessable, match="Verwaltung") as refusal:
                    explain_site(public, BEGEGNUNG, rang, zahl=zahl)
                said.add(str(refusal.value))
        assert len(said) == 1
        seated = explain_plan(public, places_wanted, zahl=Planzahl.MIT_PLATZ_NACHHER)
    assert "Haus" not in "".join(write_rechenweg(seated))


def test_what_a_plan_does_not_have_is_said(store_settings):
    seated = SitingFrage(ziel="tagespflege", suche="plaetze", plaetze=10, anzahl=1)
    with village(store_settings, (TREFF, HAUS), (HOMES,)) as context:
        with pytest.raises(NotAssessable, match="mit_platz_nachher"):
            explain_plan(context, seated)
        with pytest.raises(NotAssessable, match="erreicht_nachher"):
            explain_plan(context, BEGEGNUNG, zahl=Planzahl.MIT_PLATZ_NACHHER)
        with pytest.raises(NotFound, match="vorgeschlagen sind 2"):
            explain_site(context, BEGEGNUNG, 3, zahl=Standortzahl.ZUGEORDNET)


def test_another_plan_is_not_explained_as_this_one(store_settings, monkeypatch):
    """A search that the clock ends may find another plan the next time."""
    other = SitingFrage(ziel="begegnung", anzahl=1, gebiet=S2)
    found = explain_sites.find_proposal

    def find_other(context, _frage, _lage):
        return found(context, other, explain_sites.look_up_lage(context, other))

    monkeypatch.setattr(explain_sites, "find_proposal", find_other)
    with village(store_settings, (TREFF,), (HOMES,)) as context:
        frage = SitingFrage(ziel="begegnung", anzahl=1, gebiet=S1)
        with pytest.raises(NotAssessable, match="anderen Plan") as refusal:
            explain_site(context, frage, 1, zahl=Standortzahl.ZUGEORDNET)
    assert refusal.value.grund is Grund.UNSICHER
