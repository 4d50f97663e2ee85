"""Who may do what, as one table to be read beside the law's; and where a right ends."""

import pytest

from infrastruktur.domain.errors import Forbidden, InvalidParameter
from infrastruktur.domain.permission import (
    OEFFENTLICHKEIT,
    Gegenstand,
    Handlung,
    Person,
    Rolle,
    Zustaendigkeit,
    demand,
    may,
)

EXPECTED = """
                        traeger  kommune_redaktion  fachamt  statistik  admin
intern_lesen            -        -                  x        x          x
vorschlagen             x        x                  x        -          x
bestaetigen             x        x                  x        -          x
aendern                 -        x                  x        -          x
freigeben               -        -                  x        -          x
stornieren              -        x                  x        -          x
vergessen               -        -                  x        -          x
bevoelkerung_laden      -        -                  -        x          x
stichtag_festschreiben  -        -                  x        -          x
planen                  -        x                  x        x          x
verwalten               -        -                  -        -          x
"""
STOLBERG, MONSCHAU = "05334032", "05334020"


def rights(rolle: Rolle) -> Zustaendigkeit:
    """Give the widest right a role can have."""
    bound = {Rolle.TRAEGER: {"traeger": "T1"}, Rolle.KOMMUNE_REDAKTION: {"ags": STOLBERG}}
    return Zustaendigkeit(rolle=rolle, **bound.get(rolle, {}))


def person(*zustaendigkeiten: Zustaendigkeit, **more: object) -> Person:
    return Person(kennung="x", zustaendigkeiten=zustaendigkeiten, **more)


def test_the_table() -> None:
    head, *rows = EXPECTED.strip().splitlines()
    stated = {
        (rolle, row.split()[0]): mark == "x"
        for row in rows
        for rolle, mark in zip(head.split(), row.split()[1:], strict=True)
    }
    assert stated == {(r.value, h.value): may(person(rights(r)), h) for r in Rolle for h in Handlung}


def test_the_public_may_nothing() -> None:
    assert not any(may(OEFFENTLICHKEIT, handlung) for handlung in Handlung)


@pytest.mark.parametrize(
    ("right", "gegenstand", "within"),
    [
        ({"rolle": Rolle.KOMMUNE_REDAKTION, "ags": STOLBERG}, {"ags": STOLBERG, "fachbereich": "pflege"}, True),
        ({"rolle": Rolle.KOMMUNE_REDAKTION, "ags": STOLBERG}, {"ags": MONSCHAU, "fachbereich": "pflege"}, False),
        ({"rolle": Rolle.KOMMUNE_REDAKTION, "ags": STOLBERG}, {"ags": "", "fachbereich": "pflege"}, False),
        ({"rolle": Rolle.FACHAMT, "fachbereich": "pflege"}, {"ags": MONSCHAU, "fachbereich": "pflege"}, True),
        ({"rolle": Rolle.FACHAMT, "fachbereich": "pflege"}, {"ags": "", "fachbereich": "pflege"}, True),
        ({"rolle": Rolle.FACHAMT, "fachbereich": "pflege"}, {"ags": MONSCHAU, "fachbereich": "schule"}, False),
        ({"rolle": Rolle.FACHAMT, "fachbereich": "schule", "ags": MONSCHAU}, {"fachbereich": "schule"}, False),
    ],
)
def test_a_right_ends_at_its_fachbereich_and_its_kommune(right, gegenstand, within) -> None:
    assert may(person(Zustaendigkeit(**right)), Handlung.AENDERN, Gegenstand(**gegenstand)) is within


def test_rights_of_two_roles_do_not_mix() -> None:
    both = person(
        Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=STOLBERG),
        Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="pflege", ags=MONSCHAU),
    )
    assert may(both, Handlung.FREIGEBEN, Gegenstand(ags=MONSCHAU, fachbereich="pflege"))
    assert not may(both, Handlung.FREIGEBEN, Gegenstand(ags=STOLBERG, fachbereich="pflege"))


def test_a_token_can_only_narrow() -> None:
    narrowed = person(rights(Rolle.ADMIN), handlungen=frozenset({Handlung.BESTAETIGEN}))
    assert [handlung for handlung in Handlung if may(narrowed, handlung)] == [Handlung.BESTAETIGEN]
    widened = person(rights(Rolle.TRAEGER), handlungen=frozenset(Handlung))
    assert not may(widened, Handlung.FREIGEBEN)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (OEFFENTLICHKEIT, "Anmeldung nötig"),
        (person(rights(Rolle.STATISTIK)), "Recht „aendern“"),
        (person(rights(Rolle.KOMMUNE_REDAKTION)), "jemand anders zuständig"),
    ],
)
def test_a_refusal_says_what_is_missing(who, said) -> None:
    with pytest.raises(Forbidden, match=said):
        demand(who, Handlung.AENDERN, Gegenstand(ags=MONSCHAU))


@pytest.mark.parametrize(
    "right",
    [
        {"rolle": Rolle.KOMMUNE_REDAKTION},
        {"rolle": Rolle.TRAEGER},
        {"rolle": Rolle.FACHAMT, "fachbereich": "wellness"},
    ],
)
def test_a_right_without_its_bounds_is_none(right) -> None:
    with pytest.raises(InvalidParameter):
        Zustaendigkeit(**right)
