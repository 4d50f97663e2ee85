"""List the Maßnahmen of a day: as a layer on their areas, and as the second table of § 7 Abs. 4 APG NRW."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from infrastruktur.domain.felder import day_of
from infrastruktur.domain.layer import Features
from infrastruktur.domain.massnahme import (
    Massnahme,
    Massnahmenstatus,
    Massnahmenzeit,
    find_zeit,
    name_version,
    show_massnahme,
)
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning import plan_columns
from infrastruktur.storage import massnahmen, raeume
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_figure_layers import list_default_ziele
from infrastruktur.usecases.describe_layers import describe_massnahmen
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table

_COLUMNS = tuple(each.name for each in describe_massnahmen().properties)


@dataclass(frozen=True)
class _Verortet:
    """A Maßnahme with its status on a day, on the outline it had then."""

    massnahme: Massnahme
    zeit: Massnahmenzeit
    raum: Raum


def list_massnahmen(context: Context, stichtag: date) -> Features:
    """List the Maßnahmen of a day as a layer, in the order they first came."""
    found = _load(context, stichtag)
    rows = [_show(each, stichtag) for each in found]
    outlines = np.empty(len(found), dtype=object)
    outlines[:] = [each.raum.geom_25832 for each in found]
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    return Features([each.massnahme.id for each in found], columns, outlines)


def _show(each: _Verortet, stichtag: date) -> dict[str, Any]:
    return {
        "id": each.massnahme.id,
        **show_massnahme(each.massnahme, stichtag),
        "gebiet_name": each.raum.titel,
        "status_seit": day_of(each.zeit.gueltig_von),
    }


def read_version(context: Context, id_: str) -> str:
    """Name the version of a Maßnahme, as its ETag carries it."""
    with context.store.read() as connection:
        found = massnahmen.find_massnahme(connection, id_)
    return "" if found is None else name_version(found.version)


def report_massnahmen(
    context: Context, *, stichtag: date | None = None, kommune: str | None = None, fachbereich: str | None = None
) -> Tabelle:
    """State the Maßnahmen of a Stichtag: what, who, how far, until when, and which gap they answer."""
    day = choose_stichtag(context, stichtag)
    ziele = name_ziele(context, day)
    question = ("massnahmen", day, context.whole_revision(), ziele)
    table = recall_table(context, question, lambda: _report(context, day, ziele), keep=False)
    return publish_table(context, table, kommune=kommune, fachbereich=fachbereich)


def name_ziele(context: Context, day: date) -> dict[str, str]:
    """Give the titles of what a Maßnahme may answer: the program's targets, and the installation's own on a day."""
    return {ziel.code: ziel.titel for ziel in (*list_default_ziele(), *context.ziele(day))}


def _report(context: Context, day: date, ziele: Mapping[str, str]) -> Tabelle:
    found = sorted(_load(context, day), key=lambda each: (each.massnahme.kommune, each.raum.schluessel))
    rows = [build_zeile(plan_columns.MASSNAHMEN, _write(each, ziele, day)) for each in found]
    herkunft = Herkunft(
        titel="Maßnahmen (§ 7 Abs. 4 APG NRW)",
        stichtag=day,
        hinweise=(
            "Der Status ist der des Stichtags. Was bis dahin aufgegeben wurde, steht nicht hier.",
            "Ziele sind Arbeitswerte, nicht beschlossen.",
        ),
    )
    return Tabelle(name="massnahmen", spalten=plan_columns.MASSNAHMEN, zeilen=tuple(rows), herkunft=herkunft)


def _write(each: _Verortet, ziele: Mapping[str, str], day: date) -> dict[str, Wert]:
    massnahme, status = each.massnahme, each.zeit.status
    over = massnahme.frist is not None and massnahme.frist < day
    return {
        **name_area(each.raum),
        **{name: getattr(massnahme, name) for name in ("id", "titel", "fachbereich", "zustaendig", "kommune")},
        "status": status.value,
        "status_seit": each.zeit.gueltig_von,
        "frist": massnahme.frist,
        "ueberfaellig": over and status is not Massnahmenstatus.UMGESETZT,
        "ziel": massnahme.ziel or None,
        "ziel_titel": ziele.get(massnahme.ziel),
        "beschreibung": massnahme.beschreibung or None,
        "stichtag": day,
    }


def _load(context: Context, day: date) -> list[_Verortet]:
    """Load what has a status on a day and is not aufgegeben; its area as it was then, or as it was last."""
    with context.store.read() as connection:
        stated = [each.massnahme for each in massnahmen.list_massnahmen(connection)]
        known = raeume.list_raeume(connection, (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK), None)
    areas = {raum.schluessel: raum for raum in sorted(known, key=lambda raum: _is_current(raum, day))}
    return [
        _Verortet(massnahme, zeit, areas[massnahme.sozialraum or massnahme.kommune])
        for massnahme in stated
        if (zeit := find_zeit(massnahme, day)) is not None
        and zeit.status is not Massnahmenstatus.AUFGEGEBEN
        and (massnahme.sozialraum or massnahme.kommune) in areas
    ]


def _is_current(raum: Raum, day: date) -> tuple[bool, date]:
    """Order versions of an area so that the one of a day comes last, else the newest."""
    begin = raum.gueltig_von or date.min
    holds = begin <= day and (raum.gueltig_bis is None or day <= raum.gueltig_bis)
    return holds, begin
