"""Travel times: what is reached in so many minutes, the time between places, and what is near.

One route serves the questions, as with the figures: each is an entry with its words, its parameters and who answers
it. Figures about people never come from polygons; they come from the travel time of each cell.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import shapely
from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.art import CATEGORIES
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.document_pages import write_document_page
from infrastruktur.http.figure_pages import write_figure_page
from infrastruktur.http.geojson import encode_collection, encode_json, encode_place, encode_row
from infrastruktur.http.links import Link, self_and_alternates
from infrastruktur.http.maps import draw_reached
from infrastruktur.http.negotiation import CSV, CSV_DE, FEATURES, HTML, JSON, Format
from infrastruktur.http.parameters import (
    KNOWN_AT,
    Parameter,
    Question,
    check_question,
    choice,
    integer,
    read_question,
    read_words,
)
from infrastruktur.http.travel import (
    ALTERSGRUPPE,
    ANGEBOTE_AM,
    ARTEN,
    MODUS,
    PROFIL,
    angebote,
    minutes,
    one_duration,
    points,
    richtung,
)
from infrastruktur.reports.tables import write_csv
from infrastruktur.settings import Limits
from infrastruktur.usecases.analyse_isochrones import Isochrone, IsochroneFrage, Isochronen, analyse_isochrones
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.list_nearby import Nearby, NearbyFrage, list_nearby
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.measure_matrix import MatrixFrage, measure_matrix
from infrastruktur.usecases.prepare_reise import Richtung

GEOJSON = Format(name="geojson", media_type="application/geo+json", titel="GeoJSON mit Punkten")
_SHOWN = 50
_AREA = 2


@dataclass(frozen=True)
class Frage:
    """One question about travel time: its words, formats and parameters, and who writes the answer."""

    titel: str
    beschreibung: str
    formats: tuple[Format, ...]
    parameters: Callable[[Limits], tuple[Parameter, ...]]
    write: Callable[[Context, Question], bytes]


@get("/reach/{name:str}", sync_to_thread=True)
def get_reach(request: Asking, context: Opened, name: FromPath[str]) -> Response[bytes]:
    """Answer a question about travel time in the format asked for."""
    frage = get_frage(name)
    question = read_question(request, frage.parameters(context.settings.limits), frage.formats)
    context = look_back(context, question.values[KNOWN_AT.name])
    filename = f"{name}.csv" if question.form in {CSV, CSV_DE} else None
    return answer(request, frage.write(context, question), question.form, filename=filename)


def get_frage(name: str) -> Frage:
    if name not in FRAGEN:
        raise NotFound(f"Die Frage „{name}“ gibt es nicht. Möglich sind: {', '.join(FRAGEN)}.")
    return FRAGEN[name]


def answer_words(context: Context, name: str, words: Iterable[str]) -> bytes:
    """Answer a question written as `name=value` words, with the names, checks and limits of the addresses."""
    frage = get_frage(name)
    question = check_question(read_words(words), "", frage.parameters(context.settings.limits), frage.formats)
    return frage.write(look_back(context, question.values[KNOWN_AT.name]), question)


# Isochrones


def _isochrone_parameters(limits: Limits) -> tuple[Parameter, ...]:
    most, bands = limits.isochrone_points, limits.isochrone_bands
    return (
        points("punkt", f"Orte als Punkte, mit Semikolon getrennt, höchstens {most}."),
        angebote(f"Orte als Angebote: ihre Kennungen (id), mit Semikolon getrennt, höchstens {most}."),
        ARTEN,
        MODUS,
        minutes(limits, f"Reisezeiten in ganzen Minuten, mit Komma getrennt, höchstens {bands} davon"),
        ALTERSGRUPPE,
        PROFIL,
        richtung(
            "hin: von wo aus man den Ort erreicht; zurueck: wohin man von dort kommt. Ohne Angabe zurueck bei Punkten "
            "und hin bei Angeboten. Einbahnstraßen machen den Unterschied.",
            None,
        ),
        choice("kanten", "ja: statt der Fläche die erreichten Straßen als Linien.", ("ja", "nein")),
        ANGEBOTE_AM,
        KNOWN_AT,
    )


def _write_isochrones(context: Context, question: Question) -> bytes:
    values = _given(question)
    frage = IsochroneFrage(**(values | {"kanten": values.get("kanten") == "ja"}))
    found = analyse_isochrones(context, frage)
    links = _links(context, "isochrones", question)
    if question.form is HTML:
        return _write_isochrone_page(context, found, links)
    head = {
        "title": found.herkunft.titel,
        "modus": frage.modus,
        "altersgruppe": frage.altersgruppe,
        "herkunft": msgspec.to_builtins(found.herkunft),
        "links": links,
    }
    return encode_collection((encode_row(_properties(band), band.geometry_json) for band in found.bands), head)


def _properties(band: Isochrone) -> dict[str, Any]:
    """Lay a band flat, as a GIS wants its columns: the same in every feature."""
    start = dict.fromkeys(("punkt", "angebot", "name", "art", "tuer_laenge", "tuer_breite"))
    counted = {
        name: value
        for code, zahl in band.personen.items()
        for name, value in ((f"personen_{code}", zahl.personen), (f"personen_{code}_grund", zahl.grund))
    }
    return {
        **start,
        **band.start,
        "minuten": band.minuten,
        "area_km2": band.area_km2,
        **({} if band.laenge_km is None else {"laenge_km": band.laenge_km}),
        **counted,
        "rand_minuten": band.rand_minuten,
        "grund": band.grund,
        "hinweis": band.hinweis,
    }


def _write_isochrone_page(context: Context, found: Isochronen, links: list[Link]) -> bytes:
    """Write the bands as a table and, where they are areas, as a map."""
    titel, home = found.herkunft.titel, context.settings.base_url
    shapes = [shapely.from_geojson(band.geometry_json) for band in found.bands if band.geometry_json]
    areas = [each for each in shapes if shapely.get_dimensions(each) == _AREA]
    words = "Die Karte zeigt, was in der Zeit der Tabelle zu erreichen ist." if areas else "Hier gibt es keine Karte."
    rows = [_properties(band) for band in found.bands]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    document = {"herkunft": msgspec.to_builtins(found.herkunft), "links": links}
    drawn = draw_reached(context, titel, words, areas)
    cells = [[row.get(name) for name in columns] for row in rows]
    return write_document_page(titel, document, home, drawn, pages.table(titel, columns, cells))


# Tables


def _matrix_parameters(limits: Limits) -> tuple[Parameter, ...]:
    return (
        points("von", "Wo die Wege beginnen, mit Semikolon getrennt."),
        angebote("Angebote, an denen die Wege beginnen, statt von: ihre Kennungen (id), mit Semikolon getrennt."),
        points("nach", f"Wo sie enden, mit Semikolon getrennt; höchstens {limits.matrix_pairs} Paare.", required=True),
        MODUS,
        one_duration(limits, "So lange darf ein Weg höchstens dauern; ohne Angabe so lange wie möglich"),
        ALTERSGRUPPE,
        PROFIL,
        ANGEBOTE_AM,
        KNOWN_AT,
    )


def _write_matrix(context: Context, question: Question) -> bytes:
    tabelle = measure_matrix(context, MatrixFrage(**_given(question)))
    if question.form is HTML:
        return _write_page(context, "matrix", tabelle, question)
    return _write_csv(tabelle, question.form) or _write_json(tabelle, {})


def _nearby_parameters(limits: Limits) -> tuple[Parameter, ...]:
    return (
        points("punkt", "Von wo aus gefragt wird.", required=True),
        MODUS,
        one_duration(limits, "So lange darf der Weg höchstens dauern", required=True),
        ALTERSGRUPPE,
        PROFIL,
        ARTEN,
        choice("kategorie", "Nur Angebote dieser Kategorie.", CATEGORIES),
        richtung("hin: vom Punkt zum Angebot (so ohne Angabe); zurueck: vom Angebot zum Punkt.", Richtung.HIN),
        integer("limit", "So viele höchstens, die nächsten zuerst.", (1, limits.nearby_angebote), default=_SHOWN),
        ANGEBOTE_AM,
        KNOWN_AT,
    )


def _write_nearby(context: Context, question: Question) -> bytes:
    found = list_nearby(context, NearbyFrage(**_given(question)))
    if question.form is GEOJSON:
        return encode_collection(map(encode_place, found.tabelle.records()), _head(found.tabelle) | _befund(found))
    if question.form is HTML:
        beside = pages.heading("Befund"), pages.definitions(msgspec.to_builtins(found.befund))
        return _write_page(context, "nearby", found.tabelle, question, *beside)
    return _write_csv(found.tabelle, question.form) or _write_json(found.tabelle, _befund(found))


def _write_page(context: Context, name: str, tabelle: Tabelle, question: Question, *beside: str) -> bytes:
    links, home = _links(context, name, question), context.settings.base_url
    return write_figure_page(tabelle, FRAGEN[name].beschreibung, links, home, *beside)


def _links(context: Context, name: str, question: Question) -> list[Link]:
    base, formats = context.settings.base_url, FRAGEN[name].formats
    return self_and_alternates(base, f"/reach/{name}", question.written, chosen=question.form, formats=formats)


def _befund(found: Nearby) -> dict[str, Any]:
    return {"befund": msgspec.to_builtins(found.befund)}


def _given(question: Question) -> dict[str, Any]:
    """Take the values that were given or have a default; what is left out is the use case's to decide."""
    opened = {"f", KNOWN_AT.name}
    return {name: value for name, value in question.values.items() if name not in opened and value is not None}


def _head(tabelle: Tabelle) -> dict[str, Any]:
    return {
        "name": tabelle.name,
        "titel": tabelle.herkunft.titel,
        "herkunft": msgspec.to_builtins(tabelle.herkunft),
        "spalten": msgspec.to_builtins(tabelle.spalten),
    }


def _write_json(tabelle: Tabelle, beside: dict[str, Any]) -> bytes:
    return encode_json({**_head(tabelle), **beside, "zeilen": tabelle.records()})


def _write_csv(tabelle: Tabelle, form: Format) -> bytes:
    """Write a table where the format is one of CSV; nothing for others."""
    if form not in {CSV, CSV_DE}:
        return b""
    stream = io.StringIO(newline="")
    write_csv(tabelle, stream, german=form is CSV_DE)
    return stream.getvalue().encode()


FRAGEN = {
    "isochrones": Frage(
        "Isochronen",
        "Bis wohin man von einem oder mehreren Orten in so vielen Minuten kommt, oder von wo aus man sie erreicht, als "
        "Flächen für die Karte; daneben, wie viele Menschen dort wohnen. Genau eine Angabe: punkt, angebot oder art "
        "(dann eine Fläche um alle Angebote dieser Arten).",
        (FEATURES, HTML),
        _isochrone_parameters,
        _write_isochrones,
    ),
    "matrix": Frage(
        "Reisezeiten",
        "Wie lange der Weg zwischen je zwei Orten dauert, oder warum es keinen gibt. Genau eine Angabe: von oder "
        "angebot.",
        (JSON, HTML, CSV, CSV_DE),
        _matrix_parameters,
        _write_matrix,
    ),
    "nearby": Frage(
        "In der Nähe",
        "Welche Angebote von einem Punkt aus in so vielen Minuten zu erreichen sind, die nächsten zuerst, und was die "
        "Liste nicht wissen kann.",
        (JSON, HTML, GEOJSON, CSV, CSV_DE),
        _nearby_parameters,
        _write_nearby,
    ),
}
