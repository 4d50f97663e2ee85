"""Figures as pages for people: what a table says, as of when and from what, and its rows.

Where a number is missing its reason stands in its place, so that nobody reads an empty cell as nought. A row has one
reason; what it lacks for another, such as a limit nobody asked for, is a dash.
"""

from collections.abc import Iterable, Iterator

from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert
from infrastruktur.http import pages
from infrastruktur.http.links import Link
from infrastruktur.reports import anzeige

MOST_ROWS = 500
"""More than anybody reads; whoever wants all rows takes a file. 20,000 cells would be a page of 10 MB."""
_GRUND = "grund"
_NAME = "gebiet_name"


def write_figure_page(tabelle: Tabelle, beschreibung: str, links: Iterable[Link], home: str, *beside: str) -> bytes:
    """Write a table as a page, its rows named by their areas; what stands `beside` it is finished HTML."""
    titel, herkunft = tabelle.herkunft.titel, tabelle.herkunft
    parts = (
        pages.paragraph(beschreibung),
        pages.paragraph(f"Stichtag {anzeige.tag(herkunft.stichtag)}. {_say_length(len(tabelle.zeilen))}"),
        _write_rows(tabelle, titel, home),
        *beside,
        pages.heading("Woher die Zahlen kommen"),
        pages.bullets(map(pages.text, _list_origin(herkunft))),
        pages.heading("Hier weiter"),
        pages.link_list(links),
    )
    return pages.page(titel, *parts, home=home)


def _list_origin(herkunft: Herkunft) -> Iterator[str]:
    """Say sources and hints; under which settings it was computed stands whole in the files."""
    yield from (f"Quelle: {quelle}" for quelle in herkunft.quellen)
    yield from herkunft.hinweise
    if herkunft.netz:
        yield f"Wegenetz {herkunft.netz}"
    yield f"Datenstand {herkunft.datenstand}"


def _say_length(rows: int) -> str:
    if rows > MOST_ROWS:
        return f"Die ersten {MOST_ROWS} von {anzeige.zahl(rows)} Zeilen. Alle stehen in den Dateien unten."
    return "Eine Zeile." if rows == 1 else f"{anzeige.zahl(rows)} Zeilen."


def _write_rows(tabelle: Tabelle, titel: str, home: str) -> str:
    names = [spalte.name for spalte in tabelle.spalten]
    first = names.index(_NAME) if _NAME in names else 0
    order = [first, *(at for at in range(len(names)) if at != first)]
    columns = [tabelle.spalten[at] for at in order]
    reason = names.index(_GRUND) if _GRUND in names else None
    reasons = {} if reason is None else dict.fromkeys(_find_explained(tabelle, reason), reason)
    shown = [
        [_say(zeile[at], tabelle.spalten[at], zeile[reasons[at]] if at in reasons else None) for at in order]
        for zeile in tabelle.zeilen[:MOST_ROWS]
    ]
    heads = [pages.text(row[0]) for row in shown]
    rows = [[_lead(text, home) for text in row[1:]] for row in shown]
    return pages.table(titel, list(map(_head, columns)), rows, heads=heads)


def _find_explained(tabelle: Tabelle, reason: int) -> set[int]:
    """Find the columns of numbers whose lack a row's reason explains: those that every row without one fills.

    Where each row has a reason it is those that are no whole numbers: limits that were not asked for are.
    """
    without = [zeile for zeile in tabelle.zeilen if zeile[reason] is None]
    numeric = {Typ.ZAHL, Typ.GANZZAHL} if without else {Typ.ZAHL}
    return {
        at
        for at, spalte in enumerate(tabelle.spalten)
        if spalte.typ in numeric and all(zeile[at] is not None for zeile in without)
    }


def _lead(text: str, home: str) -> str:
    """Make a link of an address of this service, such as the one that proposes a site."""
    if not text.startswith(f"{home}/"):
        return text
    return pages.Html(pages.anchor(text, "nachrechnen" if "/explain?" in text else "ansehen"))


def _head(spalte: Spalte) -> str:
    return spalte.titel if spalte.einheit is None else f"{spalte.titel} ({spalte.einheit})"


def _say(value: Wert, spalte: Spalte, reason: Wert) -> str:
    if spalte.name == _GRUND:
        return "" if value is None else anzeige.grund(value)
    if value is None:
        return "–" if reason is None else anzeige.grund(reason)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int | float):
        return anzeige.zahl(value, 0 if spalte.typ is Typ.GANZZAHL else spalte.nachkommastellen or 0)
    return anzeige.tag(value) if spalte.typ is Typ.DATUM else str(value)
