"""A bar chart as SVG: one bar per area, the region's value as a line, null said in words."""

from collections.abc import Sequence
from html import escape

import msgspec

from infrastruktur.reports.anzeige import zahl

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 720, 190, 90, 26, 34


class Balken(msgspec.Struct, frozen=True, kw_only=True):
    """One bar: `wert` None is no bar but `text`, its reason."""

    name: str
    wert: float | None
    text: str


def bar_chart(titel: str, balken: Sequence[Balken], *, linie: float | None, linie_text: str) -> str:
    """Draw bars from zero, in the given order; `linie` is the value to compare with."""
    values = [b.wert for b in balken if b.wert is not None]
    top = max([*values, linie or 0.0, 1e-9])
    scale = (_WIDTH - _LEFT - _RIGHT) / top
    height = _TOP + _ROW * len(balken) + 6
    said = "; ".join(f"{b.name}: {b.text}" for b in balken)
    parts = [
        f'<svg class="diagramm" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="d-titel d-text">',
        f'<title id="d-titel">{escape(titel)}</title>',
        f'<desc id="d-text">{escape(linie_text)}. {escape(said)}.</desc>',
        f'<line class="achse" x1="{_LEFT}" y1="{_TOP - 4}" x2="{_LEFT}" y2="{height - 4}"/>',
        *(_bar(number, b.wert * scale) for number, b in enumerate(balken) if b.wert is not None),
        "" if linie is None else _reference(_LEFT + linie * scale, height, linie_text),
        *(_labels(number, b, scale) for number, b in enumerate(balken)),
        "</svg>",
    ]
    return "\n".join(parts)


def _bar(number: int, width: float) -> str:
    y = _TOP + _ROW * number + 3
    return f'<rect class="balken" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_ROW - 7}"/>'


def _labels(number: int, balken: Balken, scale: float) -> str:
    """Write name and value above everything else, where the reference line cannot strike them out."""
    y = _TOP + _ROW * (number + 0.62)
    x, kind = (_LEFT + 8, "fehlt") if balken.wert is None else (_LEFT + balken.wert * scale + 7, "wert")
    return (
        f'<text class="name" x="{_LEFT - 8}" y="{y:.1f}" text-anchor="end">{escape(balken.name)}</text>'
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(balken.text)}</text>'
    )


def _reference(x: float, height: float, text: str) -> str:
    return (
        f'<line class="linie" x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{height - 4}"/>'
        f'<text class="linie-text" x="{x:.1f}" y="{_TOP - 14}" text-anchor="middle">{escape(text)}</text>'
    )


def bar_text(wert: float | None, *, mindestens: bool, sonst: str) -> str:
    """Say a bar's value; "≥" where unknown capacities make it a lower bound."""
    if wert is None:
        return sonst
    return f"{'≥ ' if mindestens else ''}{zahl(wert, 1)}"
