"""A choropleth as SVG in which no class rests on colour alone: every area carries its class's sign.

Nought, secret, nobody living there and nothing to say are four classes of their own: a planner must
never read one as another.
"""

from collections.abc import Mapping, Sequence
from html import escape

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund

Floats = NDArray[np.float64]

_WIDTH, _SIMPLIFY_M = 1000.0, 40.0
_LETTER, _LINE = 15.0, 22.0
"""Width of a letter of a Kommune's name and height of its line, in units of the drawing."""
_SPOTS = np.stack(np.meshgrid(np.arange(-90, 91, 10), np.arange(-90, 91, 6)), axis=-1).reshape(-1, 2).astype(float)
STUFEN = (10.0, 25.0, 50.0)
"""Upper ends of the classes, in percentage points; the last class is open."""


class Klasse(msgspec.Struct, frozen=True, kw_only=True):
    """A class of the map: its CSS name, the sign areas carry, and its words in the legend."""

    name: str
    zeichen: str
    text: str


NULL = Klasse(name="k-null", zeichen="0", text="0: Ziel erreicht")
WERTE = (
    Klasse(name="k-1", zeichen="1", text="bis 10 Prozentpunkte unter dem Ziel"),
    Klasse(name="k-2", zeichen="2", text="über 10 bis 25"),
    Klasse(name="k-3", zeichen="3", text="über 25 bis 50"),
    Klasse(name="k-4", zeichen="4", text="über 50"),
)
GEHEIM = Klasse(name="k-geheim", zeichen="g", text="geheim (weniger als 10 Personen oder daraus errechenbar)")
LEER = Klasse(name="k-leer", zeichen="–", text="keine Bevölkerung")
OHNE = Klasse(name="k-ohne", zeichen="?", text="keine Daten oder ohne Aussage")
KLASSEN = (NULL, *WERTE, GEHEIM, LEER, OHNE)

_NAMED = 'role="img" aria-labelledby="k-titel k-text"'
_PATTERNS = """<defs>
<pattern id="p-geheim" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="12" height="12" fill="#fff"/><rect width="4" height="12" fill="#8a8f98"/></pattern>
<pattern id="p-leer" width="12" height="12" patternUnits="userSpaceOnUse">
<rect width="12" height="12" fill="#fff"/><circle cx="6" cy="6" r="2" fill="#8a8f98"/></pattern>
<pattern id="p-ohne" width="12" height="12" patternUnits="userSpaceOnUse">
<rect width="12" height="12" fill="#e3e5e8"/>
<path d="M0 0L12 12M12 0L0 12" stroke="#8a8f98" stroke-width="1.5"/></pattern>
</defs>"""


def classify(punkte: float | None, grund: str | None) -> Klasse:
    """Choose the class of an area from its missing percentage points, or from the reason they are null."""
    if punkte is None:
        return {Grund.GEHEIM.value: GEHEIM, Grund.KEINE_BEVOELKERUNG.value: LEER}.get(str(grund), OHNE)
    if punkte <= 0:
        return NULL
    return WERTE[int(np.searchsorted(STUFEN, punkte, side="left"))]


def draw_map(
    titel: str,
    beschreibung: str,
    *,
    raeume_25832: Mapping[str, shapely.Geometry],
    klassen: Mapping[str, Klasse],
    kommunen_25832: Mapping[str, tuple[str, shapely.Geometry]],
) -> str:
    """Draw areas by class with the Kommunen's borders and names above.

    Parameters
    ----------
    raeume_25832
        Key → outline in metres.
    klassen
        Key → class; an area without one is `OHNE`.
    kommunen_25832
        Key → name and outline.

    """
    keys = sorted(raeume_25832)
    outlines = simplify([raeume_25832[key] for key in keys])
    borders = simplify([outline for _, outline in kommunen_25832.values()])
    frame = Frame.around([*outlines, *borders])
    classed = [klassen.get(key, OHNE) for key in keys]
    inside = shapely.get_coordinates(shapely.point_on_surface(np.array(outlines, dtype=object))).tolist()
    points = [frame.at(x, y) for x, y in inside]
    names = [name for name, _ in kommunen_25832.values()]
    return "\n".join(
        [
            f'<svg class="karte" viewBox="-4 -4 {_WIDTH + 8:.0f} {frame.height + 8:.0f}" {_NAMED}>',
            f'<title id="k-titel">{escape(titel)}</title><desc id="k-text">{escape(beschreibung)}</desc>',
            _PATTERNS,
            *(f'<path class="raum {k.name}" d="{frame.path(o)}"/>' for k, o in zip(classed, outlines, strict=True)),
            *(f'<path class="grenze" d="{frame.path(border)}"/>' for border in borders),
            *(_sign(x, y, klasse) for (x, y), klasse in zip(points, classed, strict=True)),
            *_place_names(frame, names, borders, np.array(points)),
            "</svg>",
        ]
    )


def draw_legend(counts: Mapping[str, int]) -> str:
    """List all classes with sign, pattern and the number of areas; empty classes too."""
    items = "".join(
        f'<li><svg class="muster" viewBox="0 0 34 22" aria-hidden="true"><rect class="raum {k.name}" x="1" y="1"'
        f' width="32" height="20"/><text class="zeichen {k.name}" x="17" y="16">{k.zeichen}</text></svg>'
        f"<span>{escape(k.text)} <b>({counts.get(k.name, 0)})</b></span></li>"
        for k in KLASSEN
    )
    return f'<ul class="legende">{items}</ul>'


class Frame(msgspec.Struct, frozen=True):
    """The window from metres to the drawing's units, north up."""

    west: float
    north: float
    scale: float
    height: float

    @classmethod
    def around(cls, outlines: Sequence[shapely.Geometry], margin_m: float = 0.0) -> "Frame":
        west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object)).tolist()
        west, south, east, north = west - margin_m, south - margin_m, east + margin_m, north + margin_m
        scale = _WIDTH / max(east - west, 1.0)
        return cls(west, north, scale, (north - south) * scale)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.west) * self.scale, (self.north - y) * self.scale

    def path(self, outline: shapely.Geometry) -> str:
        rings = shapely.get_rings(shapely.get_parts(outline))
        return "".join(self._ring(shapely.get_coordinates(ring)[:-1].tolist()) for ring in rings)

    def _ring(self, corners: list[list[float]]) -> str:
        points = (self.at(x, y) for x, y in corners)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def simplify(outlines: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Thin outlines together, so that neighbours keep their common border."""
    return list(shapely.coverage_simplify(np.array(outlines, dtype=object), _SIMPLIFY_M)) if outlines else []


def _sign(x: float, y: float, klasse: Klasse) -> str:
    return f'<text class="zeichen {klasse.name}" x="{x:.1f}" y="{y + 7:.1f}">{klasse.zeichen}</text>'


def _place_names(frame: Frame, names: Sequence[str], borders: Sequence[shapely.Geometry], taken: Floats) -> list[str]:
    """Write each Kommune's name near its middle where it hides no sign (n, 2) and no other name."""
    placed: list[str] = []
    for name, border in zip(names, borders, strict=True):
        middle = np.array(frame.at(*shapely.get_coordinates(shapely.centroid(border))[0]))
        spots = middle + _SPOTS
        half_width = _LETTER * len(name) / 2
        apart = np.abs(spots[:, None, :] - taken[None, :, :])
        hidden = np.count_nonzero((apart[..., 0] < half_width + 8) & (apart[..., 1] < _LINE), axis=1)
        x, y = spots[np.lexsort((np.hypot(*_SPOTS.T), hidden))[0]]
        # A name takes the room of a row of signs.
        row = np.arange(-half_width, half_width + _LETTER, _LETTER)
        taken = np.vstack((taken, np.column_stack((x + row, np.full(len(row), y)))))
        placed.append(f'<text class="kommune" x="{x:.1f}" y="{y + 9:.1f}">{escape(name)}</text>')
    return placed
