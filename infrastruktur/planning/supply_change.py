"""One supply more, less, larger or elsewhere: a catchment after it, from the one before.

A supply of another size changes what its own people get, and nothing else; so does one at another place, unless people
choose between supplies (3SFCA, BFCA, ausgeglichen): then it changes what others are asked for, and only the search and
the sums of weights are spared. Catchments are values; a change gives a new one, and the one before stays.
"""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.catchment import (
    GESCHLOSSEN,
    Catchment,
    add_choice,
    check_numbers,
    count_competitors,
    find_anteil,
    find_states,
    share_chosen,
)
from infrastruktur.planning.pairs import Pairs, count_reached, hand_out, replace_supply, take_supply

_Array = TypeVar("_Array", bound=NDArray[Any])


def resize_supply(catchment: Catchment, number: int, kapazitaet: float) -> Catchment:
    """Give a supply another number of places >= 0, NaN unknown.

    Raises
    ------
    IndexError
        There is no such supply.
    ValueError
        Places below nothing or without end.

    """
    _require_supply(catchment, number)
    check_numbers("kapazitaet", np.array([kapazitaet]))
    return _retake(catchment, replace(catchment, kapazitaet=_put(catchment.kapazitaet, number, kapazitaet)), number)


def close_supply(catchment: Catchment, number: int) -> Catchment:
    """Close a supply; the others keep their numbers.

    Raises
    ------
    IndexError
        There is no such supply.

    """
    _require_supply(catchment, number)
    return _move(catchment, number, replace(catchment.pairs, blocks=()), offen=False)


def move_supply(catchment: Catchment, number: int, row: Pairs) -> Catchment:
    """Put a supply elsewhere, or a closed one back; `row` is whom it reaches there, by the same decay.

    Raises
    ------
    IndexError
        There is no such supply.
    ValueError
        The row is not that of one supply, or of other demands.

    """
    _require_supply(catchment, number)
    return _move(catchment, number, row, offen=True)


def add_supply(catchment: Catchment, row: Pairs, kapazitaet: float) -> Catchment:
    """Add a supply with the next number; `row` is whom it reaches, by the same decay.

    Raises
    ------
    ValueError
        Places below nothing or without end, NaN is unknown; or a row that is not one of these demands.

    """
    check_numbers("kapazitaet", np.array([kapazitaet]))
    number = catchment.pairs.n_supplies
    unopened = replace(
        catchment,
        pairs=replace(catchment.pairs, n_supplies=number + 1),
        kapazitaet=np.append(catchment.kapazitaet, kapazitaet),
        offen=np.append(catchment.offen, values=False),
        nachfrage=np.append(catchment.nachfrage, 0.0),
        zustand=np.append(catchment.zustand, np.uint8(GESCHLOSSEN)),
        anteil=np.append(catchment.anteil, 0.0),
    )
    return move_supply(unopened, number, row)


def _move(catchment: Catchment, number: int, row: Pairs, *, offen: bool) -> Catchment:
    if offen and row.n_supplies != 1:
        raise ValueError(f"one supply is needed, not {row.n_supplies}")
    pairs = replace_supply(catchment.pairs, number, row)
    moved = replace(catchment, pairs=pairs, offen=_put(catchment.offen, number, offen))
    if not catchment.formel.chooses:
        return _retake(catchment, moved, number)
    choice = catchment.choice.copy()
    add_choice(choice, take_supply(catchment.pairs, number), catchment.formel, sign=-1.0)
    add_choice(choice, take_supply(pairs, number), catchment.formel, sign=1.0)
    return share_chosen(catchment.verfahren, pairs, catchment.personen, (moved.kapazitaet, moved.offen), choice)


def _retake(before: Catchment, after: Catchment, number: int) -> Catchment:
    """Take back what a supply handed out before, and hand out what it does after."""
    formel, choice = before.formel, before.choice.value
    old_row, new_row = take_supply(before.pairs, number), take_supply(after.pairs, number)
    nachfrage = _put(before.nachfrage, number, count_competitors(new_row, formel, after.personen, choice)[number])
    zustand = find_states(after.kapazitaet, after.offen, nachfrage)
    alone = np.where(np.arange(len(zustand)) == number, zustand, GESCHLOSSEN).astype(np.uint8)
    anteil = find_anteil(new_row, formel, after.kapazitaet, nachfrage, alone)
    received, reached = before.received.copy(), before.reached.copy()
    for block in old_row.blocks:
        hand_out(block.rows, formel.receives, -before.anteil, choice, received.high, received.low)
        count_reached(block.rows, before.zustand, -1, reached)
    for block in new_row.blocks:
        hand_out(block.rows, formel.receives, anteil, choice, received.high, received.low)
        count_reached(block.rows, zustand, 1, reached)
    return replace(
        after,
        nachfrage=nachfrage,
        zustand=zustand,
        anteil=_put(before.anteil, number, anteil[number]),
        received=received,
        reached=reached,
    )


def _put(values: _Array, number: int, value: float) -> _Array:
    changed = values.copy()
    changed[number] = value
    return changed


def _require_supply(catchment: Catchment, number: int) -> None:
    if not 0 <= number < catchment.pairs.n_supplies:
        raise IndexError(f"there is no supply {number} among {catchment.pairs.n_supplies}")
