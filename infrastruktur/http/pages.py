"""Plain German web pages of the API itself: headings, lists and tables, no script.

They are what a person sees who opens a service address in a browser; everything written goes
through `html.escape`, whatever the catalogue holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from infrastruktur.http.links import Link

STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:72rem;margin:1rem auto;padding:0 1rem;color:#1b2430;"
    "background:#fff}a{color:#0b5c8a}h1,dd,p{overflow-wrap:anywhere}pre{white-space:pre-wrap}"
    "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left}"
    "caption{text-align:left;font-weight:bold;padding:.25rem 0}dt{font-weight:bold}"
    "a:focus,.weit:focus{outline:3px solid #005fcc;outline-offset:2px}.weit{overflow-x:auto}"
    ".weit table{width:max-content}.weit td,.weit th{max-width:22rem;vertical-align:top}"
    ".sprung{position:absolute;left:-99rem}.sprung:focus{position:static}"
    "nav ul{display:flex;flex-wrap:wrap;gap:0 1.5rem;list-style:none;padding:0}figure{margin:1rem 0}"
    ".lageplan{display:block;width:100%;max-width:46rem;border:1px solid #767676}"
    ".lageplan text{font-size:22px;fill:#1b2430}"
    ".grenze{fill:#f4f6f8;stroke:#767676;stroke-width:2}.flaeche{fill:#8fbcd8;fill-opacity:.45;stroke:#0b5c8a;"
    "stroke-width:3}.massstab{fill:none;stroke:#1b2430;stroke-width:2}"
    ".zeichen{list-style:none;display:flex;flex-wrap:wrap;gap:0 1.5rem;padding:0}.zeichen svg{width:1.2em;height:1.2em;"
    "vertical-align:-.2em}[class^=z-]{stroke:#fff;stroke-width:1.5}"
    ".z-pflege{fill:#0b5c8a}.z-beratung{fill:#8a3b00}.z-quartier{fill:#1b6b2f}.z-schule{fill:#6a2c91}"
    ".z-alltag{fill:#5b5300}.z-ort{fill:#1b2430}"
)
"""Text and signs stand out from their ground at least 4.5 to 1 (WCAG 2.1, 1.4.3 and 1.4.11)."""
_SKIP = "Zum Inhalt springen"


def page(titel: str, *parts: str, home: str) -> bytes:
    """Write a whole page; `parts` are finished HTML, `titel` is text."""
    return (
        '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(titel)}</title><style>{STYLE}</style></head><body>"
        f'<a class="sprung" href="#inhalt">{_SKIP}</a><nav aria-label="Übersicht"><ul>'
        f'<li><a href="{escape(home)}/?f=html">Übersicht</a></li>'
        f'<li><a href="{escape(home)}/collections?f=html">Kartenebenen</a></li>'
        f'<li><a href="{escape(home)}/api.html">Beschreibung der Schnittstelle</a></li></ul></nav>'
        f'<main id="inhalt" tabindex="-1"><h1>{escape(titel)}</h1>{"".join(parts)}</main></body></html>'
    ).encode()


class Html(str):
    """Finished HTML where otherwise text is written."""

    __slots__ = ()


def text(words: str) -> str:
    return escape(words)


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def lines(written: Iterable[str]) -> str:
    """Write lines as they are, indented as they are."""
    return f"<pre>{escape(chr(10).join(written))}</pre>"


def anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def bullets(items: Iterable[str]) -> str:
    """List finished HTML."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def link_list(links: Iterable[Link]) -> str:
    """List links, each once: some are there under several relations, for programs."""
    written = (f"{anchor(each['href'], each['title'])} ({escape(each['type'])})" for each in links)
    return bullets(dict.fromkeys(written))


def definitions(values: Mapping[str, Any]) -> str:
    """List names and their values."""
    pairs = (f"<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in values.items())
    return f"<dl>{''.join(pairs)}</dl>"


def figure(svg: str, words: str, legend: str = "") -> str:
    """Show a finished drawing with its legend and, for all who do not see it, in words."""
    return f"<figure>{svg}{legend}<figcaption>{escape(words)}</figcaption></figure>"


def page_turner(links: Iterable[Link]) -> str:
    """Lead to the pages before and behind, where there are any."""
    turns = [anchor(each["href"], each["title"]) for each in links if each["rel"] in {"prev", "next"}]
    return f'<nav aria-label="Seiten">{bullets(turns)}</nav>' if turns else ""


def table(
    beschriftung: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, heads: Sequence[str] = ()
) -> str:
    """Write a table with a caption; it scrolls sideways by keyboard too when it is wide.

    `heads` is finished HTML that names each row, under the first of `columns`.
    """
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    named = (f'<th scope="row">{each}</th>' for each in heads)
    body = "".join(f"<tr>{next(named, '')}{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return (
        f'<div class="weit" role="region" tabindex="0" aria-label="{escape(beschriftung)}">'
        f"<table><caption>{escape(beschriftung)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, Html):
        return value
    if value is None:
        return "keine Angabe"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float):
        return f"{value:.12g}".replace(".", ",")
    return escape(str(value))
