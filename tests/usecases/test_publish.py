"""Tables are computed once per state of the data, and shown only as far as the whole table may be."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from threading import Barrier, Event
from time import sleep

import msgspec
import pytest
import sqlalchemy as sa
from routing.drawn import drawn
from usecases.stolberg import HAUS_A, PEOPLE, RAEUME, REGION, S03A, S03B, STOLBERG, register, stolberg
from usecases.strassendorf import (
    S1,
    STICHTAG,
    angebot,
    catalogue,
    cells,
    places,
    row,
    rows,
    seen_by,
    state,
    village,
)

from infrastruktur.settings import Audience
from infrastruktur.storage.tables import ergebnis
from infrastruktur.usecases import assess_provision as provision_room
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import _KEPT as KEPT
from infrastruktur.usecases.context import Memory, open_context
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.take_bestand import take_bestand

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
HALVES = cells({300: 50, 690: 50, 1500: 100})
LATER = date(2026, 1, 31)
FEW = PEOPLE | {S03B: (120, 0, 0, 9)}
"""Nine people of 80 and over in S03b."""


def zaehler(context, stichtag=None):
    return row(assess_provision(context, stichtag=stichtag, indicator="vq_dp80"), gebiet=S03A)["zaehler"]


def count_kept(context):
    with context.store.of_installation().read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(ergebnis))


# Secrecy and narrower questions


@pytest.mark.parametrize("only", [{"ebene": "sozialraum"}, {"indicator": "vq_kzp"}, {"ebene": "kommune"}])
def test_h05_a_narrower_question_shows_no_more_than_the_whole(store_settings, only):
    with catalogue(
        store_settings, RAEUME, (HAUS_A,), zaehlung=tuple(register(FEW)), audience=Audience.PUBLIC
    ) as context:
        whole, narrow = assess_provision(context), assess_provision(context, **only)
    assert rows(narrow) == rows(whole, **only)
    assert 0 < len(narrow.zeilen) < len(whole.zeilen)
    hidden = {each["gebiet"] for each in rows(whole, indicator="vq_dp80", grund="geheim")}
    assert hidden == {S03A, S03B}


def test_h05_one_target_alone_hides_what_all_targets_hide(store_settings):
    with village(store_settings, (TREFF,), (HALVES,), audience=Audience.PUBLIC) as context:
        for whole, narrow in (
            (assess_coverage(context, CoverageFrage()), assess_coverage(context, CoverageFrage(ziel="begegnung"))),
            (find_gaps(context), find_gaps(context, ziel="begegnung")),
        ):
            assert rows(narrow) == rows(whole, ziel="begegnung")


# Once per state of the data


def test_h09_an_edit_is_seen_at_once(store_settings):
    with stolberg(store_settings) as context:
        assert zaehler(context) == 80
        state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=places(90)))
        assert zaehler(context) == 90


def test_an_edit_through_another_process_is_seen_at_once(store_settings):
    with stolberg(store_settings) as context, closing(open_context(context.settings)) as other:
        assert zaehler(context) == zaehler(other) == 80
        state(other, msgspec.structs.replace(HAUS_A, kapazitaeten=places(90)))
        assert zaehler(context) == 90


def test_h09_another_network_is_another_figure(store_settings):
    frage = CoverageFrage(ziel="begegnung")
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        first = assess_coverage(context, frage)
        drawn("T-E", context.settings.home)
        second = assess_coverage(context, frage)
    assert first.herkunft.netz != second.herkunft.netz
    assert row(first, gebiet=S1)["erreicht"] == pytest.approx(105)
    assert row(second, gebiet=S1)["erreicht"] == pytest.approx(60), "the street now ends long before 690 m"


def test_a_usual_table_outlives_the_process(store_settings, monkeypatch):
    with stolberg(store_settings) as context:
        first = assess_provision(context)
        monkeypatch.setattr(provision_room, "read_population", lambda *_: pytest.fail("computed again"))
        with closing(open_context(context.settings)) as restarted:
            second = assess_provision(restarted)
    assert rows(second) == rows(first)
    assert {type(each["stichtag_nenner"]) for each in rows(second, indicator="vq_dp80")} == {date}
    assert second.herkunft == first.herkunft


def test_staff_and_public_never_share_a_table(store_settings):
    flat = angebot("WG", "pflege.wg_selbst", 500, kapazitaeten=places(8))
    with stolberg(store_settings, flat) as context:
        told = {
            audience: row(assess_provision(seen_by(context, audience), indicator="vq_wg"), gebiet=STOLBERG)["zaehler"]
            for audience in (Audience.STAFF, Audience.PUBLIC, Audience.STAFF)
        }
    assert told == {Audience.STAFF: 8, Audience.PUBLIC: None}, "what is hidden is unknown, no nought"


def test_only_usual_questions_are_kept(store_settings):
    own = CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab75")
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        for ask in (
            lambda: assess_coverage(context, own),
            lambda: assess_coverage(context, CoverageFrage(stichtag=LATER)),
            lambda: assess_provision(context, stichtag=LATER),
            lambda: find_gaps(context, stichtag=LATER),
            lambda: take_bestand(context, vergleich=date(2024, 12, 31)),
        ):
            ask()
            assert count_kept(context) == 0
        for number, usual in enumerate(
            (
                lambda: assess_coverage(context, CoverageFrage(ebene="kommune")),
                lambda: assess_provision(context, indicator="vq_dp80"),
                lambda: find_gaps(context),
                lambda: take_bestand(context),
            ),
            1,
        ):
            usual()
            usual()
            assert count_kept(context) == number


def test_every_table_names_its_state_and_sources(store_settings):
    with stolberg(store_settings) as context:
        herkunft = assess_provision(context).herkunft
        assert (herkunft.stichtag, herkunft.datenstand, herkunft.netz) == (STICHTAG, context.revision(), None)
        state(context, msgspec.structs.replace(HAUS_A, name="Haus A1"))
        assert assess_provision(context).herkunft.datenstand != herkunft.datenstand


def test_without_a_day_the_region_s_stichtag_holds(store_settings):
    with closing(open_context(store_settings)) as empty:
        assert choose_stichtag(empty, None) == date.today()  # noqa: DTZ011 - a local day
    with stolberg(store_settings) as context:
        assert choose_stichtag(context, None) == STICHTAG
        assert choose_stichtag(context, date(2027, 1, 1)) == date(2027, 1, 1)
        assert row(take_bestand(context), gebiet=REGION, art="pflege.tagespflege")["stichtag"] == STICHTAG


# One process


def test_j02_one_key_is_computed_once_under_threads():
    memory, together, computed = Memory(), Barrier(8), []

    def compute() -> int:
        computed.append(1)
        sleep(0.05)  # long enough for the other seven to ask
        return 42

    def ask(_: int) -> int:
        together.wait(5)
        return memory.recall("key", compute)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [42] * 8
    assert computed == [1]


def test_a_slow_key_holds_up_no_other():
    memory, begun, go_on = Memory(), Event(), Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(5)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(memory.recall, "slow", slow)
        assert begun.wait(5)
        assert memory.recall("fast", lambda: "fast") == "fast"
        assert not pending.done()
        go_on.set()
        assert pending.result(5) == "slow"


def test_one_answer_may_ask_for_another():
    memory = Memory()
    assert memory.recall("outer", lambda: memory.recall("inner", lambda: 1) + 1) == 2


def test_what_failed_is_tried_again():
    memory = Memory()

    def fail() -> int:
        raise RuntimeError("not yet")

    with pytest.raises(RuntimeError):
        memory.recall("key", fail)
    assert memory.recall("key", lambda: 1) == 1
    assert not memory._companies, "a question that fails leaves nothing behind"


def test_the_newest_values_are_kept_and_older_ones_computed_again():
    memory, computed = Memory(), []
    for key in range(KEPT + 1):
        memory.recall(key, lambda key=key: computed.append(key))
    memory.recall(KEPT, lambda: computed.append("again"))
    memory.recall(0, lambda: computed.append("again"))
    assert computed == [*range(KEPT + 1), "again"]
