"""Filters answered in memory: which features of a layer fit, for the small ones that are computed.

A truth is 0 for false, 1 for unknown, 2 for true. So AND is the least, OR the greatest, NOT the
distance from true, which is exactly the table of OGC 21-065r2, 6.2.
"""

import operator
from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.filter import (
    GEOMETRY,
    And,
    Casei,
    Comparator,
    Comparison,
    Constant,
    Filter,
    In,
    IsNull,
    Like,
    Literal,
    Name,
    Not,
    Or,
    Scalar,
    Spatial,
)
from infrastruktur.domain.layer import Features
from infrastruktur.domain.pattern import fold_case, like_matcher
from infrastruktur.domain.shapes import holds

Truths = NDArray[np.int8]
_FALSE, _UNKNOWN, _TRUE = np.int8(0), np.int8(1), np.int8(2)

COMPARISONS: dict[Comparator, Callable[[Any, Any], Any]] = {
    Comparator.EQUAL: operator.eq,
    Comparator.UNEQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.LESS_OR_EQUAL: operator.le,
    Comparator.GREATER: operator.gt,
    Comparator.GREATER_OR_EQUAL: operator.ge,
}


def select(wanted: Filter, features: Features) -> NDArray[np.bool_]:
    """Tell which features a filter selects, shape (n,): those for which it is true, not those it is unknown for."""
    selected: NDArray[np.bool_] = _truths(wanted, features) == _TRUE
    return selected


def _truths(wanted: Filter, features: Features) -> Truths:  # noqa: PLR0911 - one case a node
    match wanted:
        case And(parts=parts):
            return reduce(np.minimum, [_truths(part, features) for part in parts])
        case Or(parts=parts):
            return reduce(np.maximum, [_truths(part, features) for part in parts])
        case Not(of=of):
            return _TRUE - _truths(of, features)
        case Constant(value=value):
            return np.full(len(features), _TRUE if value else _FALSE)
        case Comparison(left=left, comparator=comparator, right=right):
            return _compared(left, comparator, right, features)
        case In(value=value, options=options):
            return _listed(value, options, features)
        case Like(value=value, pattern=pattern):
            fits = like_matcher(pattern)
            return _as_truths([None if each is None else fits(each) is not None for each in _values(value, features)])
        case IsNull(of=name):
            return _as_truths(_is_null(name, features))
        case Spatial():
            return _placed(wanted, features)


def _compared(left: Scalar, comparator: Comparator, right: Scalar, features: Features) -> Truths:
    compare = COMPARISONS[comparator]
    pairs = zip(_values(left, features), _values(right, features), strict=True)
    return _as_truths([None if a is None or b is None else compare(a, b) for a, b in pairs])


def _listed(value: Scalar, options: Sequence[Scalar], features: Features) -> Truths:
    """Look values up among the literals, 300 times as fast as comparing with 490 one by one; compare with the rest."""
    given = {_plain(option) for option in options if isinstance(option, Literal)}
    found = _as_truths([None if each is None else each in given for each in _values(value, features)])
    others = [option for option in options if not isinstance(option, Literal)]
    return reduce(np.maximum, [_compared(value, Comparator.EQUAL, option, features) for option in others], found)


def _as_truths(answers: Sequence[bool | None]) -> Truths:
    return np.array([_UNKNOWN if each is None else _TRUE if each else _FALSE for each in answers], dtype=np.int8)


def _values(scalar: Scalar, features: Features) -> Sequence[Any]:
    """Give a scalar's value for each feature."""
    match scalar:
        case Literal():
            return [_plain(scalar)] * len(features)
        case Casei(of=name):
            return [None if each is None else fold_case(each) for each in _values(name, features)]
        case Name(name=name):
            return features.id if name == "id" and name not in features.columns else features.columns[name]


def _plain(literal: Literal) -> str | float | bool:
    """Give a literal as columns have it: a day as ISO text, whose order is the calendar's."""
    return literal.value.isoformat() if isinstance(literal.value, date) else literal.value


def _is_null(name: Name, features: Features) -> Sequence[bool]:
    if name == GEOMETRY:
        missing: Sequence[bool] = shapely.is_missing(features.geometries()).tolist()
        return missing
    return [each is None for each in _values(name, features)]


def _placed(wanted: Spatial, features: Features) -> Truths:
    geometries = features.geometries()
    shapely.prepare(wanted.geom_25832)
    true = np.where(holds(wanted.relation, geometries, wanted.geom_25832), _TRUE, _FALSE)
    return np.where(shapely.is_missing(geometries), _UNKNOWN, true)
