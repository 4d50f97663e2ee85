"""Find the gaps: where a target is missed, for how many people, and what is nearest to them."""

from datetime import date

import numpy as np

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, Werte, list_columns
from infrastruktur.domain.ziel import Bevoelkerung, Ziel, get_ziel
from infrastruktur.planning.columns import GAPS
from infrastruktur.planning.gaps import Luecken, count_unchecked, describe_sicherheit
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Schnitte, build_rows, choose_areas, name_flaeche
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import measure_reach, name_people, name_ziel
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.state_gaps import Ints, count_gaps, find_nearest, name_gaps, name_nearest
from infrastruktur.usecases.state_homes import list_abzuege, name_bevoelkerung, state_homes
from infrastruktur.usecases.take_out_homes import leave_out_of, require_staff_for_homes

_SCHLIESSEN = "Was eine Lücke schließt, sagt /planning/siting mit ziel und gebiet ihrer Zeile."


def find_gaps(
    context: Context,
    *,
    stichtag: date | None = None,
    ebene: str | None = None,
    ziel: str | None = None,
    flaeche: Flaeche | None = None,
    bevoelkerung: Bevoelkerung = "alle",
) -> Tabelle:
    """State the gaps of all targets, or of one, per Sozialraum or Bezirk, Kommune and Region, or for a drawn area."""
    require_staff_for_homes(context, bevoelkerung)
    day = choose_stichtag(context, stichtag)
    ziele = leave_out_of(context.ziele(day), bevoelkerung)
    only = None if ziel is None else get_ziel(ziele, ziel).code
    schnitte = choose_areas(context, spread_population(context, day), flaeche, ebene=ebene)
    named = {**name_flaeche(flaeche), **name_bevoelkerung(bevoelkerung)}
    question = ("gaps", day, ziele, named, name_annahme(context, day))
    usual = stichtag is None and flaeche is None and bevoelkerung == "alle"
    table = recall_table(context, question, lambda: state_gaps(context, schnitte, ziele, day, named), keep=usual)
    return publish_table(context, table, ebene=ebene, ziel=only)


def state_gaps(
    context: Context,
    schnitte: Schnitte,
    ziele: tuple[Ziel, ...],
    stichtag: date,
    named: dict[str, str] | None = None,
) -> Tabelle:
    """State the gaps of some targets in some areas, unpublished."""
    zeilen = [zeile for ziel in ziele for zeile in _rows_of_ziel(context, schnitte, ziel, stichtag)]
    herkunft = Herkunft(
        titel="Lücken",
        stichtag=stichtag,
        parameter={"ziele": {ziel.code: ziel.grundlage for ziel in ziele}, **(named or {})},
        netz=context.network_generation(),
        hinweise=(
            *sorted({ziel.status for ziel in ziele}),
            _SCHLIESSEN,
            *list_abzuege(context, ziele, stichtag),
        ),
    )
    return Tabelle(name="gaps", spalten=GAPS, zeilen=tuple(zeilen), herkunft=herkunft)


def _rows_of_ziel(context: Context, schnitte: Schnitte, ziel: Ziel, stichtag: date) -> list[tuple[Wert, ...]]:
    known = _name_ziel(ziel, stichtag)
    try:
        messung = measure_reach(context, ziel, stichtag)
    except NotAssessable as error:
        silent = {**known, "grund": error.grund.value}
        return build_rows(GAPS, schnitte, lambda _: silent)
    known |= _name_evidence(messung)

    def state(schnitt: Gebietsschnitt) -> dict[str, Werte]:
        among, places = schnitt.among
        gaps, homes = count_gaps(messung, among, ziel.ziel_prozent), state_homes(context, messung, schnitt)
        nearest = name_nearest(messung, find_nearest(messung, schnitt))
        return {**known, **name_gaps(gaps, places), **_rank(gaps, places), **nearest, **list_columns(homes)}

    return build_rows(GAPS, schnitte, state)


def _name_ziel(ziel: Ziel, stichtag: date) -> dict[str, Werte]:
    return {
        **name_ziel(ziel, stichtag),
        "ziel_titel": ziel.titel,
        "ziel_status": ziel.status,
        "ziel_prozent": float(ziel.ziel_prozent),
    }


def _name_evidence(messung: Messung) -> dict[str, Werte]:
    checked = np.array(messung.supply.zuletzt_geprueft, dtype="datetime64[D]")
    unchecked = count_unchecked(checked, messung.stichtag)
    said = describe_sicherheit(unchecked, len(checked))
    if messung.ohne_ort:
        said += f"; {messung.ohne_ort} ohne Punkt oder Straße, wen sie erreichen ist unbekannt"
    return {"sicherheit": said, **name_people(messung)}


def _rank(gaps: Luecken, places: Ints) -> dict[str, Werte]:
    ranks = {"rang_personen": gaps.rang_personen, "rang_anteil": gaps.rang_anteil}
    return {name: [rank or None for rank in each[places].tolist()] for name, each in ranks.items()}
