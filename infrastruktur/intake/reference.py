"""The reference of the catalogue's kinds and columns, written from the schemas so that it is never out of date."""

from collections.abc import Iterable
from pathlib import Path

from infrastruktur.domain.art import Feld, Kategorie, get_groesse, taxonomie

_HEAD = """# Arten und Spalten

Aus `schemas/` erzeugt (`scripts/contracts`). Vorlagen zum Ausfüllen: `infrastruktur template pflege pflege.xlsx`.
"""


def write_reference(path: Path) -> None:
    """Write the reference as one German Markdown file."""
    path.write_text(_HEAD + "".join(map(_section, taxonomie().values())), encoding="utf-8")


def _section(kategorie: Kategorie) -> str:
    kinds = _table(
        ("Art", "Bezeichnung", "Kapazität"), (_kind(art.code, art.titel, art.groesse) for art in kategorie.arten)
    )
    columns = _table(("Spalte", "Eigenschaft", "Pflicht", "Werte"), map(_column, kategorie.felder))
    head = f"\n## {kategorie.titel}\n\nEbene `{kategorie.collection}`, Teilmenge von `angebote`.\n"
    return f"{head}\n{kinds}\n{columns}"


def _kind(code: str, titel: str, groesse: str | None) -> tuple[str, ...]:
    unit = "–" if groesse is None else f"{get_groesse(groesse).titel} (`{groesse}`)"
    return f"`{code}`", titel, unit


def _column(feld: Feld) -> tuple[str, ...]:
    values = "" if feld.name == "art" else ", ".join(feld.werte.values())
    return feld.ueberschrift, f"`{feld.name}`", "ja" if feld.pflicht else "", values


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
