"""Long work as jobs: it waits its turn, says how far it is, can be given up, and its result is kept for a while.

A job is somebody's question; its work is what is computed. Who asks what another asked already gets a job of their
own on the same work, so that nothing is computed twice, nobody learns of another's job, and giving up one takes nothing
from another: work stops when the last of its jobs is given up. Keys of work carry the revision of all that an answer
depends on, so an answer that has gone stale is never found again by who asks anew.

All of this lives in one process: a restart forgets jobs, and who comes back asks anew.
"""

import logging
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from threading import Event, RLock
from typing import Generic, TypeVar

from infrastruktur.domain.errors import Busy, Cancelled, InfrastrukturError, LimitExceeded, NoSuchJob, ResultNotReady
from infrastruktur.domain.progress import told_to
from infrastruktur.domain.waiting import check_waiting, waited_for
from infrastruktur.settings import Limits

T = TypeVar("T", bound=Sized)
_LOG = logging.getLogger(__name__)
_ID_BYTES = 24
"""192 bits nobody guesses: an id is what a job is read and given up by."""


class Zustand(StrEnum):
    """Where a job stands, in the words of OGC API Processes Part 1 (7.12, statusCode)."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Stand:
    """A job as it stands at one moment; `prozent` is of the whole work, `fehler` why there is no result."""

    id: str
    frage: str
    zustand: Zustand
    schritt: str
    prozent: int
    angelegt: datetime
    begonnen: datetime | None
    beendet: datetime | None
    fehler: Exception | None


@dataclass(eq=False)
class _Work(Generic[T]):
    """What is computed, for the jobs that wait for it."""

    key: Hashable
    compute: Callable[[], T]
    jobs: set[str] = field(default_factory=set)
    left: Event = field(default_factory=Event)
    step: str = ""
    share: float = 0.0
    began: datetime | None = None
    ended: datetime | None = None
    result: T | None = None
    error: Exception | None = None

    @property
    def open(self) -> bool:
        return self.ended is None

    @property
    def state(self) -> Zustand:
        if self.ended is None:
            return Zustand.ACCEPTED if self.began is None else Zustand.RUNNING
        return Zustand.SUCCESSFUL if self.error is None else Zustand.FAILED

    def hear(self, step: str, share: float) -> None:
        # A part of the work that tells less than was told before does not take progress back.
        self.step, self.share = step, max(self.share, share)


@dataclass(eq=False)
class _Job(Generic[T]):
    id: str
    question: str
    work: _Work[T]
    created: datetime
    dismissed: datetime | None = None


class Jobs(Generic[T]):
    """The jobs of one process; results are anything with a length in bytes."""

    def __init__(self, limits: Limits, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._limits, self._now = limits, now
        self._door = RLock()
        self._jobs: OrderedDict[str, _Job[T]] = OrderedDict()
        self._works: OrderedDict[Hashable, _Work[T]] = OrderedDict()
        """Work that a new job may join: waiting, running or done, in the order it was asked for."""
        self._queue: deque[_Work[T]] = deque()
        self._running: set[_Work[T]] = set()
        self._threads = ThreadPoolExecutor(limits.jobs_at_once, thread_name_prefix="auftrag")

    def submit(self, question: str, key: Hashable, compute: Callable[[], T]) -> Stand:
        """Take a job for `compute`, or for the equal work that is under way or done.

        Raises
        ------
        Busy
            As many wait as may, or as many jobs are open as are kept.

        """
        with self._door:
            created = self._now()
            self._forget()
            while len(self._jobs) >= self._limits.jobs_kept:
                self._drop_oldest()
            work = self._works.get(key) or self._enqueue(key, compute)
            job = _Job(secrets.token_urlsafe(_ID_BYTES), question, work, created)
            self._jobs[job.id] = job
            work.jobs.add(job.id)
            return _describe(job)

    def find(self, job_id: str) -> Stand:
        """Say where a job stands. Raises NoSuchJob."""
        with self._door:
            return _describe(self._find(job_id))

    def list_all(self) -> list[Stand]:
        """List all jobs, the newest first; for those only who may see them all."""
        with self._door:
            self._forget()
            return [_describe(job) for job in reversed(self._jobs.values())]

    def read_result(self, job_id: str) -> T:
        """Give the result of a job.

        Raises
        ------
        NoSuchJob
            There is no such job, or it was given up.
        ResultNotReady
            It waits or runs.
        InfrastrukturError
            Whatever its work ended with.

        """
        with self._door:
            job = self._find(job_id)
            if job.dismissed is not None:
                raise NoSuchJob("Dieser Auftrag wurde abgebrochen und hat kein Ergebnis. Bitte neu stellen.")
            if job.work.open:
                raise ResultNotReady
            if job.work.error is not None:
                raise job.work.error.with_traceback(None)
            if job.work.result is None:
                raise NoSuchJob("Das Ergebnis dieses Auftrags wird nicht mehr aufbewahrt. Bitte neu stellen.")
            return job.work.result

    def dismiss(self, job_id: str) -> Stand:
        """Give up a job; its work stops when nobody else waits for it. Raises NoSuchJob."""
        with self._door:
            job = self._find(job_id)
            if job.dismissed is None:
                job.dismissed = self._now()
                self._leave(job)
            return _describe(job)

    def close(self) -> None:
        """Give up everything and wait until it has stopped."""
        with self._door:
            for job_id in list(self._jobs):
                self.dismiss(job_id)
        self._threads.shutdown(wait=True)

    def _find(self, job_id: str) -> _Job[T]:
        self._forget()
        if job_id not in self._jobs:
            raise NoSuchJob(
                "Diesen Auftrag gibt es nicht oder nicht mehr: Aufträge werden eine Zeit lang aufbewahrt und "
                "enden mit dem Dienst. Bitte neu stellen."
            )
        return self._jobs[job_id]

    # Work

    def _enqueue(self, key: Hashable, compute: Callable[[], T]) -> _Work[T]:
        if len(self._queue) >= self._limits.jobs_waiting:
            raise Busy("Es warten schon so viele Aufträge, wie warten dürfen. Bitte später noch einmal.")
        work = self._works[key] = _Work(key, compute)
        self._queue.append(work)
        self._start()
        return work

    def _start(self) -> None:
        while self._queue and len(self._running) < self._limits.jobs_at_once:
            work = self._queue.popleft()
            work.began = self._now()
            self._running.add(work)
            self._threads.submit(self._run, work)

    def _run(self, work: _Work[T]) -> None:
        result, error = None, None
        try:
            with waited_for(work.left.is_set), told_to(work.hear):
                check_waiting()
                result = self._require_keepable(work.compute())
        except Exception as failure:  # noqa: BLE001 - whatever it is, its jobs have to learn of it
            error = failure
            if not isinstance(failure, InfrastrukturError):
                _LOG.exception("Unexpected error in a job", exc_info=failure)
        with self._door:
            work.result = None if work.left.is_set() else result
            work.error, work.ended = error, self._now()
            self._running.discard(work)
            if error is not None:
                self._let_go(work)
            self._trim()
            self._start()

    def _require_keepable(self, result: T) -> T:
        if len(result) > self._limits.jobs_bytes:
            raise LimitExceeded("Das Ergebnis ist größer, als aufbewahrt wird. Bitte enger fragen.")
        return result

    def _leave(self, job: _Job[T]) -> None:
        """Take a job from its work; what nobody waits for any more stops, and its result is not kept."""
        work = job.work
        work.jobs.discard(job.id)
        if work.jobs:
            return
        work.left.set()
        work.result = None
        self._let_go(work)
        if work.began is None:
            self._queue.remove(work)
            work.ended, work.error = self._now(), Cancelled()

    def _let_go(self, work: _Work[T]) -> None:
        """Let nobody join work that was given up, has failed, or is not kept."""
        if self._works.get(work.key) is work:
            del self._works[work.key]

    # Keeping

    def _forget(self) -> None:
        """Forget what ended longer ago than it is kept."""
        before = self._now().timestamp() - self._limits.jobs_s
        for job in [job for job in self._jobs.values() if _ended_before(job, before)]:
            self._remove(job)

    def _drop_oldest(self) -> None:
        job = next((job for job in self._jobs.values() if job.dismissed or not job.work.open), None)
        if job is None:
            raise Busy("Es sind schon so viele Aufträge offen, wie es sein dürfen. Bitte später noch einmal.")
        self._remove(job)

    def _remove(self, job: _Job[T]) -> None:
        del self._jobs[job.id]
        if job.dismissed is None:
            self._leave(job)

    def _trim(self) -> None:
        """Keep no more bytes than allowed, the newest results first."""
        kept = 0
        for work in [work for work in reversed(self._works.values()) if work.result is not None]:
            kept += len(work.result or ())
            if kept > self._limits.jobs_bytes:
                work.result = None
                self._let_go(work)


def _ended_before(job: _Job[T], moment: float) -> bool:
    ended = job.dismissed or job.work.ended
    return ended is not None and ended.timestamp() <= moment


def _describe(job: _Job[T]) -> Stand:
    work = job.work
    zustand = work.state if job.dismissed is None else Zustand.DISMISSED
    return Stand(
        id=job.id,
        frage=job.question,
        zustand=zustand,
        schritt=work.step,
        prozent=100 if zustand is Zustand.SUCCESSFUL else int(100 * work.share),
        angelegt=job.created,
        begonnen=_no_earlier(job, work.began),
        beendet=_no_earlier(job, job.dismissed or work.ended),
        fehler=work.error if zustand is Zustand.FAILED else None,
    )


def _no_earlier(job: _Job[T], moment: datetime | None) -> datetime | None:
    """Let nothing happen to a job before it was asked, though its work may be older."""
    return None if moment is None else max(moment, job.created)
