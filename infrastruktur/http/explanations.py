"""How a number came about: explanations of figures, as a tree and in plain lines, for pen and paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.herleitung import Schritt, write_rechenweg
from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.http import pages
from infrastruktur.http.ableitungen import ABLEITUNGEN
from infrastruktur.http.angaben import BEVOELKERUNG, SZENARIO
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.figures import AB, FIGURES, INDICATOR, REGEL, VARIANTE, ZIEL
from infrastruktur.http.flaeche import FLAECHE, take_flaeche
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.parameters import (
    EBENE,
    KNOWN_AT,
    STICHTAG,
    Parameter,
    choice,
    day,
    integer,
    read_question,
    require,
    words,
)
from infrastruktur.planning.nachweis import Groesse, Nebenzahl
from infrastruktur.usecases.assess_coverage import CoverageFrage
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_bestand import (
    OHNE,
    Berichtszahl,
    Bestandszahl,
    explain_bestand,
    explain_bestandsbericht,
)
from infrastruktur.usecases.explain_catchments import Einzugszahl, explain_catchment
from infrastruktur.usecases.explain_coverage import Personenzahl, explain_coverage
from infrastruktur.usecases.explain_flaeche import explain_flaeche
from infrastruktur.usecases.explain_gaps import Luecke, explain_gap
from infrastruktur.usecases.explain_pflegebedarf import Pflegezahl, explain_pflegebedarf
from infrastruktur.usecases.explain_provision import Wertart, explain_provision
from infrastruktur.usecases.explain_quarter import Quartierzahl, explain_quarter
from infrastruktur.usecases.explain_sites import Planzahl, Standortzahl, explain_plan, explain_site
from infrastruktur.usecases.explain_ways import Wegzahl
from infrastruktur.usecases.judge_quarters import Quartierfrage
from infrastruktur.usecases.keep_szenarien import open_szenario
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.plan_bedarf import Zelle, explain_bedarf
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.search_sites import SitingFrage


@dataclass(frozen=True)
class Explanation:
    """What can be explained of a figure, which number is meant, and who explains it."""

    titel: str
    beschreibung: str
    parameters: tuple[Parameter, ...]
    explain: Callable[[Context, dict[str, Any]], Schritt]


def _take_place(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    """Read the area that is meant: a drawn one, which is its own key, or that of a key.

    Raises
    ------
    InvalidParameter
        Neither is given, or both.

    """
    taken = take_flaeche(context, asked)
    if (taken["flaeche"] is None) == (taken["gebiet"] is None):
        raise InvalidParameter("gebiet", "Zu einem Rechenweg gehört entweder gebiet oder flaeche.")
    return taken if taken["flaeche"] is None else {**taken, "gebiet": taken["flaeche"].schluessel}


def _explain_bedarf(context: Context, asked: dict[str, Any]) -> Schritt:
    of_plan = {"stichtag", "ab"}
    zelle = Zelle(**{name: value for name, value in asked.items() if name not in of_plan})
    return explain_bedarf(context, zelle, **{name: asked[name] for name in of_plan})


def _explain_provision(context: Context, asked: dict[str, Any]) -> Schritt:
    taken = _take_place(context, asked)
    flaeche, wert = taken.pop("flaeche"), Wertart(taken["wert"])
    if flaeche is None:
        return explain_provision(context, **{**taken, "wert": wert})
    if wert is not Wertart.WERT:
        raise InvalidParameter("wert", f"Für gezeichnete Flächen gibt es nur {Wertart.WERT}.")
    return explain_flaeche(context, flaeche, taken["indicator"], stichtag=taken["stichtag"])


def _explain_coverage(context: Context, asked: dict[str, Any]) -> Schritt:
    taken = _take_place(context, asked)
    gebiet, zahl = taken.pop("gebiet"), taken.pop("zahl")
    kind = Wegzahl if zahl in set(Wegzahl) else Personenzahl
    return explain_coverage(context, CoverageFrage(**taken), gebiet, zahl=kind(zahl))


def _explain_quarter(context: Context, asked: dict[str, Any]) -> Schritt:
    taken = _take_place(context, asked)
    gebiet, zahl = taken.pop("gebiet"), Quartierzahl(taken.pop("zahl"))
    return explain_quarter(context, Quartierfrage(**taken), gebiet, zahl=zahl)


def _explain_sites(context: Context, asked: dict[str, Any]) -> Schritt:
    given = {name: value for name, value in asked.items() if value is not None and name not in {"zahl", "rang"}}
    frage, rang, zahl = SitingFrage(**given), asked["rang"], asked["zahl"]
    kind = Planzahl if rang is None else Standortzahl
    if zahl not in set(kind):
        of = "des ganzen Plans" if rang is None else "eines Standorts (rang)"
        raise InvalidParameter("zahl", f"Zahlen {of} sind {', '.join(kind)}.")
    if rang is None:
        return explain_plan(context, frage, zahl=Planzahl(zahl))
    return explain_site(context, frage, rang, zahl=Standortzahl(zahl))


def _explain_catchment(context: Context, asked: dict[str, Any]) -> Schritt:
    frage = {name: value for name, value in asked.items() if name not in {"zahl", "gebiet"}}
    return explain_catchment(context, CatchmentFrage(**frage), asked["gebiet"], zahl=Einzugszahl(asked["zahl"]))


def _without(parameters: tuple[Parameter, ...], *names: str) -> tuple[Parameter, ...]:
    return tuple(each for each in parameters if each.name not in names)


def _zahl(*zahlen: type[StrEnum]) -> Parameter:
    """Ask which number of a row is meant, the first where nobody says."""
    known = tuple(dict.fromkeys(str(zahl) for kind in zahlen for zahl in kind))
    return choice("zahl", "Welche Zahl der Zeile.", known, default=known[0])


_OPENED = frozenset({"f", SZENARIO.name, KNOWN_AT.name})
"""What is not the explanation's to read: the format, and the scenario and moment that are opened before."""
_ART = require(words("art", "Art des Angebots.", pattern="[a-z0-9_.]+", example="pflege.dauerpflege"))
_GEBIET = require(words("gebiet", "Schlüssel des Gebiets.", pattern="[0-9A-Za-z-]+", example="05334002"))
_ORT = (replace(_GEBIET, required=False, beschreibung="Schlüssel des Gebiets, oder flaeche."), *FLAECHE)
_RANG = integer("rang", "Zu einer Zahl eines Standorts: welcher, wie in der Spalte rang. Nur Verwaltung.", (1, 1_000))
_EXPLANATIONS = {
    "demand": Explanation(
        "Nachfrage und Bedarf: Rechenweg",
        "Wie eine Zahl der Tafel zustande kommt, Schritt für Schritt bis zu den Eingaben mit Quelle und Stichtag. "
        "Was auf Personen beruht, steht nur der Verwaltung offen.",
        (
            STICHTAG,
            AB,
            require(words("gebiet", "Schlüssel der Kommune oder Region.", pattern="[0-9]+", example="05334002")),
            require(REGEL),
            require(day("tag", "Tag, für den geplant wird, wie in der Spalte tag.")),
            require(replace(VARIANTE, beschreibung="Variante, wie in der Spalte variante.")),
            choice("groesse", "Welche Zahl der Zeile.", (*Groesse, *Nebenzahl), required=True),
            SZENARIO,
        ),
        _explain_bedarf,
    ),
    "provision": Explanation(
        "Versorgungsquoten: Rechenweg",
        "Wie ein Wert zustande kommt: jedes Angebot mit seiner Größe, die Menschen mit Quelle und Stichtag, die "
        "Rechnung damit.",
        (
            STICHTAG,
            *_ORT,
            require(replace(INDICATOR, beschreibung="Die Quote, wie in der Spalte indicator. Beispiel: vq_dp80.")),
            choice("wert", "Welche Zahl der Zeile.", tuple(Wertart), default=Wertart.WERT),
            SZENARIO,
        ),
        _explain_provision,
    ),
    "coverage": Explanation(
        "Erreichbarkeit: Rechenweg",
        "Aus welchen Zahlen ein Anteil kommt, nach Gebieten und Altersgruppen.",
        (_ORT[0], *_without(FIGURES["coverage"].parameters, "ebene"), _zahl(Personenzahl, Wegzahl)),
        _explain_coverage,
    ),
    "bestand": Explanation(
        "Bestand: Rechenweg",
        "Welche Angebote eine Zahl zählt, mit Plätzen und Stand.",
        (
            STICHTAG,
            _ART,
            replace(_GEBIET, beschreibung=f"Schlüssel des Gebiets; {OHNE} und ebene für die Zeile „ohne Zuordnung“."),
            EBENE,
            day("vergleich", "Zu einem Unterschied: der Tag, mit dem verglichen wird."),
            _zahl(Bestandszahl),
            SZENARIO,
        ),
        lambda context, asked: explain_bestand(context, **{**asked, "zahl": Bestandszahl(asked["zahl"])}),
    ),
    "bestandsbericht": Explanation(
        "Bestand nach § 7 Abs. 4 APG NRW: Rechenweg",
        "Welche Angebote eine Zahl des Berichts zählt, auch des vorigen, mit Plätzen und Stand.",
        (STICHTAG, _ART, _GEBIET, _zahl(Berichtszahl)),
        lambda context, asked: explain_bestandsbericht(context, **{**asked, "zahl": Berichtszahl(asked["zahl"])}),
    ),
    "gaps": Explanation(
        "Lücken: Rechenweg",
        "Vom Anteil über das Ziel zu den Personen, die bis dahin fehlen.",
        (
            STICHTAG,
            *_ORT,
            require(replace(ZIEL, beschreibung="Das Ziel, wie in der Spalte ziel. Beispiel: tagespflege.")),
            BEVOELKERUNG,
            _zahl(Luecke),
            SZENARIO,
        ),
        lambda context, asked: explain_gap(context, **{**_take_place(context, asked), "zahl": Luecke(asked["zahl"])}),
    ),
    "versorgungsquartiere": Explanation(
        "Versorgungsquartiere: Rechenweg",
        "Wie ein Gebiet zu einem Kriterium steht: Personen, Schwellen und die Angebote, auf denen die Aussage beruht.",
        (
            _ORT[0],
            require(words("kriterium", "Das Kriterium.", pattern="[a-z0-9_]+", example="begegnung")),
            *_without(FIGURES["versorgungsquartiere"].parameters, "ebene", "gebiet", "kriterium", "index"),
            _zahl(Quartierzahl),
        ),
        _explain_quarter,
    ),
    "pflegebedarf": Explanation(
        "Pflegebedürftige: Rechenweg",
        "Einwohner nach Alter und Geschlecht mal Quote, und der Anteil der Leistung; nur für die Verwaltung.",
        (
            STICHTAG,
            _GEBIET,
            choice("leistung", "Welche Leistung.", tuple(Leistung), default=Leistung.INSGESAMT),
            _zahl(Pflegezahl),
            SZENARIO,
        ),
        lambda context, asked: explain_pflegebedarf(
            context, **{**asked, "zahl": Pflegezahl(asked["zahl"]), "leistung": Leistung(asked["leistung"])}
        ),
    ),
    "catchments": Explanation(
        "Angebot je Person im Wettbewerb: Rechenweg",
        "Was jedes Angebot den Menschen eines Gebiets gibt: seine Plätze durch alle, die es erreichen, mal die von "
        "hier. Öffentlich aus den Zahlen der Tabelle.",
        (_GEBIET, *_without(FIGURES["catchments"].parameters, "gebiet", "ebene"), _zahl(Einzugszahl)),
        _explain_catchment,
    ),
    "siting": Explanation(
        "Standortvorschläge: Rechenweg",
        "Wen das Ziel heute erreicht und wen jeder Vorschlag dazu bringt; mit rang, wem ein Standort dient: nach "
        "Gebiet, Altersgruppe und Länge des Weges.",
        (*FIGURES["siting"].parameters, _zahl(Planzahl, Standortzahl), _RANG),
        _explain_sites,
    ),
}


EXPLANATIONS = {
    name: replace(each, parameters=(*_without(each.parameters, KNOWN_AT.name), KNOWN_AT))
    for name, each in _EXPLANATIONS.items()
}


FORMATS = (JSON, HTML)


@get("/planning/{name:str}/explain", sync_to_thread=True)
def get_explanation(request: Asking, context: Opened, name: FromPath[str]) -> Response[bytes]:
    """Answer with the way a number of a figure was computed, down to what went in."""
    explanation = EXPLANATIONS.get(name)
    if explanation is None:
        raise NotFound(f"Für „{name}“ gibt es keinen Rechenweg. Möglich sind: {', '.join(EXPLANATIONS)}.")
    question = read_question(request, explanation.parameters, FORMATS)
    assumed = open_szenario(context, question.values.get(SZENARIO.name), name)
    herleitung = _explain(look_back(assumed, question.values[KNOWN_AT.name]), name, question.values)
    if question.form is HTML:
        return answer(request, _write_page(context, explanation, herleitung), HTML)
    body = {
        "zelle": {name: value for name, value in msgspec.to_builtins(question.values).items() if name != "f"},
        "rechenweg": list(write_rechenweg(herleitung)),
        "herleitung": msgspec.to_builtins(herleitung),
        "weitere": ABLEITUNGEN[name],
    }
    return answer(request, encode_json(body), JSON)


def _write_page(context: Context, explanation: Explanation, herleitung: Schritt) -> bytes:
    """Write the way as lines whose indentation says what goes into what."""
    lines = pages.lines(write_rechenweg(herleitung))
    home = context.settings.base_url
    return pages.page(explanation.titel, pages.paragraph(explanation.beschreibung), lines, home=home)


def explain_in_lines(assumed: Context, name: str, values: Mapping[str, Any]) -> str:
    """Explain a number in plain lines, as a person at a terminal reads them; scenario and moment are open already."""
    return "\n".join(write_rechenweg(_explain(assumed, name, values))) + "\n"


def _explain(assumed: Context, name: str, values: Mapping[str, Any]) -> Schritt:
    """Explain a number in an installation under the scenario that is named, as it was known then."""
    asked = {name: value for name, value in values.items() if name not in _OPENED}
    return EXPLANATIONS[name].explain(assumed, asked)
