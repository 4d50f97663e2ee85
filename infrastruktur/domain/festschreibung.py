"""A frozen Stichtag: a day, as it was known at a moment, under a name that can be cited.

Nothing is copied: day and moment give the same state for ever, and the checksum proves that they still do.
"""

from datetime import date, datetime

import msgspec

from infrastruktur.domain.kenntnis import write_moment

MAX_TITEL, MAX_GRUND = 200, 2_000


class Festschreibung(msgspec.Struct, frozen=True, kw_only=True):
    """One frozen Stichtag. `known_at` is the moment of knowledge, `stand` the last entry of the history up to it."""

    id: str
    titel: str
    stichtag: date
    known_at: datetime
    stand: int
    pruefsumme: str
    """SHA-256 of the Bestand of the day, hexadecimal; names of Angebote and Träger are not in it, for they may be those
    of persons, and can be erased."""
    akteur: str
    grund: str = ""
    zeitpunkt: str = ""
    """UTC, ISO 8601; set on writing."""

    def text(self) -> str:
        """Say it in a line, with the moment as `known_at` takes it."""
        moment = write_moment(self.known_at)
        return f"{self.id}: {self.titel}. stichtag={self.stichtag.isoformat()} known_at={moment}"


def name_festschreibung(stichtag: date, nummer: int) -> str:
    """Name the so-manieth state of a day that was frozen, counted from 1."""
    return f"{stichtag.isoformat()}-{nummer}"
