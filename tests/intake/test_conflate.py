"""Near duplicates are reported, never merged; rows without a key are found again or proposed.

name "Tafel", one art        0 m ── A
                            29 m ── B     reported with A
                            60 m ── C     31 m from B: not reported
"""

from pathlib import Path
from typing import Any

import pytest
from intake.recipes import ANGEBOTE, angebot, with_, write

from infrastruktur.domain.adresse import Adresse
from infrastruktur.domain.angebot import Angebot, Standort
from infrastruktur.intake.conflate import find_candidates, find_duplicates
from infrastruktur.intake.geocode import build_table
from infrastruktur.intake.plan import make_plan
from infrastruktur.intake.reading import load_addresses, read_source
from infrastruktur.intake.standorte import share_standorte

X, Y = 294_000.0, 5_629_000.0
KEYLESS = with_(ANGEBOTE, schluessel=(), max_anteil_verschwunden=1.0)


def test_a11_near_duplicates_are_reported() -> None:
    rows = [angebot(key, "Tafel", (X + shift, Y)) for key, shift in (("A", 0), ("B", 29), ("C", 60))]
    others = [angebot("D", "Tafel", (X, Y), art="quartier.mittagstisch"), angebot("E", "Suppenküche", (X, Y))]
    pairs = find_duplicates([*rows, *others, angebot("F", "Tafel")])
    assert [(pair.a.schluessel, pair.b.schluessel, pair.grund) for pair in pairs] == [
        ("A", "B", "gleicher Name, 29 m entfernt")
    ]


def keyless(*current: Angebot, drafts: tuple[Angebot, ...]) -> tuple[int, list[str], list[tuple[str, str]], list[str]]:
    plan = make_plan({each.schluessel: each for each in current}, drafts, (), KEYLESS)
    proposed = [(pair.a.schluessel, pair.grund) for pair in plan.vorgeschlagen]
    return plan.unveraendert + len(plan.geaendert), [each.name for each in plan.neu], proposed, list(plan.verschwunden)


def test_a_row_without_key_is_found_by_name_art_and_address() -> None:
    known = angebot("k1", "Die Tafel", strasse="Hauptstraße")
    row = angebot("zufall", "die  TAFEL", strasse="Hauptstr.")
    assert keyless(known, drafts=(row,)) == (1, [], [], [])


def test_what_is_similar_is_proposed_and_neither_new_nor_gone() -> None:
    known = (
        angebot("k1", "Tafel Nord", strasse="Nordstraße"),
        angebot("k2", "Tafel Süd", strasse="Südstraße"),
        angebot("k3", "Tafel West", (X, Y)),
        angebot("k4", "Tafel Ost", strasse="Oststraße"),
        angebot("k5", "Tafel Mitte", strasse="Mitte"),
    )
    drafts = (
        angebot("d1", "Tafel Nord", strasse="Neue Straße"),
        angebot("d2", "Tafel anders", strasse="Südstr."),
        angebot("d3", "Tafel am Bach", (X + 20, Y), strasse="Bach"),
        angebot("d4", "Ganz neu", strasse="Weit weg"),
        angebot("d5", "Tafel Mitte", strasse="Mitte"),
    )
    assert keyless(*known, drafts=drafts) == (
        1,
        ["Ganz neu"],
        [("k1", "gleicher Name"), ("k2", "gleiche Adresse"), ("k3", "20 m entfernt")],
        ["k4"],
    )


def test_addresses_match_exactly_or_not_at_all(tmp_path: Path) -> None:
    table = write(
        tmp_path,
        "street,housenumber,postcode,city,lon,lat\n"
        "Beispielstraße,1,52062,Ort,6.08,50.77\n"
        "Doppelweg,2,52062,Ort,6.08,50.77\nDoppelweg,2,52062,Ort,6.09,50.77\n",
        "adressen.csv",
    )
    head = "Schlüssel;Art;Name;Straße;Hausnummer;PLZ;Ort\n"
    rows = ("Beispielstr.;1", "Beispielstraße;1 a", "Doppelweg;2")
    text = "".join(f"{n};quartier.tafel;Tafel {n};{row};52062;Ort\n" for n, row in enumerate(rows))
    write(tmp_path, head + text)
    reading = read_source(ANGEBOTE, tmp_path, adressen=table)
    assert [angebot.standort.punkt_25832 is not None for angebot in reading.angebote] == [True, False, False]
    assert (reading.zaehlung["Adresse gefunden"], reading.zaehlung["ohne Punkt"]) == (1, 2)
    assert len(load_addresses(table).points) == 2


def test_two_points_of_one_house_are_no_ambiguity() -> None:
    rows = [Adresse("Weg", "1", "52062", (X + shift, Y)) for shift in (0.0, 20.0)]
    assert build_table(rows).find(angebot("a").standort) is None
    assert list(build_table(rows).points.values()) == [(X, Y)]


def test_rows_that_share_a_standort_state_it_once() -> None:
    first, second = angebot("s", "A", strasse="Hauptstr."), angebot("s", "B", (X, Y), strasse="Nebenweg")
    (a, b), hints = share_standorte([first, second])
    assert a.standort == b.standort
    assert (a.standort.strasse, a.standort.punkt_25832) == ("Hauptstr.", (X, Y))
    assert hints == ("Standort „s“: die Zeilen nennen Verschiedenes (strasse); es gilt die erste.",)


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        ({}, ("gleicher Name", "0 m entfernt")),
        ({"at": (999, 0)}, ("gleicher Name",)),
        ({"at": (1001, 0)}, ()),
        ({"at": None}, ("gleicher Name",)),
        ({"at": (29, 0), "name": "Alter Anker"}, ("29 m entfernt",)),
        ({"at": (31, 0), "name": "Alter Anker"}, ()),
        ({"name": "Haus"}, ()),
        ({"name": "Haus", "traeger": "der verein"}, ("0 m entfernt",)),
        ({"at": (500, 0), "name": "Haus", "strasse": "Am Kai"}, ("gleiche Adresse",)),
        ({"art": "beratung.pflege"}, ()),
    ],
)
def test_what_a_new_one_may_be_already(other: dict[str, Any], reasons: tuple[str, ...]) -> None:
    new = stated({"strasse": "am  Kai", "traeger": "Der Verein"})
    known = stated(other)
    found = find_candidates(new, [known])
    assert found == ({known.id: reasons} if reasons else {})


def stated(said: dict[str, Any]) -> Angebot:
    said = {
        "name": "Café Anker",
        "art": "quartier.seniorentreff",
        "at": (0, 0),
        "traeger": "",
        "strasse": "Gasse",
    } | said
    at = said.pop("at")
    place = Standort(
        schluessel="x",
        strasse=said.pop("strasse"),
        hausnummer="3",
        punkt_25832=None if at is None else (300_000.0 + at[0], 5_630_000.0 + at[1]),
    )
    return Angebot(quelle="q", schluessel=repr(said), standort=place, **said)
