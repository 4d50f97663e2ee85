"""What was known when: a moment, and how far the history reaches up to it.

A Stichtag says when something was true, `known_at` when it was known. Both together give the same answer for ever.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

ORTSZEIT = ZoneInfo("Europe/Berlin")
"""A day of knowledge ends where its readers live."""


class Kenntnis(msgspec.Struct, frozen=True, kw_only=True):
    """The state of knowledge at a moment: the history up to and with entry `stand`.

    `verborgen` names, as a digest, what became confidential later: who may not see that does not see it in earlier
    states either. `vergessen` counts how often something was erased from the history: what was laid out before that is
    another catalogue.
    """

    zeitpunkt: datetime
    stand: int
    verborgen: str = ""
    vergessen: int = 0

    @property
    def tag(self) -> date:
        """The day it was, where the catalogue's readers live."""
        return self.zeitpunkt.astimezone(ORTSZEIT).date()

    @property
    def katalog(self) -> str:
        """Name the catalogue of this state: moments between which nothing was learnt share it."""
        return f"stand{self.stand}.{self.vergessen}{self.verborgen}"

    @property
    def text(self) -> str:
        """Say the moment so that it can be asked for again."""
        return write_moment(self.zeitpunkt)


def write_moment(moment: datetime) -> str:
    """Write a moment as `known_at` takes it (RFC 3339), so that no sign of it is eaten by an address."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
