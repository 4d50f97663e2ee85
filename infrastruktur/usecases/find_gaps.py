"""Find the gaps: where a target is missed, for how many people, and what is nearest to them."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.domain.ziel import Ziel, get_ziel
from infrastruktur.planning.columns import GAPS
from infrastruktur.planning.gaps import (
    Luecken,
    Nearest,
    count_unchecked,
    describe_sicherheit,
    luecken,
    nearest_for_unserved,
)
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import Messung, measure_reach, name_people, name_ziel
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.spread_population import Gebiete, Stufe, spread_population

_SCHLIESSEN = "Was eine Lücke schließt, sagt /planning/siting mit ziel und gebiet ihrer Zeile."


def find_gaps(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, ziel: str | None = None
) -> Tabelle:
    """State the gaps of all targets, or of one, per Sozialraum or Bezirk, Kommune and Region."""
    day = choose_stichtag(context, stichtag)
    ziele = context.ziele(day)
    only = None if ziel is None else get_ziel(ziele, ziel).code
    table = recall_table(context, ("gaps", day, ziele), lambda: _find(context, ziele, day), keep=stichtag is None)
    return publish_table(context, table, ebene=ebene, ziel=only)


def _find(context: Context, ziele: tuple[Ziel, ...], stichtag: date) -> Tabelle:
    gebiete = spread_population(context, stichtag).gebiete
    zeilen = [zeile for ziel in ziele for zeile in _rows_of_ziel(context, gebiete, ziel, stichtag)]
    herkunft = Herkunft(
        titel="Lücken",
        stichtag=stichtag,
        parameter={"ziele": {ziel.code: ziel.grundlage for ziel in ziele}},
        netz=context.network_generation(),
        hinweise=(*sorted({ziel.status for ziel in ziele}), _SCHLIESSEN),
    )
    return Tabelle(name="gaps", spalten=GAPS, zeilen=tuple(zeilen), herkunft=herkunft)


def _rows_of_ziel(context: Context, gebiete: Gebiete, ziel: Ziel, stichtag: date) -> list[tuple[Wert, ...]]:
    known = _name_ziel(ziel, stichtag)
    try:
        messung = measure_reach(context, ziel, stichtag)
    except NotAssessable as error:
        return [
            build_zeile(GAPS, {**name_area(raum), **known, "grund": error.grund.value})
            for stufe in gebiete.stufen
            for raum in stufe.raeume
        ]
    known |= _name_evidence(messung)
    rows: list[tuple[Wert, ...]] = []
    for stufe in gebiete.stufen:
        gaps, nearest = luecken(stufe.sum_up(messung.tally), ziel.ziel_prozent), _nearest(messung, stufe)
        rows += [
            build_zeile(GAPS, {**name_area(raum), **known, **_state(gaps, at), **_name_nearest(messung, nearest, at)})
            for at, raum in enumerate(stufe.raeume)
        ]
    return rows


def _name_ziel(ziel: Ziel, stichtag: date) -> dict[str, Wert]:
    return {
        **name_ziel(ziel, stichtag),
        "ziel_titel": ziel.titel,
        "ziel_status": ziel.status,
        "ziel_prozent": float(ziel.ziel_prozent),
    }


def _name_evidence(messung: Messung) -> dict[str, Wert]:
    checked = np.array(messung.supply.zuletzt_geprueft, dtype="datetime64[D]")
    unchecked = count_unchecked(checked, messung.stichtag)
    said = describe_sicherheit(unchecked, len(checked))
    if messung.ohne_ort:
        said += f"; {messung.ohne_ort} ohne Punkt oder Straße, wen sie erreichen ist unbekannt"
    return {"sicherheit": said, **name_people(messung)}


def _state(gaps: Luecken, at: int) -> dict[str, Wert]:
    grund = gaps.grund[at]
    return {
        "personen": float(gaps.personen[at]),
        "erreicht": float(gaps.erreicht[at]),
        "ohne_zugang": float(gaps.ohne_zugang[at]),
        "ohne_aussage": float(gaps.ohne_aussage[at]),
        "bis_zum_ziel": float(gaps.bis_zum_ziel[at]),
        "anteil_prozent": float(gaps.anteil_prozent[at]),
        "anteil_beurteilt_prozent": float(gaps.anteil_beurteilt_prozent[at]),
        "rang_personen": int(gaps.rang_personen[at]) or None,
        "rang_anteil": int(gaps.rang_anteil[at]) or None,
        "grund": None if grund is None else grund.value,
    }


def _nearest(messung: Messung, stufe: Stufe) -> Nearest:
    """Name the nearest Angebot of the unserved, all parts of the group together, each at its own pace."""
    n_cells, pieces = len(messung.nearest_angebot), messung.teile[0].wohnorte.gitter.pieces
    parts = range(len(messung.teile))
    area = stufe.of_leaf[pieces.area]
    return nearest_for_unserved(
        np.concatenate(messung.nearest),
        np.concatenate([messung.nearest_angebot for _ in parts]),
        np.concatenate([teil.wohnorte.personen * (area >= 0) for teil in messung.teile]),
        piece_area=_stack(area, len(messung.teile), 0),
        piece_cell=_stack(pieces.cell, len(messung.teile), n_cells),
        states=np.concatenate(messung.zustand),
        n_areas=len(stufe.raeume),
    )


def _stack(index: NDArray[np.int32], copies: int, step: int) -> NDArray[np.int32]:
    """Repeat an index, each copy moved on by `step`, so that parts of a group stand one after another."""
    return np.concatenate([index + copy * step for copy in range(copies)]).astype(np.int32)


def _name_nearest(messung: Messung, nearest: Nearest, at: int) -> dict[str, Wert]:
    """Name the nearest; where several are wanted it is no answer, since most reach it and lack another."""
    owner, cost = int(nearest.owner[at]), float(nearest.cost[at])
    if owner < 0 or messung.ziel.mindestens > 1:
        return {}
    # Walk networks are stated at 1 m/s: where the limit is in metres, seconds along streets are metres.
    unit = {"naechste_minuten": cost / 60} if messung.ziel.max_meter is None else {"naechste_meter": cost}
    return {"naechstes_angebot": str(messung.supply.name[owner]), **unit}
