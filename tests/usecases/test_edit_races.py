"""Who changes the same entry at the same time: whoever is let in counts, whoever is not changes nothing (E01)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from itertools import pairwise
from time import perf_counter

import pytest
from counts import HEAVY
from usecases.stolberg import RAEUME
from usecases.strassendorf import STREET_Y, WEST

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import Outdated
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.history import Change, list_schritte
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.edit_angebot import Ergebnis, Umstaende, change_angebot, create_angebot

TASKS, EDITS = (50, 200) if HEAVY else (8, 20)
HEUTE = date.today()  # noqa: DTZ011 - a local day
SECONDS_PER_EDIT = 1.0
"""Far above what an edit takes (20 ms); a lock that is waited for to its end would show."""


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    with closing(open_context(store_settings)) as opened:
        with opened.store.of_installation().write() as connection:
            apply_raeume(connection, Change(quelle="gezeichnet", neu=RAEUME), akteur="test", grund="gezeichnet")
        yield opened


def person(context: Context, number: int) -> Context:
    right = Zustaendigkeit(rolle=Rolle.FACHAMT)
    return context.for_reader(Person(kennung=f"token:{number}", zustaendigkeiten=(right,)))


def how(*versions: str, schluessel: str = "") -> Umstaende:
    expected = frozenset(versions) if versions else None
    return Umstaende(
        kollektion="quartiersangebote",
        tag=HEUTE,
        erwartet=expected,
        schluessel=schluessel,
        pruefsumme=schluessel,
    )


def begin(context: Context, schluessel: str = "") -> Ergebnis:
    felder = {"name": "Treff", "art": "quartier.seniorentreff"}
    eingabe = Eingabe(felder=felder, punkt_25832=(WEST + 500, STREET_Y))
    return create_angebot(context, eingabe, how(schluessel=schluessel))


def version_of(context: Context, id_: str) -> str:
    with context.store.read() as connection:
        found = find_bestand(connection, id_)
    assert found is not None
    return found.version


def test_e01_racing_edits_lose_none(context) -> None:
    treff = begin(person(context, 0))

    def edit_often(number: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for edit in range(EDITS):
            known = version_of(context, treff.id)
            eingabe = Eingabe(felder={"name": f"{number}/{edit}"})
            try:
                change_angebot(person(context, number), treff.id, eingabe, how(known), ganz=False)
                counted["angenommen"] += 1
            except Outdated:
                counted["veraltet"] += 1
        return counted

    begun_s = perf_counter()
    with ThreadPoolExecutor(TASKS) as pool:
        total = sum(pool.map(edit_often, range(TASKS)), Counter())
    assert perf_counter() - begun_s < SECONDS_PER_EDIT * TASKS * EDITS
    assert total.total() == TASKS * EDITS
    assert version_of(context, treff.id).partition(".")[0] == str(1 + total["angenommen"])
    assert total["angenommen"] >= EDITS
    with context.store.read() as connection:
        schritte = list_schritte(connection, treff.id)
    assert len(schritte) == 1 + total["angenommen"]
    assert all(earlier.nachher == later.vorher for earlier, later in pairwise(schritte))
    names = [each.nachher.name for each in schritte if each.nachher]
    assert len(set(names)) == len(names)


def test_e04_one_request_sent_by_many_at_once_makes_one_entry(context) -> None:
    west = person(context, 1)
    with ThreadPoolExecutor(TASKS) as pool:
        made = list(pool.map(lambda _: begin(west, "derselbe"), range(TASKS)))
    assert len({each.id for each in made}) == 1
    assert all(each == made[0] for each in made)
