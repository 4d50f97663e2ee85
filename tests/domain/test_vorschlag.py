"""A proposal moves only as the table says, and what is decided stays so."""

from datetime import date

import pytest

from infrastruktur.domain.errors import NotNow
from infrastruktur.domain.vorschlag import DES_URHEBERS, OFFEN, ZUEGE, Absicht, Vorschlag, Zug, Zustand, make_move

SHOWN = """
                 entwerfen  vorschlagen    nachfragen  antworten      freigeben    ablehnen   zurueckziehen
entwurf          entwurf    vorgeschlagen  -           -              -            -          zurueckgezogen
vorgeschlagen    -          -              rueckfrage  -              freigegeben  abgelehnt  zurueckgezogen
rueckfrage       -          -              -           vorgeschlagen  freigegeben  abgelehnt  zurueckgezogen
freigegeben      -          -              -           -              -            -          -
abgelehnt        -          -              -           -              -            -          -
zurueckgezogen   -          -              -           -              -            -          -
"""
HEAD, *LINES = (line.split() for line in SHOWN.strip().splitlines())
CASES = [(start, zug, end) for start, *ends in LINES for zug, end in zip(HEAD, ends, strict=True)]


def vorschlag(zustand: Zustand) -> Vorschlag:
    return Vorschlag(
        id="v",
        nr=3,
        zustand=zustand,
        zug=Zug.VORSCHLAGEN,
        akteur="token:a",
        urheber="token:a",
        absicht=Absicht.AENDERN,
        kollektion="pflege",
        angebot="x",
        tag=date(2026, 1, 1),
        zeitpunkt="2026-01-01T00:00:00+00:00",
    )


def test_the_table_shows_every_state_and_move() -> None:
    assert {(start, zug) for start, zug, _ in CASES} == {(start, zug) for start in Zustand for zug in Zug}
    assert {start for start, _ in ZUEGE} == set(OFFEN)


@pytest.mark.parametrize(("start", "zug", "end"), CASES)
def test_a_move_leads_where_the_table_says_or_is_refused(start, zug, end) -> None:
    before = vorschlag(Zustand(start))
    if end == "-":
        with pytest.raises(NotNow, match="Möglich ist jetzt"):
            make_move(before, Zug(zug), "token:b", "")
        return
    after = make_move(before, Zug(zug), "token:b", "Grund")
    assert (after.zustand, after.nr, after.akteur, after.text) == (end, 4, "token:b", "Grund")
    assert (after.urheber, after.zeitpunkt) == ("token:a", "")


def test_what_decides_is_never_the_author_s_move() -> None:
    deciding = {zug for (_, zug), end in ZUEGE.items() if end in {Zustand.FREIGEGEBEN, Zustand.ABGELEHNT}}
    assert not deciding & DES_URHEBERS
