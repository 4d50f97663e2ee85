"""Documents of the service as pages for people: whatever a document says, as lists and tables of its names and values.

One way for all of them: members are terms with their values, many alike are a table, links are links.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from infrastruktur.http import pages

_WORTE = {
    "id": "Kennung",
    "title": "Titel",
    "titel": "Titel",
    "description": "Beschreibung",
    "properties": "Spalten",
    "readOnly": "nur lesbar",
    "type": "Datentyp",
    "format": "Format",
    "enum": "Werte",
    "oneOf": "Bedeutung der Werte",
    "x-ogc-unit": "Einheit",
    "x-ogc-role": "Rolle",
    "x-ogc-propertySeq": "Nummer",
    "aenderungen": "Änderungen",
    "herkunft": "Herkunft",
    "szenarien": "Szenarien",
    "fingerabdruck": "Fingerabdruck",
    "processes": "Prozesse",
    "inputs": "Angaben",
    "outputs": "Ergebnis",
    "jobs": "Aufträge",
    "status": "Stand",
    "message": "Meldung",
    "progress": "Fortschritt in Prozent",
    "created": "Gestellt",
    "started": "Begonnen",
    "updated": "Geändert",
    "finished": "Beendet",
    "zeitpunkt": "Zeitpunkt",
    "akteur": "Wer",
    "grund": "Warum",
    "rechenweg": "Rechenweg",
    "stichtage": "Stichtage",
    "tilesets": "Kachelsätze",
    "tileMatrixSets": "Kachelungen",
    "tileMatrices": "Zoomstufen",
}
"""What is no German word or no word at all; names without an entry stand as programs read them."""
_UNSEEN = {"links", "title", "titel", "$schema"}


def write_document_page(titel: str, document: Mapping[str, Any], home: str, *before: str) -> bytes:
    """Write a document as a page, its links at the end; what stands `before` it is finished HTML."""
    said = {name: value for name, value in document.items() if name not in _UNSEEN}
    links = [each for each in document.get("links", ()) if not each.get("templated")]
    further = (pages.heading("Hier weiter"), pages.link_list(links)) if links else ()
    return pages.page(titel, *before, _write_members(said), *further, home=home)


def _write_members(members: Mapping[str, Any]) -> str:
    return pages.definitions({_WORTE.get(name, name): _write(name, value) for name, value in members.items()})


def _write(name: str, value: Any) -> Any:
    """Write a value in place; a text, a number and nothing are written by the page."""
    if isinstance(value, Mapping):
        alike = len(value) > 1 and all(isinstance(each, Mapping) for each in value.values())
        rows = [{"Name": key, **each} for key, each in value.items()] if alike else []
        return pages.Html(_tabulate(name, rows) if alike else _write_members(_without_links(value)))
    if isinstance(value, list | tuple):
        if value and all(isinstance(each, Mapping) for each in value):
            return pages.Html(_tabulate(name, value))
        return pages.Html(pages.bullets(pages.text(say(each)) for each in value)) if value else "keine"
    return value


def _tabulate(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row if key not in {"links", "$ref"}))
    titles = [_WORTE.get(column, column) for column in columns]
    return pages.table(_WORTE.get(name, name), titles, [[_cell(row, column) for column in columns] for row in rows])


def _cell(row: Mapping[str, Any], column: str) -> Any:
    value = row.get(column, "")
    address = next((each["href"] for each in row.get("links", ()) if each.get("rel") in {"self", "item"}), None)
    if address is not None and column in {"id", "title", "titel"}:
        return pages.Html(pages.anchor(address, say(value)))
    return say(value) if isinstance(value, Mapping | list | tuple) else value


def say(value: Any) -> str:
    """Say a value in one line, however it is built."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_WORTE.get(name, name)}: {say(each)}" for name, each in _without_links(value).items())
    if isinstance(value, list | tuple):
        return "; ".join(map(say, value))
    return "keine Angabe" if value is None else str(value)


def _without_links(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name != "links"}
