"""How a number came about: explanations of figures, as a tree and in plain lines, for pen and paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.herleitung import Schritt, write_rechenweg
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.figures import AB, INDICATOR, REGEL, VARIANTE, ZIEL
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import JSON
from infrastruktur.http.parameters import (
    STICHTAG,
    Parameter,
    choice,
    day,
    read_question,
    require,
    words,
)
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_coverage import explain_coverage
from infrastruktur.usecases.explain_provision import Wertart, explain_provision
from infrastruktur.usecases.plan_bedarf import Zelle, explain_bedarf


@dataclass(frozen=True)
class Explanation:
    """What can be explained of a figure, which number is meant, and who explains it."""

    titel: str
    beschreibung: str
    parameters: tuple[Parameter, ...]
    explain: Callable[[Context, dict[str, Any]], Schritt]


def _explain_bedarf(context: Context, asked: dict[str, Any]) -> Schritt:
    of_plan = {"stichtag", "ab"}
    zelle = Zelle(**{name: value for name, value in asked.items() if name not in of_plan})
    return explain_bedarf(context, zelle, **{name: asked[name] for name in of_plan})


def _explain_provision(context: Context, asked: dict[str, Any]) -> Schritt:
    return explain_provision(context, **{**asked, "wert": Wertart(asked["wert"])})


_GEBIET = require(words("gebiet", "Schlüssel des Gebiets.", pattern="[0-9A-Za-z-]+", example="05334002"))
EXPLANATIONS = {
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
            choice("groesse", "Welche Zahl der Zeile.", tuple(Groesse), required=True),
        ),
        _explain_bedarf,
    ),
    "provision": Explanation(
        "Versorgungsquoten: Rechenweg",
        "Wie ein Wert zustande kommt: jedes Angebot mit seiner Größe, die Menschen mit Quelle und Stichtag, die "
        "Rechnung damit.",
        (
            STICHTAG,
            _GEBIET,
            require(replace(INDICATOR, beschreibung="Die Quote, wie in der Spalte indicator. Beispiel: vq_dp80.")),
            choice("wert", "Welche Zahl der Zeile.", tuple(Wertart), default=Wertart.WERT),
        ),
        _explain_provision,
    ),
    "coverage": Explanation(
        "Erreichbarkeit: Rechenweg",
        "Aus welchen Zahlen ein Anteil kommt, nach Gebieten und Altersgruppen.",
        (
            STICHTAG,
            _GEBIET,
            require(replace(ZIEL, beschreibung="Das Ziel, wie in der Spalte ziel. Beispiel: tagespflege.")),
        ),
        lambda context, asked: explain_coverage(context, **asked),
    ),
}


@get("/planning/{name:str}/explain", sync_to_thread=True)
def get_explanation(request: Asking, context: Opened, name: FromPath[str]) -> Response[bytes]:
    """Answer with the way a number of a figure was computed, down to what went in."""
    explanation = EXPLANATIONS.get(name)
    if explanation is None:
        raise NotFound(f"Für „{name}“ gibt es keinen Rechenweg. Möglich sind: {', '.join(EXPLANATIONS)}.")
    question = read_question(request, explanation.parameters, (JSON,))
    asked = {name: value for name, value in question.values.items() if name != "f"}
    herleitung = explanation.explain(context, asked)
    body = {
        "zelle": msgspec.to_builtins(asked),
        "rechenweg": list(write_rechenweg(herleitung)),
        "herleitung": msgspec.to_builtins(herleitung),
    }
    return answer(request, encode_json(body), JSON)


def explain_in_lines(context: Context, name: str, asked: Mapping[str, Any]) -> str:
    """Explain a number in plain lines, as a person at a terminal reads them."""
    given = {name: value for name, value in asked.items() if name != "f"}
    return "\n".join(write_rechenweg(EXPLANATIONS[name].explain(context, given))) + "\n"
