"""Whether anybody still waits for what is being computed: long work asks between its steps, and stops when nobody does.

A context variable and not a parameter: between the one who sees a client leave and the loop that runs stand a route, a
use case, two memories and the measuring of a target, none of which has anything to say about it. It follows a request
into its thread, for the framework copies the context there; the threads that a search starts ask nothing themselves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from infrastruktur.domain.errors import Cancelled

Left = Callable[[], bool]
"""Says that who waited has left. Who has left does not come back."""


def stays() -> bool:
    """Stand for somebody who never leaves."""
    return False


_left: ContextVar[Left] = ContextVar("left", default=stays)


@contextmanager
def waited_for(left: Left) -> Iterator[None]:
    """Compute what stands below for somebody who may leave."""
    before = _left.set(left)
    try:
        yield
    finally:
        _left.reset(before)


def who_waits() -> Left:
    """Give whom the work here is done for; without `waited_for` somebody who never leaves."""
    return _left.get()


def check_waiting() -> None:
    """Go on only for somebody.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    if _left.get()():
        raise Cancelled
