"""Say in which Kommune and Sozialraum Standorte lie: of all after outlines changed, of one when it moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from infrastruktur.domain.angebot import Standort, is_valid_on, normal_text
from infrastruktur.domain.eingabe import Ort
from infrastruktur.domain.geometry import Floats
from infrastruktur.domain.raum import Ebene, Lagezeit, Raum, list_turns, locate
from infrastruktur.storage import raeume
from infrastruktur.storage.history import RAEUME, read_revision
from infrastruktur.storage.lage import (
    list_lagen_of_forgotten,
    list_standort_orte,
    list_standort_points,
    set_lage,
    set_lagezeiten,
)
from infrastruktur.usecases.context import Context

if TYPE_CHECKING:
    from infrastruktur.storage.engine import Connection

INNERHALB, AUSSERHALB, OHNE_PUNKT = "innerhalb", "ausserhalb", "ohne_punkt"


@dataclass(frozen=True)
class Umrisse:
    """The outlines points are held against, valid ones before those that ended."""

    kommunen: tuple[Raum, ...]
    kleine: tuple[Raum, ...]

    def on(self, day: date) -> "Umrisse":
        """Keep those that are valid on a day."""
        valid = ([each for each in raeume if is_valid_on(each, day)] for raeume in (self.kommunen, self.kleine))
        return Umrisse(*map(tuple, valid))


def locate_standorte(connection: "Connection") -> None:
    """Place all Standorte among the outlines valid today or last.

    A Standort without a point belongs to the Kommune its Ort names exactly; in which Sozialraum it
    lies, nobody knows. Where the Ort was erased, it stays where it was.
    """
    ids, xy = list_standort_points(connection)
    orte = list_standort_orte(connection)
    umrisse = load_umrisse(connection)
    found = _locate(umrisse, xy, [orte[id_] for id_ in ids])
    rows = [(id_, ort.kommune, ort.sozialraum, ort.lage) for id_, ort in zip(ids, found, strict=True)]
    stays = {id_ for id_, *_ in list_lagen_of_forgotten(connection)}
    set_lage(connection, [row for row in rows if row[0] not in stays])
    set_lagezeiten(connection, dict(zip(ids, _trace(umrisse, xy), strict=True)))


def load_umrisse(connection: "Connection") -> Umrisse:
    """Load the outlines, the latest first: where two hold a point, it lies in the later one."""
    kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], None)
    kleine = raeume.list_raeume(connection, [Ebene.SOZIALRAUM, Ebene.BEZIRK], None)
    return Umrisse(_latest_first(kommunen), _latest_first(kleine))


def recall_umrisse(context: Context, connection: "Connection") -> Umrisse:
    """Load the outlines once for as long as they stay the same."""
    key = ("umrisse", read_revision(connection).get(RAEUME, 0))
    return context.figures.recall(key, lambda: load_umrisse(connection))


def locate_standort(umrisse: Umrisse, standort: Standort) -> Ort:
    """Say where one Standort lies, stored or not."""
    xy = np.array([standort.punkt_25832 or (np.nan, np.nan)])
    (ort,) = _locate(umrisse, xy, [standort.ort])
    return ort


def trace_standorte(umrisse: Umrisse, standorte: Mapping[str, Standort]) -> dict[str, tuple[Lagezeit, ...]]:
    """Say by id in which areas Standorte lay when; nothing of one that always lay in those it lies in now."""
    points = np.array([each.punkt_25832 or (np.nan, np.nan) for each in standorte.values()]).reshape(-1, 2)
    return dict(zip(standorte, _trace(umrisse, points), strict=True))


def _trace(umrisse: Umrisse, xy: Floats) -> list[tuple[Lagezeit, ...]]:
    """Say of points (n, 2) in which areas they lay when.

    Before the first outline that is known they lie where it says, and after the last where that one said.
    """
    turns = list_turns((*umrisse.kommunen, *umrisse.kleine))
    days = [date.min, *turns]
    states = [_locate(umrisse.on(day), xy, [""] * len(xy)) for day in days] if turns else []
    return [_date(days, _fill(_fill(of_one)[::-1])[::-1]) for of_one in zip(*states, strict=True)] or [()] * len(xy)


def _fill(states: Sequence[Ort]) -> list[Ort]:
    """Let a point stay where it was when its area ends and none follows within the Kommune."""
    filled: list[Ort] = []
    for ort in states:
        before = filled[-1] if filled else ort
        ended = ort.sozialraum is None and ort.kommune in {None, before.kommune}
        filled.append(before if ended else ort)
    return filled


def _date(days: Sequence[date], states: Sequence[Ort]) -> tuple[Lagezeit, ...]:
    """Date the states of one point, each from its day to the eve of the next that differs."""
    begins = [at for at, ort in enumerate(states) if at == 0 or ort != states[at - 1]]
    if len(begins) == 1:
        return ()
    return tuple(
        Lagezeit(
            kommune=states[at].kommune,
            sozialraum=states[at].sozialraum,
            gueltig_von=days[at] if at else None,
            gueltig_bis=days[following] - timedelta(days=1) if following else None,
        )
        for at, following in zip(begins, [*begins[1:], 0], strict=True)
    )


def _locate(umrisse: Umrisse, xy: Floats, orte: Sequence[str]) -> list[Ort]:
    kommunen, kleine = umrisse.kommunen, umrisse.kleine
    by_name = {normal_text(kommune.name): kommune.schluessel for kommune in kommunen}
    in_kommune = locate(xy, [kommune.geom_25832 for kommune in kommunen])
    in_small = locate(xy, [raum.geom_25832 for raum in kleine])
    found: list[Ort] = []
    for at, named in enumerate(orte):
        if np.isnan(xy[at, 0]):
            found.append(Ort(kommune=by_name.get(normal_text(named)), lage=OHNE_PUNKT))
            continue
        raum = kleine[in_small[at]] if in_small[at] >= 0 else None
        kommune = _kommune(
            raum.oberraum if raum else None, kommunen[in_kommune[at]].schluessel if in_kommune[at] >= 0 else None
        )
        lage = AUSSERHALB if kommune is None else INNERHALB
        found.append(Ort(kommune=kommune, sozialraum=raum.schluessel if raum else None, lage=lage))
    return found


def _latest_first(found: list[Raum]) -> tuple[Raum, ...]:
    """Put what has ended behind what has not: where both hold a point, it lies in the later one."""
    return tuple(sorted(found, key=lambda raum: raum.gueltig_bis or date.max, reverse=True))


def _kommune(of_small: str | None, of_outline: str | None) -> str | None:
    """Prefer the Kommune of the Sozialraum: where outlines of two sources differ, parts still add up to the whole."""
    return of_small or of_outline
