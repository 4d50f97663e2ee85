"""What commands share: an installation that is open as long as they run, and days as they are typed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date

import click

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.settings import Settings
from infrastruktur.usecases.context import Context, open_context


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    """Open an installation, and close it whatever happens."""
    with closing(open_context(settings)) as context:
        yield context


def parse_day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """Read an option as a day.

    Raises
    ------
    InvalidParameter
        It is none.

    """
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidParameter(parameter.opts[0], "Erwartet wird ein Tag wie 2025-12-31.") from None
