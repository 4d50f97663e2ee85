"""Freeze a Stichtag: name a day as it is known now, so that it can be cited, asked for again and checked.

Nothing is copied. The history gives the state again; the checksum of the Bestand proves that it is the same.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.festschreibung import Festschreibung
from infrastruktur.domain.permission import INSTALLATION, Handlung, demand
from infrastruktur.storage import history, stichtage
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.read_supply import read_supply

_TEXTS = ("id", "art", "kommune", "sozialraum", "lage", "status")
"""Names of Angebote and Träger are not among them: they may be those of persons, who can have them erased."""
_DAYS = ("zuletzt_geprueft", "stand")


@dataclass(frozen=True)
class Wunsch:
    """What shall be frozen; `known_at` None as it is known now."""

    stichtag: date
    titel: str
    grund: str = ""
    known_at: datetime | None = None


def freeze_stichtag(context: Context, wunsch: Wunsch) -> Festschreibung:
    """Freeze a day as it is known.

    Raises
    ------
    Forbidden
        Who asks may not.
    InvalidParameter
        The day is still to come when it is frozen, or nothing was known then.

    """
    demand(context.leser, Handlung.STICHTAG_FESTSCHREIBEN)
    moment = wunsch.known_at or _find_moment(context)
    then = _look_back(context, moment)
    if wunsch.stichtag > then.today():
        reason = f"{wunsch.stichtag.isoformat()} kommt erst noch; festschreiben lässt sich, was war."
        raise InvalidParameter("stichtag", reason)
    stated = Festschreibung(
        id="",
        titel=wunsch.titel,
        stichtag=wunsch.stichtag,
        known_at=moment,
        stand=_find_stand(context, moment),
        pruefsumme=_sum_up(then, wunsch.stichtag),
        akteur=context.leser.kennung or "cli",
        grund=wunsch.grund,
    )
    with context.store.write() as connection:
        return stichtage.append_stichtag(connection, stated)


def list_stichtage(context: Context) -> list[Festschreibung]:
    """List what was frozen, the newest day first."""
    with context.store.read() as connection:
        return stichtage.list_stichtage(connection)


def get_stichtag(context: Context, id_: str) -> Festschreibung:
    """Get a frozen Stichtag by its name.

    Raises
    ------
    NotFound
        There is none.

    """
    with context.store.read() as connection:
        found = stichtage.find_stichtag(connection, id_)
    if found is None:
        raise NotFound(f"Einen festgeschriebenen Stichtag „{id_}“ gibt es nicht. Alle stehen unter /stichtage.")
    return found


def verify_stichtag(context: Context, stated: Festschreibung) -> bool:
    """Tell whether the history still gives the Bestand that was frozen."""
    same = _find_stand(context, stated.known_at) == stated.stand
    return same and _sum_up(_look_back(context, stated.known_at), stated.stichtag) == stated.pruefsumme


def _find_moment(context: Context) -> datetime:
    """Take a moment while nobody writes: what was begun before it is done, and what comes is later."""
    with context.store.write():
        return datetime.now(UTC)


def _find_stand(context: Context, moment: datetime) -> int:
    with context.store.of_installation().read() as connection:
        return history.find_stand(connection, moment) or 0


def _look_back(context: Context, moment: datetime) -> Context:
    """See all there was, what is confidential too: a checksum of the public's part would change with what is hidden."""
    return look_back(context.for_reader(INSTALLATION), moment)


def _sum_up(then: Context, stichtag: date) -> str:
    """Sum up the Bestand in the one way that all stored checksums were made: by id, places in millimetres."""
    supply = read_supply(then, stichtag)
    order = np.argsort(supply.id)
    columns: list[Any] = [getattr(supply, name)[order].tolist() for name in _TEXTS]
    columns += [supply.vertraulich[order].tolist(), *(_as_text(getattr(supply, name)[order]) for name in _DAYS)]
    columns.append([[None if np.isnan(xy) else round(xy * 1000) for xy in place] for place in supply.xy_25832[order]])
    columns.append({name: supply.sizes[name][order].tolist() for name in sorted(supply.sizes)})
    return hashlib.sha256(msgspec.json.encode(columns)).hexdigest()


def _as_text(days: NDArray[np.datetime64]) -> list[str]:
    return [str(day) for day in days]
