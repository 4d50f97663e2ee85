"""Styles as QGIS reads them: QML, a style alone, and QLR, a layer with its address and style in one file.

Written for QGIS 3.22 and later. A rule of its own for each class, because a reason beside a missing
number is no part of a graduated scale; the last rule is ELSE and takes what no other does.
"""

import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from infrastruktur.domain.layer import Collection
from infrastruktur.reports.qgis_symbole import add_symbol, rgba
from infrastruktur.reports.stil import (
    SONST,
    TINTE,
    Bedingung,
    Beginnt,
    Beschriftung,
    Einer,
    Fehlt,
    Klasse,
    Stil,
    Zwischen,
)

VERSION = "3.22.0"
_QML = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_QLR = "<!DOCTYPE qgis-layer-definition>\n"
_GEOMETRY = {"Point": ("Point", "0"), "MultiPolygon": ("Polygon", "2")}
"""Type of geometry as a layer names it and as a style counts it."""
_CRS84, _WGS84 = "OGC:CRS84", ("3452", "EPSG:4326")
"""Degrees, as a server and as QGIS's own list names them. Old releases read nothing else, and a file must name it."""
_OVER_POINT = "1"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Not a character of XML 1.0 (2.2)."""


def write_qml(stil: Stil, collection: Collection) -> bytes:
    """Write a style alone, to be loaded into a layer that is open already."""
    root = Element("qgis", version=VERSION, styleCategories="AllStyleCategories", labelsEnabled=_labelled(stil))
    _add_look(root, stil, collection)
    SubElement(root, "layerGeometryType").text = _GEOMETRY[stil.geometrie][1]
    return _written(_QML, root)


def write_qlr(stil: Stil, collection: Collection, base_url: str) -> bytes:
    """Write a layer definition: dragged into QGIS, it opens the layer from this server and draws it."""
    source = oapif_source(base_url, collection)
    root = Element("qlr")
    listed = {"id": collection.id, "name": collection.titel, "source": source, "providerKey": "OAPIF"}
    SubElement(SubElement(root, "layer-tree-group", name=""), "layer-tree-layer", listed, checked="Qt::Checked")
    kind = {"type": "vector", "geometry": _GEOMETRY[stil.geometrie][0], "labelsEnabled": _labelled(stil)}
    layer = SubElement(SubElement(root, "maplayers"), "maplayer", kind, styleCategories="AllStyleCategories")
    SubElement(layer, "id").text = collection.id
    SubElement(layer, "datasource").text = source
    SubElement(layer, "layername").text = collection.titel
    SubElement(layer, "abstract").text = collection.beschreibung
    system = SubElement(SubElement(layer, "srs"), "spatialrefsys")
    SubElement(system, "srsid").text, SubElement(system, "authid").text = _WGS84
    SubElement(layer, "provider", encoding="UTF-8").text = "OAPIF"
    _add_look(layer, stil, collection)
    return _written(_QLR, root)


def oapif_source(base_url: str, collection: Collection) -> str:
    """Name a layer of this server as QGIS's provider for OGC API Features does.

    Of points only what the map shows is asked for; a layer of areas has about a hundred features.
    """
    url = base_url.replace("\\", "\\\\").replace("'", "\\'")
    restricted = "1" if collection.geometry == "Point" else "0"
    return f"restrictToRequestBBOX='{restricted}' srsname='{_CRS84}' typename='{collection.id}' url='{url}'"


def express(bedingungen: Iterable[Bedingung]) -> str:
    """Write conditions as an expression of QGIS: all of them hold."""
    return " AND ".join(map(_express, bedingungen))


def _express(bedingung: Bedingung) -> str:
    column = _column(bedingung.spalte)
    match bedingung:
        case Beginnt(anfang=start):
            return f"left({column}, {len(start)}) = {_text(start)}"
        case Einer(werte=(only,)):
            return f"{column} = {_text(only)}"
        case Einer(werte=several):
            return f"{column} IN ({', '.join(map(_text, several))})"
        case Fehlt():
            return f"{column} IS NULL"
        case Zwischen():
            ends = ((">", bedingung.ueber), (">=", bedingung.ab), ("<", bedingung.unter), ("<=", bedingung.bis))
            return " AND ".join(f"{column} {sign} {end:.15g}" for sign, end in ends if end is not None)


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _labelled(stil: Stil) -> str:
    return "0" if stil.beschriftung is None else "1"


def _written(doctype: str, root: Element) -> bytes:
    """Write a document; what XML cannot hold, not even escaped, becomes a mark in its place."""
    indent(root)
    for element in root.iter():
        element.text = None if element.text is None else _NO_XML.sub("\ufffd", element.text)
        element.attrib.update({name: _NO_XML.sub("\ufffd", value) for name, value in element.attrib.items()})
    return f"{doctype}{tostring(root, encoding='unicode')}\n".encode()


def _add_look(parent: Element, stil: Stil, collection: Collection) -> None:
    _add_renderer(parent, stil)
    if stil.beschriftung is not None:
        _add_labels(parent, stil.beschriftung, stil.klassen)
    _add_columns(parent, collection)
    SubElement(parent, "previewExpression").text = _column(stil.anzeige)


def _add_renderer(parent: Element, stil: Stil) -> None:
    """Write one rule a class below a heading; without classes, one rule for all."""
    ordered = "1" if stil.geometrie == "Point" and stil.klassen else "0"
    known = {"type": "RuleRenderer", "symbollevels": "0", "forceraster": "0", "enableorderby": ordered}
    renderer = SubElement(parent, "renderer-v2", known)
    root = SubElement(renderer, "rules", key="wurzel")
    symbols = SubElement(renderer, "symbols")
    if not stil.klassen:
        SubElement(root, "rule", key="alle", label=stil.titel, symbol="0")
        add_symbol(symbols, "0", stil.sonst, stil.blass)
        return
    heading = SubElement(root, "rule", key="titel", label=stil.titel)
    ruled = [(klasse.titel, express(klasse.bedingungen), klasse.symbol) for klasse in stil.klassen]
    for number, (titel, condition, symbol) in enumerate([*ruled, (SONST, "ELSE", stil.sonst)]):
        known = {"key": f"klasse{number}", "label": titel, "filter": condition}
        SubElement(heading, "rule", known, symbol=str(number))
        add_symbol(symbols, str(number), symbol, stil.blass)
    if ordered == "1":
        _add_order(renderer, stil.klassen)


def _add_order(renderer: Element, klassen: Iterable[Klasse]) -> None:
    """Draw the first classes of the legend last, so that a hundred bus stops hide no Pflegeheim."""
    places = (f"WHEN {express(klasse.bedingungen)} THEN {-place}" for place, klasse in enumerate(klassen))
    clause = SubElement(SubElement(renderer, "orderby"), "orderByClause", asc="1", nullsFirst="1")
    clause.text = f"CASE {' '.join(places)} END"


def _add_labels(parent: Element, beschriftung: Beschriftung, klassen: Iterable[Klasse]) -> None:
    settings = SubElement(SubElement(parent, "labeling", type="simple"), "settings", calloutType="simple")
    style = SubElement(
        settings,
        "text-style",
        fieldName=_label(beschriftung, klassen),
        isExpression="1",
        fontSize=f"{beschriftung.groesse_pt:g}",
        fontSizeUnit="Point",
        fontWeight="75",
        textColor=rgba(TINTE),
        textOpacity="1",
    )
    white = {"bufferColor": "255,255,255,255", "bufferOpacity": "1"}
    SubElement(style, "text-buffer", white, bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM")
    SubElement(settings, "placement", placement=_OVER_POINT, centroidInside="1", centroidWhole="1", quadOffset="4")
    SubElement(settings, "rendering", drawLabels="1", obstacle="0", scaleVisibility="0", upsidedownLabels="0")


def _label(beschriftung: Beschriftung, klassen: Iterable[Klasse]) -> str:
    """Write what stands at a feature as an expression: what its class says, else its number or name."""
    columns = map(_column, beschriftung.spalten)
    if beschriftung.nachkommastellen is None:
        plain = f"coalesce({', '.join(f'''nullif({column}, '')''' for column in columns)})"
    else:
        plain = f"format_number({next(columns)}, {beschriftung.nachkommastellen})"
    said = [
        f"WHEN {express(klasse.bedingungen)} THEN {_text(klasse.aufschrift)}"
        for klasse in klassen
        if klasse.aufschrift is not None
    ]
    return f"CASE {' '.join(said)} ELSE {plain} END" if said else plain


def _add_columns(parent: Element, collection: Collection) -> None:
    """Show columns by their German titles, and codes by their words."""
    aliases = SubElement(parent, "aliases")
    fields = SubElement(parent, "fieldConfiguration")
    for place, each in enumerate(collection.properties):
        SubElement(aliases, "alias", field=each.name, index=str(place), name=each.titel)
        if each.werte:
            _add_words(SubElement(fields, "field", name=each.name), each.werte)


def _add_words(field: Element, words: Mapping[str, str]) -> None:
    config = SubElement(SubElement(field, "editWidget", type="ValueMap"), "config")
    listed = SubElement(SubElement(config, "Option", type="Map"), "Option", type="List", name="map")
    for code, titel in words.items():
        SubElement(SubElement(listed, "Option", type="Map"), "Option", type="QString", name=titel, value=code)
