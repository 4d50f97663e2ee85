"""A drawn area as two query parameters: `flaeche`, a polygon as WKT, and `flaeche-crs`, the system it is in."""

from dataclasses import replace
from typing import Any

from infrastruktur.domain.crs import ALL, CRS84, get_crs
from infrastruktur.domain.flaeche import parse_flaeche
from infrastruktur.http.parameters import Parameter, words
from infrastruktur.usecases.context import Context

NAME = "flaeche"
_CRS = f"{NAME}-crs"
_MAX_TEXT = 40_000

FLAECHE = (
    replace(
        words(
            NAME,
            "Statt der Gebiete diese gezeichnete Fläche, als Polygon in WKT; nur für die Verwaltung, weil aus zwei "
            "Flächen, die sich um ein Haus unterscheiden, dessen Personen folgten.",
            example="POLYGON((6.08 50.77, 6.10 50.77, 6.10 50.78, 6.08 50.77))",
        ),
        schema={"type": "string", "maxLength": _MAX_TEXT},
        max_text=_MAX_TEXT,
    ),
    Parameter(
        _CRS,
        "Koordinatensystem der gezeichneten Fläche; ohne Angabe Länge und Breite (CRS84).",
        {"type": "string", "enum": [each.uri for each in ALL], "default": CRS84.uri},
        lambda text: get_crs(_CRS, text),
        CRS84,
    ),
)


def take_flaeche(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """Give the values of a question with the drawn area read, where there is one.

    Raises
    ------
    InvalidParameter, LimitExceeded

    """
    taken = {name: value for name, value in values.items() if name != _CRS}
    limits = context.settings.limits
    if taken[NAME] is not None:
        taken[NAME] = parse_flaeche(
            NAME, taken[NAME], values[_CRS], max_km2=limits.flaeche_km2, max_ecken=limits.flaeche_ecken
        )
    return taken
