"""What reading and planning a source against an empty catalogue gives, as JSON can hold it."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from infrastruktur.domain.art import angebot_record
from infrastruktur.intake.plan import Plan, make_plan
from infrastruktur.intake.reading import Reading, read_source
from infrastruktur.intake.recipe import Recipe, load_recipe


def sample_recipe(folder: Path) -> Recipe:
    """Load a recipe, taking its invented sample for large enough."""
    return msgspec.structs.replace(load_recipe(folder), min_zeilen=1)


def summarise(folder: Path) -> dict[str, Any]:
    recipe = sample_recipe(folder)
    reading = read_source(recipe, folder)
    found: dict[str, Any] = {
        "zaehlung": reading.zaehlung,
        "hinweise": list(reading.hinweise),
        "abgelehnt": [[refusal.zeile, refusal.grund] for refusal in reading.abgelehnt],
        "adressen": [_rounded(msgspec.to_builtins(adresse)) for adresse in reading.adressen],
    }
    found |= _cells(reading)
    if reading.tafelwerk is not None:
        found["tafelwerk"] = msgspec.to_builtins(reading.tafelwerk)
    if drafts := reading.angebote or reading.raeume or reading.bevoelkerung or reading.kontext:
        plan: Plan[Any] = make_plan({}, drafts, reading.abgelehnt, recipe)
        found["neu"] = [_describe(draft) for draft in plan.neu]
        found["wiederholt"] = plan.wiederholt
        found["widersprochen"] = [refusal.grund for refusal in plan.abgelehnt[len(reading.abgelehnt) :]]
        found["doppelt"] = [[pair.a.schluessel, pair.b.schluessel, pair.grund] for pair in plan.doppelt]
    return {name: value for name, value in found.items() if value not in ([], 0)}


def _cells(reading: Reading) -> dict[str, Any]:
    if reading.zellen is None:
        return {}
    cells = reading.zellen
    values = [[None if np.isnan(value) else value for value in row] for row in cells.werte.tolist()]
    return {
        "merkmale": list(cells.merkmale),
        "zellen": [list(row) for row in zip(cells.gitter_id, cells.kommune, values, strict=True)],
    }


def _describe(draft: Any) -> dict[str, Any]:
    if hasattr(draft, "art"):
        dated = [_rounded(msgspec.to_builtins(piece)) for piece in (*draft.status, *draft.kapazitaeten)]
        return _rounded(angebot_record(draft)) | {"zeiten": dated}
    if hasattr(draft, "geom_25832"):
        names = ("schluessel", "ebene", "name", "oberraum", "gueltig_von", "titel")
        fields = {name: msgspec.to_builtins(getattr(draft, name)) for name in names}
        return fields | {"flaeche_km2": round(draft.geom_25832.area / 1e6, 3), "mit_z": draft.geom_25832.has_z}
    return msgspec.to_builtins(draft)


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    """Round coordinates to centimetres, which every PROJ agrees on."""
    plain = {name: value for name, value in record.items() if value is not None}
    return {name: _round(value) for name, value in plain.items()}


def _round(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_round(part) for part in value]
    return round(value, 2) if isinstance(value, float) else value
