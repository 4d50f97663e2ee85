"""How far a computation is: long work tells it between its steps, to whoever listens, and mostly nobody does.

A context variable, as in `waiting` and for the same reason: between who listens and the loop that runs stand a route
and use cases that have nothing to say about it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]
"""Takes the step that runs now, in words a reader knows, and the share of the whole that is done, 0 to 1."""


def _nobody(_step: str, _share: float) -> None:
    """Stand for nobody who listens."""


_listener: ContextVar[Listener] = ContextVar("listener", default=_nobody)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Compute what stands below for somebody who wants to know how far it is."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def tell(step: str, share: float) -> None:
    """Say that a step begins or goes on, and what share of the whole is done."""
    _listener.get()(step, min(max(share, 0.0), 1.0))
