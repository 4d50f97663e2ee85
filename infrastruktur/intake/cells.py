"""From records to census cells: ids of 2022 and 2011, corners or centres, several files joined by cell.

What a source suppresses or lacks is NaN, never zero: the meaning of `–` (nil or secret) is not documented.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from infrastruktur.domain.bevoelkerung import ANTEIL_AB65, Zellen, gitter_id
from infrastruktur.domain.errors import Refused, SourceRefused
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.intake.recipe import Recipe, ZellenForm
from infrastruktur.intake.record import Record, Refusal
from infrastruktur.intake.transforms import parse_number

_ID = re.compile(r"(?:CRS3035RES)?(?P<size>\d+)(?P<unit>k?m)N(?P<north>\d+)E(?P<east>\d+)", re.ASCII)
_AREA_3035 = (900_000, 900_000, 7_400_000, 5_500_000)
"""min x, min y, max x, max y of EPSG:3035's area of use (EPSG register), rounded outward."""

FULL_DIGITS = 7
"""INSPIRE ids carry metres, seven digits in Germany; the short ids of 2011 count cells of their size."""


def parse_gitter_id(text: str) -> tuple[int, int, int]:
    """Read an id of either form as size, east and north of the lower-left corner, in metres of EPSG:3035.

    Raises
    ------
    Refused
        It is neither form, e.g. `CRS3035RES100mN3081200E4044900` or `100mN30812E40449`.

    """
    match = _ID.fullmatch(text.strip())
    if match is None:
        raise Refused(f"„{text[:40]}“ ist keine Gitter-ID.")
    size = int(match["size"]) * (1000 if match["unit"] == "km" else 1)
    scale = 1 if len(match["north"]) == FULL_DIGITS else size
    return size, int(match["east"]) * scale, int(match["north"]) * scale


@dataclass
class CellTable:
    """Cells as they come in, joined by corner; `build` gives the columns."""

    recipe: Recipe
    form: ZellenForm
    kommune: dict[tuple[int, int], str] = field(default_factory=dict)
    werte: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add_file(self, records: Iterable[Record | Refusal]) -> tuple[Refusal, ...]:
        """Join the rows of one file; give the refused ones."""
        refused: list[Refusal] = []
        seen: set[tuple[int, int]] = set()
        for record in records:
            if isinstance(record, Refusal):
                refused.append(record)
                continue
            try:
                self._add(record, seen)
            except Refused as error:
                refused.append(Refusal(record.zeile, str(error)))
        return tuple(refused)

    def _add(self, record: Record, seen: set[tuple[int, int]]) -> None:
        corner = self._corner(record)
        if corner in seen:
            raise Refused("Die Zelle kommt in der Datei mehrfach vor.")
        values = {m.code: self._value(record, m.code, m.spalte) for m in self.form.merkmale if m.spalte in record.werte}
        seen.add(corner)
        self.werte.setdefault(corner, {}).update(values)
        self.kommune[corner] = str(record.werte.get(self.form.kommune) or "").strip()
        if str(record.werte.get(self.form.zeichen) or "").strip():
            self.counts["eingeschränkt"] = self.counts.get("eingeschränkt", 0) + 1

    def _corner(self, record: Record) -> tuple[int, int]:
        """Find the lower-left corner; id and coordinates of one row must agree."""
        size = self.form.groesse_m
        corners: set[tuple[int, int]] = set()
        if self.form.gitter_id:
            stated, east, north = parse_gitter_id(str(record.werte[self.form.gitter_id]))
            if stated != size:
                raise Refused(f"Die Zelle ist {stated} m groß, das Rezept erwartet {size} m.")
            corners.add((east, north))
        for columns, shift in ((self.form.ecke, 0.0), (self.form.mitte, size / 2)):
            if columns is not None:
                x, y = (parse_number(record.werte[name], self.recipe.csv.dezimal) - shift for name in columns)
                corners.add((round(x), round(y)))
        if len(corners) != 1:
            raise Refused("Gitter-ID und Koordinate der Zelle widersprechen sich.")
        east, north = corners.pop()
        if east % size or north % size or not _in_area(east, north):
            raise Refused(f"Die Ecke {east}, {north} liegt nicht auf dem Gitter EPSG:3035.")
        return east, north

    def _value(self, record: Record, code: str, column: str) -> float:
        text = str(record.werte[column] if record.werte[column] is not None else "").strip()
        if text in self.form.fehlt:
            self.counts["ohne Wert"] = self.counts.get("ohne Wert", 0) + 1
            return math.nan
        value = parse_number(text, self.recipe.csv.dezimal)
        if value < 0 or (code == ANTEIL_AB65 and value > 100):  # noqa: PLR2004 - percent
            raise Refused(f"Spalte „{column}“: {text} ist kein möglicher Wert.")
        return value

    def build(self) -> Zellen:
        """Give the cells sorted by id; what a file did not name is NaN."""
        codes = tuple(merkmal.code for merkmal in self.form.merkmale)
        for code in codes:
            if code != ANTEIL_AB65:
                parse_gruppe(code)
        corners = sorted(self.werte, key=lambda corner: (corner[1], corner[0]))
        xy = np.array(corners, dtype=np.float64).reshape(-1, 2)
        rows = [[self.werte[corner].get(code, math.nan) for code in codes] for corner in corners]
        if self.recipe.stichtag is None:
            raise SourceRefused(self.recipe.quelle, "Zellen brauchen einen „stichtag“ im Rezept.")
        return Zellen(
            quelle=self.recipe.quelle,
            stichtag=self.recipe.stichtag,
            groesse_m=self.form.groesse_m,
            gitter_id=gitter_id(self.form.groesse_m, xy),
            xy_3035=xy,
            kommune=tuple(self.kommune[corner] for corner in corners),
            merkmale=codes,
            werte=np.array(rows, dtype=np.float64).reshape(-1, len(codes)),
        )


def _in_area(east: int, north: int) -> bool:
    min_x, min_y, max_x, max_y = _AREA_3035
    return min_x <= east <= max_x and min_y <= north <= max_y
