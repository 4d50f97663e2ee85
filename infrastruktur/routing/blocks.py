"""Blocks of work on both cores, their results in order, and a way to stop between them."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from infrastruktur.domain.errors import InfrastrukturError

THREADS = 2

Cancelled = Callable[[], bool] | None
"""Asked before every block, in the caller's thread; a block takes milliseconds."""

_T = TypeVar("_T")


class SearchCancelled(InfrastrukturError):
    """A search was given up between two blocks because the caller said so."""

    def __init__(self) -> None:
        super().__init__("Die Wegesuche wurde abgebrochen.")


def run_blocks(run: Callable[[int], _T], begins: range, cancelled: Cancelled = None) -> Iterator[_T]:
    """Run blocks by their begin, at most two more than there are threads ahead of what was taken.

    Raises
    ------
    SearchCancelled
        `cancelled` said so; blocks that were begun are finished first.

    """
    waiting: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for begin in begins:
                if cancelled is not None and cancelled():
                    raise SearchCancelled
                waiting.append(threads.submit(run, begin))
                if len(waiting) > THREADS + 1:
                    yield waiting.popleft().result()
            while waiting:
                if cancelled is not None and cancelled():
                    raise SearchCancelled
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
