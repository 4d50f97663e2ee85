"""Isochrones: where one gets to within so many minutes, as polygons for the eye.

Figures about people never come from these polygons; they come from the travel time of each cell.
"""

from typing import Any

from litestar import Response, get

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.geometry import describe_implausible
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.geojson import encode_collection, encode_row
from infrastruktur.http.links import self_and_alternates
from infrastruktur.http.negotiation import FEATURES
from infrastruktur.http.parameters import INTEGER, NUMBER, Parameter, choice, read_question
from infrastruktur.http.travel import ALTERSGRUPPE, MODI, check_minutes, longest_minutes
from infrastruktur.settings import Limits
from infrastruktur.usecases.analyse_reach import IsochroneFrage, isochrones

PATH = "/reach/isochrones"
TITEL = "Isochronen"
BESCHREIBUNG = "Bis wohin man von einem oder mehreren Punkten in so vielen Minuten kommt, als Flächen für die Karte."
FORMATS = (FEATURES,)
_MODUS = choice("modus", "Wie jemand unterwegs ist.", MODI, required=True)


@get(PATH, sync_to_thread=True)
def get_isochrones(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with one polygon per point and travel time."""
    limits = context.settings.limits
    question = read_question(request, isochrone_parameters(limits), FORMATS)
    frage = _build_frage(limits, question.values)
    links = self_and_alternates(
        context.settings.base_url, PATH, question.written, chosen=question.form, formats=FORMATS
    )
    features = (
        encode_row(
            {"punkt": each.punkt, "minuten": each.minuten, "area_km2": each.area_km2, "grund": each.grund},
            each.geometry_json,
        )
        for each in isochrones(context, frage)
    )
    head = {"title": TITEL, "modus": frage.modus, "altersgruppe": frage.altersgruppe, "links": links}
    return answer(request, encode_collection(features, head), FEATURES)


def isochrone_parameters(limits: Limits) -> tuple[Parameter, ...]:
    """List what isochrones take."""
    return (_points(limits), _MODUS, _minutes(limits), ALTERSGRUPPE)


def _build_frage(limits: Limits, values: dict[str, Any]) -> IsochroneFrage:
    check_minutes(limits, values["modus"], values["minuten"])
    return IsochroneFrage(
        points_4326=values["punkt"],
        modus=values["modus"],
        minuten=values["minuten"],
        altersgruppe=values["altersgruppe"],
    )


def _points(limits: Limits) -> Parameter:
    def parse(text: str) -> tuple[tuple[float, float], ...]:
        found = tuple(_parse_point(part) for part in text.split(";"))
        if len(found) > limits.isochrone_points:
            raise LimitExceeded(f"Höchstens {limits.isochrone_points} Punkte auf einmal, gefragt sind {len(found)}.")
        return found

    described = (
        "Ein Punkt als Länge,Breite in Grad (CRS84), mehrere mit Semikolon getrennt, "
        f"höchstens {limits.isochrone_points}. Beispiel: 6.0839,50.7753."
    )
    return Parameter("punkt", described, {"type": "string"}, parse, required=True)


def _parse_point(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - longitude and latitude
        raise InvalidParameter("punkt", f"„{text}“ ist kein Punkt. Beispiel: 6.0839,50.7753 (Länge,Breite).")
    x, y = (float(part) for part in parts)
    wrong = describe_implausible(x, y, 4326)
    if wrong is not None:
        raise InvalidParameter("punkt", f"„{text}“: {wrong}")
    return x, y


def _minutes(limits: Limits) -> Parameter:
    maximum = max(longest_minutes(limits).values())

    def parse(text: str) -> tuple[int, ...]:
        parts = text.split(",")
        if not all(INTEGER.fullmatch(part) and int(part) > 0 for part in parts):
            raise InvalidParameter("minuten", f"„{text}“ sind keine ganzen Minuten. Beispiel: 5,10,15.")
        found = tuple(sorted({int(part) for part in parts}))
        if len(found) > limits.isochrone_bands:
            raise LimitExceeded(f"Höchstens {limits.isochrone_bands} Zeiten auf einmal, gefragt sind {len(found)}.")
        return found

    described = (
        f"Reisezeiten in ganzen Minuten, mit Komma getrennt, höchstens {limits.isochrone_bands} davon, "
        f"je höchstens {maximum}. Beispiel: 5,10,15."
    )
    schema = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": maximum},
        "minItems": 1,
        "maxItems": limits.isochrone_bands,
    }
    return Parameter("minuten", described, schema, parse, required=True)
