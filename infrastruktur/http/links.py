"""Links of an answer (RFC 8288), always from the configured base URL and never from request headers."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from infrastruktur.http.negotiation import Format

Link = dict[str, str]
_READABLE = ":,/|;."


def href(base_url: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """Build an absolute URL; the path is quoted, commas and colons of the query stay readable."""
    text = urlencode(query or {}, safe=_READABLE)
    return f"{base_url}{quote(path, safe='/-._~')}{'?' + text if text else ''}"


def link(rel: str, url: str, media_type: str, title: str) -> Link:
    return {"rel": rel, "href": url, "type": media_type, "title": title, "hreflang": "de"}


def self_and_alternates(
    base_url: str, path: str, query: Mapping[str, str], *, chosen: Format, formats: Iterable[Format]
) -> list[Link]:
    """Link an answer to itself and to its other formats (Part 1, requirements 8.3 and 8.4)."""
    rest = {name: value for name, value in query.items() if name != "f"}
    return [
        link(
            "self" if each is chosen else "alternate",
            href(base_url, path, {**rest, "f": each.name}),
            each.media_type,
            "Diese Seite" if each is chosen else f"Dasselbe als {each.titel}",
        )
        for each in sorted(formats, key=lambda one: one is not chosen)
    ]
