"""Opening hours as people write them, brought to the writing of OpenStreetMap's `opening_hours`.

Source: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. Taken of it are rules of months, days and
times, joined by `;` (takes the place of what an earlier rule says of the day), `,` (adds to it) and `||` (else). All
147 facilities of Aachen that state hours stay within that. Who writes German words, or times as `8` and `8.30`, is
understood; what could mean two things is not.
"""

import re
from itertools import pairwise

import msgspec

from infrastruktur.domain.angebot import Angebot

OEFFNUNGSZEITEN = "oeffnungszeiten"
"""Their attribute of an Angebot."""
SCHREIBWEISE = (
    "Bitte so schreiben: Mo-Fr 08:00-12:00,14:00-16:00; Sa 09:00-12:00; Feiertag geschlossen. "
    'Anderes als Anmerkung in Anführungszeichen: "nach Vereinbarung".'
)
"""What to tell who was not understood."""

_SPRACHE = {
    "T": {
        "Mo": "mo montag montags",
        "Tu": "tu di dienstag dienstags",
        "We": "we mi mittwoch mittwochs",
        "Th": "th do donnerstag donnerstags",
        "Fr": "fr freitag freitags",
        "Sa": "sa samstag samstags sonnabend sonnabends",
        "Su": "su so sonntag sonntags",
    },
    "F": {"PH": "ph feiertag feiertage feiertags", "SH": "sh schulferien"},
    "M": {
        "Jan": "jan januar",
        "Feb": "feb februar",
        "Mar": "mar mär mrz märz",
        "Apr": "apr april",
        "May": "may mai",
        "Jun": "jun juni",
        "Jul": "jul juli",
        "Aug": "aug august",
        "Sep": "sep sept september",
        "Oct": "oct okt oktober",
        "Nov": "nov november",
        "Dec": "dec dez dezember",
    },
    "A": {"off": "off closed geschlossen"},
    "-": {"-": "- – — bis"},
    ",": {",": ", und u"},
    ";": {";": ";"},
    "|": {"||": "||"},
    "+": {"+": "+"},
    "": {"": "uhr h von :"},
}
"""Kinds of words, each a letter; how the standard writes a word, and how people do. The last kind says nothing."""
_WORTE = {
    said: (kind, written)
    for kind, meanings in _SPRACHE.items()
    for written, words in meanings.items()
    for said in words.split()
}
_DEUTSCH = {
    "Tu": "Di",
    "We": "Mi",
    "Th": "Do",
    "Su": "So",
    "PH": "Feiertag",
    "SH": "Schulferien",
    "Mar": "Mär",
    "May": "Mai",
    "Oct": "Okt",
    "Dec": "Dez",
    "off": "geschlossen",
}
"""What the standard calls otherwise."""
_STUECK = re.compile(
    r'(?P<K>"[^"]+"|nach (?:telefonischer )?Vereinbarung\b)'  # a comment
    r"|(?P<I>24/7)"
    r"|(?P<N>\[-?[1-5](?:,-?[1-5])*\])"  # the nth such day of a month
    r"|(?P<Z>(?<!\d)(?:24(?:[:.]00)?|(?:[01]?\d|2[0-3])(?:[:.][0-5]\d)?)(?!\d))"  # a time
    r"|(?P<wort>[^\W\d_]+|\|\||[-–—,;:+])\.?"
    r"|(?P<fremd>\S)",
    re.IGNORECASE,
)

# Each piece is one letter by now, so that a grammar is an expression. A comma between rules is written `&`.
_JE_TAG = "(?:T-T|TN?|F)"
_JE_MONAT = "M(?:-M)?"
_JE_ZEIT = r"Z(?:-Z\+?|\+)"
_WANN = f"(?:{_JE_MONAT}(?:,{_JE_MONAT})*)?(?:{_JE_TAG}(?:,{_JE_TAG})*)?"
_REGEL = f"(?:{_WANN}(?:(?:{_JE_ZEIT}(?:,{_JE_ZEIT})*|A)K?|K)|IK?)"
_SATZ = re.compile(f"{_REGEL}(?:[;&|]{_REGEL})*")
_ZWISCHEN_REGELN = re.compile(r"(?<=[Z+AK]),(?=[TFM])")


def find_oeffnungszeiten(angebot: Angebot) -> str | None:
    """Read what an Angebot states, as its source wrote it; None where it says nothing."""
    return str(angebot.attribute.get(OEFFNUNGSZEITEN, "")) or None


def put_oeffnungszeiten(angebot: Angebot, stated: str | None) -> Angebot:
    """Let an Angebot have opening hours, or none."""
    kept = {name: value for name, value in angebot.attribute.items() if name != OEFFNUNGSZEITEN}
    new = {} if stated is None else {OEFFNUNGSZEITEN: stated}
    return msgspec.structs.replace(angebot, attribute={**kept, **new})


def read_oeffnungszeiten(text: str) -> str | None:
    """Write opening hours as the standard does; None where they are not understood."""
    pieces = [piece for piece in map(_read_piece, _STUECK.finditer(text)) if piece[0]]
    kinds = _ZWISCHEN_REGELN.sub("&", "".join(kind for kind, _ in pieces)).removesuffix(";")
    if _SATZ.fullmatch(kinds) is None:
        return None
    gaps = ["", *(_gap(*pair) for pair in pairwise(kinds))]
    return "".join(gap + written for gap, (_, written) in zip(gaps, pieces, strict=False))


def say_oeffnungszeiten(text: str) -> str:
    """Say in German what the standard writes; comments, and what is not the standard's, stay as they are."""
    parts = text.split('"')
    said = (re.sub(r"[A-Za-z]+", lambda word: _DEUTSCH.get(word[0], word[0]), part) for part in parts[::2])
    return '"'.join(next(said) if at % 2 == 0 else part for at, part in enumerate(parts))


def _read_piece(match: re.Match[str]) -> tuple[str, str]:
    """Give the kind of a piece, one letter where the grammar knows it, and how the standard writes it."""
    kind, said = str(match.lastgroup), match[0]
    if kind == "wort":
        return _WORTE.get(match[kind].casefold(), (kind, said))
    if kind == "Z":
        hour, _, minute = said.replace(".", ":").partition(":")
        return kind, f"{hour:0>2}:{minute or '00'}"
    return kind, f'"{said}"' if kind == "K" and said[0] != '"' else said


def _gap(before: str, now: str) -> str:
    """Give what stands between two pieces."""
    return "" if now in ",;&-+N" or before in ",-" else " "
