"""Filters written as CQL2 text (OGC 21-065r2, Annex B): `art = 'pflege.wg' AND S_INTERSECTS(geometry, POINT(6 50))`.

Read by descent, one function a rule. A rule gives what it read, be it a scalar, a shape, a period or
a predicate, and whoever needs one kind of them refuses the others: so brackets may stand around
anything, as QGIS sets them.
"""

from collections.abc import Callable, Iterable

from infrastruktur.domain.cql2.predicates import (
    SPATIAL,
    TEMPORAL,
    Interval,
    between,
    compare,
    day,
    echo,
    interval,
    is_null,
    like,
    one_of,
    spatial,
    temporal,
    text,
    without_case,
)
from infrastruktur.domain.cql2.tokens import Cursor, Token, read_list, read_number, starts_number, tokenize, unquote
from infrastruktur.domain.cql2.vocabulary import (
    COMPARATORS,
    Operand,
    Vocabulary,
    as_filter,
    as_place,
    as_scalar,
    as_time,
    check_nodes,
    check_size,
    refusing,
)
from infrastruktur.domain.cql2.wkt import TAGS, read_shape, starts_shape
from infrastruktur.domain.crs import CRS84, Crs
from infrastruktur.domain.filter import And, Filter, Literal, Not, Or, Scalar, Unreadable
from infrastruktur.domain.layer import Property


def parse_text(written: str, properties: Iterable[Property], crs: Crs = CRS84) -> Filter:
    """Read a filter on a layer with these properties; its coordinates are in `crs`.

    Raises
    ------
    InvalidParameter
        It cannot be read, asks for what the layer does not have, or is too large; the message says
        where and what to write instead.

    """
    with refusing():
        cursor = Cursor(tokenize(check_size(written)), Vocabulary(properties, crs))
        wanted = as_filter(_disjunction(cursor))
        cursor.expect("end", "AND, OR oder das Ende des Filters")
        return check_nodes(wanted)


def _disjunction(cursor: Cursor) -> Operand:
    return _chain(cursor, "OR", _conjunction, Or)


def _conjunction(cursor: Cursor) -> Operand:
    return _chain(cursor, "AND", _negation, And)


def _chain(cursor: Cursor, word: str, read: Callable[[Cursor], Operand], node: type[And] | type[Or]) -> Operand:
    first = read(cursor)
    if cursor.peek().what != word:
        return first
    parts = [as_filter(first)]
    while cursor.accept(word):
        parts.append(as_filter(read(cursor)))
    return node(tuple(parts))


def _negation(cursor: Cursor) -> Operand:
    if cursor.accept("NOT"):
        return Not(as_filter(_predicate(cursor)))
    return _predicate(cursor)


def _predicate(cursor: Cursor) -> Operand:
    """Read a predicate; what makes no sense in it is refused at its begin."""
    begin = cursor.peek().start
    try:
        return _condition(cursor)
    except Unreadable as error:
        raise error.at(begin) from None


def _condition(cursor: Cursor) -> Operand:
    left = _operand(cursor)
    if sign := cursor.accept(*COMPARATORS):
        return compare(as_scalar(left), COMPARATORS[sign.what], _scalar(cursor))
    if cursor.accept("IS"):
        negated = cursor.accept("NOT")
        cursor.expect("NULL")
        return _negated(negated, is_null(as_scalar(left)))
    negated = cursor.accept("NOT")
    if word := cursor.accept(*_CONDITIONS):
        return _negated(negated, _CONDITIONS[word.what](cursor, as_scalar(left)))
    if negated:
        raise cursor.refusal("Nach NOT wird hier LIKE, BETWEEN oder IN erwartet")
    return left


def _negated(negated: Token | None, predicate: Filter) -> Filter:
    return Not(predicate) if negated else predicate


def _between(cursor: Cursor, value: Scalar) -> Filter:
    low = _scalar(cursor)
    cursor.expect("AND")
    return between(value, low, _scalar(cursor))


_CONDITIONS: dict[str, Callable[[Cursor, Scalar], Filter]] = {
    "LIKE": lambda cursor, value: like(value, _scalar(cursor)),
    "BETWEEN": _between,
    "IN": lambda cursor, value: one_of(value, read_list(cursor, _scalar)),
}


def _operand(cursor: Cursor) -> Operand:
    if cursor.peek().what == "(":
        return cursor.bracketed(_disjunction)
    if starts_shape(cursor):
        return read_shape(cursor)
    if cursor.peek().what == "name" and cursor.peek(1).what == "(":
        return _call(cursor)
    return _simple(cursor)


def _simple(cursor: Cursor) -> Scalar:
    token = cursor.peek()
    if starts_number(token):
        return Literal(read_number(cursor))
    if cursor.accept("string"):
        return text(unquote(token.text))
    if cursor.accept("TRUE", "FALSE"):
        return Literal(token.what == "TRUE")
    if cursor.accept("name"):
        return cursor.vocabulary.name(token.text)
    if cursor.accept("quoted"):
        return cursor.vocabulary.name(token.text[1:-1].replace('""', '"'))
    raise cursor.refusal("Erwartet wird eine Eigenschaft, ein Wert oder eine Klammer (NULL nur in IS NULL)")


def _call(cursor: Cursor) -> Operand:
    function = cursor.take().text.lower()
    if function in TEMPORAL:
        first, second = map(as_time, _pair(cursor))
        return temporal(function, first, second)
    if function in SPATIAL:
        one, other = map(as_place, _pair(cursor))
        return spatial(function, one, other, cursor.vocabulary.place)
    if function in _FUNCTIONS:
        return _FUNCTIONS[function](cursor)
    known = ", ".join(name.upper() for name in (*_FUNCTIONS, *TAGS, *SPATIAL, *TEMPORAL))
    raise Unreadable(f"Die Funktion {echo(function)} gibt es hier nicht. Möglich sind: {known}.")


def _instant(cursor: Cursor) -> Literal:
    written = cursor.bracketed(lambda inside: inside.expect("string", "ein Datum in einfachen Anführungszeichen"))
    return day(unquote(written.text))


def _interval(cursor: Cursor) -> Interval:
    start, end = map(as_scalar, _pair(cursor))
    return interval(start, end)


_FUNCTIONS: dict[str, Callable[[Cursor], Operand]] = {
    "casei": lambda cursor: without_case(cursor.bracketed(_scalar)),
    "date": _instant,
    "timestamp": _instant,
    "interval": _interval,
}


def _pair(cursor: Cursor) -> list[Operand]:
    operands = read_list(cursor, _operand)
    if len(operands) != 2:  # noqa: PLR2004 - a pair
        raise Unreadable(f"Hier werden zwei Angaben erwartet, nicht {len(operands)}.")
    return operands


def _scalar(cursor: Cursor) -> Scalar:
    return as_scalar(_operand(cursor))
