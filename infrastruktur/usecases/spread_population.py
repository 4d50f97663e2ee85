"""Spread the population over the census cells, and add it up over the areas again.

Every figure about people asks here: how many of a group live in an area, and where. Three kinds of
source answer, the most official first: counts by Sozialraum or Kommune (raked onto the cells, so that
the cells add up to them to the last person), counts in 100 m cells as they are, and coarser cells,
which tell a Kommune's number but nothing about where in it people live.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.bevoelkerung import ANTEIL_AB65, Zellen
from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import Gruppe, find_tiling, parse_gruppe
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.planning.raking import Pieces, rake, split_cells
from infrastruktur.storage import bevoelkerung as population
from infrastruktur.storage import raeume
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.count_people import Zaehlung, collect_zaehlungen

FINE_M = 100
"""Cells up to this size say where people live; larger ones only how many there are."""
_ELSEWHERE = "ausserhalb"
_MOST_GROUPS = 40
"""So many groups stay located, half a megabyte each; all figures with a fixed question ask for about twenty."""
_AB65 = Gruppe(65, 200)
_ALLE = Gruppe(0, 200)

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Gebiete:
    """The areas of one Stichtag. Leaves are Sozialräume or Bezirke, and Kommunen that have none.

    Attributes
    ----------
    leaves, kommunen
        In the order of their keys.
    kommune_of_leaf
        (n_leaves,) int32, index into `kommunen`.

    """

    region: raeume.Region
    leaves: tuple[Raum, ...]
    kommunen: tuple[Raum, ...]
    kommune_of_leaf: Indices

    @cached_property
    def stufen(self) -> tuple["Stufe", ...]:
        """The levels figures are stated at, lowest first; a Kommune that is not divided is a Kommune only."""
        small = [index for index, leaf in enumerate(self.leaves) if leaf.ebene is not Ebene.KOMMUNE]
        of_leaf = np.full(len(self.leaves), -1, dtype=np.int32)
        of_leaf[small] = np.arange(len(small), dtype=np.int32)
        outline: Any = shapely.union_all([kommune.geom_25832 for kommune in self.kommunen])
        whole = Raum(
            schluessel=self.region.schluessel,
            ebene=Ebene.REGION,
            name=self.region.name,
            oberraum="",
            geom_25832=shapely.MultiPolygon([outline]) if outline.geom_type == "Polygon" else outline,
            quelle="",
        )
        everything = np.zeros(len(self.leaves), dtype=np.int32)
        return (
            Stufe(tuple(self.leaves[index] for index in small), of_leaf),
            Stufe(self.kommunen, self.kommune_of_leaf),
            Stufe((whole,), everything),
        )

    def find(self, gebiet: str) -> tuple["Stufe", int]:
        """Find an area by its key: its level and its place there.

        Raises
        ------
        NotFound
            There is no such area.

        """
        for stufe in self.stufen:
            for at, raum in enumerate(stufe.raeume):
                if raum.schluessel == gebiet:
                    return stufe, at
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht. Möglich sind Schlüssel von Sozialräumen und Kommunen.")


@dataclass(frozen=True, eq=False)
class Stufe:
    """The areas of one level, and to which of them each leaf belongs (n_leaves,) int32, -1 none."""

    raeume: tuple[Raum, ...]
    of_leaf: Indices

    def narrow(self, chosen: Indices) -> "Stufe":
        """Keep some areas (k,) in this order; the leaves of the others belong to none."""
        place = np.full(len(self.raeume) + 1, -1, dtype=np.int32)  # the last is for leaves of none, which are -1
        place[chosen] = np.arange(len(chosen), dtype=np.int32)
        return Stufe(tuple(self.raeume[at] for at in chosen.tolist()), place[self.of_leaf])

    def sum_up(self, per_leaf: Floats) -> Floats:
        """Add (n_leaves, …) up to (n_raeume, …); a NaN leaves its whole area without a number."""
        n, (inside, area) = len(self.raeume), self._inside
        columns = per_leaf[inside].reshape(len(inside), math.prod(per_leaf.shape[1:]))
        total = np.empty((n, columns.shape[1]))
        for at, column in enumerate(columns.T):
            total[:, at] = np.bincount(area, column, n)
        return total.reshape(n, *per_leaf.shape[1:])

    @cached_property
    def _inside(self) -> tuple[NDArray[np.intp], Indices]:
        """The leaves that belong to an area, and to which."""
        inside = np.flatnonzero(self.of_leaf >= 0)
        return inside, self.of_leaf[inside]


@dataclass(frozen=True)
class Einwohner:
    """People of one group, per level of `Gebiete.stufen`: (n_raeume,) float64, NaN where no source tells."""

    je_stufe: tuple[Floats, ...]
    quelle: str
    stichtag: date


@dataclass(frozen=True)
class Gitter:
    """One grid of cells, cut along the leaves' borders.

    Attributes
    ----------
    xy_25832
        (n_cells, 2) float64, the cells' centres.
    pieces
        Which part of which cell lies in which leaf.

    """

    zellen: Zellen
    xy_25832: Floats
    pieces: Pieces


@dataclass(frozen=True, eq=False)
class Wohnorte:
    """People of one group, where they live.

    Attributes
    ----------
    personen
        (n_pieces,) float64, people per piece of `gitter`.
    ohne_zelle
        (n_leaves,) float64, people of an area without any populated cell: counted, but nowhere.

    """

    gitter: Gitter
    personen: Floats
    ohne_zelle: Floats
    quelle: str
    stichtag: date


@dataclass(frozen=True)
class Verteilung:
    """All there is to know about the population on one Stichtag, the newest first of each kind of source."""

    gebiete: Gebiete
    zaehlungen: tuple[Zaehlung, ...]
    gitter: tuple[Gitter, ...]
    counted: dict[Gruppe, Einwohner] = field(default_factory=dict, repr=False, compare=False)
    located: dict[Gruppe, Wohnorte] = field(default_factory=dict, repr=False, compare=False)
    """Kept, as the counts are: many figures are about few groups, and to rake one takes 5 ms."""

    def count(self, gruppe: Gruppe) -> Einwohner:
        """Count a group per area, from the most official source that can tell it exactly.

        Raises
        ------
        NotAssessable
            No source has bands that make up the group.

        """
        if gruppe not in self.counted:
            self.counted[gruppe] = self._count(gruppe)
        return self.counted[gruppe]

    def _count(self, gruppe: Gruppe) -> Einwohner:
        for zaehlung in self.zaehlungen:
            counted = _count_official(self.gebiete, zaehlung, gruppe)
            if counted is not None:
                return counted
        for gitter in sorted(self.gitter, key=lambda each: each.zellen.groesse_m):
            people = people_of_cells(gitter.zellen, gruppe)
            if people is not None:
                return _count_cells(self.gebiete, gitter, people)
        raise NotAssessable(Grund.KEINE_DATEN, f"Keine Quelle nennt die Altersgruppe {gruppe.titel}.")

    def locate(self, gruppe: Gruppe) -> Wohnorte:
        """Say where the people of a group live, as finely as the sources can tell.

        Raises
        ------
        NotAssessable
            No source tells the group by Sozialraum or in fine cells.

        """
        found = self.located.get(gruppe)
        if found is None:
            found = self._locate(gruppe)
            self.located[gruppe] = found
            for oldest in list(self.located)[:-_MOST_GROUPS]:
                self.located.pop(oldest, None)
        return found

    def _locate(self, gruppe: Gruppe) -> Wohnorte:
        base = self._proxy_grid()
        counted = [(each, _per_leaf(self.gebiete, each.count(gruppe))) for each in self.zaehlungen if base is not None]
        for zaehlung, per_leaf in counted:
            if base is not None and np.isfinite(per_leaf).all():
                return _rake_group(base, per_leaf, gruppe, zaehlung)
        for gitter in self.gitter:
            people = people_of_cells(gitter.zellen, gruppe)
            if people is not None and gitter.zellen.groesse_m <= FINE_M:
                return _cells_as_they_are(self.gebiete, gitter, people)
        for zaehlung, per_leaf in counted:
            if base is not None and np.isfinite(per_leaf).any():
                return _rake_group(base, per_leaf, gruppe, zaehlung)
        raise NotAssessable(Grund.KEINE_DATEN, f"Keine Quelle sagt, wo die Altersgruppe {gruppe.titel} wohnt.")

    def _proxy_grid(self) -> Gitter | None:
        fine = [each for each in self.gitter if each.zellen.groesse_m <= FINE_M and "alle" in each.zellen.merkmale]
        return fine[0] if fine else None


def spread_population(context: Context, stichtag: date) -> Verteilung:
    """Bring areas, counts and cells of a Stichtag together; kept until the catalogue itself changes."""
    key = ("verteilung", context.catalogue_revision(), stichtag)
    return context.figures.recall(key, lambda: _spread(context, stichtag))


def _spread(context: Context, stichtag: date) -> Verteilung:
    gebiete = _load_gebiete(context, stichtag)
    with context.store.read() as connection:
        zaehlungen = collect_zaehlungen(population.load_bevoelkerung(connection, stichtag))
        zellen = population.list_zellen(connection)
    # The newest grid of the day; one of a later day only where there is no earlier one.
    zellen.sort(key=lambda each: (each.stichtag > stichtag, abs(each.stichtag - stichtag)))
    return Verteilung(gebiete, zaehlungen, tuple(_cut(each, gebiete) for each in zellen))


def _load_gebiete(context: Context, stichtag: date) -> Gebiete:
    with context.store.read() as connection:
        region = raeume.get_region(connection)
        kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], stichtag)
        small = raeume.list_raeume(connection, [Ebene.SOZIALRAUM, Ebene.BEZIRK], stichtag)
    if region is None:
        raise NotAssessable(Grund.KEINE_DATEN, "Der Katalog kennt noch keine Region. Bitte zuerst Kommunen einlesen.")
    # A Sozialraum whose Kommune does not hold on the day yet, or any more, has nothing to add up to.
    small = [each for each in small if each.oberraum in {kommune.schluessel for kommune in kommunen}]
    divided = {each.oberraum for each in small}
    leaves = sorted([*small, *(k for k in kommunen if k.schluessel not in divided)], key=lambda each: each.schluessel)
    position = {kommune.schluessel: index for index, kommune in enumerate(kommunen)}
    owner = [position[leaf.schluessel if leaf.ebene is Ebene.KOMMUNE else leaf.oberraum] for leaf in leaves]
    return Gebiete(region, tuple(leaves), tuple(kommunen), np.array(owner, dtype=np.int32))


def _cut(zellen: Zellen, gebiete: Gebiete) -> Gitter:
    pieces = split_cells(
        zellen.xy_3035,
        zellen.groesse_m,
        [leaf.geom_25832 for leaf in gebiete.leaves],
        kommune_of_cell=name_kommune_of_cells(zellen),
        kommune_of_outline=[gebiete.kommunen[index].schluessel for index in gebiete.kommune_of_leaf],
    )
    return Gitter(zellen, transform_xy(zellen.xy_3035 + zellen.groesse_m / 2, 3035, 25832), pieces)


def name_kommune_of_cells(zellen: Zellen) -> Sequence[str]:
    """Name each cell's Kommune; where the source joins Kommunen, a cell without one lies beyond the region."""
    if not any(zellen.kommune):
        return zellen.kommune
    return [kommune or _ELSEWHERE for kommune in zellen.kommune]


def _per_leaf(gebiete: Gebiete, found: Mapping[str, float]) -> Floats:
    return np.array([found.get(leaf.schluessel, np.nan) for leaf in gebiete.leaves])


def _count_official(gebiete: Gebiete, zaehlung: Zaehlung, gruppe: Gruppe) -> Einwohner | None:
    """Add up what is counted by Sozialraum; a Kommune whose parts are not counted takes its own count."""
    small, kommunen, _ = gebiete.stufen
    found = zaehlung.count(gruppe)
    per_leaf = _per_leaf(gebiete, found)
    summed = kommunen.sum_up(per_leaf)
    stated = np.array([found.get(kommune.schluessel, np.nan) for kommune in kommunen.raeume])
    per_kommune = np.where(np.isnan(summed), stated, summed)
    per_small = small.sum_up(per_leaf)
    if np.isnan(per_kommune).all() and np.isnan(per_small).all():
        return None
    whole = np.array([per_kommune.sum()])
    return Einwohner((per_small, per_kommune, whole), zaehlung.quelle, zaehlung.stichtag)


def people_of_cells(zellen: Zellen, gruppe: Gruppe) -> Floats | None:
    """Add a group up per cell (n_cells,); a value the source suppresses counts as the zero it publishes."""
    bands = [parse_gruppe(code) for code in zellen.merkmale if code != ANTEIL_AB65]
    tiles = find_tiling(gruppe, bands)
    if tiles is None:
        return None
    columns = [zellen.merkmale.index(band.code) for band in tiles]
    people: Floats = np.nan_to_num(zellen.werte[:, columns]).sum(axis=1)
    return people


def _count_cells(gebiete: Gebiete, gitter: Gitter, people: Floats) -> Einwohner:
    """Add cells up; coarse cells say nothing about the parts of a Kommune."""
    per_leaf = np.zeros(len(gebiete.leaves))
    np.add.at(per_leaf, gitter.pieces.area, people[gitter.pieces.cell] * gitter.pieces.share)
    je_stufe = [stufe.sum_up(per_leaf) for stufe in gebiete.stufen]
    if gitter.zellen.groesse_m > FINE_M:
        je_stufe[0] = np.full_like(je_stufe[0], np.nan)
    return Einwohner(tuple(je_stufe), gitter.zellen.quelle, gitter.zellen.stichtag)


def _cells_as_they_are(gebiete: Gebiete, gitter: Gitter, people: Floats) -> Wohnorte:
    personen = people[gitter.pieces.cell] * gitter.pieces.share
    nobody = np.zeros(len(gebiete.leaves))
    return Wohnorte(gitter, personen, nobody, gitter.zellen.quelle, gitter.zellen.stichtag)


def _rake_group(base: Gitter, per_leaf: Floats, gruppe: Gruppe, zaehlung: Zaehlung) -> Wohnorte:
    proxy = weigh_cells(base.zellen, gruppe)[base.pieces.cell] * base.pieces.share
    raked = rake(per_leaf[:, None], base.pieces.area, proxy[:, None])
    return Wohnorte(base, raked.personen[:, 0], raked.ohne_zelle[:, 0], zaehlung.quelle, zaehlung.stichtag)


def weigh_cells(zellen: Zellen, gruppe: Gruppe) -> Floats:
    """Weigh cells (n_cells,) for a group: all inhabitants, times the share of 65+ where the group is that old.

    The dasymetric proxy of Zensus 2022, whose 100 m tables carry no 80+. A cell whose share is
    suppressed takes the mean share of the grid.
    """
    alle = np.nan_to_num(zellen.werte[:, zellen.merkmale.index(_ALLE.code)])
    if ANTEIL_AB65 not in zellen.merkmale or not (_AB65.covers(gruppe) or gruppe.unter <= _AB65.von):
        return alle
    share = zellen.werte[:, zellen.merkmale.index(ANTEIL_AB65)] / 100
    known = np.isfinite(share)
    mean = np.average(share[known], weights=alle[known]) if alle[known].sum() else 0.0
    share = np.where(known, share, mean)
    return alle * share if _AB65.covers(gruppe) else alle * (1 - share)
