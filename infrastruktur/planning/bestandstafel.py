"""The table of § 7 Abs. 4 APG NRW: the Bestand of 31 December of every second year, from 2015 on. No forecast is in it.

What is expected (geplant, genehmigt, im Bau) and what rests stands beside the Bestand, each for itself, and is
never part of it.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.bedarfsplanung import Planungsraum
from infrastruktur.planning.supply import Platzzeiten, count_places

ERSTES_JAHR = 2015
_BESIDE = (Status.RUHEND, Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU)


def require_berichtstag(tag: date) -> date:
    """Refuse a day the law does not ask for: it wants 31 December of 2015, 2017, 2019, ….

    Raises
    ------
    InvalidParameter
        It is another day.

    """
    if (tag.month, tag.day) == (12, 31) and tag.year >= ERSTES_JAHR and tag.year % 2:
        return tag
    raise InvalidParameter(
        "stichtag",
        f"Die Zusammenstellung nach § 7 Abs. 4 APG NRW gilt für den 31.12. jedes zweiten Jahres ab {ERSTES_JAHR}, "
        f"nicht für den {tag:%d.%m.%Y}. Den Bestand anderer Tage gibt es unter „Bestand“.",
    )


def list_bestand(raum: Planungsraum, je_art: Mapping[str, Platzzeiten], stichtag: date) -> Iterator[dict[str, Wert]]:
    """List the rows of the table for `columns.BESTANDSTAFEL`, per Kommune, Region and art.

    Parameters
    ----------
    je_art
        The Angebote of each art, areas as in `raum`.

    Raises
    ------
    InvalidParameter
        The Stichtag is none of § 7 Abs. 4 APG NRW.

    """
    day = require_berichtstag(stichtag)
    n = len(raum.kommunen)
    for art, zeiten in je_art.items():
        bestand = count_places(zeiten, day, n)
        beside = {status: count_places(zeiten, day, n, status) for status in _BESIDE}
        for at in range(len(raum.gebiete)):
            inside = np.arange(n) if at == n else np.array([at])
            plaetze, silent = float(bestand.plaetze[inside].sum()), int(bestand.ohne_platzzahl[inside].sum())
            yield {
                **raum.name(at),
                "art": art,
                "angebote": int(bestand.angebote[inside].sum()),
                # A lower bound of nought says nothing, but reads like "there is nothing": it is not stated.
                "plaetze": None if silent and plaetze == 0 else plaetze,
                "ohne_platzzahl": silent,
                **{f"angebote_{status}": int(each.angebote[inside].sum()) for status, each in beside.items()},
                **{f"plaetze_{status}": float(each.plaetze[inside].sum()) for status, each in beside.items()},
                "stichtag": day,
            }
