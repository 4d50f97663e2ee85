"""Say in which Kommune and Sozialraum Standorte lie: of all after outlines changed, of one when it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from infrastruktur.domain.angebot import Standort, normal_text
from infrastruktur.domain.eingabe import Ort
from infrastruktur.domain.geometry import Floats
from infrastruktur.domain.raum import Ebene, Raum, locate
from infrastruktur.storage import angebote, raeume
from infrastruktur.storage.history import RAEUME, read_revision
from infrastruktur.usecases.context import Context

if TYPE_CHECKING:
    from infrastruktur.storage.engine import Connection

INNERHALB, AUSSERHALB, OHNE_PUNKT = "innerhalb", "ausserhalb", "ohne_punkt"


@dataclass(frozen=True)
class Umrisse:
    """The outlines points are held against, valid ones before those that ended."""

    kommunen: tuple[Raum, ...]
    kleine: tuple[Raum, ...]


def locate_standorte(connection: "Connection") -> None:
    """Place all Standorte among the outlines valid today or last.

    A Standort without a point belongs to the Kommune its Ort names exactly; in which Sozialraum it
    lies, nobody knows. Where the Ort was erased, it stays where it was.
    """
    ids, xy = angebote.list_standort_points(connection)
    orte = angebote.list_standort_orte(connection)
    found = _locate(load_umrisse(connection), xy, [orte[id_] for id_ in ids])
    rows = [(id_, ort.kommune, ort.sozialraum, ort.lage) for id_, ort in zip(ids, found, strict=True)]
    stays = {id_ for id_, *_ in angebote.list_lagen_of_forgotten(connection)}
    angebote.set_lage(connection, [row for row in rows if row[0] not in stays])


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
