"""Where a client starts: landing page, conformance, and the service description."""

from collections.abc import Iterator
from typing import Any

from litestar import Response, get

from infrastruktur.http import pages, tiles
from infrastruktur.http.answers import Asking, Opened, answer, answer_document, shelf_for
from infrastruktur.http.description import build_description
from infrastruktur.http.figures import FIGURES
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.negotiation import HTML, JSON, OPENAPI
from infrastruktur.http.operations import list_operations
from infrastruktur.http.parameters import Question, read_question
from infrastruktur.usecases.read_layer import list_collections

_REL = "http://www.opengis.net/def/rel/ogc/1.0"
TITEL = "Soziale Infrastruktur"
BESCHREIBUNG = "Was es an sozialer Infrastruktur gibt, wen sie erreicht, und ob sie in jedem Sozialraum reicht."


def _classes(standard: str, *names: str) -> tuple[str, ...]:
    return tuple(f"http://www.opengis.net/spec/{standard}/1.0/conf/{name}" for name in names)


CONFORMANCE = (
    *_classes("ogcapi-features-1", "core", "oas30", "html", "geojson"),
    *_classes("ogcapi-features-2", "crs"),
    *_classes("ogcapi-features-3", "queryables", "queryables-query-parameters", "filter", "features-filter"),
    *_classes("ogcapi-features-4", "create-replace-delete", "update", "optimistic-locking-etags", "features"),
    *_classes("cql2", "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
    *_classes("cql2", "case-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus"),
    *_classes("cql2", "spatial-functions", "temporal-functions", "property-property"),
    # The draft's name of basic-spatial-functions, without which QGIS 3.40 filters by place on its own side.
    *_classes("cql2", "basic-spatial-operators"),
    *_classes("ogcapi-common-3", "schemas", "advanced-property-roles", "returnables-and-receivables", "sortables"),
    # The draft's names of the same; QGIS looks for the first before it reads a schema.
    *_classes("ogcapi-features-5", "schemas", "core-roles-features", "returnables-and-receivables", "sortables"),
    *tiles.CONFORMANCE,
)
"""What holds, with a test of each requirement in docs/conformance.md, and nothing else."""


@get("/", sync_to_thread=True)
def get_landing(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the landing page (Part 1, 7.2)."""
    question = read_question(request, (), (JSON, HTML))
    base = context.settings.base_url
    links = [*_links_of(base, "/", question), *_service_links(base)]
    if question.form is HTML:
        return answer(request, _landing_page(base, links), HTML)
    body = {"title": TITEL, "description": BESCHREIBUNG, "links": links}
    return answer_document(request, body, JSON)


@get("/conformance", sync_to_thread=True)
def get_conformance(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the conformance classes that hold (Part 1, 7.4)."""
    question = read_question(request, (), (JSON, HTML))
    if question.form is HTML:
        classes = pages.bullets(pages.anchor(each, each) for each in CONFORMANCE)
        return answer(request, pages.page("Konformität", classes, home=context.settings.base_url), HTML)
    links = _links_of(context.settings.base_url, "/conformance", question)
    return answer_document(request, {"conformsTo": CONFORMANCE, "links": links}, JSON)


@get("/api", sync_to_thread=True)
def get_description(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the service description, OpenAPI 3.0 (Part 1, 7.3)."""
    question = read_question(request, (), (OPENAPI, HTML))
    if question.form is HTML:
        description = build_description(list_collections(context), context.settings)
        return answer(request, _description_page(description, context.settings.base_url), HTML)

    def encode() -> bytes:
        return encode_json(build_description(list_collections(context), context.settings))

    # QGIS asks for it at each layer it opens; building and packing it takes 0.25 s.
    return answer(request, shelf_for(request, context).recall("/api", context.revision(), encode), OPENAPI)


@get("/api.html", sync_to_thread=True)
def get_description_page(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the same description for people."""
    read_question(request, (), (HTML,))
    description = build_description(list_collections(context), context.settings)
    return answer(request, _description_page(description, context.settings.base_url), HTML)


def _links_of(base: str, path: str, question: Question) -> list[Link]:
    return self_and_alternates(base, path, question.written, chosen=question.form, formats=(JSON, HTML))


def _service_links(base: str) -> list[Link]:
    """Link what the standard names; ArcGIS and QGIS compare these rels and types literally."""
    conformance, tilings = f"{_REL}/conformance", f"{_REL}/tiling-schemes"
    return [
        link("service-desc", href(base, "/api"), OPENAPI.media_type, "Beschreibung der Schnittstelle (OpenAPI)"),
        link("service-doc", href(base, "/api.html"), "text/html", "Beschreibung der Schnittstelle"),
        link("conformance", href(base, "/conformance"), "application/json", "Erfüllte Normen"),
        link(conformance, href(base, "/conformance"), "application/json", "Erfüllte Normen"),
        link("data", href(base, "/collections"), "application/json", "Kartenebenen"),
        link(f"{_REL}/processes", href(base, "/processes"), "application/json", "Prozesse"),
        link(f"{_REL}/job-list", href(base, "/jobs"), "application/json", "Aufträge"),
        link("related", href(base, "/aenderungen"), "application/json", "Änderungen im Katalog"),
        link("related", href(base, "/stichtage"), "application/json", "Festgeschriebene Stichtage"),
        link(tilings, href(base, "/tileMatrixSets"), "application/json", "Kachelungen"),
    ]


def _landing_page(base: str, links: list[Link]) -> bytes:
    parts = (
        pages.paragraph(BESCHREIBUNG),
        pages.paragraph(f"In QGIS: Layer hinzufügen, WFS / OGC API – Features, neue Verbindung, Adresse {base}/"),
        pages.heading("Auswertungen"),
        pages.bullets(_figure_links(base)),
        pages.heading("Hier weiter"),
        pages.link_list(links[1:]),
    )
    return pages.page(TITEL, *parts, home=base)


def _figure_links(base: str) -> Iterator[str]:
    """Lead to the figures that need no question."""
    for name, figure in FIGURES.items():
        if not figure.needs_question:
            yield pages.anchor(href(base, f"/planning/{name}", {"f": "html"}), figure.titel)


def _description_page(description: dict[str, Any], base: str) -> bytes:
    """List every address with its parameters."""
    parts = [pages.paragraph(description["info"]["description"])]
    for operation in list_operations(description):
        parts += [pages.heading(f"{operation.titel}: {operation.path}"), pages.paragraph(operation.beschreibung)]
        if operation.parameters:
            rows = [(each["name"], each.get("description", "")) for each in operation.parameters]
            parts.append(pages.table(f"Angaben für {operation.path}", ("Name", "Bedeutung"), rows))
    return pages.page(description["info"]["title"], *parts, home=base)
