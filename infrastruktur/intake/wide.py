"""Wide tables and foreign rows: from the rows a file has to those a recipe means."""

import re
from collections.abc import Iterator

from infrastruktur.intake.recipe import Recipe
from infrastruktur.intake.record import Record


def is_meant(recipe: Recipe, record: Record) -> bool:
    """Tell whether every column named under `nur` holds what it says there."""
    return all(
        re.fullmatch(pattern, str(record.werte.get(column) or "").strip()) for column, pattern in recipe.nur.items()
    )


def cut_record(recipe: Recipe, record: Record) -> Iterator[Record]:
    """Give a row as it is, or where the recipe names a wide table, as a row for each of its cells."""
    if recipe.breit is None:
        yield record
        return
    beside = {name: value for name, value in record.werte.items() if name not in recipe.breit.spalten}
    for heading in recipe.breit.spalten:
        cell = {recipe.breit.kopf: heading, recipe.breit.wert: record.werte.get(heading)}
        yield Record(record.zeile, beside | cell, unter=heading)
