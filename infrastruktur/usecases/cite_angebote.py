"""Cite an Angebot as a reader of an explanation finds it again: its id, who states it, and how fresh that is."""

import numpy as np

from infrastruktur.domain.szenario import ANGENOMMEN
from infrastruktur.storage.angebote import Supply


def cite_angebot(supply: Supply, row: int) -> str:
    """Name the source of a row: the catalogue's id, the source, the Stand of its list and the day of the last check."""
    if supply.quelle[row] == ANGENOMMEN:
        return f"{ANGENOMMEN}, Angebot {supply.id[row]}"
    parts = (
        f"Katalog, Angebot {supply.id[row]}",
        f"Quelle {supply.quelle[row] or 'unbekannt'}",
        _say_day("Stand", supply.stand[row], "unbekannt"),
        _say_day("geprüft", supply.zuletzt_geprueft[row], "nie"),
    )
    return ", ".join(parts)


def _say_day(what: str, day: np.datetime64, unknown: str) -> str:
    return f"{what} {unknown}" if np.isnat(day) else f"{what} {day.item():%d.%m.%Y}"
