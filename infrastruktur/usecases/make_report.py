"""Compute everything once and write it down: tables for staff, an overview to hand on, gaps per Kommune."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import shapely

from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.raum import Ebene, label_of_key
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.reports.kommunen import write_gaps_per_kommune
from infrastruktur.reports.tables import write_csv, write_geojson
from infrastruktur.reports.uebersicht import Uebersicht, write_uebersicht
from infrastruktur.settings import Audience
from infrastruktur.storage import raeume
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.take_bestand import take_bestand

Progress = Callable[[str, float], None]

WORST = 10
_SMALL = {Ebene.SOZIALRAUM.value, Ebene.BEZIRK.value}
_README = """Die Tabellen provision, coverage und gaps (CSV und GeoJSON) sind für die Verwaltung:
ungerundet und ohne Geheimhaltung, auch mit Zahlen unter 10 Personen. Bitte nicht veröffentlichen.

Die Übersicht (uebersicht.html) und die Lücken je Kommune (Ordner kommunen) sind gerundet;
Zahlen unter 10 Personen sind dort geheim.
"""


class Luecke(msgspec.Struct, frozen=True, kw_only=True):
    """One gap as a line of a table; None is geheim. The share is of the people with a statement, as the target is."""

    gebiet: str
    ziel: str
    gruppe: str
    personen: float | None
    ohne_aussage: float | None
    ohne_zugang: float | None
    bis_zum_ziel: float
    anteil_prozent: float | None
    naechstes_angebot: str | None


@dataclass(frozen=True)
class Report:
    """What was written, the worst gaps as the public may see them, and what cannot be stated.

    `ohne_zahl` counts, per reason and target, the areas below Kommunen without a figure.
    """

    folder: Path
    titel: str
    hinweis: str
    stichtag: date
    worst: tuple[Luecke, ...]
    ohne_zahl: dict[str, dict[str, int]]


@dataclass(frozen=True)
class _Figures:
    bestand: Tabelle
    provision: Tabelle
    coverage: Tabelle
    gaps: Tabelle


def make_report(context: Context, stichtag: date | None, progress: Progress) -> Report:
    """Write `results/` of an installation for a Stichtag, by default the region's own."""
    day = choose_stichtag(context, stichtag)
    folder = context.settings.results
    folder.mkdir(parents=True, exist_ok=True)
    staff = _compute(_for(context, Audience.STAFF), stichtag, _within(progress, 0.0, 0.5))
    public = _compute(_for(context, Audience.PUBLIC), stichtag, _within(progress, 0.5, 0.9))
    progress("Ergebnisse schreiben", 0.9)
    _write_for_staff(context, staff, folder, day)
    _write_for_public(context, public, folder, day)
    progress("Ergebnisse schreiben", 1.0)
    with context.store.read() as connection:
        region = raeume.get_region(connection)
    titel, hinweis = ("", "") if region is None else (region.titel, region.hinweis)
    return Report(folder, titel, hinweis, day, _worst(public.gaps), _count_unstated(public.gaps))


def _for(context: Context, audience: Audience) -> Context:
    settings = msgspec.structs.replace(context.settings, audience=audience)
    return replace(context, settings=settings).for_reader(context.leser)


def _within(progress: Progress, begin: float, end: float) -> Progress:
    return lambda step, share: progress(step, begin + (end - begin) * share)


def _compute(context: Context, asked: date | None, progress: Progress) -> _Figures:
    words = "öffentlich" if context.public else "Verwaltung"
    step = f"Kennzahlen rechnen ({words})"
    progress(step, 0.0)
    bestand = take_bestand(context, stichtag=asked)
    provision = assess_provision(context, stichtag=asked)
    progress(step, 0.1)
    gaps = find_gaps(context, stichtag=asked)
    progress(step, 0.9)
    coverage = assess_coverage(context, CoverageFrage(stichtag=asked))
    progress(step, 1.0)
    return _Figures(bestand, provision, coverage, gaps)


def _write_for_staff(context: Context, figures: _Figures, folder: Path, day: date) -> None:
    outlines = _outlines_4326(context, day)
    for table in (figures.provision, figures.coverage, figures.gaps):
        write_csv(table, folder / f"{table.name}.csv")
        write_geojson(table, outlines, folder / f"{table.name}.geojson")
    write_csv(figures.bestand, folder / "bestand.csv")
    (folder / "LIESMICH.txt").write_text(_README, encoding="utf-8")


def _outlines_4326(context: Context, day: date) -> dict[tuple[str, str], shapely.Geometry]:
    return {
        (raum.ebene.value, raum.schluessel): transform_geometry(raum.geom_25832, 25832, 4326)
        for stufe in spread_population(context, day).gebiete.stufen
        for raum in stufe.raeume
    }


def _write_for_public(context: Context, figures: _Figures, folder: Path, day: date) -> None:
    small, kommunen, _ = spread_population(context, day).gebiete.stufen
    with context.store.read() as connection:
        region = raeume.get_region(connection)
    overview = Uebersicht(
        region_titel="" if region is None else region.titel,
        hinweis="" if region is None else region.hinweis,
        bestand=figures.bestand,
        provision=figures.provision,
        coverage=figures.coverage,
        gaps=figures.gaps,
        kommunen_25832={raum.schluessel: raum.geom_25832 for raum in kommunen.raeume},
        raeume_25832={raum.schluessel: raum.geom_25832 for raum in small.raeume},
    )
    write_uebersicht(folder / "uebersicht.html", overview)
    write_gaps_per_kommune(figures.gaps, folder / "kommunen")


def _worst(gaps: Tabelle) -> tuple[Luecke, ...]:
    """Pick the areas below Kommunen that miss a target by most people."""
    rows: list[dict[str, Any]] = gaps.records()
    names = {row["gebiet"]: row["gebiet_name"] for row in rows if row["ebene"] == Ebene.KOMMUNE.value}
    missing = [row for row in rows if row["ebene"] in _SMALL and row["bis_zum_ziel"]]
    ranked = sorted(missing, key=lambda row: (-row["bis_zum_ziel"], row["gebiet"], row["ziel"]))
    return tuple(_line(row, names) for row in ranked[:WORST])


def _line(row: dict[str, Any], kommunen: dict[str, str]) -> Luecke:
    key = row["gebiet"]
    label = row["gebiet_name"] if row["ebene"] == Ebene.BEZIRK.value else label_of_key(key)
    return Luecke(
        gebiet=f"{label}, {kommunen.get(key.partition('-')[0], key)}",
        ziel=_short(row["ziel_titel"]),
        gruppe=parse_gruppe(row["altersgruppe"]).titel,
        personen=row["personen"],
        ohne_aussage=row["ohne_aussage"],
        ohne_zugang=row["ohne_zugang"],
        bis_zum_ziel=row["bis_zum_ziel"],
        anteil_prozent=row["anteil_beurteilt_prozent"],
        naechstes_angebot=row["naechstes_angebot"],
    )


def _short(titel: str) -> str:
    return titel.partition(":")[0]


def _count_unstated(gaps: Tabelle) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for row in gaps.records():
        if row["ebene"] in _SMALL and row["grund"] is not None:
            of_reason = counted.setdefault(str(row["grund"]), {})
            title = _short(str(row["ziel_titel"]))
            of_reason[title] = of_reason.get(title, 0) + 1
    return counted
