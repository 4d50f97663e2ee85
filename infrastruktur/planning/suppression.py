"""Hide as many numbers of linked sums as it takes, so that no hidden one follows from shown ones.

Cell suppression as of Willenborg & de Waal, Elements of Statistical Disclosure Control (2001), ch. 4,
by a greedy choice of the smallest partner; the result is then audited by exact linear algebra (`determined`),
because several sums together can give away what each alone does not.

What was found safe is looked at again only where a number next to it was hidden since: most of a table is settled at
the first look, and what is left are a few sums.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.planning.determined import find_determined

_ZERO = 1e-9

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sum:
    """`values[total]` is the sum of `values[parts]`, and everybody knows it."""

    total: int
    parts: tuple[int, ...]

    @property
    def members(self) -> tuple[int, ...]:
        return (self.total, *self.parts)


@dataclass(frozen=True, eq=False)
class _Web:
    """Numbers and the sums they stand in; lists, for they are looked at one by one.

    Attributes
    ----------
    values, null, free
        (n,) the numbers, whether they are null already, and whether they are chosen as a partner before others.
    sums_of
        (n,) the places of the sums each number stands in, ascending.

    """

    values: list[float]
    null: list[bool]
    free: list[bool]
    sums: Sequence[Sum]
    sums_of: list[list[int]]
    threshold: float


def hide(
    values: Floats, sums: Sequence[Sum], primary: Bools, *, threshold: float, locked: Bools | None = None
) -> Bools:
    """Extend a set of hidden numbers until none of them can be had by subtraction.

    Parameters
    ----------
    values
        (n,) numbers >= 0; NaN is null already and known to nobody.
    primary
        (n,) bool, what must be hidden.
    threshold
        The hidden parts of a shown total must sum to at least this, else their sum gives them away.
    locked
        (n,) bool, numbers that are chosen as a partner only where nothing else is left.

    Returns
    -------
    (n,) bool.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked before each audit.

    """
    free = [True] * len(values) if locked is None else (~locked).tolist()
    web = _Web(values.tolist(), np.isnan(values).tolist(), free, sums, _list_sums_of(len(values), sums), threshold)
    hidden: list[bool] = primary.tolist()
    unsettled: Iterable[int] = range(len(sums))
    unaudited = {number for number, gone in enumerate(hidden) if gone}
    while unaudited:
        unaudited.update(_extend(web, hidden, unsettled))
        exposed = list(_exposed(web, hidden, unaudited))
        unaudited = set(_hide_partners(web, hidden, exposed))
        unsettled = {at for number in unaudited for at in web.sums_of[number]}
    return np.array(hidden, dtype=np.bool_)


def _list_sums_of(count: int, sums: Sequence[Sum]) -> list[list[int]]:
    sums_of: list[list[int]] = [[] for _ in range(count)]
    for at, link in enumerate(sums):
        for member in dict.fromkeys(link.members):
            sums_of[member].append(at)
    return sums_of


def _extend(web: _Web, hidden: list[bool], unsettled: Iterable[int]) -> Iterator[int]:
    """Give each sum that exposes something a partner, in rounds and in their order; yield what was hidden."""
    now, queued = sorted(unsettled), set(unsettled)
    later: set[int] = set()
    while now:
        heapify(now)
        while now:
            at = heappop(now)
            queued.discard(at)
            link = web.sums[at]
            if _is_safe(web, link, hidden) or (partner := _smallest(web, link, hidden)) is None:
                continue
            hidden[partner] = True
            yield partner
            for other in web.sums_of[partner]:
                if other <= at:
                    later.add(other)
                elif other not in queued:
                    queued.add(other)
                    heappush(now, other)
        now, queued, later = list(later), set(later), set()


def _is_safe(web: _Web, link: Sum, hidden: list[bool]) -> bool:
    gone = [part for part in link.parts if hidden[part]]
    if hidden[link.total]:
        return bool(gone) or any(web.null[part] for part in link.parts)
    if not gone or web.null[link.total] or any(web.null[part] for part in link.parts):
        return True
    return len(gone) > 1 and sum(web.values[part] for part in gone) >= web.threshold


def _smallest(web: _Web, link: Sum, hidden: list[bool], *, locked: bool = False) -> int | None:
    """Choose the smallest number above zero, then a zero (it protects less), then the total."""
    parts = [part for part in link.parts if _is_open(web, hidden, part, locked=locked)]
    if parts:
        return min(parts, key=lambda part: (web.values[part] <= _ZERO, web.values[part], part))
    return link.total if _is_open(web, hidden, link.total, locked=locked) else None


def _is_open(web: _Web, hidden: list[bool], number: int, *, locked: bool) -> bool:
    return not hidden[number] and not web.null[number] and (locked or web.free[number])


def _hide_partners(web: _Web, hidden: list[bool], exposed: Iterable[int]) -> Iterator[int]:
    """Give each exposed number a partner in a sum of its own; a locked number is given up before a secret is.

    Two sums that share more than one number can give away a third whose own sums are all hidden: then the partner
    comes from the sums around.
    """
    for number in exposed:
        partner = _find_partner(web, hidden, web.sums_of[number])
        if partner is None:
            partner = _find_partner(web, hidden, _sums_around(web, hidden, number))
        if partner is not None:
            hidden[partner] = True
            yield partner


def _find_partner(web: _Web, hidden: list[bool], links: Iterable[int]) -> int | None:
    for locked in (False, True):
        for at in links:
            partner = _smallest(web, web.sums[at], hidden, locked=locked)
            if partner is not None:
                return partner
    return None


def _exposed(web: _Web, hidden: list[bool], unaudited: set[int]) -> Iterator[int]:
    """Find hidden numbers that the shown ones determine, by one sum or by several together.

    Only sums that hang together with an unaudited number are looked at, each such set apart from the others.
    """
    connected: dict[int, list[int]] = {}
    seen: set[int] = set()
    for number in sorted(unaudited):
        if number not in seen and web.sums_of[number]:
            links = _sums_around(web, hidden, number)
            connected[links[0]] = links
            seen.update(member for at in links for member in web.sums[at].members)
    for _, links in sorted(connected.items()):
        check_waiting()
        known = find_determined([_unknown_of(web, hidden, at) for at in links])
        yield from (number for number in known if hidden[number])


def _sums_around(web: _Web, hidden: list[bool], number: int) -> list[int]:
    """List the sums that hang together with a number by unknown ones, ascending."""
    found, waiting = set(web.sums_of[number]), list(web.sums_of[number])
    while waiting:
        for member in web.sums[waiting.pop()].members:
            if hidden[member] or web.null[member]:
                more = [at for at in web.sums_of[member] if at not in found]
                found.update(more)
                waiting += more
    return sorted(found)


def _unknown_of(web: _Web, hidden: list[bool], at: int) -> dict[int, int]:
    """Write what of a sum is unknown as an equation: number → factor."""
    link = web.sums[at]
    factors: dict[int, int] = {}
    for member, factor in ((link.total, -1), *((part, 1) for part in link.parts)):
        if hidden[member] or web.null[member]:
            factors[member] = factors.get(member, 0) + factor
    return {member: factor for member, factor in factors.items() if factor}
