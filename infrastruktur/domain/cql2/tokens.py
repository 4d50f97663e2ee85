"""The pieces CQL2 text is made of (OGC 21-065r2, Annex B), and the place where reading stands."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from infrastruktur.domain.cql2.predicates import echo, number
from infrastruktur.domain.cql2.vocabulary import Vocabulary, check_depth
from infrastruktur.domain.filter import Unreadable

_TOKEN = re.compile(
    r"""
    (?P<space>\s++)
  | (?P<string>'(?:[^'\\]|''|\\.)*+')
  | (?P<quoted>"(?:[^"]|"")++")
  | (?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
  | (?P<name>(?:[^\W\d]|:)[\w:.]*+)
  | (?P<sign><>|<=|>=|[-+=<>(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"''|\\(['\\abtnvfr])")
_CONTROLS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))
_WORDS = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE"})
_T = TypeVar("_T")


class Token(NamedTuple):
    """A piece of the text; `what` is a keyword in capitals, a sign, or else the kind of piece."""

    what: str
    text: str
    start: int


def tokenize(written: str) -> Iterator[Token]:
    """Give the pieces of a text and at last one called `end`.

    Raises
    ------
    Unreadable
        A character that no piece begins with, or a quote that is never closed.

    """
    position = 0
    while position < len(written):
        found = _TOKEN.match(written, position)
        if found is None:
            quote = written[position] in "'\""
            reason = "Das Anführungszeichen wird nicht geschlossen" if quote else "Das Zeichen gehört nicht hierher"
            raise Unreadable(f"{reason}: {echo(written[position : position + 10])}.", position)
        kind, piece = str(found.lastgroup), found[0]
        if kind == "sign" or (kind == "name" and piece.upper() in _WORDS):
            yield Token(piece.upper(), piece, position)
        elif kind != "space":
            yield Token(kind, piece, position)
        position = found.end()
    yield Token("end", "", len(written))


def unquote(quoted: str) -> str:
    r"""Take a literal out of its quotes (/req/cql2-text/escaping).

    A backslash before anything else stays where it is: `\%` and `\_` are for LIKE.
    """
    return _ESCAPE.sub(_unescape, quoted[1:-1])


def _unescape(found: re.Match[str]) -> str:
    character = found[1] or "'"
    return _CONTROLS.get(character, character)


class Cursor:
    """Where reading stands: the next piece, how many brackets are open, and what the words mean."""

    def __init__(self, tokens: Iterable[Token], vocabulary: Vocabulary) -> None:
        self._tokens = list(tokens)
        self._next = 0
        self._depth = 0
        self.vocabulary = vocabulary

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self._next += 1
        return token

    def accept(self, *whats: str) -> Token | None:
        return self.take() if self.peek().what in whats else None

    def expect(self, what: str, title: str = "") -> Token:
        token = self.accept(what)
        if token is None:
            raise self.refusal(f"Erwartet wird {title or echo(what)}")
        return token

    def bracketed(self, read: Callable[["Cursor"], _T]) -> _T:
        """Read what stands in brackets. All descent goes through here, so no text leads deeper than the cap."""
        self.expect("(")
        self._depth += 1
        check_depth(self._depth)
        inside = read(self)
        self.expect(")")
        self._depth -= 1
        return inside

    def refusal(self, reason: str) -> Unreadable:
        token = self.peek()
        found = f"gefunden: {echo(token.text)}" if token.text else "der Filter ist hier zu Ende"
        return Unreadable(f"{reason}, {found}.", token.start)


def read_list(cursor: Cursor, read: Callable[[Cursor], _T]) -> list[_T]:
    """Read one or more of something in brackets, with commas between."""
    return cursor.bracketed(lambda inside: _separated(inside, read))


def _separated(cursor: Cursor, read: Callable[[Cursor], _T]) -> list[_T]:
    items = [read(cursor)]
    while cursor.accept(","):
        items.append(read(cursor))
    return items


def starts_number(token: Token) -> bool:
    return token.what in ("+", "-", "number")


def read_number(cursor: Cursor) -> float:
    """Read a number, also as QGIS writes a negative one: `( - (5))`."""
    sign = cursor.accept("+", "-")
    if sign and cursor.peek().what == "(":
        value = cursor.bracketed(read_number)
    else:
        value = number(cursor.expect("number", "eine Zahl (gerechnet wird nicht)").text)
    return -value if sign and sign.what == "-" else value
