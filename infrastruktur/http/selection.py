"""Which features of a layer a question means, as every way out of a layer reads it: place, day, values, order, columns.

Parts 1 to 3 of OGC API Features name the parameters; `sortby`, `properties` and `skipGeometry` are
those of the drafts that Masterportal and ldproxy agree on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from infrastruktur.domain.cql2.as_json import parse_json
from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.cql2.vocabulary import MAX_BYTES
from infrastruktur.domain.crs import ALL, CRS84, Crs, Window, get_crs, window_of
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.filter import And, Comparator, Comparison, Filter, Literal, name_properties
from infrastruktur.domain.geometry import parse_bbox
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.query import LayerQuery, Sort, Vergleich
from infrastruktur.http.parameters import INTEGER, KNOWN_AT, NUMBER, Parameter, Question, choice, day, moment, words
from infrastruktur.http.stichtag import parse_begin, parse_day, parse_stichtag
from infrastruktur.usecases.describe_layers import VERAENDERUNGEN

_PARSERS = {"cql2-text": parse_text, "cql2-json": parse_json}
_LIST = 2_000
"""Characters of a list of property names."""


def _parse_numbers(text: str) -> str:
    """Check a bbox. Python's float also takes other scripts' digits and underscores, which are no numbers here."""
    if not all(NUMBER.fullmatch(part) for part in text.split(",")):
        raise InvalidParameter("bbox", "Erwartet werden vier endliche Zahlen: West,Süd,Ost,Nord.")
    return text


def _crs_parameter(name: str, beschreibung: str) -> Parameter:
    schema = {"type": "string", "format": "uri", "enum": [each.uri for each in ALL], "default": CRS84.uri}
    return Parameter(name, beschreibung, schema, lambda text: get_crs(name, text), CRS84)


BBOX = Parameter(
    "bbox",
    "Nur was dieses Rechteck berührt: West,Süd,Ost,Nord in Grad (CRS84), oder wie `bbox-crs` es sagt; mit sechs "
    "Zahlen zählen die Höhen nicht.",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    _parse_numbers,
)
BBOX_CRS = _crs_parameter("bbox-crs", "Bezugssystem von `bbox`, in dessen Reihenfolge der Achsen.")
CRS = _crs_parameter("crs", "Bezugssystem der Antwort, in dessen Reihenfolge der Achsen.")
DATETIME = Parameter(
    "datetime",
    "Stand an diesem Tag: ein Tag, ein Zeitpunkt oder ein Zeitraum (Beginn/Ende, offen mit `..`); "
    "beim Zeitraum gilt sein Ende. Ohne Angabe der letzte bekannte Stand.",
    {"type": "string"},
    parse_stichtag,
)


def _parse_sort(text: str) -> tuple[Sort, ...]:
    terms = text.split(",")
    # A plus sign that nobody escaped arrives as a space.
    return tuple(Sort(term.lstrip("+- "), term.startswith("-")) for term in terms)


def _parse_names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _list_of_names(pattern: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "pattern": pattern}, "minItems": 1}


SORTBY = Parameter(
    "sortby",
    "Reihenfolge: Namen von Spalten mit Komma, absteigend mit `-` davor. Was fehlt, steht zuletzt.",
    _list_of_names("^[+-]?[a-z0-9_]+$"),
    _parse_sort,
    (),
    max_text=_LIST,
)
PROPERTIES = Parameter(
    "properties",
    "Nur diese Spalten, mit Komma.",
    _list_of_names("^[a-z0-9_]+$"),
    _parse_names,
    max_text=_LIST,
)
EXCLUDE = Parameter(
    "exclude-properties",
    "Alle Spalten außer diesen, mit Komma.",
    _list_of_names("^[a-z0-9_]+$"),
    _parse_names,
    max_text=_LIST,
)
SKIP_GEOMETRY = Parameter(
    "skipGeometry",
    "Ohne Geometrie, wenn nur die Spalten gebraucht werden.",
    {"type": "boolean", "default": False},
    lambda text: choice("skipGeometry", "", ("true", "false")).parse(text) == "true",
    False,  # noqa: FBT003 - a default among others
)
FILTER = Parameter(
    "filter",
    "Nur was diese Bedingung erfüllt, in CQL2. Beispiel: `art = 'pflege.tagespflege' AND kapazitaet >= 12`.",
    {"type": "string", "maxLength": MAX_BYTES},
    str,
    max_text=MAX_BYTES,
    lines=True,
)
FILTER_LANG = choice("filter-lang", "Schreibweise von `filter`; ohne Angabe `cql2-text`.", tuple(_PARSERS))
FILTER_CRS = _crs_parameter("filter-crs", "Bezugssystem der Geometrien in `filter`, in dessen Reihenfolge der Achsen.")
_OF_FILTER = (FILTER, FILTER_LANG, FILTER_CRS)
SELECTION: tuple[Parameter, ...] = (BBOX, BBOX_CRS, CRS, DATETIME, KNOWN_AT, *_OF_FILTER, SORTBY, PROPERTIES, EXCLUDE)
"""What every way out of a layer takes, beside the collection's own properties."""

COMPARISON: tuple[Parameter, ...] = (
    day(
        "von",
        "Tag, mit dem verglichen wird; dasselbe wie der Beginn eines Zeitraums in datetime. Ohne Angabe ein Jahr "
        "vorher, mit von_known_at derselbe.",
    ),
    day("bis", "Tag, der verglichen wird; dasselbe wie datetime, bei einem Zeitraum wie sein Ende."),
    moment("von_known_at", "Der Tag, mit dem verglichen wird, wie er zu diesem Zeitpunkt bekannt war."),
)
"""What the layer of differences takes beside."""


def layer_parameters(collection: Collection) -> tuple[Parameter, ...]:
    """Give what only this layer can be asked."""
    return COMPARISON if collection.id == VERAENDERUNGEN else ()


def read_vergleich(question: Question) -> tuple[date | None, Vergleich | None]:
    """Read the day and what it is compared with, None where the layer compares nothing.

    Raises
    ------
    InvalidParameter
        Two days are named for one side.

    """
    values = question.values
    if "von" not in values:
        return values["datetime"], None
    begin = parse_begin(question.written.get("datetime", ""))
    day, former = _agree("bis", values["datetime"], values["bis"]), _agree("von", begin, values["von"])
    moment = values["von_known_at"]
    return day, Vergleich(stichtag=former, known_at=moment) if former or moment else None


def _agree(name: str, named: date | None, also: date | None) -> date | None:
    if named is not None and also is not None and named != also:
        raise InvalidParameter(name, "datetime nennt einen anderen Tag. Bitte nur eines von beiden angeben.")
    return named or also


def property_filters(collection: Collection, taken: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Give each property of a collection as a filter; the standard's own names come first.

    Laid out once for the properties of a layer, which are the same tuple in each of its states and dear to hash.
    """
    asked = collection.id, tuple(taken)
    of, filters = _laid.get(asked, ((), ()))
    if of is not collection.properties:
        names = {"f", *(each.name for each in taken)}
        filters = tuple(_property_filter(each) for each in collection.properties if each.name not in names)
        _laid[asked] = collection.properties, filters
    return filters


_laid: dict[tuple[str, tuple[Parameter, ...]], tuple[tuple[Property, ...], tuple[Parameter, ...]]] = {}
"""By layer and what its address takes besides: a few hundred."""


def build_query(collection: Collection, question: Question, taken: Sequence[Parameter]) -> LayerQuery:
    """Build what a question means.

    Raises
    ------
    InvalidParameter
        A property the layer does not have, or a rectangle its system cannot have.

    """
    values = question.values
    stichtag, vergleich = read_vergleich(question)
    return LayerQuery(
        collection=collection.id,
        stichtag=stichtag,
        vergleich=vergleich,
        window=_build_window(values["bbox"], values["bbox-crs"]),
        filter=_build_filter(collection, values, property_filters(collection, taken)),
        sortby=_known_sort(collection, values["sortby"]),
        properties=_choose_properties(collection, values["properties"], values["exclude-properties"]),
    )


def _build_window(bbox: str | None, crs: Crs) -> Window | None:
    if bbox is None:
        return None
    return window_of(parse_bbox(bbox, geographic=crs.geographic, northing_first=crs.northing_first), crs)


def _build_filter(
    collection: Collection, values: Mapping[str, Any], of_properties: Sequence[Parameter]
) -> Filter | None:
    """Join the values asked of single properties with the filter; all hold together."""
    asked = [each.name for each in of_properties if values[each.name] is not None]
    names = name_properties(collection.properties) if asked else {}
    parts: list[Filter] = [Comparison(names[name], Comparator.EQUAL, Literal(values[name])) for name in asked]
    if values["filter"] is not None:
        parse = _PARSERS[values["filter-lang"] or "cql2-text"]
        parts.append(parse(values["filter"], collection.properties, values["filter-crs"]))
    return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _known_sort(collection: Collection, sortby: tuple[Sort, ...]) -> tuple[Sort, ...]:
    if sortby:
        _check_names(collection, "sortby", [each.name for each in sortby])
    return sortby


def _choose_properties(
    collection: Collection, wanted: tuple[str, ...] | None, excluded: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if wanted is not None:
        _check_names(collection, "properties", wanted)
    if excluded is not None:
        _check_names(collection, "exclude-properties", excluded)
    if wanted is None and excluded is None:
        return None
    chosen = {each.name for each in collection.properties} if wanted is None else set(wanted)
    return tuple(each.name for each in collection.properties if each.name in chosen - set(excluded or ()))


def _check_names(collection: Collection, parameter: str, names: Sequence[str]) -> None:
    known = [each.name for each in collection.properties]
    for name in names:
        if name not in known:
            raise InvalidParameter(parameter, f"Die Spalte „{name}“ gibt es nicht. Möglich sind: {', '.join(known)}.")
    if len(set(names)) < len(names):
        raise InvalidParameter(parameter, "Eine Spalte steht mehrfach da.")


def _property_filter(prop: Property) -> Parameter:
    described = f"Genau dieser Wert: {prop.titel}."
    if prop.werte and not prop.weitere:
        return choice(prop.name, described, tuple(prop.werte))
    if prop.type == "boolean":
        given = choice(prop.name, "", ("true", "false"))
        return Parameter(prop.name, described, {"type": "boolean"}, lambda text: given.parse(text) == "true")
    if prop.type in {"integer", "number"}:
        return _number_filter(prop, described)
    if prop.format == "date":
        schema = {"type": "string", "format": "date"}
        return Parameter(prop.name, described, schema, lambda text: parse_day(prop.name, text))
    given = words(prop.name, described)
    return given if prop.format is None else replace(given, schema={**given.schema, "format": prop.format})


def _number_filter(prop: Property, described: str) -> Parameter:
    pattern = INTEGER if prop.type == "integer" else NUMBER

    def parse(text: str) -> float:
        if pattern.fullmatch(text) is None:
            raise InvalidParameter(prop.name, f"„{text}“ ist keine Zahl.")
        return float(text)

    return Parameter(prop.name, described, {"type": prop.type}, parse)
