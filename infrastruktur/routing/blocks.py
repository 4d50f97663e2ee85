"""Blocks of work on both cores, their results in order, and a stop between them when nobody waits any more."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from infrastruktur.domain.waiting import check_waiting

THREADS = 2

_T = TypeVar("_T")


def run_blocks(run: Callable[[int], _T], begins: range) -> Iterator[_T]:
    """Run blocks by their begin, at most two more than there are threads ahead of what was taken; a single one here.

    Raises
    ------
    Cancelled
        Nobody waits any more; blocks that were begun are finished first. A block takes milliseconds.

    """
    if len(begins) <= 1:
        for begin in begins:
            check_waiting()
            yield run(begin)
        return
    waiting: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for begin in begins:
                check_waiting()
                waiting.append(threads.submit(run, begin))
                if len(waiting) > THREADS + 1:
                    yield waiting.popleft().result()
            while waiting:
                check_waiting()
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
