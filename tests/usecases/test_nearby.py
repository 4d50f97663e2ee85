"""What is near, in a village along one street: order and minutes follow from metres."""

from datetime import date

import msgspec
import pytest
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import RAEUME, STREET_Y, WEST, angebot, catalogue, seen_by, status, village

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import InvalidParameter, LimitExceeded, NotFound
from infrastruktur.settings import Audience, Limits
from infrastruktur.usecases.list_nearby import NearbyFrage, list_nearby
from infrastruktur.usecases.prepare_reise import Hindernis, Richtung

ANGEBOTE = (
    angebot("Apotheke", "alltag.apotheke", 900),
    angebot("Treff", "quartier.seniorentreff", 310, traeger="Verein"),
    angebot("Pflegedienst", "pflege.ambulant", 700, status=(status(Status.GEPLANT),)),
    angebot("Frauenhaus", "beratung.gewaltschutz", 320, vertraulich=True),
    angebot("Ohne Punkt", "alltag.apotheke", None),
    angebot("Weit weg", "alltag.apotheke", 9000),
    angebot("Am Ende", "alltag.apotheke", 4000),
)


def ask(context, at_m=0.0, **changed):
    punkt = (TO_DEGREES.transform(WEST + at_m, STREET_Y),)
    return list_nearby(context, NearbyFrage(**({"punkt": punkt, "modus": "zu_fuss", "minuten": 30} | changed)))


def names(found):
    return [row["name"] for row in found.tabelle.records()]


def test_the_list_goes_by_minutes_and_says_what_and_whose(store_settings):
    with village(store_settings, ANGEBOTE, audience=Audience.PUBLIC) as context:
        found = ask(context, altersgruppe="75bis84")
    first, *_ = rows = found.tabelle.records()
    # 3.0 km/h: 310 m take 372 s, 700 m 840 s, 900 m 1,080 s; the street's end is beyond 1,500 m.
    assert [(row["rang"], row["name"], row["sekunden"], row["minuten"]) for row in rows] == [
        (1, "Treff", pytest.approx(372, abs=0.2), 7),
        (2, "Pflegedienst", pytest.approx(840, abs=0.2), 14),
        (3, "Apotheke", pytest.approx(1080, abs=0.2), 18),
    ]
    assert (first["art_titel"], first["traeger"], first["luftlinie_m"]) == ("Seniorentreff", "Verein", 310)
    assert [row["status"] for row in rows] == ["in_betrieb", "geplant", "in_betrieb"]


def test_whoever_walks_faster_finds_more(store_settings):
    with village(store_settings, ANGEBOTE) as context:
        slow, fast = (len(ask(context, minuten=10, altersgruppe=group).tabelle.zeilen) for group in ("ab85", "20bis24"))
    # 10 minutes are 417 m at 2.5 km/h and 750 m at 4.5 km/h.
    assert (slow, fast) == (2, 3)


def test_what_is_confidential_is_near_for_staff_only(store_settings):
    with village(store_settings, ANGEBOTE) as context:
        assert "Frauenhaus" in names(ask(context))
        assert "Frauenhaus" not in names(ask(seen_by(context, Audience.PUBLIC)))


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"art": "alltag.apotheke"}, ["Apotheke"]),
        ({"art": "alltag.apotheke|pflege.ambulant"}, ["Pflegedienst", "Apotheke"]),
        ({"kategorie": "quartier"}, ["Treff"]),
        ({"kategorie": "quartier", "art": "alltag.apotheke"}, []),
        ({"limit": 1}, ["Treff"]),
    ],
)
def test_it_can_be_narrowed(store_settings, narrowed, expected):
    with village(store_settings, ANGEBOTE, audience=Audience.PUBLIC) as context:
        assert names(ask(context, **narrowed)) == expected


def test_what_the_list_cannot_know_is_counted_and_said(store_settings):
    with village(store_settings, ANGEBOTE, audience=Audience.PUBLIC) as context:
        found = ask(context, art="alltag.apotheke", limit=1, minuten=60)
    befund = found.befund
    assert (befund.gefunden, befund.ohne_punkt, befund.ohne_strasse, befund.rand_minuten) == (2, 1, 1, None)
    said = " ".join(found.tabelle.herkunft.hinweise)
    assert "Gezeigt sind die nächsten 1 von 2" in said
    assert "Ohne Punkt und daher nie in der Liste: 1" in said
    assert "An keiner Straße im Netz und daher nie in der Liste: 1" in said


def test_h06_a_point_on_no_street_finds_nothing_and_says_why(store_settings):
    with village(store_settings, ANGEBOTE) as context:
        found = ask(context, at_m=8990)
    assert (found.tabelle.zeilen, found.befund.grund) == ((), Hindernis.OHNE_STRASSE)
    assert "zu weit von jeder Straße" in found.tabelle.herkunft.hinweise[0]


def test_h06_the_list_says_up_to_when_it_is_whole(store_settings):
    drawn("T" + "-" * 9 + "E", store_settings.home, boundary=False)
    with catalogue(store_settings, RAEUME, ANGEBOTE) as context:
        met, unmet = (ask(context, at_m=310, altersgruppe="75bis84", minuten=minutes) for minutes in (15, 6))
    # 310 m to the west end are 372 s: nothing is missed up to 6 minutes.
    assert met.befund.rand_minuten == 6
    assert any("Vollständig bis 6 Minuten" in each for each in met.tabelle.herkunft.hinweise)
    assert unmet.befund.rand_minuten is None


def test_h07_the_way_there_and_the_way_back_differ_on_a_one_way(store_settings):
    drawn("A" + "-" * 40 + "B", store_settings.home, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    with catalogue(store_settings, RAEUME, ANGEBOTE) as context:
        there, back = (
            names(ask(context, at_m=500, modus="pkw", minuten=5, richtung=each))
            for each in (Richtung.HIN, Richtung.ZURUECK)
        )
    assert there == ["Pflegedienst", "Apotheke"]
    assert back == ["Frauenhaus", "Treff"]


def test_a_closed_angebot_is_gone_the_day_after(store_settings):
    closed = angebot(
        "Laden",
        "alltag.lebensmittel",
        100,
        status=(
            status(Status.IN_BETRIEB, bis=date(2025, 6, 30)),
            status(Status.GESCHLOSSEN, von=date(2025, 7, 1)),
        ),
    )
    with village(store_settings, (closed,)) as context:
        then, after = (names(ask(context, stichtag=date(2025, 6, 30))), names(ask(context, stichtag=date(2025, 7, 1))))
    assert (then, after) == (["Laden"], [])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"art": "alltag.wellness"}, NotFound),
        ({"kategorie": "wellness"}, NotFound),
        ({"modus": "oepnv"}, InvalidParameter),
        ({"punkt": ()}, InvalidParameter),
        ({"punkt": ((6.1, 50.8), (6.1, 50.8))}, InvalidParameter),
        ({"punkt": ((50.8, 6.1),)}, InvalidParameter),
        ({"minuten": 0}, InvalidParameter),
        ({"minuten": 61}, LimitExceeded),
        ({"limit": 501}, LimitExceeded),
    ],
)
def test_what_cannot_be_asked_is_refused(store_settings, changed, error):
    with village(store_settings) as context, pytest.raises(error):
        ask(context, **changed)


def test_h01_as_many_as_the_limit_and_not_one_more(store_settings):
    settings = msgspec.structs.replace(store_settings, limits=Limits(nearby_angebote=2))
    with village(settings, ANGEBOTE) as context:
        assert len(ask(context, limit=2).tabelle.zeilen) == 2
        with pytest.raises(LimitExceeded, match="Höchstens 2 Angebote auf einmal, gefragt sind 3"):
            ask(context, limit=3)


def test_a_profile_sets_pace_and_ways(store_settings):
    """The short way leads over steps: who pushes a rollator goes round the block, in the pace of a rollator."""
    ways = {"AB": {"highway": "steps"}}
    block = drawn("A-----B\n|     |\n|     |\nC-----D", store_settings.home, ways=ways)
    shop = angebot("Laden", "alltag.lebensmittel", 600)
    punkt = (TO_DEGREES.transform(*block.places["A"]),)
    with catalogue(store_settings, RAEUME, (shop,)) as context:
        quick, slow = (ask(context, punkt=punkt, minuten=60, profil=profil) for profil in ("ab85", "rollator"))
        with pytest.raises(InvalidParameter, match="Das Profil 'gehen' gibt es nicht"):
            ask(context, profil="gehen")
        with pytest.raises(InvalidParameter):
            ask(context, modus="pkw", profil="rollator")
    # 600 m straight, or 300 + 600 + 300 m around, both at 2.5 km/h.
    seconds = [found.tabelle.records()[0]["sekunden"] for found in (quick, slow)]
    assert seconds == [pytest.approx(600 * 1.44, abs=0.5), pytest.approx(1200 * 1.44, abs=0.5)]
    assert any("Mit Rollator" in each and "gesperrt" in each for each in slow.tabelle.herkunft.hinweise)
