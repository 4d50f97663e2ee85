"""Text compared by pattern and without its case, alike in memory and in the SQLite store."""

import re
from collections.abc import Callable
from functools import lru_cache

_PIECE = re.compile(r"\\(?P<plain>.)|(?P<any>%+)|(?P<one>_)|(?P<other>.)", re.DOTALL)


def fold_case(text: str) -> str:
    """Take the case out of a text: `STRASSE`, `Straße` and `straẞe` become `strasse`.

    Full case folding (Unicode 15, 5.18) as far as PostgreSQL can say it too, which has no such function
    before version 18. The one difference is the Turkish dotless ı, which counts as an i here.
    """
    return text.lower().upper().lower()


@lru_cache(maxsize=256)
def like_matcher(pattern: str) -> Callable[[str], object]:
    r"""Give what tells whether a whole text fits a LIKE pattern (21-065r2, 7.2): `%`, `_`, escape `\`.

    Each piece between two `%` is taken where it first fits and never tried again, so that the time
    grows with the product of both lengths and no pattern can make it explode.
    """
    pieces = [""]
    for found in _PIECE.finditer(pattern):
        if found["any"]:
            pieces.append("")
        else:
            pieces[-1] += "." if found["one"] else re.escape(found["plain"] or found["other"])
    first, *middle = pieces
    if not middle:
        return re.compile(first, re.DOTALL).fullmatch
    *middle, last = middle
    searched = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(f"{first}{searched}.*{last}", re.DOTALL).fullmatch


def has_loose_escape(pattern: str) -> bool:
    """Tell whether a pattern ends in a backslash that escapes nothing."""
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1
