"""Symbols in QGIS's XML: markers, letters in them, fills and patterns."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from infrastruktur.reports.stil import WEISS, Blass, Flaeche, Form, Muster, Symbol, Zeichen

_FONT = "DejaVu Sans"
_LETTERS_MM = 2.3
_LOWER_MM = {Form.DREIECK: 0.3, Form.FUENFECK: 0.2}
"""How far below the middle letters stand in a shape that is wider at its foot."""
_LINES_DEG = {
    Muster.SCHRAEG: (45,),
    Muster.KREUZ: (45, 135),
    Muster.GITTER: (0, 90),
    Muster.WAAGERECHT: (0,),
    Muster.SENKRECHT: (90,),
}
_APART_MM, _LINE_MM, _DOT_MM = 1.8, 0.3, 0.8
_PALE_PERCENT = 40


def add_symbol(parent: Element, name: str, symbol: Symbol, blass: Blass | None) -> None:
    """Write a symbol under a name that rules refer to."""
    match symbol:
        case Zeichen():
            element = _add_named(parent, name, "marker")
            _add_marker(element, symbol)
        case Flaeche():
            element = _add_named(parent, name, "fill")
            _add_fill(element, symbol)
    if blass is not None:
        _add_opacity(element, blass)


def _add_named(parent: Element, name: str, kind: str) -> Element:
    return SubElement(parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")


def _add_layer(symbol: Element, kind: str, options: Mapping[str, str]) -> Element:
    layer = SubElement(symbol, "layer", {"class": kind}, enabled="1", locked="0")
    listed = SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        SubElement(listed, "Option", name=name, type="QString", value=value)
    return layer


def _add_marker(symbol: Element, zeichen: Zeichen) -> None:
    body = {"name": zeichen.form.value, "color": rgba(zeichen.fuellung), "outline_color": rgba(zeichen.rand)}
    size = {"size": f"{zeichen.groesse_mm:g}", "size_unit": "MM", "scale_method": "diameter"}
    _add_layer(symbol, "SimpleMarker", body | size | {"outline_width": "0.3", "outline_width_unit": "MM"})
    if zeichen.kuerzel:
        letters = {"chr": zeichen.kuerzel, "font": _FONT, "color": rgba(zeichen.schrift)}
        size = {"size": f"{_LETTERS_MM:g}", "size_unit": "MM"}
        place = {"offset": f"0,{_LOWER_MM.get(zeichen.form, 0):g}", "offset_unit": "MM", "outline_width": "0"}
        _add_layer(symbol, "FontMarker", letters | size | place)


def _add_fill(symbol: Element, flaeche: Flaeche) -> None:
    plain = flaeche.muster is Muster.VOLL
    ground = {
        "color": rgba(flaeche.fuellung if plain else WEISS),
        "style": "no" if flaeche.muster is Muster.LEER else "solid",
        "outline_color": rgba(flaeche.rand),
        "outline_width": f"{flaeche.rand_mm:g}",
        "outline_width_unit": "MM",
        "outline_style": "solid",
    }
    _add_layer(symbol, "SimpleFill", ground)
    for angle_deg in _LINES_DEG.get(flaeche.muster, ()):
        _add_lines(symbol, flaeche.fuellung, angle_deg)
    if flaeche.muster is Muster.PUNKTE:
        _add_dots(symbol, flaeche.fuellung)


def _add_lines(symbol: Element, colour: str, angle_deg: int) -> None:
    apart = {"angle": str(angle_deg), "distance": f"{_APART_MM:g}", "distance_unit": "MM"}
    lines = _add_layer(symbol, "LinePatternFill", apart)
    line = {"line_color": rgba(colour), "line_width": f"{_LINE_MM:g}", "line_width_unit": "MM"}
    _add_layer(_add_named(lines, "@linie", "line"), "SimpleLine", line)


def _add_dots(symbol: Element, colour: str) -> None:
    apart = {f"distance_{axis}": f"{2 * _APART_MM:g}" for axis in ("x", "y")}
    units = {f"distance_{axis}_unit": "MM" for axis in ("x", "y")}
    dots = _add_layer(symbol, "PointPatternFill", apart | units)
    dot = {"name": Form.KREIS.value, "color": rgba(colour), "size": f"{_DOT_MM:g}", "size_unit": "MM"}
    _add_layer(_add_named(dots, "@punkt", "marker"), "SimpleMarker", dot | {"outline_style": "no"})


def _add_opacity(symbol: Element, blass: Blass) -> None:
    """Let an expression set the strength of the whole symbol."""
    expression = f"if(\"{blass.spalte}\" = '{blass.wert}', 100, {_PALE_PERCENT})"
    collection = SubElement(SubElement(symbol, "data_defined_properties"), "Option", type="Map")
    SubElement(collection, "Option", name="name", type="QString", value="")
    properties = SubElement(collection, "Option", name="properties", type="Map")
    opacity = SubElement(properties, "Option", name="alpha", type="Map")
    SubElement(opacity, "Option", name="active", type="bool", value="true")
    SubElement(opacity, "Option", name="expression", type="QString", value=expression)
    SubElement(opacity, "Option", name="type", type="int", value="3")
    SubElement(collection, "Option", name="type", type="QString", value="collection")


def rgba(colour: str) -> str:
    """Write a colour #rrggbb as QGIS does: red, green, blue and full strength."""
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
