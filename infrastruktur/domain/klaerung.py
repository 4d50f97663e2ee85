"""Why somebody should look at an Angebot again, and when the next look at it is due."""

from calendar import monthrange
from datetime import date
from enum import StrEnum


class Klaerungsgrund(StrEnum):
    """A reason, as a fact of the catalogue: nothing here says who is wrong."""

    OHNE_PUNKT = "ohne_punkt"
    FERN_DER_ADRESSE = "fern_der_adresse"
    ABSEITS_DES_NETZES = "abseits_des_netzes"
    AUSSERHALB_DER_KOMMUNE = "ausserhalb_der_kommune"
    NICHT_BESTAETIGT = "nicht_bestaetigt"
    FAELLIG = "faellig"
    WIDERSPRUCH = "widerspruch"
    DOPPELT = "doppelt"


TITEL = {
    Klaerungsgrund.OHNE_PUNKT: "Ohne Punkt",
    Klaerungsgrund.FERN_DER_ADRESSE: "Fern der Adresse",
    Klaerungsgrund.ABSEITS_DES_NETZES: "Abseits des Wegenetzes",
    Klaerungsgrund.AUSSERHALB_DER_KOMMUNE: "Außerhalb der Kommune",
    Klaerungsgrund.NICHT_BESTAETIGT: "Nicht bestätigt",
    Klaerungsgrund.FAELLIG: "Bestätigung fällig",
    Klaerungsgrund.WIDERSPRUCH: "Zwei Angaben von Hand",
    Klaerungsgrund.DOPPELT: "Vielleicht doppelt",
}

PFLEGE_MONATE = 6
"""So long a look at an Angebot of the Pflege holds; at all others a year, and at lists until they come again."""
_DEZEMBER, _VIERTES_QUARTAL = 12, 10


def is_due(fachbereich: str, geprueft: date, stichtag: date) -> bool:
    """Say whether somebody has to look again by a day at what was last stated or checked on another.

    In the Pflege after six months; and in December, whatever was not looked at since October: the report on the Bestand
    of 31 December (§ 7 Abs. 4 APG NRW) rests on it.
    """
    if fachbereich != "pflege":
        return False
    before_report = stichtag.month == _DEZEMBER and geprueft < date(stichtag.year, _VIERTES_QUARTAL, 1)
    return before_report or geprueft < _months_before(stichtag, PFLEGE_MONATE)


def _months_before(day: date, months: int) -> date:
    """Give the same day of an earlier month, or its last one where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
