"""From rows to Tafelwerke: rates, counts of the Pflegestatistik, survival factors and forecasts.

A table is whole or it is another table: rows that cannot be read are named with line and column, and no table
is made of the rest.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.errors import Refused, SourceRefused
from infrastruktur.domain.gruppe import Geschlecht, parse_gruppe
from infrastruktur.domain.pflegestatistik import Leistung, Zaehlung
from infrastruktur.domain.prognose import Prognosekopf
from infrastruktur.domain.quote import Merkmal, Quote
from infrastruktur.domain.tafelwerk import Prognosewerk, Tafelwerk, check_tafelwerk
from infrastruktur.domain.ueberleben import Ueberlebensfaktor
from infrastruktur.intake.mapping import map_values
from infrastruktur.intake.recipe import Form, Recipe
from infrastruktur.intake.record import Record, Refusal

Zeile = Mapping[str, Any]
_SEXES = {Geschlecht.WEIBLICH.value: ("w",), Geschlecht.MAENNLICH.value: ("m",), Geschlecht.INSGESAMT.value: ("w", "m")}
_UNKNOWN, _NOBODY = ".", "-"


def build_tafelwerk(
    recipe: Recipe, records: Iterable[Record | Refusal]
) -> tuple[Tafelwerk | None, tuple[Refusal, ...], dict[str, int]]:
    """Build what a source states; None where a row is refused. Beside it the refusals, and counts by German words.

    Raises
    ------
    SourceRefused
        The rows are fine one by one and make no table: an age is missing or stated twice, parts do not sum up,
        or the recipe lacks what holds for the whole table.

    """
    zeilen: list[Zeile] = []
    refused: list[Refusal] = []
    stated: dict[tuple[Any, ...], int | None] = {}
    for record in records:
        if isinstance(record, Refusal):
            refused.append(record)
            continue
        try:
            zeile = _read_zeile(record, recipe)
            _refuse_repeated(zeile, record, stated)
            zeilen.append(zeile)
        except Refused as error:
            refused.append(Refusal(record.zeile, str(error)))
    counts = {"gelesen": len(zeilen) + len(refused), "übernommen": len(zeilen), "abgelehnt": len(refused)}
    if silent := sum(_is_silent(zeile) for zeile in zeilen):
        counts["ohne Zahl"] = silent
    if refused:
        return None, tuple(refused), counts
    try:
        werk = check_tafelwerk(_BUILDERS[recipe.form](recipe, zeilen))
    except msgspec.ValidationError as error:
        raise SourceRefused(recipe.quelle, f"Der „kopf“ des Rezepts passt nicht zur Tafel: {error}") from error
    return werk, (), counts


def _is_silent(zeile: Zeile) -> bool:
    return any(isinstance(value, float) and math.isnan(value) for value in zeile.values())


_NEEDED = {
    Form.QUOTEN: ("merkmal", "gebiet", "stichtag", "altersgruppe"),
    Form.PFLEGESTATISTIK: ("gebiet", "leistung", "stichtag", "personen"),
    Form.UEBERLEBEN: ("altersgruppe",),
    Form.PROGNOSE: ("raum", "stichtag", "geschlecht", "altersgruppe", "personen"),
}
_CODES: Mapping[str, type[Merkmal] | type[Leistung] | type[Geschlecht]] = {
    "merkmal": Merkmal,
    "leistung": Leistung,
    "geschlecht": Geschlecht,
}


def _read_zeile(record: Record, recipe: Recipe) -> Zeile:
    """Read a row, with what the recipe says of the whole table where the row says nothing."""
    beside = {"stichtag": recipe.stichtag} if recipe.stichtag else {}
    zeile = {**beside, **recipe.kopf, **map_values(record, recipe)}
    if missing := [name for name in _NEEDED[recipe.form] if name not in zeile]:
        raise Refused(f"Es fehlt: {', '.join(missing)}{f' unter „{record.unter}“' if record.unter else ''}.")
    for name, codes in _CODES.items():
        if name in zeile and zeile[name] not in set(codes):
            raise Refused(f"„{zeile[name]}“ gibt es als {name} nicht. Möglich sind: {', '.join(codes)}.")
    return _with_shares(zeile, record, _MOST[recipe.form]) if recipe.form in _MOST else zeile


_MOST = {Form.QUOTEN: 100.0, Form.UEBERLEBEN: 2.0}
"""The largest share there can be: per cent, and a factor where more people move in than die."""


def _with_shares(zeile: Zeile, record: Record, most: float) -> Zeile:
    """State what a row says of women and of men as `anteil`, by sex: per cent of rates, factors of survival."""
    if "w" in zeile and "m" in zeile:
        anteil = {"w": zeile["w"], "m": zeile["m"]}
    elif "geschlecht" in zeile:
        anteil = dict.fromkeys(_SEXES[zeile["geschlecht"]], _find_share(zeile))
    else:
        raise Refused("Es fehlt das Geschlecht, oder je eine Spalte für Frauen (w) und Männer (m).")
    for share in anteil.values():
        if not isinstance(share, float) or not 0 <= share <= most:
            where = f" unter „{record.unter}“" if record.unter else ""
            raise Refused(f"„{share}“{where} liegt nicht zwischen 0 und {most:g}.")
    return {**zeile, "anteil": anteil}


def _find_share(zeile: Zeile) -> Any:
    """Take the share as it is stated, or of cases and people: official tables often print only these."""
    if "anteil" in zeile:
        return zeile["anteil"]
    if "faelle" in zeile and zeile.get("einwohner"):
        return 100 * zeile["faelle"] / zeile["einwohner"]
    raise Refused("Es fehlt der Anteil, oder faelle und einwohner, aus denen er folgt.")


def _refuse_repeated(zeile: Zeile, record: Record, stated: dict[tuple[Any, ...], int | None]) -> None:
    """Refuse a second row about the same people."""
    names = ("merkmal", "leistung", "gebiet", "raum", "stichtag", "geschlecht", "altersgruppe")
    key = tuple(zeile.get(name) for name in names)
    if key in stated:
        where = "" if stated[key] is None else f" (Zeile {stated[key]})"
        raise Refused(f"Diese Personen stehen schon in einer früheren Zeile{where}.")
    stated[key] = record.zeile


def _build_quoten(recipe: Recipe, zeilen: Iterable[Zeile]) -> Tafelwerk:
    tables: dict[tuple[str, str, date], dict[str, dict[str, float]]] = {}
    for zeile in zeilen:
        table = tables.setdefault((zeile["merkmal"], zeile["gebiet"], zeile["stichtag"]), {})
        _add_share(recipe, table, zeile)
    beside = {name: recipe.kopf[name] for name in ("gueltig_von", "gueltig_bis", "hinweis") if name in recipe.kopf}
    return _werk(
        recipe,
        quotentafel=[
            {
                "code": f"{recipe.quelle}-{merkmal}-{gebiet}-{stichtag.year}",
                "titel": f"{recipe.titel}: {_TITEL[Merkmal(merkmal)]} {stichtag.year}",
                "merkmal": merkmal,
                "gebiet": gebiet,
                "stichtag": stichtag,
                "quelle": recipe.namensnennung,
                **beside,
                "quoten": [
                    Quote(altersgruppe=code, w_prozent=share["w"], m_prozent=share["m"])
                    for code, share in _by_age(recipe, bands)
                ],
            }
            for (merkmal, gebiet, stichtag), bands in tables.items()
        ],
    )


_TITEL = {
    Merkmal.PFLEGEBEDUERFTIG: "Pflegequoten",
    Merkmal.STATIONAER: "Heimquoten",
    Merkmal.TEILSTATIONAER: "Quoten der Tagespflege",
}


def _add_share(recipe: Recipe, table: dict[str, dict[str, float]], zeile: Zeile) -> None:
    band = table.setdefault(zeile["altersgruppe"], {})
    if twice := [sex for sex in zeile["anteil"] if sex in band]:
        raise SourceRefused(recipe.quelle, f"{zeile['altersgruppe']}/{twice[0]} steht zweimal da.")
    band |= zeile["anteil"]


def _by_age(recipe: Recipe, bands: Mapping[str, Mapping[str, float]]) -> list[tuple[str, Mapping[str, float]]]:
    for code, share in bands.items():
        if missing := {"w", "m"} - share.keys():
            raise SourceRefused(recipe.quelle, f"Zur Altersgruppe {code} fehlt das Geschlecht {missing.pop()}.")
    return sorted(bands.items(), key=lambda each: parse_gruppe(each[0]))


def _build_zaehlungen(recipe: Recipe, zeilen: Iterable[Zeile]) -> Tafelwerk:
    return _werk(
        recipe,
        zaehlung=[
            Zaehlung(
                gebiet=zeile["gebiet"],
                leistung=Leistung(zeile["leistung"]),
                stichtag=zeile["stichtag"],
                personen=None if math.isnan(zeile["personen"]) else zeile["personen"],
                quelle=f"{recipe.titel} ({recipe.namensnennung})",
            )
            for zeile in zeilen
        ],
    )


def _build_ueberleben(recipe: Recipe, zeilen: Iterable[Zeile]) -> Tafelwerk:
    bands: dict[str, dict[str, float]] = {}
    for zeile in zeilen:
        _add_share(recipe, bands, zeile)
    tafel = {
        "code": recipe.quelle,
        "titel": recipe.titel,
        "stichtag": recipe.stichtag,
        "quelle": recipe.namensnennung,
        **recipe.kopf,
        "faktoren": [
            Ueberlebensfaktor(altersgruppe=code, w=share["w"], m=share["m"]) for code, share in _by_age(recipe, bands)
        ],
    }
    return _werk(recipe, ueberlebenstafel=[tafel])


def _build_prognose(recipe: Recipe, zeilen: Iterable[Zeile]) -> Tafelwerk:
    kopf = {
        "code": recipe.quelle,
        "titel": recipe.titel,
        "quelle": recipe.namensnennung,
        "datei": recipe.dateien[0],
        **recipe.kopf,
    }
    rows = tuple(
        (
            zeile["raum"],
            zeile["stichtag"].isoformat(),
            str(zeile["geschlecht"]),
            zeile["altersgruppe"],
            _write_people(zeile["personen"]),
        )
        for zeile in zeilen
    )
    return _werk(recipe, prognose=[Prognosewerk(msgspec.convert(kopf, Prognosekopf), rows)])


def _write_people(personen: float) -> str:
    """Write a count as the table of a forecast does: with the official signs."""
    if math.isnan(personen):
        return _UNKNOWN
    return _NOBODY if personen == 0 else f"{personen:.10g}"


def _werk(recipe: Recipe, **tables: list[Any]) -> Tafelwerk:
    said = {name: [msgspec.to_builtins(each) for each in table] for name, table in tables.items()}
    return msgspec.convert({"quelle": recipe.quelle, "titel": recipe.titel, **said}, Tafelwerk)


_BUILDERS: Mapping[Form, Callable[[Recipe, Iterable[Zeile]], Tafelwerk]] = {
    Form.QUOTEN: _build_quoten,
    Form.PFLEGESTATISTIK: _build_zaehlungen,
    Form.UEBERLEBEN: _build_ueberleben,
    Form.PROGNOSE: _build_prognose,
}
