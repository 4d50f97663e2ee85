"""Jobs: what waits, what runs, what is shared and what is kept, with work that does what the test says."""

import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from infrastruktur.domain.errors import (
    Busy,
    Cancelled,
    Grund,
    LimitExceeded,
    NoSuchJob,
    NotAssessable,
    ResultNotReady,
)
from infrastruktur.domain.progress import tell
from infrastruktur.domain.waiting import check_waiting
from infrastruktur.settings import Limits
from infrastruktur.usecases.jobs import Jobs, Zustand

LIMITS = Limits(jobs_at_once=1, jobs_waiting=2, jobs_kept=6, jobs_bytes=100, jobs_s=60)
SOON = 5.0


@dataclass
class Work:
    """Work that begins, tells, and goes on when it may; it heeds whether anybody waits."""

    result: bytes = b"42"
    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    runs: int = 0

    def __call__(self) -> bytes:
        self.runs += 1
        tell("Erster Schritt", 0.25)
        self.begun.set()
        while not self.may_end.wait(0.005):
            check_waiting()
        return self.result


@dataclass
class Clock:
    moment: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs(clock):
    with closing(Jobs[bytes](LIMITS, clock)) as opened:
        yield opened


def wait_for(jobs, job_id, *states):
    ended = threading.Event()
    for _ in range(1000):
        if jobs.find(job_id).zustand in states:
            return jobs.find(job_id)
        ended.wait(0.005)
    raise AssertionError(jobs.find(job_id))


def done(result: bytes = b"42") -> Work:
    work = Work(result)
    work.may_end.set()
    return work


def test_a_job_waits_runs_and_has_a_result(jobs):
    first, second = Work(), Work(b"43")
    one = jobs.submit("siting", 1, first)
    assert first.begun.wait(SOON)
    two = jobs.submit("siting", 2, second)
    assert jobs.find(two.id).zustand is Zustand.ACCEPTED
    running = jobs.find(one.id)
    assert (running.zustand, running.schritt, running.prozent) == (Zustand.RUNNING, "Erster Schritt", 25)
    with pytest.raises(ResultNotReady):
        jobs.read_result(one.id)
    first.may_end.set()
    second.may_end.set()
    assert wait_for(jobs, one.id, Zustand.SUCCESSFUL).prozent == 100
    wait_for(jobs, two.id, Zustand.SUCCESSFUL)
    assert (jobs.read_result(one.id), jobs.read_result(two.id)) == (b"42", b"43")


def test_an_equal_question_is_computed_once_while_it_runs_and_after(jobs):
    work = Work()
    one, two = jobs.submit("siting", 1, work), jobs.submit("siting", 1, work)
    assert one.id != two.id, "nobody learns the address of another's job"
    work.may_end.set()
    wait_for(jobs, two.id, Zustand.SUCCESSFUL)
    three = jobs.submit("siting", 1, work)
    assert three.zustand is Zustand.SUCCESSFUL
    assert [jobs.read_result(each.id) for each in (one, two, three)] == [b"42"] * 3
    assert work.runs == 1


def test_another_key_is_another_question(jobs):
    work = done()
    for key in (("r1", "frage"), ("r2", "frage")):
        wait_for(jobs, jobs.submit("siting", key, work).id, Zustand.SUCCESSFUL)
    assert work.runs == 2


def test_who_gives_up_takes_nothing_from_who_asked_the_same(jobs):
    work = Work()
    one, two = jobs.submit("siting", 1, work), jobs.submit("siting", 1, work)
    assert work.begun.wait(SOON)
    assert jobs.dismiss(one.id).zustand is Zustand.DISMISSED
    work.may_end.set()
    wait_for(jobs, two.id, Zustand.SUCCESSFUL)
    assert jobs.read_result(two.id) == b"42"
    assert jobs.find(one.id).zustand is Zustand.DISMISSED
    with pytest.raises(NoSuchJob):
        jobs.read_result(one.id)


def test_work_that_nobody_waits_for_stops_and_the_next_begins(jobs):
    endless, following = Work(), done()
    one = jobs.submit("siting", 1, endless)
    assert endless.begun.wait(SOON)
    two = jobs.submit("siting", 2, following)
    jobs.dismiss(one.id)
    wait_for(jobs, two.id, Zustand.SUCCESSFUL)
    assert not endless.may_end.is_set()


def test_who_asks_again_after_giving_up_gets_new_work(jobs):
    endless, again = Work(), done()
    jobs.dismiss(jobs.submit("siting", 1, endless).id)
    job = jobs.submit("siting", 1, again)
    wait_for(jobs, job.id, Zustand.SUCCESSFUL)
    assert again.runs == 1


def test_what_waits_and_is_given_up_is_never_begun(jobs):
    first, second = Work(), Work()
    jobs.submit("siting", 1, first)
    assert first.begun.wait(SOON)
    jobs.dismiss(jobs.submit("siting", 2, second).id)
    first.may_end.set()
    third = done()
    wait_for(jobs, jobs.submit("siting", 3, third).id, Zustand.SUCCESSFUL)
    assert second.runs == 0


def test_a_job_may_be_given_up_twice_and_after_its_end(jobs):
    work = done()
    job = jobs.submit("siting", 1, work)
    wait_for(jobs, job.id, Zustand.SUCCESSFUL)
    assert [jobs.dismiss(job.id).zustand for _ in range(2)] == [Zustand.DISMISSED] * 2
    wait_for(jobs, jobs.submit("siting", 1, work).id, Zustand.SUCCESSFUL)
    assert work.runs == 2, "its result was given up with it"


def test_why_there_is_no_result_is_said_and_the_next_try_is_a_new_one(jobs):
    tries = []

    def fail() -> bytes:
        tries.append(1)
        raise NotAssessable(Grund.KEINE_DATEN, "Keine Quelle.")

    for number in (1, 2):
        job = jobs.submit("siting", 1, fail)
        failed = wait_for(jobs, job.id, Zustand.FAILED)
        assert str(failed.fehler) == "Keine Quelle."
        with pytest.raises(NotAssessable):
            jobs.read_result(job.id)
        assert len(tries) == number


def test_a_defect_ends_its_job_only_and_is_logged(jobs, caplog):
    def break_down() -> bytes:
        raise RuntimeError("kaputt")

    wait_for(jobs, jobs.submit("siting", 1, break_down).id, Zustand.FAILED)
    assert "kaputt" in caplog.text
    wait_for(jobs, jobs.submit("siting", 2, done()).id, Zustand.SUCCESSFUL)


def test_as_many_wait_as_may_and_no_more(jobs):
    running = Work()
    jobs.submit("siting", 0, running)
    assert running.begun.wait(SOON)
    for key in range(LIMITS.jobs_waiting):
        jobs.submit("siting", key + 1, Work())
    with pytest.raises(Busy):
        jobs.submit("siting", 99, Work())
    assert jobs.submit("siting", 1, Work()).zustand is Zustand.ACCEPTED, "what waits already may be joined"


def test_as_many_jobs_are_kept_as_may_be_and_the_oldest_that_ended_goes_first(jobs):
    ended = [jobs.submit("siting", key, done()) for key in range(1)]
    wait_for(jobs, ended[0].id, Zustand.SUCCESSFUL)
    running = Work()
    open_jobs = [jobs.submit("siting", "x", running) for _ in range(LIMITS.jobs_kept - 1)]
    assert jobs.find(ended[0].id)
    jobs.submit("siting", "x", running)
    with pytest.raises(NoSuchJob):
        jobs.find(ended[0].id)
    with pytest.raises(Busy):
        jobs.submit("siting", "x", running)
    assert all(jobs.find(each.id) for each in open_jobs)


def test_no_more_bytes_are_kept_than_may_be(jobs):
    ids = []
    for key in range(3):
        ids.append(jobs.submit("siting", key, done(b"x" * 40)).id)
        wait_for(jobs, ids[-1], Zustand.SUCCESSFUL)
    assert [len(jobs.read_result(each)) for each in ids[1:]] == [40, 40]
    with pytest.raises(NoSuchJob, match="nicht mehr aufbewahrt"):
        jobs.read_result(ids[0])


@pytest.mark.parametrize(("size", "state"), [(100, Zustand.SUCCESSFUL), (101, Zustand.FAILED)])
def test_a_result_that_is_larger_than_all_that_is_kept_is_refused(jobs, size, state):
    job = wait_for(jobs, jobs.submit("siting", 1, done(b"x" * size)).id, Zustand.SUCCESSFUL, Zustand.FAILED)
    assert job.zustand is state
    assert isinstance(job.fehler, LimitExceeded) == (state is Zustand.FAILED)


def test_a_job_is_forgotten_a_while_after_its_end(jobs, clock):
    job = jobs.submit("siting", 1, done())
    wait_for(jobs, job.id, Zustand.SUCCESSFUL)
    clock.moment += timedelta(seconds=LIMITS.jobs_s - 1)
    assert jobs.read_result(job.id)
    clock.moment += timedelta(seconds=1)
    with pytest.raises(NoSuchJob):
        jobs.find(job.id)
    work = done()
    wait_for(jobs, jobs.submit("siting", 1, work).id, Zustand.SUCCESSFUL)
    assert work.runs == 1


def test_an_address_is_not_to_be_guessed(jobs):
    ids = {jobs.submit("siting", 1, done()).id for _ in range(LIMITS.jobs_kept)}
    assert len(ids) == LIMITS.jobs_kept
    assert {len(each) for each in ids} == {32}
    with pytest.raises(NoSuchJob):
        jobs.find("1")


def test_closing_gives_up_what_runs(clock):
    opened = Jobs[bytes](LIMITS, clock)
    work = Work()
    job = opened.submit("siting", 1, work)
    assert work.begun.wait(SOON)
    opened.close()
    assert opened.find(job.id).zustand is Zustand.DISMISSED


def test_several_run_at_once_where_the_machine_allows_it(clock):
    with closing(Jobs[bytes](msgspec.structs.replace(LIMITS, jobs_at_once=2), clock)) as opened:
        works = [Work(), Work()]
        for key, work in enumerate(works):
            opened.submit("siting", key, work)
        assert all(work.begun.wait(SOON) for work in works)


def test_progress_never_goes_back(jobs):
    told, may_end = threading.Event(), threading.Event()

    def tell_twice() -> bytes:
        tell("Später", 0.5)
        tell("Früher", 0.1)
        told.set()
        assert may_end.wait(SOON)
        return b""

    job = jobs.submit("siting", 1, tell_twice)
    assert told.wait(SOON)
    assert (jobs.find(job.id).schritt, jobs.find(job.id).prozent) == ("Früher", 50)
    may_end.set()


def test_cancelled_work_is_no_failure_of_who_joined_later(jobs):
    endless = Work()
    first = jobs.submit("siting", 1, endless)
    assert endless.begun.wait(SOON)
    jobs.dismiss(first.id)
    job = wait_for(jobs, jobs.submit("siting", 1, done()).id, Zustand.SUCCESSFUL, Zustand.FAILED)
    assert not isinstance(job.fehler, Cancelled)
    assert job.zustand is Zustand.SUCCESSFUL
