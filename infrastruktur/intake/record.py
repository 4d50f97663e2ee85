"""What readers hand on: records with line numbers, refused rows with reasons, and text that may be kept.

Control characters and direction overrides are refused, never removed in silence: they turn a shown
name into another one.
"""

import re
import unicodedata
from typing import Any

import msgspec
import shapely

from infrastruktur.domain.angebot import MAX_TEXT
from infrastruktur.domain.errors import Refused

# C0 and C1 controls, bidi marks and overrides (UAX #9), and surrogates, which UTF-8 cannot hold.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Record(msgspec.Struct, frozen=True):
    """One row. `zeile` counts lines in CSV and XLSX and features in GeoJSON; OSM objects have none."""

    zeile: int | None
    werte: dict[str, Any]
    geometrie: shapely.Geometry | None = None
    unter: str = ""
    """The heading of the cell a wide table was cut at, to name it where the row is refused."""


class Refusal(msgspec.Struct, frozen=True):
    """A row that was not taken, and why; with its key where it has one, so that it is not taken for gone."""

    zeile: int | None
    grund: str
    schluessel: str = ""


def clean_text(value: Any, *, cap: int = MAX_TEXT) -> str:
    """Bring a text to NFC, one line, without blanks at its ends.

    Raises
    ------
    Refused
        It holds control or direction characters, or is longer than `cap` characters.

    """
    text = str(value)
    if _FORBIDDEN.search(text):
        raise Refused(f"Der Text {text[:40]!a} enthält unsichtbare Steuerzeichen.")
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text) > cap:
        raise Refused(f"Der Text „{text[:30]}…“ ist mit {len(text)} Zeichen zu lang (höchstens {cap}).")
    return text
