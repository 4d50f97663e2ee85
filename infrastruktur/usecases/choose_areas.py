"""Choose the areas a figure is stated for: the levels of the region, or one that somebody has drawn.

Figures about people ask here for sums over areas, so that a drawn area is one more way to cut the same cells. A
cell the drawn line cuts belongs to it by the part of its ground that lies within, as at the borders of Sozialräume.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.flaeche import EBENE, TITEL, Flaeche
from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.domain.raum import locate
from infrastruktur.domain.tabelle import Spalte, Wert, Werte, build_zeilen, list_columns
from infrastruktur.planning import coverage
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.place_supply import areas_of
from infrastruktur.usecases.publish_table import name_area
from infrastruktur.usecases.spread_population import FINE_M, Gitter, Stufe, Verteilung, Wohnorte

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]

NUR_VERWALTUNG = (
    "Zahlen für gezeichnete Flächen stehen nur der Verwaltung offen: Aus zwei Flächen, die sich um ein Haus "
    "unterscheiden, folgten die Personen dieses Hauses. Öffentlich sind Sozialräume, Kommunen und die Region."
)


class Gebietsschnitt(Protocol):
    """Areas of one kind, n of them, and how cells and people fall to them."""

    def __len__(self) -> int: ...

    @property
    def namen(self) -> tuple[dict[str, Wert], ...]:
        """Give the three columns every figure table begins with, per area."""

    @property
    def namensspalten(self) -> Mapping[str, list[Wert]]:
        """Give `namen` by column."""

    @property
    def umrisse_25832(self) -> Sequence[shapely.Geometry]: ...

    @property
    def among(self) -> tuple["Gebietsschnitt", Indices]:
        """Give all areas that these are ranked among, and the place of each there (n,)."""

    def sum_leaves(self, per_leaf: Floats, wohnorte: Wohnorte) -> Floats:
        """Add shares of leaves' people up: (n_leaves, k) fractions of each leaf to (n, k) people."""

    def tally(self, messung: Messung) -> Floats:
        """Count people by what they reach: (n, 3)."""

    def tally_reasons(self, messung: Messung) -> Floats:
        """Count people by why they reach nothing or have no statement: (n, 4)."""

    def sum_ways(self, messung: Messung) -> dict[str, Floats]:
        """State how far people have it and among how many Träger: (n,) by column."""

    def of_pieces(self, gitter: Gitter) -> tuple[Indices, Floats]:
        """Give for each piece of a grid the area it falls to, -1 none, and how much of it: (n_pieces,) each."""

    def of_leaves(self, messung: Messung) -> tuple[Indices, Floats | None]:
        """Give for each leaf the area it falls to, -1 none, and how much of each piece does, None all of it."""

    def any_of_leaves(self, per_leaf: NDArray[np.bool_], gitter: Gitter) -> NDArray[np.bool_]:
        """Tell what holds in some leaf of each area: (n_leaves, k) to (n, k)."""

    def place(self, supply: Supply) -> Indices:
        """Find the area each Angebot lies in (n_angebote,), -1 for none."""


Schnitte = Sequence[Gebietsschnitt]


@dataclass(frozen=True, eq=False)
class Stufenschnitt:
    """The areas of one level of the region, or some of them."""

    stufe: Stufe
    whole: Stufe | None = None
    chosen: Indices | None = None

    def __len__(self) -> int:
        return len(self.stufe.raeume)

    def narrow(self, chosen: Indices) -> "Stufenschnitt":
        """Keep some of the areas (k,), in this order."""
        if self.whole is None or self.chosen is None:
            return Stufenschnitt(self.stufe.narrow(chosen), self.stufe, chosen)
        return Stufenschnitt(self.stufe.narrow(chosen), self.whole, self.chosen[chosen])

    @property
    def among(self) -> tuple["Gebietsschnitt", Indices]:
        if self.whole is None or self.chosen is None:
            return self, np.arange(len(self.stufe.raeume), dtype=np.int32)
        return Stufenschnitt(self.whole), self.chosen

    @cached_property
    def namen(self) -> tuple[dict[str, Wert], ...]:
        return tuple(name_area(raum) for raum in self.stufe.raeume)

    @cached_property
    def namensspalten(self) -> Mapping[str, list[Wert]]:
        return list_columns(self.namen)

    @property
    def umrisse_25832(self) -> Sequence[shapely.Geometry]:
        return [raum.geom_25832 for raum in self.stufe.raeume]

    def sum_leaves(self, per_leaf: Floats, wohnorte: Wohnorte) -> Floats:
        return self.stufe.sum_up(per_leaf * count_leaves(wohnorte, len(per_leaf))[:, None])

    def tally(self, messung: Messung) -> Floats:
        return self.stufe.sum_up(messung.tally)

    def tally_reasons(self, messung: Messung) -> Floats:
        return self.stufe.sum_up(messung.reason_tally)

    def sum_ways(self, messung: Messung) -> dict[str, Floats]:
        choices = self.stufe.sum_up(messung.choice_tally)
        quantiles = messung.wege.sum_up(self.stufe.of_leaf, choices[:, 0])
        return {**quantiles, "traeger_mittel": coverage.mean_choices(choices)}

    def of_pieces(self, gitter: Gitter) -> tuple[Indices, Floats]:
        return self.stufe.of_leaf[gitter.pieces.area], np.ones(len(gitter.pieces))

    def of_leaves(self, messung: Messung) -> tuple[Indices, None]:  # noqa: ARG002 - see the protocol
        return self.stufe.of_leaf, None

    def any_of_leaves(self, per_leaf: NDArray[np.bool_], gitter: Gitter) -> NDArray[np.bool_]:  # noqa: ARG002 - see the protocol
        found = np.zeros((len(self), per_leaf.shape[1]), dtype=np.bool_)
        for at in range(len(self)):
            found[at] = per_leaf[self.stufe.of_leaf == at].any(axis=0)
        return found

    def place(self, supply: Supply) -> Indices:
        return areas_of(supply, self.stufe) if self.stufe.raeume else np.full(len(supply), -1, dtype=np.int32)


@dataclass(frozen=True)
class Flaechenschnitt:
    """One drawn area; `anteile` holds per grid, by its name, how much of each piece lies within."""

    flaeche: Flaeche
    anteile: dict[tuple[Any, ...], Floats]

    def __len__(self) -> int:
        return 1

    @property
    def namen(self) -> tuple[dict[str, Wert], ...]:
        return ({"ebene": EBENE, "gebiet": self.flaeche.schluessel, "gebiet_name": TITEL},)

    @property
    def namensspalten(self) -> Mapping[str, list[Wert]]:
        return list_columns(self.namen)

    @property
    def umrisse_25832(self) -> Sequence[shapely.Geometry]:
        return [self.flaeche.geom_25832]

    @property
    def among(self) -> tuple[Gebietsschnitt, Indices]:
        return self, np.zeros(1, dtype=np.int32)

    def count(self, wohnorte: Wohnorte) -> float:
        """Count the people of a group; NaN where some live where no source tells how many."""
        share = self.anteile[_name(wohnorte.gitter)]
        return float((wohnorte.personen * share)[share > 0].sum())

    def sum_leaves(self, per_leaf: Floats, wohnorte: Wohnorte) -> Floats:
        share = self.anteile[_name(wohnorte.gitter)]
        inside = share > 0
        people = (wohnorte.personen * share)[inside]
        return np.asarray(people @ per_leaf[wohnorte.gitter.pieces.area[inside]])[None, :]

    def tally(self, messung: Messung) -> Floats:
        return self._add(messung, messung.zustand, coverage.tally)

    def tally_reasons(self, messung: Messung) -> Floats:
        return self._add(messung, messung.gruende, coverage.tally_reasons)

    def _add(self, messung: Messung, said: Sequence[NDArray[Any]], tally: Callable[..., Floats]) -> Floats:
        """Add up what is said of the cells of each part of the group; one unknown number leaves no sum."""
        total: Floats = np.zeros((1, 1))
        for teil, per_cell in zip(messung.teile, said, strict=True):
            pieces, share = teil.wohnorte.gitter.pieces, self.anteile[_name(teil.wohnorte.gitter)]
            inside = share > 0
            nowhere = np.zeros(int(inside.sum()), dtype=np.int32)
            people = (teil.wohnorte.personen * share)[inside]
            total = total + tally(people, nowhere, pieces.cell[inside], per_cell, 1)
        return np.where(np.isnan(total).any(), np.nan, total)

    def sum_ways(self, messung: Messung) -> dict[str, Floats]:
        wege, choices = messung.wege, self._add(messung, messung.choices, coverage.tally_choices)
        share = np.concatenate([self.anteile[_name(teil.wohnorte.gitter)] for teil in messung.teile])[wege.order]
        inside = replace(wege, personen=wege.personen * share)
        quantiles = inside.sum_up(np.zeros(len(messung.tally), dtype=np.int32), choices[:, 0])
        return {**quantiles, "traeger_mittel": coverage.mean_choices(choices)}

    def of_leaves(self, messung: Messung) -> tuple[Indices, Floats]:
        return np.zeros(len(messung.tally), dtype=np.int32), self.anteile[_name(messung.teile[0].wohnorte.gitter)]

    def of_pieces(self, gitter: Gitter) -> tuple[Indices, Floats]:
        share = self.anteile[_name(gitter)]
        return np.where(share > 0, 0, -1).astype(np.int32), share

    def any_of_leaves(self, per_leaf: NDArray[np.bool_], gitter: Gitter) -> NDArray[np.bool_]:
        inside = np.unique(gitter.pieces.area[self.anteile[_name(gitter)] > 0])
        return np.atleast_2d(per_leaf[inside].any(axis=0))

    def place(self, supply: Supply) -> Indices:
        return locate(supply.xy_25832, self.umrisse_25832)


def build_rows(
    spalten: tuple[Spalte, ...], schnitte: Schnitte, state: Callable[[Gebietsschnitt], Mapping[str, Werte]]
) -> list[tuple[Wert, ...]]:
    """Build a row for each area of each kind of areas, of their names and the columns that are stated of them."""
    stated = ((schnitt, {**schnitt.namensspalten, **state(schnitt)}) for schnitt in filter(len, schnitte))
    return [row for schnitt, werte in stated for row in build_zeilen(spalten, len(schnitt), werte)]


def list_levels(verteilung: Verteilung) -> tuple[Stufenschnitt, ...]:
    """List the levels of the region, lowest first."""
    return tuple(map(Stufenschnitt, verteilung.gebiete.stufen))


def choose_areas(
    context: Context, verteilung: Verteilung, flaeche: Flaeche | None = None, *, ebene: str | None = None
) -> tuple[Gebietsschnitt, ...]:
    """Give the levels of the region, or the drawn area alone.

    Raises
    ------
    InvalidParameter
        The public asks for a drawn area, or somebody for one at a level.

    """
    if flaeche is None:
        return list_levels(verteilung)
    require_staff(context, ebene)
    return (cut_flaeche(verteilung, flaeche),)


def find_area(verteilung: Verteilung, gebiet: str, flaeche: Flaeche | None) -> tuple[Gebietsschnitt, int]:
    """Find one area: the drawn one, or that of a key, with its place among those of its level.

    Raises
    ------
    NotFound
        There is no area of this key.

    """
    if flaeche is not None:
        return cut_flaeche(verteilung, flaeche), 0
    stufe, at = verteilung.gebiete.find(gebiet)
    return Stufenschnitt(stufe), at


def require_staff(context: Context, ebene: str | None) -> None:
    """Refuse the public a drawn area, and anybody one at a level."""
    if context.public:
        raise InvalidParameter("flaeche", NUR_VERWALTUNG)
    if ebene is not None:
        raise InvalidParameter("ebene", "Eine gezeichnete Fläche hat keine Ebene. Bitte nur eines von beiden angeben.")


def name_flaeche(flaeche: Flaeche | None) -> dict[str, str]:
    """Name a drawn area among the parameters of a table, so that whoever has it can ask again."""
    return {} if flaeche is None else {"flaeche": flaeche.wkt_25832}


def cut_flaeche(verteilung: Verteilung, flaeche: Flaeche) -> Flaechenschnitt:
    """Cut every fine grid by a drawn area."""
    leaves = [leaf.geom_25832 for leaf in verteilung.gebiete.leaves]
    fine = [gitter for gitter in verteilung.gitter if gitter.zellen.groesse_m <= FINE_M]
    return Flaechenschnitt(flaeche, {_name(gitter): _share_inside(gitter, flaeche, leaves) for gitter in fine})


@lru_cache(maxsize=16)  # many criteria are about the same people
def count_leaves(wohnorte: Wohnorte, n_leaves: int) -> Floats:
    """Count the people of a group per leaf (n_leaves,), with those of whom nobody knows where in it they live."""
    pieces = wohnorte.gitter.pieces
    return wohnorte.ohne_zelle + np.bincount(pieces.area, weights=wohnorte.personen, minlength=n_leaves)


def _name(gitter: Gitter) -> tuple[Any, ...]:
    return (gitter.zellen.quelle, gitter.zellen.stichtag, gitter.zellen.groesse_m)


def _share_inside(gitter: Gitter, flaeche: Flaeche, leaves_25832: Sequence[shapely.Geometry]) -> Floats:
    """Measure how much of the ground of each piece lies within (n_pieces,), in EPSG:3035, where cells are squares."""
    zellen, pieces = gitter.zellen, gitter.pieces
    drawn = transform_geometry(flaeche.geom_25832, 25832, 3035)
    shapely.prepare(drawn)
    east, north = zellen.xy_3035[:, 0], zellen.xy_3035[:, 1]
    cells = np.atleast_1d(np.asarray(shapely.box(east, north, east + zellen.groesse_m, north + zellen.groesse_m)))
    touched, whole = shapely.intersects(drawn, cells), shapely.covers(drawn, cells)
    share = whole[pieces.cell].astype(np.float64)
    cut = np.flatnonzero((touched & ~whole)[pieces.cell])
    leaves = {
        leaf: transform_geometry(leaves_25832[leaf], 25832, 3035)
        for leaf in np.unique(pieces.area[cut[pieces.share[cut] < 1]]).tolist()
    }
    for piece in cut.tolist():
        ground = cells[pieces.cell[piece]]
        if pieces.share[piece] < 1:
            ground = shapely.intersection(ground, leaves[int(pieces.area[piece])])
        share[piece] = shapely.area(shapely.intersection(ground, drawn)) / shapely.area(ground)
    return share
