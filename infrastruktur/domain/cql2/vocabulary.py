"""What both encodings of CQL2 share: how much a filter may cost, and what its words mean on a layer.

A parser that a client could drive to any depth has crashed whole workers elsewhere, so ours counts
before it descends; both read in time linear in the text.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import shapely

from infrastruktur.domain.cql2.predicates import Interval, as_predicate, find_name
from infrastruktur.domain.crs import Crs
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.filter import (
    Casei,
    Comparator,
    Filter,
    Literal,
    Name,
    Scalar,
    Unreadable,
    count_nodes,
    name_properties,
)
from infrastruktur.domain.layer import Property
from infrastruktur.domain.shapes import MAX_POINTS, place_shape

MAX_BYTES = 16_384
"""A polygon of 700 points drawn by hand, or 400 ids."""
MAX_DEPTH = 32
MAX_NODES = 500

COMPARATORS = {each.value: each for each in Comparator}

Operand: TypeAlias = Scalar | Interval | shapely.Geometry | Filter
"""What an expression can turn out to be; whoever needs one kind refuses the others."""


class Vocabulary:
    """The words of one filter: a layer's names and the system its coordinates are in.

    It lives as long as the filter is read and counts the points that its geometries come to.
    """

    def __init__(self, properties: Iterable[Property], crs: Crs) -> None:
        self._names = name_properties(properties)
        self._points = 0
        self.crs = crs

    def name(self, name: str) -> Name:
        return find_name(self._names, name)

    def place(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Bring a shape to EPSG:25832 as long as all of the filter's have at most `MAX_POINTS`."""
        placed = place_shape(shape, self.crs)
        self._points += int(shapely.get_num_coordinates(placed))
        if self._points > MAX_POINTS:
            raise Unreadable("Die Geometrien sind zusammen zu groß oder zu fein. Bitte vereinfachen.")
        return placed


def check_size(text: str) -> str:
    """Give the text back when it may be read at all.

    Raises
    ------
    Unreadable
        It is empty, longer than `MAX_BYTES` or no Unicode text.

    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Unreadable("Der Filter ist kein Text in UTF-8.") from None
    if size > MAX_BYTES:
        raise Unreadable(
            f"Der Filter hat {size} Byte, erlaubt sind {MAX_BYTES}. Bitte kürzen oder Geometrien vereinfachen."
        )
    if not text.strip():
        raise Unreadable("Der Filter ist leer. Beispiel: art = 'pflege.tagespflege'.")
    return text


def check_depth(depth: int) -> None:
    """Refuse more than `MAX_DEPTH` brackets in each other."""
    if depth > MAX_DEPTH:
        raise Unreadable(f"Der Filter ist mehr als {MAX_DEPTH} Klammern tief. Bitte vereinfachen.")


def check_nodes(wanted: Filter) -> Filter:
    """Give the filter back when it has at most `MAX_NODES` conditions and values."""
    nodes = count_nodes(wanted)
    if nodes > MAX_NODES:
        raise Unreadable(f"Der Filter hat {nodes} Bedingungen und Werte, erlaubt sind {MAX_NODES}. Bitte teilen.")
    return wanted


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse with its reason what cannot be read."""
    try:
        yield
    except Unreadable as error:
        raise InvalidParameter("filter", str(error)) from None


def as_scalar(found: Operand) -> Scalar:
    """Take an operand for a property or a single value."""
    if isinstance(found, Name | Literal | Casei):
        return found
    raise Unreadable("Hier wird eine Eigenschaft oder ein einzelner Wert erwartet.")


def as_time(found: Operand) -> Scalar | Interval:
    """Take an operand for a date or a period."""
    return found if isinstance(found, Interval) else as_scalar(found)


def as_place(found: Operand) -> Scalar | shapely.Geometry:
    """Take an operand for a geometry or the property that is one."""
    return found if isinstance(found, shapely.Geometry) else as_scalar(found)


def as_filter(found: Operand) -> Filter:
    """Take an operand for a predicate."""
    if isinstance(found, Name | Literal | Casei):
        return as_predicate(found)
    if isinstance(found, Interval | shapely.Geometry):
        raise Unreadable("Hier fehlt ein Vergleich wie S_INTERSECTS(geometry, …) oder T_AFTER(stand, …).")
    return found
