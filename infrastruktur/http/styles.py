"""How layers look, for programs that draw them (OGC API Styles, draft 20-009: the part that reads).

Each layer has one style in several encodings. QGIS asks no server for styles, so its layer definition
is also offered as a file of the layer itself: opened, it brings address and style along.
"""

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.layer import Collection
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Opened, answer, answer_document
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.negotiation import HTML, JSON, Format
from infrastruktur.http.parameters import read_question
from infrastruktur.reports.qgis import write_qlr, write_qml
from infrastruktur.usecases.read_layer import get_collection
from infrastruktur.usecases.style_layer import style_layer

STYLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/styles"
STANDARD = "standard"
SET_FORMATS = (JSON, HTML)
QML = Format(name="qml", media_type="application/vnd.qgis.qml", titel="QGIS-Stil (QML)")
QLR = Format(name="qlr", media_type="application/x-qgis-layer-definition", titel="QGIS-Ebene mit Stil (QLR)")
FORMATS = (QML, QLR)


@get("/collections/{collection_id:str}/styles", sync_to_thread=True)
def get_styles(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with the styles of a layer: one, in each of its encodings."""
    question = read_question(request, (), SET_FORMATS)
    base = context.settings.base_url
    collection = get_collection(context, collection_id)
    sheets = _list_sheets(base, collection)
    if question.form is HTML:
        return answer(request, _styles_page(base, collection, sheets), HTML)
    path = path_of_styles(collection)
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=SET_FORMATS)
    described = {"id": STANDARD, "title": collection.titel, "links": sheets}
    return answer_document(request, {"default": STANDARD, "styles": [described], "links": links}, JSON)


@get("/collections/{collection_id:str}/styles/{style_id:str}", sync_to_thread=True)
def get_style(
    request: Asking, context: Opened, collection_id: FromPath[str], style_id: FromPath[str]
) -> Response[bytes]:
    """Answer with one encoding of a layer's style, as a file."""
    question = read_question(request, (), FORMATS)
    collection = get_collection(context, collection_id)
    if style_id != STANDARD:
        raise NotFound(f"Den Stil „{style_id}“ gibt es hier nicht. Jede Ebene hat den Stil „{STANDARD}“.")
    stil = style_layer(context, collection.id)
    if question.form is QLR:
        body = write_qlr(stil, collection, context.settings.base_url)
    else:
        body = write_qml(stil, collection)
    return answer(request, body, question.form, filename=f"{collection.id}.{question.form.name}")


def path_of_styles(collection: Collection) -> str:
    return f"/collections/{collection.id}/styles"


def link_styles(base: str, collection: Collection) -> list[Link]:
    """Link a layer to its styles, and to itself as a file for QGIS."""
    path = path_of_styles(collection)
    layer = href(base, f"{path}/{STANDARD}", {"f": QLR.name})
    return [
        link(STYLES_REL, href(base, path), JSON.media_type, "Stile dieser Ebene"),
        link("enclosure", layer, QLR.media_type, "Ebene mit Stil für QGIS (in das Fenster ziehen)"),
    ]


def _list_sheets(base: str, collection: Collection) -> list[Link]:
    path = f"{path_of_styles(collection)}/{STANDARD}"
    return [link("stylesheet", href(base, path, {"f": each.name}), each.media_type, each.titel) for each in FORMATS]


def _styles_page(base: str, collection: Collection, sheets: list[Link]) -> bytes:
    parts = (
        pages.paragraph(
            "Die Ebene mit Stil (QLR) öffnet sich in QGIS fertig gezeichnet: Datei in das Fenster ziehen. "
            "Der Stil allein (QML) ist für eine Ebene, die schon offen ist: Eigenschaften, Symbolisierung, Stil laden."
        ),
        pages.link_list(sheets),
    )
    return pages.page(f"Stile: {collection.titel}", *parts, home=base)
