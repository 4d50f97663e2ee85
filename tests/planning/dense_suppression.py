"""Suppression the slow way: all sums looked at in every round, and one dense decomposition for each set of them."""

from collections.abc import Iterator, Sequence

import numpy as np

from infrastruktur.planning.suppression import Bools, Floats, Sum

_ZERO = 1e-9


def hide_densely(
    values: Floats, sums: Sequence[Sum], primary: Bools, *, threshold: float, locked: Bools | None = None
) -> Bools:
    """Extend a set of hidden numbers (n,) until none of them can be had by subtraction."""
    hidden = primary.copy()
    everything = np.ones(len(values), dtype=np.bool_)
    free = everything if locked is None else ~locked
    unknown = np.isnan(values)
    while True:
        while _extend_each(values, sums, hidden, free=free, threshold=threshold):
            pass
        exposed = list(_exposed(sums, hidden | unknown, hidden))
        if not exposed:
            return hidden
        # A locked number is given up before a secret is.
        done = [
            _hide_partner(values, sums, hidden, free, number) or _hide_partner(values, sums, hidden, everything, number)
            for number in exposed
        ]
        if not any(done):
            return hidden


def _extend_each(values: Floats, sums: Sequence[Sum], hidden: Bools, *, free: Bools, threshold: float) -> bool:
    """Give each sum that exposes something one partner more; tell whether anything was hidden."""
    changed = False
    for link in sums:
        if _is_safe(values, link, hidden, threshold):
            continue
        partner = _smallest(values, link, hidden, free)
        if partner is not None:
            hidden[partner] = True
            changed = True
    return changed


def _is_safe(values: Floats, link: Sum, hidden: Bools, threshold: float) -> bool:
    gone = [part for part in link.parts if hidden[part]]
    null = any(np.isnan(values[part]) for part in link.parts)
    if hidden[link.total]:
        return bool(gone) or null
    if not gone or null or np.isnan(values[link.total]):
        return True
    return len(gone) > 1 and float(values[gone].sum()) >= threshold


def _smallest(values: Floats, link: Sum, hidden: Bools, free: Bools) -> int | None:
    """Choose the smallest number above zero, then a zero (it protects less), then the total."""
    parts = [part for part in link.parts if not hidden[part] and free[part] and not np.isnan(values[part])]
    if parts:
        return min(parts, key=lambda part: (values[part] <= _ZERO, values[part], part))
    total = link.total
    return None if hidden[total] or not free[total] or np.isnan(values[total]) else total


def _hide_partner(values: Floats, sums: Sequence[Sum], hidden: Bools, free: Bools, number: int) -> bool:
    for link in sums:
        if number in link.members and (partner := _smallest(values, link, hidden, free)) is not None:
            hidden[partner] = True
            return True
    return False


def _exposed(sums: Sequence[Sum], unknown: Bools, hidden: Bools) -> Iterator[int]:
    """Find hidden numbers that the shown ones determine, by one sum or by several together.

    The sums leave a number open exactly when some solution of the homogeneous system moves it.
    """
    for numbers, links in _components(sums, unknown):
        place = {number: column for column, number in enumerate(numbers)}
        matrix = np.zeros((len(links), len(numbers)))
        for row, link in enumerate(links):
            for member in link.members:
                if member in place:
                    matrix[row, place[member]] += -1.0 if member == link.total else 1.0
        moves = np.abs(_null_space(matrix)).max(axis=1, initial=0.0)
        yield from (number for number, column in place.items() if hidden[number] and moves[column] < _ZERO)


def _null_space(matrix: Floats) -> Floats:
    """Give an orthonormal basis (n_columns, k) of what `matrix` (n_rows, n_columns) maps to zero."""
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    independent = int(np.count_nonzero(singular > _ZERO * max(matrix.shape)))
    return right[independent:].T


def _components(sums: Sequence[Sum], unknown: Bools) -> Iterator[tuple[list[int], list[Sum]]]:
    """Part the unknown numbers into sets that share no sum, so that each system stays small."""
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for link in sums:
        gone = [member for member in link.members if unknown[member]]
        for member in gone:
            parent[root(member)] = root(gone[0])
    groups: dict[int, tuple[list[int], list[Sum]]] = {}
    for number in list(parent):
        groups.setdefault(root(number), ([], []))[0].append(number)
    for link in sums:
        gone = [member for member in link.members if unknown[member]]
        if gone:
            groups[root(gone[0])][1].append(link)
    yield from groups.values()
