"""Where things lie, as a small map in SVG: points by the sign of their category, areas with their outline.

Ground and orientation are the borders of the Kommunen and a bar of so many metres; nothing is loaded from
elsewhere. Signs differ in form as well as in colour, so that no category rests on colour alone.
"""

from collections.abc import Sequence
from html import escape

import msgspec
import numpy as np
import shapely

from infrastruktur.reports.karte import Frame, simplify

_MARGIN_M, _WIDEST = 500.0, 1.1
_BAR = 0.25
"""The bar takes at most so much of the width."""


class Zeichen(msgspec.Struct, frozen=True, kw_only=True):
    """The sign of a category: its CSS name, its form around the origin, and its words in the legend."""

    name: str
    form: str
    text: str


ZEICHEN = {
    "pflege": Zeichen(name="z-pflege", form="M-9-9H9V9H-9Z", text="Pflege"),
    "beratung": Zeichen(name="z-beratung", form="M0-12L12 0L0 12L-12 0Z", text="Beratung"),
    "quartier": Zeichen(name="z-quartier", form="M0-12L11 9H-11Z", text="Quartier"),
    "schule": Zeichen(name="z-schule", form="M0 12L11-9H-11Z", text="Schule"),
    "alltag": Zeichen(name="z-alltag", form="M-4-11H4V-4H11V4H4V11H-4V4H-11V-4H-4Z", text="Alltag"),
}
ORT = Zeichen(name="z-ort", form="M-9 0A9 9 0 1 0 9 0A9 9 0 1 0-9 0Z", text="Ort")
"""For what is of no category."""


def draw_lageplan(
    titel: str,
    beschreibung: str,
    *,
    lage_25832: Sequence[shapely.Geometry],
    zeichen: Sequence[Zeichen],
    grenzen_25832: Sequence[shapely.Geometry],
) -> str:
    """Draw geometries on the ground of the Kommunen, north up.

    Parameters
    ----------
    lage_25832
        Points, or areas in metres; at least one.
    zeichen
        The sign of each; areas do without.
    grenzen_25832
        The borders of the Kommunen.

    """
    frame = Frame.around(_widen(lage_25832), _MARGIN_M)
    areas = [each for each in lage_25832 if shapely.get_dimensions(each) > 0]
    points = [(each, sign) for each, sign in zip(lage_25832, zeichen, strict=True) if shapely.get_dimensions(each) == 0]
    return "".join(
        [
            f'<svg class="lageplan" viewBox="0 0 1000 {frame.height:.0f}" role="img" aria-labelledby="l-titel l-text">',
            f'<title id="l-titel">{escape(titel)}</title><desc id="l-text">{escape(beschreibung)}</desc>',
            *(f'<path class="grenze" d="{frame.path(border)}"/>' for border in simplify(grenzen_25832)),
            *(f'<path class="flaeche" d="{frame.path(area)}"/>' for area in simplify(areas)),
            *(_draw_point(frame, point, sign) for point, sign in points),
            _draw_bar(frame),
            "</svg>",
        ]
    )


def draw_zeichenerklaerung(zeichen: Sequence[Zeichen]) -> str:
    """List signs with their words."""
    items = "".join(
        f'<li><svg viewBox="-14 -14 28 28" aria-hidden="true"><path class="{each.name}" d="{each.form}"/></svg>'
        f" {escape(each.text)}</li>"
        for each in zeichen
    )
    return f'<ul class="zeichen">{items}</ul>'


def _widen(geometries: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Add a frame that is no more upright than `_WIDEST`, so that a map fits on a screen."""
    west, south, east, north = shapely.total_bounds(np.array(geometries, dtype=object)).tolist()
    half = max(east - west, (north - south) / _WIDEST) / 2
    middle = (west + east) / 2
    return [*geometries, shapely.box(middle - half, south, middle + half, north)]


def _draw_point(frame: Frame, point: shapely.Geometry, sign: Zeichen) -> str:
    x, y = frame.at(*shapely.get_coordinates(point)[0].tolist())
    return f'<path class="{sign.name}" transform="translate({x:.1f} {y:.1f})" d="{sign.form}"/>'


def _draw_bar(frame: Frame) -> str:
    """Draw a bar of a round number of metres at the lower left."""
    most_m = 1000 * _BAR / frame.scale
    power = 10 ** int(np.floor(np.log10(most_m)))
    length_m = max(step * power for step in (1, 2, 5) if step * power <= most_m)
    right, low = 20 + length_m * frame.scale, frame.height - 20
    text = f"{length_m / 1000:.0f} km" if length_m >= 1000 else f"{length_m:.0f} m"  # noqa: PLR2004 - a kilometre
    return (
        f'<path class="massstab" d="M20 {low - 10:.0f}V{low:.0f}H{right:.0f}V{low - 10:.0f}"/>'
        f'<text x="26" y="{low - 12:.0f}">{text}</text>'
    )
