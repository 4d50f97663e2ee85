"""From a row of a Sozialraummonitoring to values: wide tables have a column an indicator, long ones a row a value.

Statistical offices write signs where they have no number; each is taken for what it says (IT.NRW, Zeichenerklärung).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, cast

from infrastruktur.domain.errors import Grund, Refused
from infrastruktur.domain.kontext import Kontextwert
from infrastruktur.intake.mapping import map_values
from infrastruktur.intake.recipe import KontextForm, KontextSpalte, Recipe
from infrastruktur.intake.record import Record, Refusal, clean_text
from infrastruktur.intake.transforms import parse_number

_ZERO = ("-", "–", "—")
_MISSING = {
    ".": Grund.GEHEIM,
    "/": Grund.UNSICHER,
    "()": Grund.UNSICHER,
    "...": Grund.KEINE_DATEN,
    "…": Grund.KEINE_DATEN,
    "x": Grund.KEINE_DATEN,
    "X": Grund.KEINE_DATEN,
}
"""unknown or secret; not certain enough; later; makes no sense here."""
_BRACKETS = re.compile(r"\((?P<number>[^()]+)\)")


def map_kontext(
    records: Iterable[Record | Refusal], recipe: Recipe
) -> tuple[tuple[Kontextwert, ...], tuple[Refusal, ...]]:
    """Map rows to values, `raum` as the source names it; a cell that cannot be read is refused, its row goes on."""
    values: list[Kontextwert] = []
    refused: list[Refusal] = []
    for record in records:
        if isinstance(record, Refusal):
            refused.append(record)
            continue
        try:
            found = list(_map_row(record, recipe))
        except Refused as error:
            refused.append(Refusal(record.zeile, str(error)))
            continue
        values += [each for each in found if isinstance(each, Kontextwert)]
        refused += [each for each in found if isinstance(each, Refusal)]
    return tuple(values), tuple(refused)


def _map_row(record: Record, recipe: Recipe) -> Iterator[Kontextwert | Refusal]:
    form = cast("KontextForm", recipe.kontext)
    named = map_values(record, recipe)
    stichtag = named.get("stichtag", recipe.stichtag)
    if not isinstance(stichtag, date):
        raise Refused("Der Stichtag fehlt in der Zeile und im Rezept.")
    if "raum" not in named:
        raise Refused("Es fehlt: raum.")
    for spalte, cell in _list_cells(record, form):
        try:
            said = read_cell(cell, recipe.csv.dezimal)
        except Refused as error:
            yield Refusal(record.zeile, f"Indikator „{spalte.code}“: {error}")
            continue
        if said is not None:
            wert, grund, eingeschraenkt = said
            yield Kontextwert(
                quelle=recipe.quelle,
                indikator=spalte.code,
                stichtag=stichtag,
                raum=named["raum"],
                wert=wert,
                grund=grund,
                eingeschraenkt=eingeschraenkt,
            )


def _list_cells(record: Record, form: KontextForm) -> Iterator[tuple[KontextSpalte, Any]]:
    if not form.indikator:
        yield from ((spalte, record.werte.get(spalte.spalte)) for spalte in form.indikatoren)
        return
    name = clean_text(record.werte.get(form.indikator) or "")
    spalte = next((each for each in form.indikatoren if each.spalte == name), None)
    if spalte is None:
        raise Refused(f"Der Indikator „{name}“ steht nicht im Rezept.")
    yield spalte, record.werte.get(form.wert)


def read_cell(cell: Any, dezimal: str) -> tuple[float | None, Grund | None, bool] | None:
    """Read a value, or why there is none, and whether it is little certain; None for an empty cell.

    Raises
    ------
    Refused
        It is neither a number nor a sign.

    """
    text = "" if cell is None else clean_text(cell)
    if not text:
        return None
    if text in _ZERO:
        return 0.0, None, False
    if text in _MISSING:
        return None, _MISSING[text], False
    bracketed = _BRACKETS.fullmatch(text)
    number = parse_number(bracketed["number"].strip() if bracketed else cell, dezimal)
    return number, None, bracketed is not None
