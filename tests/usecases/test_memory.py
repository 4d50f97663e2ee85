"""What several wait for is computed once, and until the last of them has left."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.waiting import check_waiting, waited_for
from infrastruktur.usecases.context import Memory


class Kitchen:
    """A memory in which one value takes until it is said to be done, or nobody waits."""

    def __init__(self, cooks: ThreadPoolExecutor) -> None:
        self.memory, self.cooks = Memory(), cooks
        self.begun, self.done, self.times = Event(), Event(), 0

    def ask(self, left: Event) -> "Future[str]":
        def recall() -> str:
            with waited_for(left.is_set):
                return self.memory.recall("suppe", self._cook)

        return self.cooks.submit(recall)

    def second_in_line(self, left: Event) -> "Future[str]":
        """Ask when another computes, and come back when this one stands in line."""
        assert self.begun.wait(5)
        company = self.memory._companies["suppe"]
        asked = self.ask(left)
        while len(company.waiting) < 2:
            assert not asked.done()
        return asked

    def _cook(self) -> str:
        self.times += 1
        self.begun.set()
        while not self.done.wait(0.005):
            check_waiting()
        return "Suppe"


@pytest.fixture
def kitchen() -> Iterator[Kitchen]:
    with ThreadPoolExecutor(3) as cooks:
        kitchen = Kitchen(cooks)
        yield kitchen
        kitchen.done.set()


def test_it_goes_on_for_another_when_the_first_leaves(kitchen: Kitchen) -> None:
    first_left = Event()
    kitchen.ask(first_left)
    second = kitchen.second_in_line(Event())
    first_left.set()
    assert not second.done()
    kitchen.done.set()
    assert second.result(5) == "Suppe"
    assert kitchen.times == 1


def test_who_waits_for_another_leaves_and_the_first_is_served(kitchen: Kitchen) -> None:
    second_left = Event()
    first = kitchen.ask(Event())
    second = kitchen.second_in_line(second_left)
    second_left.set()
    with pytest.raises(Cancelled):
        second.result(5)
    assert not first.done()
    kitchen.done.set()
    assert first.result(5) == "Suppe"


def test_it_stops_when_all_have_left_and_begins_anew_for_the_next(kitchen: Kitchen) -> None:
    all_left = Event()
    asked = [kitchen.ask(all_left), kitchen.second_in_line(all_left)]
    all_left.set()
    for each in asked:
        with pytest.raises(Cancelled):
            each.result(5)
    kitchen.done.set()
    assert kitchen.ask(Event()).result(5) == "Suppe"
    assert kitchen.times == 2


def test_what_is_there_is_given_even_to_who_has_left(kitchen: Kitchen) -> None:
    kitchen.done.set()
    assert kitchen.ask(Event()).result(5) == "Suppe"
    left = Event()
    left.set()
    assert kitchen.ask(left).result(5) == "Suppe"
    assert kitchen.times == 1


def test_what_is_asked_for_again_outlasts_what_was_asked_for_once() -> None:
    memory, computed = Memory(), []
    for number in range(1000):
        memory.recall(number, lambda: None)
        memory.recall("everywhere", lambda: computed.append("everywhere"))
    memory.recall(0, lambda: computed.append("0"))
    assert computed == ["everywhere", "0"]
