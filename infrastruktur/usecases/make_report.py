"""Compute everything once and write it down: tables for staff, an overview to hand on, gaps per Kommune."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import shapely

from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.domain.raum import Ebene
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


@dataclass(frozen=True)
class Report:
    """What was written, and the worst gaps as the public may see them."""

    folder: Path
    titel: str
    hinweis: str
    stichtag: date
    worst: tuple[dict[str, Any], ...]
    ohne_aussage: tuple[tuple[str, str, int], ...]
    """Targets nothing can be said about: title, reason, number of areas."""


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
    staff = _compute(_for(context, Audience.STAFF), day, _within(progress, 0.0, 0.5))
    public = _compute(_for(context, Audience.PUBLIC), day, _within(progress, 0.5, 0.9))
    progress("Ergebnisse schreiben", 0.9)
    _write_for_staff(context, staff, folder, day)
    _write_for_public(context, public, folder, day)
    progress("Ergebnisse schreiben", 1.0)
    with context.store.read() as connection:
        region = raeume.get_region(connection)
    titel, hinweis = ("", "") if region is None else (region.titel, region.hinweis)
    return Report(folder, titel, hinweis, day, _worst(public.gaps), _unstated(public.gaps))


def _for(context: Context, audience: Audience) -> Context:
    return replace(context, settings=msgspec.structs.replace(context.settings, audience=audience))


def _within(progress: Progress, begin: float, end: float) -> Progress:
    return lambda step, share: progress(step, begin + (end - begin) * share)


def _compute(context: Context, day: date, progress: Progress) -> _Figures:
    words = "öffentlich" if context.public else "Verwaltung"
    step = f"Kennzahlen rechnen ({words})"
    progress(step, 0.0)
    bestand = take_bestand(context, stichtag=day)
    provision = assess_provision(context, stichtag=day)
    progress(step, 0.1)
    gaps = find_gaps(context, stichtag=day)
    progress(step, 0.9)
    coverage = assess_coverage(context, CoverageFrage(stichtag=day))
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


def _worst(gaps: Tabelle) -> tuple[dict[str, Any], ...]:
    """Pick the areas that miss a target by most people, below the level of Kommunen."""
    missing = [
        row
        for row in gaps.records()
        if row["ebene"] in {"sozialraum", "bezirk"}
        and isinstance(row["bis_zum_ziel"], int | float)
        and row["bis_zum_ziel"]
    ]
    return tuple(sorted(missing, key=lambda row: (-float(row["bis_zum_ziel"] or 0), str(row["gebiet"])))[:WORST])


def _unstated(gaps: Tabelle) -> tuple[tuple[str, str, int], ...]:
    counted: dict[tuple[str, str], int] = {}
    for row in gaps.records():
        if row["ebene"] in _SMALL and row["grund"] is not None:
            key = (str(row["ziel_titel"]), str(row["grund"]))
            counted[key] = counted.get(key, 0) + 1
    return tuple((titel, grund, count) for (titel, grund), count in sorted(counted.items()))
