"""The figures as tables: Bestand, Versorgungsquoten, Erreichbarkeit, Lücken, Bedarf, Standortvorschläge, Wettbewerb.

One route serves them all, and every answer names Stichtag, sources, parameters, network and data revision.
"""

import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.http.angaben import SZENARIO
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.explanations import EXPLANATIONS, explain_in_lines
from infrastruktur.http.figure_pages import write_figure_page
from infrastruktur.http.figures import Figure, find_figure
from infrastruktur.http.geojson import encode_collection, encode_json, encode_place, encode_row
from infrastruktur.http.links import self_and_alternates
from infrastruktur.http.negotiation import CSV, CSV_DE, GEOJSON, HTML, JSON, XLSX, Format
from infrastruktur.http.parameters import KNOWN_AT, Question, check_question, read_question, read_words
from infrastruktur.http.rechenwege import link_rechenwege
from infrastruktur.reports.bericht import write_bericht
from infrastruktur.reports.tables import write_csv
from infrastruktur.reports.text import write_text
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.keep_szenarien import open_szenario
from infrastruktur.usecases.list_areas import list_drawn, list_outlines, list_squares
from infrastruktur.usecases.look_back import look_back

FILES = (JSON, GEOJSON, CSV, CSV_DE, XLSX)
FORMATS = (*FILES, HTML)


@get("/planning/{name:str}", sync_to_thread=True)
def get_figure(request: Asking, context: Opened, name: FromPath[str]) -> Response[bytes]:
    """Answer with one figure table in the format asked for."""
    return _answer_figure(request, context, name)


@get("/planning/{name:str}/vergleich", sync_to_thread=True)
def get_comparison(request: Asking, context: Opened, name: FromPath[str]) -> Response[bytes]:
    """Answer with what moved between two of a figure."""
    return _answer_figure(request, context, f"{name}/vergleich")


def _answer_figure(request: Asking, context: Context, name: str) -> Response[bytes]:
    figure = find_figure(name)
    question = read_question(request, figure.parameters, FORMATS)
    assumed = open_question(context, question, name)
    return answer_table(request, assumed, figure, compute_figure(assumed, figure, question), question)


def open_question(context: Context, question: Question, name: str) -> Context:
    """See an installation as a question of a name wants it: as it was known then, and with the scenario it names."""
    assumed = open_szenario(context, question.values.get(SZENARIO.name), name)
    return look_back(assumed, question.values.get(KNOWN_AT.name))


def answer_table(
    request: Asking, context: Context, figure: Figure, tabelle: Tabelle, question: Question
) -> Response[bytes]:
    """Answer with a table of a figure in the format asked for."""
    form = question.form
    if form is HTML:
        base, path = context.settings.base_url, request.scope["path"]
        links = self_and_alternates(base, path, question.written, chosen=HTML, formats=FORMATS)
        linked = link_rechenwege(tabelle, path.removeprefix("/planning/"), question.written, base)
        return answer(request, write_figure_page(linked, figure.beschreibung, links, base), HTML)
    filename = None if form in {JSON, GEOJSON} else _filename(tabelle, form)
    return answer(request, _encode(context, figure, tabelle, form), form, filename=filename)


def answer_words(
    context: Context, name: str, words: Iterable[str], spalten: Sequence[str] = (), *, herkunft: bool = False
) -> bytes:
    """Answer a question written as `name=value` words as its address does, narrowed to some columns.

    Without a format it is answered as text, rounded, which is what a person at a terminal reads; `herkunft` says
    below it where it comes from. Explanations (`demand/explain`) are always text.
    """
    written = read_words(words)
    explained = name.removesuffix("/explain")
    if explained != name and explained in EXPLANATIONS:
        asked = check_question(written, "", EXPLANATIONS[explained].parameters, (JSON,))
        return explain_in_lines(open_question(context, asked, explained), explained, asked.values).encode()
    figure = find_figure(name)
    question = check_question(written, "", figure.parameters, FILES)
    assumed = open_question(context, question, name)
    tabelle = compute_figure(assumed, figure, question)
    tabelle = tabelle.narrow(spalten) if spalten else tabelle
    if "f" not in written:
        return write_text(tabelle, herkunft=herkunft).encode()
    return _encode(assumed, figure, tabelle, question.form)


def write_figure(assumed: Context, figure: Figure, question: Question) -> bytes:
    """Answer a checked question in its format, in an installation under the scenario it names."""
    return _encode(assumed, figure, compute_figure(assumed, figure, question), question.form)


def compute_figure(assumed: Context, figure: Figure, question: Question) -> Tabelle:
    """Compute a figure with what it was asked, but for the format, and for scenario and moment, which are open."""
    opened = {"f", SZENARIO.name, KNOWN_AT.name}
    asked = {name: value for name, value in question.values.items() if name not in opened}
    return figure.compute(assumed, asked)


def _encode(context: Context, figure: Figure, tabelle: Tabelle, form: Format) -> bytes:
    if form is XLSX:
        return _workbook(context, figure, tabelle)
    if form is not GEOJSON:
        return _write(tabelle, form)
    return (_encode_places if figure.places else _encode_outlines)(context, tabelle)


def _write(tabelle: Tabelle, form: Format) -> bytes:
    if form in {CSV, CSV_DE}:
        stream = io.StringIO(newline="")
        write_csv(tabelle, stream, german=form is CSV_DE)
        return stream.getvalue().encode()
    return encode_json({**_head(tabelle), "zeilen": tabelle.records()})


def _head(tabelle: Tabelle) -> dict[str, Any]:
    return {
        "name": tabelle.name,
        "titel": tabelle.herkunft.titel,
        "herkunft": msgspec.to_builtins(tabelle.herkunft),
        "spalten": msgspec.to_builtins(tabelle.spalten),
    }


def _encode_outlines(context: Context, tabelle: Tabelle) -> bytes:
    """Write each row with the outline of its area; an area without one has null geometry."""
    outlines = list_outlines(context, tabelle.herkunft.stichtag) | list_drawn(tabelle) | list_squares(tabelle)
    rows = (encode_row(row, outlines.get((str(row["ebene"]), str(row["gebiet"])))) for row in tabelle.records())
    return encode_collection(rows, _head(tabelle))


def _encode_places(_context: Context, tabelle: Tabelle) -> bytes:
    """Write each row with its place."""
    return encode_collection(map(encode_place, tabelle.records()), _head(tabelle))


def _workbook(context: Context, figure: Figure, tabelle: Tabelle) -> bytes:
    with tempfile.TemporaryDirectory(prefix="infrastruktur-") as folder:
        path = Path(folder) / f"{tabelle.name}.xlsx"
        if figure.beside is None:
            figure.write_workbook(tabelle, path)
        else:
            write_bericht((tabelle, figure.beside(context, tabelle)), path)
        return path.read_bytes()


def _filename(tabelle: Tabelle, form: Format) -> str:
    """Name a download after the figure and its Stichtag."""
    ending = "xlsx" if form is XLSX else "csv"
    return f"{tabelle.name}-{tabelle.herkunft.stichtag.isoformat()}.{ending}"
