"""Read OGC's `datetime` as a Stichtag, the state of a layer on one day, and the moment as of which it is known.

An interval asks for the state at its end. The day counts as written, whatever the zone: clients send
midnight or the last second of a day in UTC when they mean the day. Clients also send year 0000 for
"since ever" (QGIS), which Python's calendar does not have, so years are read by hand.
"""

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.kenntnis import ORTSZEIT

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[-+ ](?:[01]\d|2[0-3]):[0-5]\d))?",
    re.ASCII,
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[-+ ]\d{2}:\d{2})", re.ASCII)
_DURATION = re.compile(
    r"P(?=[\dT])(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?"
    r"(?:T(?=\d)(?:(\d{1,7})H)?(?:\d{1,9}M)?(?:\d{1,9}(?:\.\d{1,9})?S)?)?",
    re.ASCII,
)
_EXPECTED = (
    "Erwartet wird ein Tag (2026-01-31), ein Zeitpunkt (2026-01-31T00:00:00Z) "
    "oder ein Zeitraum (Beginn/Ende, offen mit ..)."
)


@dataclass(frozen=True)
class _Duration:
    months: int
    days: int


def parse_stichtag(text: str) -> date | None:
    """Read an instant or an interval (OGC API Features Part 1, 7.15.4; ISO 8601 durations as in Annex A).

    Returns the day whose state is asked for, None for the latest.

    Raises
    ------
    InvalidParameter
        Neither an instant nor an interval, or its end lies before its begin.

    """
    begin_text, slash, end_text = text.partition("/")
    if not slash:
        return _parse_instant(text)
    if begin_text.startswith("P"):
        if end_text in {"", ".."}:
            raise InvalidParameter("datetime", "Eine Dauer braucht einen festen Beginn oder ein festes Ende.")
        _parse_duration(begin_text)
        return _parse_instant(end_text)
    begin = None if begin_text in {"", ".."} else _parse_instant(begin_text)
    if end_text in {"", ".."}:
        return None
    end = _end_after(begin, end_text) if end_text.startswith("P") else _parse_instant(end_text)
    if begin is not None and end < begin:
        raise InvalidParameter("datetime", "Das Ende liegt vor dem Beginn.")
    return end


def parse_begin(text: str) -> date | None:
    """Read the day an interval begins with, None where it is open or there is no interval.

    `text` is one that `parse_stichtag` takes.
    """
    begin, slash, end = text.partition("/")
    if not slash or begin in {"", ".."}:
        return None
    if begin.startswith("P"):
        return _shift(_parse_instant(end), _parse_duration(begin), -1)
    return _parse_instant(begin)


def parse_day(name: str, text: str) -> date:
    """Read a plain day, as the figures take it."""
    # Before the calendar is asked: it also takes 20260131 and 2026-W05-6, which nobody means here.
    if _DAY.fullmatch(text) is not None:
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise InvalidParameter(name, f"„{text}“ ist kein Tag. Beispiel: 2026-01-31.")


def parse_known_at(name: str, text: str) -> datetime:
    """Read a moment of knowledge: an instant with its offset (RFC 3339), or a day, which means its end.

    Raises
    ------
    InvalidParameter
        Neither, or not over yet: what will be known nobody knows.

    """
    moment = _end_of(parse_day(name, text)) if _DAY.fullmatch(text) is not None else _parse_moment(name, text)
    if moment > datetime.now(UTC):
        reason = "Dieser Zeitpunkt ist noch nicht vorbei; was bis dahin bekannt wird, weiß noch niemand."
        raise InvalidParameter(name, reason)
    return moment


def _parse_moment(name: str, text: str) -> datetime:
    if _MOMENT.fullmatch(text) is not None:
        with suppress(ValueError, OverflowError):
            # A plus sign that nobody escaped arrives as a space.
            return datetime.fromisoformat(text.upper().replace(" ", "+")).astimezone(UTC)
    raise InvalidParameter(
        name,
        f"„{text}“ ist kein Zeitpunkt. Beispiel: 2026-03-01T12:00:00Z, oder ein Tag, der bis zu seinem Ende zählt.",
    )


def _end_of(day: date) -> datetime:
    """Give the last moment of a day where the catalogue's readers live."""
    return datetime.combine(day, time.max, ORTSZEIT).astimezone(UTC)


def _parse_instant(text: str) -> date:
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise InvalidParameter("datetime", f"„{text}“ ist nicht lesbar. {_EXPECTED}")
    year, month, day = (int(part) for part in match.groups())
    try:
        found = date(year or 4, month, day)  # year 0 is a leap year, as year 4 is
    except ValueError:
        raise InvalidParameter("datetime", f"Den Tag {text[:10]} gibt es nicht.") from None
    return found if year else date.min


def _parse_duration(text: str) -> _Duration:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidParameter("datetime", f"„{text}“ ist keine Dauer. Beispiel: P30D.")
    years, months, weeks, days, hours = (int(part or 0) for part in match.groups())
    return _Duration(years * 12 + months, weeks * 7 + days + hours // 24)


def _end_after(begin: date | None, text: str) -> date:
    duration = _parse_duration(text)
    if begin is None:
        raise InvalidParameter("datetime", "Eine Dauer braucht einen festen Beginn oder ein festes Ende.")
    return _shift(begin, duration, 1)


def _shift(day: date, duration: _Duration, sign: int) -> date:
    """Go a duration on (1) or back (-1), as far as the calendar reaches."""
    edge = date.max if sign > 0 else date.min
    years, month0 = divmod(day.month - 1 + sign * duration.months, 12)
    year = day.year + years
    if not date.min.year <= year <= date.max.year:
        return edge
    last = calendar.monthrange(year, month0 + 1)[1]
    shifted = date(year, month0 + 1, min(day.day, last))
    return edge if duration.days > abs((edge - shifted).days) else shifted + sign * timedelta(days=duration.days)
