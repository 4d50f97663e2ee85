"""Say of every Standort in which Kommune and Sozialraum it lies, after points or outlines have changed."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.raum import Ebene, Raum, locate
from infrastruktur.storage import angebote, raeume

if TYPE_CHECKING:
    from infrastruktur.storage.engine import Connection

INNERHALB, AUSSERHALB, OHNE_PUNKT = "innerhalb", "ausserhalb", "ohne_punkt"


def locate_standorte(connection: "Connection") -> None:
    """Place all Standorte among the outlines valid today or last.

    A Standort without a point belongs to the Kommune its Ort names exactly; in which Sozialraum it
    lies, nobody knows.
    """
    kommunen = _latest_first(raeume.list_raeume(connection, [Ebene.KOMMUNE], None))
    small = _latest_first(raeume.list_raeume(connection, [Ebene.SOZIALRAUM, Ebene.BEZIRK], None))
    ids, xy = angebote.list_standort_points(connection)
    orte = angebote.list_standort_orte(connection)
    by_name = {normal_text(kommune.name): kommune.schluessel for kommune in kommunen}
    in_kommune = locate(xy, [kommune.geom_25832 for kommune in kommunen])
    in_small = locate(xy, [raum.geom_25832 for raum in small])
    rows: list[tuple[str, str | None, str | None, str]] = []
    for at, id_ in enumerate(ids):
        if np.isnan(xy[at, 0]):
            rows.append((id_, by_name.get(normal_text(orte[id_])), None, OHNE_PUNKT))
            continue
        raum = small[in_small[at]] if in_small[at] >= 0 else None
        kommune = _kommune(
            raum.oberraum if raum else None, kommunen[in_kommune[at]].schluessel if in_kommune[at] >= 0 else None
        )
        rows.append((id_, kommune, raum.schluessel if raum else None, AUSSERHALB if kommune is None else INNERHALB))
    angebote.set_lage(connection, rows)


def _latest_first(found: list[Raum]) -> list[Raum]:
    """Put what has ended behind what has not: where both hold a point, it lies in the later one."""
    return sorted(found, key=lambda raum: raum.gueltig_bis or date.max, reverse=True)


def _kommune(of_small: str | None, of_outline: str | None) -> str | None:
    """Prefer the Kommune of the Sozialraum: where outlines of two sources differ, parts still add up to the whole."""
    return of_small or of_outline
