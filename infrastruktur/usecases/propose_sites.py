"""Propose sites for a target: so many that reach most people newly, or the fewest that meet it.

What stands stays, and reaches whom the measured target says it reaches: a proposal and the gap it closes come from one
measurement. New sites can be wherever somebody of the group lives at a street. People without a statement are neither
served nor missing, as in gaps; that a new site may reach them too is not promised.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_xy
from infrastruktur.domain.progress import tell
from infrastruktur.domain.raum import Raum
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.domain.ziel import Ziel, get_ziel
from infrastruktur.planning.columns import SITING
from infrastruktur.planning.coverage import ERREICHT, NICHT_ERREICHT, reach_straight
from infrastruktur.planning.disclosure import show_in_tens
from infrastruktur.planning.siting.candidates import thin_cells
from infrastruktur.planning.siting.cover import cover_most, cover_share
from infrastruktur.planning.siting.plan import (
    NEU_VERSORGT,
    OFFEN,
    UNERREICHBAR,
    Effort,
    Limits,
    Plan,
    Progress,
    Sites,
    Status,
    join_bands,
    relative_gap,
)
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import TravelTimes, travel_times
from infrastruktur.routing.snap import SnapReason
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import Gehende, Messung, measure_reach, name_people, name_ziel, snap_cells
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, recall_table
from infrastruktur.usecases.spread_population import Gebiete, spread_population

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Cells = NDArray[np.int64]

MAX_ANZAHL = 20
_SEARCH_FROM = 0.4
"""The share of the work that measuring is: a guess, for the search takes as long as its proof."""
GAP = 0.01
"""A plan is good enough when none can reach more than one percent more: the rest is noise of where people live."""

_WORTE = {
    Status.OPTIMAL: "Kein anderer Plan mit so vielen Standorten erreicht mehr Personen.",
    Status.GENUEGT: "Kein anderer Plan mit so vielen Standorten erreicht mehr als 1 % mehr Personen.",
    Status.ZEITGRENZE: "Die Zeit für die Suche war um: Ein besserer Plan ist möglich, höchstens aber einer, der "
    "neu_hoechstens Personen erreicht.",
    Status.ZIEL_UNERREICHBAR: "Auch alle möglichen Standorte zusammen erreichen das Ziel nicht; "
    "vorgeschlagen wird keiner.",
}
_ZELLEN = "Vorgeschlagen sind Mitten bewohnter Zellen: Ob dort gebaut werden kann, weiß die Rechnung nicht."
_ZEHNER = "Öffentlich sind Zahlen von Personen, die ein Vorschlag erreicht, auf volle Zehner gerundet, unter 10 geheim."


class SitingFrage(msgspec.Struct, frozen=True, kw_only=True):
    """For which target, with how many sites (None: as few as meet it), and for whose people (None: the region's)."""

    ziel: str
    anzahl: int | None = None
    gebiet: str | None = None
    stichtag: date | None = None


@dataclass(frozen=True, eq=False)
class _Nachfrage:
    """People of an area by part of the group and cell.

    Attributes
    ----------
    inside
        (n_leaves,) bool, the leaves of the area.
    bewohner
        (n_cells,) float64, everybody of the group.
    beurteilt
        (n_parts, n_cells) float64, those about whom something can be said.
    erreicht, offen
        (n_parts, n_cells) bool, cells of such people that what stands reaches, or does not.

    """

    inside: Bools
    bewohner: Floats
    beurteilt: Floats
    erreicht: Bools
    offen: Bools


@dataclass(frozen=True, eq=False)
class _Vorschlag:
    """A plan over the cells that were possible (n,); site 0 of the plan is all that stands, site s is cell s - 1."""

    plan: Plan
    cells: Cells
    raster_m: int | None


_Show = Callable[[float], float | None]
"""How a count of people is written for who asks."""


def propose_sites(context: Context, frage: SitingFrage) -> Tabelle:
    """Propose sites, those first that reach most people newly; what they achieve stands in the origin's `befund`.

    Raises
    ------
    NotAssessable
        The target wants several Träger or a timetable, or nothing can be said about the people of the area.
    NotFound
        No such target or area.

    """
    stichtag = choose_stichtag(context, frage.stichtag)
    ziel = get_ziel(context.ziele(stichtag), frage.ziel)
    _require_one_is_enough(ziel)
    tell("Wege zu dem, was besteht", 0.0)
    messung = measure_reach(context, ziel, stichtag)
    vorher = _look_up_coverage(context, frage, stichtag)
    question = ("siting", stichtag, ziel, frage.anzahl, vorher["gebiet"])
    return recall_table(context, question, lambda: _answer(context, frage, messung, vorher), keep=False)


def _require_one_is_enough(ziel: Ziel) -> None:
    if ziel.mindestens > 1:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"„{ziel.titel}“ verlangt {ziel.mindestens} Träger zur Auswahl. Ob ein neuer Standort dazuzählt, hängt von "
            "seinem Träger ab, und den kennt noch niemand. Bitte ein Ziel wählen, für das ein Träger genügt.",
        )


def _look_up_coverage(context: Context, frage: SitingFrage, stichtag: date) -> dict[str, Wert]:
    """Find what the area reaches today, as the reader sees it in coverage."""
    gebiet = frage.gebiet or spread_population(context, stichtag).gebiete.region.schluessel
    table = assess_coverage(context, CoverageFrage(stichtag=frage.stichtag, ziel=frage.ziel))
    found = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if found is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht. Möglich sind Schlüssel von Kommunen und Sozialräumen.")
    if found["grund"] not in {None, Grund.GEHEIM.value}:
        raise NotAssessable(
            Grund(str(found["grund"])),
            f"Über die Menschen im Gebiet „{gebiet}“ lässt sich nichts sagen. Bitte ein anderes Gebiet angeben.",
        )
    return found


def _answer(context: Context, frage: SitingFrage, messung: Messung, vorher: dict[str, Wert]) -> Tabelle:
    gebiete = spread_population(context, messung.stichtag).gebiete
    nachfrage = _gather(messung, _find_leaves(gebiete, str(vorher["gebiet"])))
    vorschlag = _propose(context, messung, nachfrage, frage.anzahl)
    show = _choose_show(context, vorher)
    herkunft = Herkunft(
        titel="Standortvorschläge",
        stichtag=messung.stichtag,
        parameter={
            "ziel": messung.ziel.code,
            "grundlage": messung.ziel.grundlage,
            "ziel_prozent": messung.ziel.ziel_prozent if frage.anzahl is None else None,
            "anzahl": frage.anzahl,
            "gebiet": vorher["gebiet"],
            "kandidaten": len(vorschlag.cells),
            "kandidaten_raster_m": vorschlag.raster_m,
            "abstand_prozent": 100 * GAP,
            "sekunden": context.settings.limits.siting_seconds,
            "befund": _describe_plan(vorschlag.plan, vorher, show),
        },
        netz=messung.netz,
        hinweise=tuple(_hinweise(context, messung, vorschlag)),
    )
    rows = tuple(_rows(messung, nachfrage.inside, gebiete.leaves, vorschlag, show))
    return Tabelle(name="siting", spalten=SITING, zeilen=rows, herkunft=herkunft)


def _find_leaves(gebiete: Gebiete, gebiet: str) -> Bools:
    """Tell which leaves (n_leaves,) an area is made of."""
    for stufe in gebiete.stufen:
        for number, raum in enumerate(stufe.raeume):
            if raum.schluessel == gebiet:
                return np.asarray(stufe.of_leaf == number)
    raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht.")


def _gather(messung: Messung, inside: Bools) -> _Nachfrage:
    per_part = np.stack([_per_cell(teil, inside) for teil in messung.teile])
    zustand = np.stack(messung.zustand)
    erreicht, offen = zustand == ERREICHT, (zustand == NICHT_ERREICHT) & (per_part > 0)
    return _Nachfrage(inside, per_part.sum(axis=0), per_part * (erreicht | offen), erreicht & (per_part > 0), offen)


def _per_cell(teil: Gehende, inside: Bools) -> Floats:
    gitter = teil.wohnorte.gitter
    personen = np.where(inside[gitter.pieces.area], teil.wohnorte.personen, 0.0)
    return np.bincount(gitter.pieces.cell, personen, len(gitter.xy_25832)).astype(np.float64)


def _propose(context: Context, messung: Messung, nachfrage: _Nachfrage, anzahl: int | None) -> _Vorschlag:
    tell("Wege zu möglichen Standorten", 0.2)
    cells, raster_m = _find_candidates(context, messung, nachfrage)
    times = _measure_ways(context, messung, cells, np.flatnonzero(nachfrage.offen.any(axis=0)))
    bands = [
        _join_what_stands(times, teil, erreicht, offen)
        for teil, erreicht, offen in zip(messung.teile, nachfrage.erreicht, nachfrage.offen, strict=True)
    ]
    sites, personen = join_bands(bands, len(nachfrage.bewohner)), nachfrage.beurteilt.ravel()
    effort = Effort(gap=GAP, seconds=context.settings.limits.siting_seconds, progress=_tell_search)
    _tell_step(_SEARCH_FROM)
    if anzahl is None:
        plan = cover_share(personen, sites, messung.ziel.ziel_prozent, effort)
    else:
        plan = cover_most(personen, sites, Limits(anzahl), effort)
    return _Vorschlag(plan, cells, raster_m)


def _tell_search(progress: Progress) -> None:
    """Say how near the proof is to the gap that is good enough: that is what the search goes on for."""
    gap = relative_gap(progress.value, progress.bound)
    _tell_step(_SEARCH_FROM + (1 - _SEARCH_FROM) * min(1.0, GAP / gap if gap else 1.0))


def _tell_step(share: float) -> None:
    tell("Suche nach dem besten Plan", share)


def _find_candidates(context: Context, messung: Messung, nachfrage: _Nachfrage) -> tuple[Cells, int | None]:
    """Find the cells (n,) where somebody of the group lives, by a street where the way goes along one."""
    gitter, usable = messung.teile[0].wohnorte.gitter, nachfrage.bewohner > 0
    if messung.ziel.metrik != "luftlinie":
        network = context.network(Modus(messung.ziel.modus))
        usable &= snap_cells(context, network, gitter).reason == SnapReason.OK
    cells = np.flatnonzero(usable)
    most = context.settings.limits.siting_candidates
    kept, raster_m = thin_cells(gitter.xy_25832[cells], nachfrage.bewohner[cells], most)
    return cells[kept], raster_m


def _measure_ways(context: Context, messung: Messung, begins: Cells, ends: Cells) -> TravelTimes:
    """Measure ways between cells as the target measures them, up to its widest limit; targets are cells.

    A straight metre counts a decisecond ten times, as on a network that is stated at 1 m/s.
    """
    gitter, limit_ds = messung.teile[0].wohnorte.gitter, max(teil.limit_ds for teil in messung.teile)
    if messung.ziel.metrik == "luftlinie":
        xy, reach = gitter.xy_25832, reach_straight(gitter.xy_25832[ends], gitter.xy_25832[begins], limit_ds / 10)
        begin, end = begins[np.repeat(np.arange(len(begins)), np.diff(reach.indptr))], ends[reach.target]
        time_ds = np.round(np.hypot(*(xy[begin] - xy[end]).T) * 10).astype(np.int32)
        return TravelTimes(reach.indptr, end.astype(np.int32), time_ds)
    network = context.network(Modus(messung.ziel.modus))
    cells = snap_cells(context, network, gitter)
    reverse = messung.ziel.richtung == "zum_angebot"
    times = travel_times(network, cells.take(begins), cells.take(ends), limit_ds=limit_ds, reverse=reverse)
    return TravelTimes(times.indptr, ends[times.target].astype(np.int32), times.time_ds)


def _join_what_stands(times: TravelTimes, teil: Gehende, erreicht: Bools, offen: Bools) -> Sites:
    """Make sites for a part of the group, which moves at its own pace: all that stands as one, then what is possible.

    What stands is at no distance, so that whom it reaches is never counted to a new site.
    """
    near = (times.time_ds <= teil.limit_ds) & offen[times.target]
    stands = np.flatnonzero(erreicht).astype(np.int32)
    possible = len(times.indptr) - 1
    indptr = len(stands) + np.concatenate(([0], np.cumsum(near)))[times.indptr]
    return Sites(
        indptr=np.concatenate(([0], indptr)).astype(np.int64),
        target=np.concatenate((stands, times.target[near])).astype(np.int32),
        minutes=np.concatenate((np.zeros(len(stands)), times.time_ds[near] / 600 * teil.pace)),
        fixed=np.arange(1 + possible) == 0,
        cost=np.ones(1 + possible),
    )


def _choose_show(context: Context, vorher: dict[str, Wert]) -> _Show:
    """Write counts exactly for staff; of an area whose people are secret in coverage the public learns none."""
    if not context.public:
        return float
    return _hide if vorher["grund"] == Grund.GEHEIM.value else show_in_tens


def _hide(_count: float) -> None:
    return None


def _describe_plan(plan: Plan, vorher: dict[str, Wert], show: _Show) -> dict[str, Any]:
    """Say what a plan achieves, how good it is, and who stays without; counts of today are those of coverage."""
    bisher, ohne, neu = _count(vorher["erreicht"]), _count(vorher["nicht_erreicht"]), show(plan.personen[NEU_VERSORGT])
    # In tens the new ones can seem to be more than there are.
    nachher = math.nan if neu is None else bisher + min(neu, ohne)
    return {
        "status": plan.verdict.status.value,
        "standorte": len(plan.chosen),
        "standorte_mindestens": plan.verdict.sites_at_least,
        "personen": vorher["personen"],
        "ohne_aussage": vorher["ohne_aussage"],
        "erreicht_vorher": _known(bisher),
        "erreicht_nachher": _known(nachher),
        "anteil_vorher_prozent": _known(_share(bisher, bisher + ohne)),
        "anteil_nachher_prozent": _known(_share(nachher, bisher + ohne)),
        "neu_erreicht": neu,
        "neu_hoechstens": show(plan.verdict.bound),
        "abstand_hoechstens_prozent": _known(100 * plan.verdict.gap),
        "offen": show(plan.personen[OFFEN]),
        "unerreichbar": show(plan.personen[UNERREICHBAR]),
    }


def _count(wert: Wert) -> float:
    """Read a count; NaN where it is not shown."""
    return float(wert) if isinstance(wert, int | float) else math.nan


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def _known(value: float) -> float | None:
    return round(float(value), 2) if math.isfinite(value) else None


def _rows(
    messung: Messung, inside: Bools, leaves: tuple[Raum, ...], vorschlag: _Vorschlag, show: _Show
) -> Iterator[tuple[Wert, ...]]:
    plan, gitter = vorschlag.plan, messung.teile[0].wohnorte.gitter
    known = {**_name_ziel(messung), **name_people(messung)}
    cells = vorschlag.cells[plan.chosen - 1]
    places = np.round(transform_xy(gitter.xy_25832[cells], 25832, 4326), COORDINATE_DECIMALS)
    for rang, at in enumerate(np.argsort(-plan.zugeordnet, kind="stable").tolist(), 1):
        neu, nur_hier = show(plan.zugeordnet[at]), show(plan.nur_hier[at])
        zeile: dict[str, Wert] = {
            **name_area(leaves[_find_leaf(messung, inside, int(cells[at]))]),
            "rang": rang,
            "laenge": float(places[at, 0]),
            "breite": float(places[at, 1]),
            "neu_erreicht": neu,
            "nur_hier": nur_hier,
            "grund": Grund.GEHEIM.value if neu is None or nur_hier is None else None,
        }
        yield build_zeile(SITING, {**known, **zeile})


def _name_ziel(messung: Messung) -> dict[str, Wert]:
    named = name_ziel(messung.ziel, messung.stichtag)
    del named["mindestens"]  # always one here
    return {**named, "ziel_status": messung.ziel.status}


def _find_leaf(messung: Messung, inside: Bools, cell: int) -> int:
    """Find the leaf of the area that most of a cell lies in."""
    pieces = messung.teile[0].wohnorte.gitter.pieces
    mine = np.flatnonzero((pieces.cell == cell) & inside[pieces.area])
    return int(pieces.area[mine[np.argmax(pieces.share[mine])]])


def _hinweise(context: Context, messung: Messung, vorschlag: _Vorschlag) -> Iterator[str]:
    yield messung.ziel.status
    yield _WORTE[vorschlag.plan.verdict.status]
    yield _ZELLEN
    if vorschlag.raster_m is not None:
        yield (
            f"Geprüft sind {len(vorschlag.cells)} Zellen: je Quadrat von {vorschlag.raster_m} m die mit den meisten "
            "Personen der Gruppe. Mit einem Gebiet wird das Raster feiner."
        )
    if messung.ohne_ort:
        yield f"{messung.ohne_ort} Angebote ohne Punkt oder Straße; wen sie erreichen, ist unbekannt."
    if context.public:
        yield _ZEHNER
