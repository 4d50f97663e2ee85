"""Plain German web pages of the API itself: headings, lists and tables, no script.

They are what a person sees who opens a service address in a browser; everything written goes
through `html.escape`, whatever the catalogue holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from infrastruktur.http.links import Link

STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:72rem;margin:1rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left}"
    "a:focus,.weit:focus{outline:3px solid #005fcc}.weit{overflow-x:auto}"
)
_SKIP = "Zum Inhalt springen"


def page(titel: str, *parts: str, home: str) -> bytes:
    """Write a whole page; `parts` are finished HTML, `titel` is text."""
    return (
        '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(titel)}</title><style>{STYLE}</style></head><body>"
        f'<a href="#inhalt">{_SKIP}</a><nav aria-label="Übersicht"><ul>'
        f'<li><a href="{escape(home)}/?f=html">Übersicht</a></li>'
        f'<li><a href="{escape(home)}/collections?f=html">Kartenebenen</a></li>'
        f'<li><a href="{escape(home)}/api.html">Beschreibung der Schnittstelle</a></li></ul></nav>'
        f'<main id="inhalt"><h1>{escape(titel)}</h1>{"".join(parts)}</main></body></html>'
    ).encode()


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def bullets(items: Iterable[str]) -> str:
    """List finished HTML."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def link_list(links: Iterable[Link]) -> str:
    return bullets(f"{anchor(each['href'], each['title'])} ({escape(each['type'])})" for each in links)


def definitions(values: Mapping[str, Any]) -> str:
    """List names and their values."""
    pairs = (f"<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in values.items())
    return f"<dl>{''.join(pairs)}</dl>"


def table(beschriftung: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a table with a caption; it scrolls sideways by keyboard too when it is wide."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return (
        f'<div class="weit" role="region" tabindex="0" aria-label="{escape(beschriftung)}">'
        f"<table><caption>{escape(beschriftung)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return "keine Angabe"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return escape(str(value))
