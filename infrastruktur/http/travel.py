"""What every question about travel time asks: how, how long, and who."""

from collections.abc import Iterable

from infrastruktur.domain.errors import LimitExceeded
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.http.parameters import Parameter
from infrastruktur.routing.profiles import Modus
from infrastruktur.settings import Limits

MODI = tuple(Modus)
"""Without `oepnv`, which needs a timetable nobody has given yet."""


def _parse_group(text: str) -> str:
    return parse_gruppe(text).code


ALTERSGRUPPE = Parameter(
    "altersgruppe",
    "Altersgruppe: ab75 (75 und älter), 06bis09 (6 bis unter 10), 06 (6-Jährige) oder alle. Wer zu Fuß geht, geht "
    "im Tempo seiner Altersgruppe.",
    {"type": "string", "pattern": "^(?:alle|ab[0-9]{2}|[0-9]{2}bis[0-9]{2}|[0-9]{2})$"},
    _parse_group,
)


def longest_minutes(limits: Limits) -> dict[Modus, int]:
    """Give the longest travel time one request may ask for, by mode."""
    return {
        Modus.ZU_FUSS: limits.isochrone_minutes_walk,
        Modus.RAD: limits.isochrone_minutes_bike,
        Modus.PKW: limits.isochrone_minutes_car,
    }


def check_minutes(limits: Limits, modus: str, minutes: Iterable[int]) -> None:
    """Refuse travel times beyond the limit of a mode."""
    longest = longest_minutes(limits)[Modus(modus)]
    asked = max(minutes)
    if asked > longest:
        raise LimitExceeded(f"Mit „{modus}“ sind höchstens {longest} Minuten möglich, gefragt sind {asked}.")
