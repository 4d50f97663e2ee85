"""Recipes and Angebote to test with."""

from pathlib import Path
from typing import Any

import msgspec

from infrastruktur.domain.angebot import Angebot, Standort
from infrastruktur.intake.recipe import Dialekt, Form, Format, Recipe

ANGEBOTE = Recipe(
    titel="Beispiel",
    quelle="beispiel",
    herausgeber="Beispiel",
    lizenz="CC0-1.0",
    namensnennung="Beispiel",
    form=Form.ANGEBOTE,
    format=Format.CSV,
    dateien=("a.csv",),
    schluessel=("Schlüssel",),
    vorlage=True,
)


def with_(recipe: Recipe, **fields: Any) -> Recipe:
    return msgspec.structs.replace(recipe, **fields)


def point_dialect() -> Dialekt:
    return Dialekt(trennzeichen=",", dezimal=".")


def write(folder: Path, text: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def angebot(key: str, name: str = "", at: tuple[float, float] | None = None, **fields: Any) -> Angebot:
    place = Standort(schluessel=key, strasse=fields.pop("strasse", ""), punkt_25832=at)
    return Angebot(
        quelle="beispiel",
        schluessel=key,
        art=fields.pop("art", "quartier.tafel"),
        name=name or f"Tafel {key}",
        standort=place,
        **fields,
    )
