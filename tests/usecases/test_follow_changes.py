"""Whoever follows the changes has the same catalogue in the end, whatever happened, and sees nothing that is hidden."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from counts import HEAVY, examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.statements import QUELLE, angebot, raum, state, state_raeume

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.meldung import Meldung, Vorgang
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.domain.raum import Ebene
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.history import Change
from infrastruktur.storage.tables import angebot as table
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.follow_changes import Stelle, follow_changes

AMT = Person(kennung="token:amt", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT),))
WRITERS, EACH = (8, 200) if HEAVY else (4, 12)
VOID = sa.text("SELECT id FROM angebot WHERE NOT EXISTS (SELECT 1 FROM angebot_status WHERE angebot = angebot.id)")


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    with closing(open_context(store_settings)) as opened:
        yield opened


def put(context: Context, *stated: Any) -> None:
    state(context.store.of_installation(), *stated)


def follow(context: Context, since: Stelle | None = None, limit: int = 3) -> list[Meldung]:
    """Ask until nothing more is told."""
    told: list[Meldung] = []
    while True:
        folge = follow_changes(context, since, limit)
        told += folge.meldungen
        if not folge.meldungen:
            assert folge.weiter == since
            return told
        since = folge.weiter


def said(meldungen: list[Meldung]) -> list[tuple[str, str]]:
    names = {angebot(key).id: key for key in "ABCD"}
    return [(names.get(each.id, each.id), each.vorgang.value) for each in meldungen]


def test_what_comes_changes_and_goes_is_told_in_order(context):
    put(context, angebot("A"), angebot("B"))
    put(context, angebot("A", name="Anders"))
    put(context, angebot("B", status=()))
    assert said(follow(context)) == [("A", "neu"), ("B", "neu"), ("A", "geaendert"), ("B", "entfernt")]
    assert [each.version for each in follow(context)] == [1, 1, 2, 2]
    assert {each.akteur for each in follow(context)} == {None}
    assert {each.akteur for each in follow(context.for_reader(AMT))} == {"pruefung"}


def test_the_public_is_told_that_what_became_confidential_has_gone_and_nothing_before_it_comes(context):
    put(context, angebot("A"), angebot("B", vertraulich=True))
    put(context, angebot("A", vertraulich=True))
    put(context, angebot("A", vertraulich=True, name="Umbenannt"), angebot("B", vertraulich=True, name="Umbenannt"))
    assert said(follow(context)) == [("A", "neu"), ("A", "entfernt")]
    put(context, angebot("B"))
    assert said(follow(context))[2:] == [("B", "neu")]
    kinds = [kind for _, kind in said(follow(context.for_reader(AMT)))]
    assert kinds == ["neu", "neu", "geaendert", "geaendert", "geaendert", "geaendert"]


def test_neighbours_go_and_come_with_their_standort(context):
    home = angebot("A").standort
    put(context, angebot("A"), angebot("B", standort=home))
    put(context, angebot("A", ort_vertraulich=True))
    put(context, angebot("A"))
    assert said(follow(context))[2:] == [("A", "entfernt"), ("B", "entfernt"), ("A", "neu"), ("B", "neu")]


def test_areas_are_told_by_their_key(context):
    state_raeume(context.store.of_installation(), raum("05334002", Ebene.KOMMUNE), raum("05334002-S01"))
    told = [(each.kollektion, each.id, each.vorgang.value, each.version) for each in follow(context)]
    assert told == [("kommunen", "05334002", "neu", None), ("sozialraeume", "05334002-S01", "neu", None)]


def test_an_unknown_place_is_refused_and_an_empty_catalogue_tells_nothing(context):
    assert follow(context) == []
    with pytest.raises(InvalidParameter, match="von vorn lesen"):
        follow_changes(context, Stelle("2026-01-01T00:00:00.000000+00:00", angebot("A").id), 10)


STATEMENTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Eins", "Zwei"]),
        "art": st.sampled_from(["pflege.tagespflege", "pflege.wg_selbst"]),
        "vertraulich": st.booleans(),
        "ort_vertraulich": st.booleans(),
    },
    optional={"status": st.just(())},
)


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from("ABC"), STATEMENTS), max_size=6), limit=st.integers(1, 4))
def test_a_copy_is_the_catalogue_whatever_happened(context, steps, limit):
    for key, stated in steps:
        put(context, angebot(key, **stated))
    for reader in (context, context.for_reader(AMT)):
        copy: set[str] = set()
        for each in follow(reader, limit=limit):
            assert (each.id in copy) == (each.vorgang is not Vorgang.NEU)
            copy = copy - {each.id} if each.vorgang is Vorgang.ENTFERNT else copy | {each.id}
        with context.store.of_installation().read() as conn:
            stands = sa.select(table.c.id).where(table.c.oeffentlich if reader.public else sa.true())
            assert copy == set(conn.scalars(stands)) - set(conn.scalars(VOID))


def test_e07_who_polls_while_many_write_misses_nothing(context):
    """Writers of one installation, each on a connection of its own, and a reader that asks all the time."""

    def write(writer: int) -> None:
        store = context.store.of_installation()
        for number in range(EACH):
            with store.write() as conn:
                change = Change(quelle=QUELLE, neu=(angebot(f"{writer}-{number}"),))
                apply_angebote(conn, change, akteur="import", grund="")

    told: list[Meldung] = []
    since: Stelle | None = None
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        while not all(each.done() for each in writing):
            folge = follow_changes(context, since, 50)
            told += folge.meldungen
            since = folge.weiter
        for each in writing:
            each.result()
    told += follow(context, since, 50)
    expected = [angebot(f"{writer}-{number}").id for writer in range(WRITERS) for number in range(EACH)]
    assert sorted(each.id for each in told) == sorted(expected)
    assert [each.zeitpunkt for each in told] == sorted(each.zeitpunkt for each in told)
