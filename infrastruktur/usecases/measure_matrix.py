"""Measure the travel time between each pair of places; a pair without one says why."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert, build_zeile
from infrastruktur.routing.search import times_to_edge_of_data, travel_times
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.prepare_reise import (
    HINDERNISSE,
    Hindernis,
    Orte,
    Points,
    Reise,
    Wer,
    longest_minutes,
    name_herkunft,
    open_reise,
    parse_modus,
    place_angebote,
    place_points,
    whole_minutes,
)
from infrastruktur.usecases.read_supply import read_supply

TITEL = "Reisezeiten"
MATRIX = (
    Spalte(name="von", titel="Von (Nummer)", typ=Typ.GANZZAHL),
    Spalte(name="von_angebot", titel="Von (Angebot)"),
    Spalte(name="nach", titel="Nach (Nummer)", typ=Typ.GANZZAHL),
    Spalte(name="minuten", titel="Minuten, aufgerundet", typ=Typ.GANZZAHL, einheit="min"),
    Spalte(name="sekunden", titel="Sekunden", typ=Typ.ZAHL, einheit="s"),
    Spalte(name="luftlinie_m", titel="Luftlinie", typ=Typ.GANZZAHL, einheit="m"),
    Spalte(name="am_rand", titel="Hinter dem Rand der Daten könnte ein kürzerer Weg liegen", typ=Typ.WAHRHEIT),
    Spalte(name="grund", titel="Warum es keine Zeit gibt"),
)
_NEVER = np.iinfo(np.int64).max // 4


class MatrixFrage(Wer, frozen=True, kw_only=True):
    """From these points or Angebote to those points; `minuten` None is the longest there is."""

    von: Points = ()
    angebot: tuple[str, ...] = ()
    nach: Points
    minuten: int | None = None
    stichtag: date | None = None


def measure_matrix(context: Context, frage: MatrixFrage) -> Tabelle:
    """Measure every pair, in the order of the question.

    Raises
    ------
    LimitExceeded
        More pairs or minutes than one request may ask for.
    InvalidParameter, NotFound
        A point that cannot be one, an Angebot that is not there, or both points and Angebote to start from.

    """
    if bool(frage.von) == bool(frage.angebot):
        raise InvalidParameter("von", "Bitte entweder von (Punkte) oder angebot (Kennungen) angeben.")
    pairs, most = (len(frage.von) + len(frage.angebot)) * len(frage.nach), context.settings.limits.matrix_pairs
    if pairs > most:
        raise LimitExceeded(f"Höchstens {most} Paare auf einmal, gefragt sind {pairs}.")
    minutes = frage.minuten or longest_minutes(context.settings.limits)[parse_modus(frage.modus)]
    day = frage.stichtag or context.today()
    reise = open_reise(context, frage, [minutes])
    if frage.angebot:
        von = place_angebote(reise, read_supply(context, day), frage.angebot)
    else:
        von = place_points(reise, frage.von, "von")
    nach = place_points(reise, frage.nach, "nach")
    rows = _rows(reise, von, nach, limit_ds=reise.limit_ds(minutes))
    parameter = {"modus": frage.modus, "profil": reise.titel, "minuten": minutes, "von": frage.von, "nach": frage.nach}
    told = [f"{grund.value}: {HINDERNISSE[grund]}" for grund in Hindernis if any(row[-1] == grund for row in rows)]
    doors = (f"{name}: {said}" for name, orte in (("von", von), ("nach", nach)) for said in orte.describe_doors())
    hinweise = (*told, *doors, *reise.describe_ways())
    herkunft = name_herkunft(context, TITEL, day, parameter=parameter, hinweise=hinweise)
    return Tabelle(name="matrix", spalten=MATRIX, zeilen=tuple(rows), herkunft=herkunft)


def _rows(reise: Reise, von: Orte, nach: Orte, *, limit_ds: int) -> list[tuple[Wert, ...]]:
    time_ds, around_ds = _times(reise, von, nach, limit_ds), _times_around(reise, von, nach, limit_ds)
    distance = np.hypot(*(von.xy_25832[:, None] - nach.xy_25832[None]).transpose(2, 0, 1))
    seconds = reise.seconds(time_ds)
    rows = []
    for i in range(len(von)):
        for j in range(len(nach)):
            reached = time_ds[i, j] >= 0
            at_edge = bool(around_ds[i, j] < (time_ds[i, j] if reached else limit_ds + 1))
            named: dict[str, Wert] = {
                "von": i,
                "von_angebot": von.angebot[i] or None,
                "nach": j,
                "luftlinie_m": _whole(distance[i, j]),
            }
            if reached:
                exact = seconds[i, j]
                named |= {"minuten": int(whole_minutes(exact)), "sekunden": round(float(exact), 1), "am_rand": at_edge}
            else:
                named |= {"grund": _hindernis(von, i, nach, j, at_edge=at_edge).value}
            rows.append(build_zeile(MATRIX, named))
    return rows


def _whole(metres: float) -> int | None:
    return round(metres) if np.isfinite(metres) else None


def _times(reise: Reise, von: Orte, nach: Orte, limit_ds: int) -> NDArray[np.int32]:
    """Find times (n, m) i4 of each pair, -1 where there is none within the limit."""
    found = travel_times(reise.network, von.snapped, nach.snapped, limit_ds=limit_ds)
    time = np.full((len(von), len(nach)), -1, np.int32)
    time[np.repeat(np.arange(len(von)), np.diff(found.indptr)), found.target] = found.time_ds
    return time


def _times_around(reise: Reise, von: Orte, nach: Orte, limit_ds: int) -> NDArray[np.int64]:
    """Find the least time (n, m) i8 of a way out of the data and back into them: any way beyond takes longer."""
    out = times_to_edge_of_data(reise.network, von.snapped, limit_ds=limit_ds, reverse=True)
    back = times_to_edge_of_data(reise.network, nach.snapped, limit_ds=limit_ds, reverse=False)
    out, back = (np.where(each >= 0, each.astype(np.int64), _NEVER) for each in (out, back))
    return np.asarray(out[:, None] + back[None], dtype=np.int64)


def _hindernis(von: Orte, i: int, nach: Orte, j: int, *, at_edge: bool) -> Hindernis:
    for orte, place in ((von, i), (nach, j)):
        off = orte.hindernis(place)
        if off is not None:
            return off
    if at_edge:
        return Hindernis.RAND_DER_DATEN
    return Hindernis.INSEL if von.on_island(i) or nach.on_island(j) else Hindernis.ZU_WEIT
