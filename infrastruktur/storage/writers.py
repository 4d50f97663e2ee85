"""Writers of one program one after another, in the order they came.

A catalogue has one writer at a time. SQLite lets the lucky one in, who asked again when the last had just gone: of
fifty who never stopped, one waited ten seconds and was told that the catalogue is busy. And whoever waits here holds no
connection that a reader could use.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from infrastruktur.domain.errors import StoreUnavailable
from infrastruktur.storage.guards import BUSY


class Turns:
    """Whose turn it is to write; the first in line writes."""

    def __init__(self) -> None:
        self._line: deque[threading.Event] = deque()
        self._looking = threading.Lock()

    @contextmanager
    def take(self, patience_s: float) -> Iterator[None]:
        """Wait for one's turn, and give it to the next.

        Raises
        ------
        StoreUnavailable
            Those before did not finish in time.

        """
        mine = self._line_up()
        try:
            if not mine.wait(patience_s):
                raise StoreUnavailable(BUSY)
            yield
        finally:
            self._leave(mine)

    def _line_up(self) -> threading.Event:
        mine = threading.Event()
        with self._looking:
            self._line.append(mine)
            self._line[0].set()
        return mine

    def _leave(self, mine: threading.Event) -> None:
        with self._looking:
            self._line.remove(mine)
            if self._line:
                self._line[0].set()
