"""Differences between two states of an Angebot: what they are called, and that they add up to that of the Bestände."""

from itertools import chain

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.unterschied import TITEL, Was
from infrastruktur.planning.bestandsvergleich import Angebotsstand, compare


def stand(status="in_betrieb", kapazitaet=80.0, **changed):
    known = {"name": "Haus A", "art": "pflege.dauerpflege", "traeger": "Verein", "adresse": "Weg 1, 01067 Dorf"}
    known["oeffnungszeiten"] = "Mo-Fr 09:00-12:00"
    return Angebotsstand(**{**known, "status": status, "kapazitaet": kapazitaet, "xy_25832": (0.0, 0.0), **changed})


A = stand()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (None, A, [(Was.EROEFFNET, None, "in_betrieb", 80)]),
        (stand("im_bau"), A, [(Was.EROEFFNET, "im_bau", "in_betrieb", 80)]),
        (None, stand("geplant"), [(Was.ANGEKUENDIGT, None, "geplant", None)]),
        (stand("geplant"), stand("im_bau"), [(Was.STATUS, "geplant", "im_bau", None)]),
        (A, stand("ruhend"), [(Was.STATUS, "in_betrieb", "ruhend", -80)]),
        (A, None, [(Was.GESCHLOSSEN, "in_betrieb", None, -80)]),
        (stand("geplant"), None, [(Was.GESCHLOSSEN, "geplant", None, None)]),
        (A, stand(kapazitaet=75.5), [(Was.KAPAZITAET, "80", "75.5", -4.5)]),
        (A, stand(kapazitaet=None), [(Was.KAPAZITAET, "80", None, None)]),
        (stand("geplant"), stand("geplant", 40.0), [(Was.KAPAZITAET, "80", "40", None)]),
        (A, stand(traeger=None), [(Was.TRAEGER, "Verein", None, None)]),
        (A, stand(art="pflege.kurzzeit_solitaer"), [(Was.ART, A.art, "pflege.kurzzeit_solitaer", None)]),
        (A, stand(name="Haus B"), [(Was.NAME, "Haus A", "Haus B", None)]),
        (A, stand(oeffnungszeiten=None), [(Was.OEFFNUNGSZEITEN, "Mo-Fr 09:00-12:00", None, None)]),
        (A, stand(xy_25832=(0.0, 0.9)), []),
        (A, stand(xy_25832=(0.0, 30.0)), [(Was.STANDORT, A.adresse, f"{A.adresse}, 30 m entfernt", None)]),
        (A, stand(xy_25832=None), [(Was.STANDORT, A.adresse, A.adresse, None)]),
        (A, stand(adresse="Gasse 2"), [(Was.STANDORT, A.adresse, "Gasse 2, 0 m entfernt", None)]),
        (A, stand(adresse="WEG  1, 01067 Dorf"), []),
        (A, A, []),
        (None, None, []),
    ],
)
def test_a_difference_has_one_name(before, after, found):
    assert [(each.was, each.vorher, each.nachher, each.differenz) for each in compare(before, after)] == found


def test_what_never_was_is_not_closed():
    assert [each.was for each in compare(A, None, void=True)] == [Was.ENTFALLEN]
    assert list(compare(A, A, void=False)) == []


def test_every_difference_has_a_title():
    assert set(TITEL) == set(Was)
    assert len(set(TITEL.values())) == len(Was)


STATES = st.none() | st.builds(
    stand,
    st.sampled_from(["geplant", "im_bau", "in_betrieb", "ruhend"]),
    st.integers(0, 200).map(float),
    name=st.sampled_from("AB"),
    art=st.sampled_from("xy"),
)


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(STATES, STATES), max_size=8))
def test_the_differences_add_up_to_that_of_the_two_bestaende(pairs):
    def in_operation(states):
        return sum(each.kapazitaet for each in states if each is not None and each.in_betrieb)

    found = list(chain.from_iterable(compare(*pair) for pair in pairs))
    before, after = zip(*pairs, strict=True) if pairs else ((), ())
    assert sum(each.differenz or 0 for each in found) == in_operation(after) - in_operation(before)
    assert all(not list(compare(each, each)) for each in before)


@given(STATES, STATES)
def test_an_angebot_differs_in_one_way_at_most_of_each_kind(before, after):
    found = [each.was for each in compare(before, after)]
    assert len(found) == len(set(found))
