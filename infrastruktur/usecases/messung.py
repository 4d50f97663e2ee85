"""One target, measured: what is said of each cell, and what follows from it for the people who live there.

What follows is computed when it is first asked for, and taken from another measurement where that must say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning import coverage, quarter
from infrastruktur.planning.gaps import Unversorgt, weigh_owners
from infrastruktur.planning.ways import Wege, rise_again
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.split_group import Gehende

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Basis:
    """The measurement of another supply for the same people, in the same cells, that a measurement followed from.

    Attributes
    ----------
    row
        (n_supply,) int64 of each Angebot in the supply of the basis, -1 where it came or moved.

    """

    messung: "Messung"
    row: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Messung:
    """One target, measured.

    Attributes
    ----------
    personen, zustand
        Per part of the group: (n_pieces,) people and (n_cells,) uint8 states of planning.coverage.
    gruende, traeger
        Per part: (n_cells,) uint8 reasons and int32 Träger in reach, of planning.coverage.
    reason_tally
        (n_leaves, 4) float64: people by reason, NaN as in `tally`.
    tally
        (n_leaves, 3) float64: reached, not reached, without a statement; sums to the group's people. NaN where
        no source tells them.
    nearest
        Per part: (n_cells,) float64 seconds, or metres for `luftlinie`; infinite beyond `NEAREST_MINUTES`.
    nearest_angebot
        (n_cells,) int32 row of `supply`, -1 none.
    reichweite
        Per row of `supply` the cells it reaches within the limit of the fastest part, int32; shared with the search
        they were kept of.
    ohne_punkt, ohne_strasse
        Angebote that would count, but have no point or lie at no street: whom they serve is unknown.

    """

    ziel: Ziel
    stichtag: date
    supply: Supply
    teile: tuple[Gehende, ...]
    zustand: tuple[NDArray[np.uint8], ...]
    gruende: tuple[NDArray[np.uint8], ...]
    traeger: tuple[Ints, ...]
    tally: Floats
    reason_tally: Floats
    nearest: tuple[Floats, ...]
    nearest_angebot: Ints
    reichweite: tuple[Ints, ...]
    ohne_strasse: int
    netz: str | None
    alike: "Messung | None" = None
    """The same reach of other people who live in the same cells, or with Angebote of other sizes: what depends on
    neither is taken from there."""
    basis: "Basis | None" = None
    ohne_punkt: int = 0

    @property
    def ohne_ort(self) -> int:
        """Count those whose place, or way to it, is unknown."""
        return self.ohne_punkt + self.ohne_strasse

    @property
    def profil(self) -> str:
        return ", ".join(teil.profil for teil in self.teile)

    @cached_property
    def populated(self) -> NDArray[np.bool_]:
        """(n_pieces,) whether somebody of the group lives there."""
        return np.asarray(np.any([teil.wohnorte.personen > 0 for teil in self.teile], axis=0))

    @cached_property
    def rising(self) -> NDArray[np.intp]:
        """The pieces of all parts, one part behind another (n_parts * n_pieces,), from the nearest on."""
        if self.alike is not None:
            return self.alike.rising
        ways = self.of_pieces(self.nearest)
        if self.basis is None:
            return np.argsort(ways, kind="stable")
        stood = self.basis.messung
        other = [before != now for before, now in zip(stood.nearest, self.nearest, strict=True)]
        return rise_again(stood.rising, ways, self.of_pieces(other))

    @cached_property
    def everybody(self) -> Floats:
        """The people of the pieces of all parts, one part behind another (n_parts * n_pieces,)."""
        return np.concatenate([teil.wohnorte.personen for teil in self.teile])

    @cached_property
    def unserved(self) -> Unversorgt:
        """Where people may live who are not reached."""
        if self.alike is not None:
            return self.alike.unserved
        known = self.nearest_angebot >= 0
        parts = zip(self.zustand, self.nearest, strict=True)
        short = [(state == coverage.NICHT_ERREICHT) & known & np.isfinite(nearest) for state, nearest in parts]
        place = self.rising[self.of_pieces(short)[self.rising]]
        pieces = self.teile[0].wohnorte.gitter.pieces
        piece = place % len(pieces)
        weg, owner = self.of_pieces(self.nearest)[place], self.nearest_angebot[pieces.cell[piece]]
        return Unversorgt(place, piece, pieces.area[piece], weg, owner)

    @cached_property
    def short(self) -> Floats:
        """The people of the `unserved` pieces (k,)."""
        return self.everybody[self.unserved.place]

    @cached_property
    def short_by_owner(self) -> Floats:
        """(n_leaves, n_supply) the `short` by what is nearest to them, as `planning.gaps.weigh_owners` counts."""
        return weigh_owners(self.unserved, self.short, len(self.tally))

    @cached_property
    def wege(self) -> Wege:
        """The ways of everybody there is a statement on, each part of the group at its own pace."""
        if self.alike is not None:
            wege = self.alike.wege
            return replace(wege, personen=self.everybody[wege.order])
        judged = [state != coverage.OHNE_AUSSAGE for state in self.zustand]
        order = self.rising[self.of_pieces(judged)[self.rising]]
        in_meters = self.ziel.max_meter is not None
        return Wege(
            weg=self.of_pieces([each if in_meters else each / 60 for each in self.nearest])[order],
            personen=self.everybody[order],
            leaf=np.tile(self.teile[0].wohnorte.gitter.pieces.area, len(self.teile))[order],
            order=order,
            einheit="meter" if in_meters else "minuten",
        )

    @cached_property
    def choices(self) -> tuple[Ints, ...]:
        """Per part: (n_cells,) int32 Träger in reach, -1 where there is no statement."""
        if self.alike is not None:
            return self.alike.choices
        said = zip(self.zustand, self.traeger, strict=True)
        return tuple(np.where(state == coverage.OHNE_AUSSAGE, -1, traeger).astype(np.int32) for state, traeger in said)

    @cached_property
    def choice_tally(self) -> Floats:
        """(n_leaves, 2) people with a statement, and the Träger of all of them (`coverage.tally_choices`)."""
        total: Floats = np.zeros((len(self.tally), 2))
        for teil, choices in zip(self.teile, self.choices, strict=True):
            pieces = teil.wohnorte.gitter.pieces
            total += coverage.tally_choices(teil.wohnorte.personen, pieces.area, pieces.cell, choices, len(total))
        return total

    def of_pieces(self, per_cell: Sequence[NDArray[_T]]) -> NDArray[_T]:
        """Give to the pieces of all parts, one part behind another, what is said of their cells per part."""
        cell = self.teile[0].wohnorte.gitter.pieces.cell
        return np.concatenate([each[cell] for each in per_cell])

    @cached_property
    def relevant(self) -> Bools:
        """(n_leaves, n_supply) what somebody of each leaf reaches, or has nearest."""
        if self.alike is not None and self._lives_like(self.alike):
            return self.alike.relevant
        return self._add_nearest(self.reached, self.teile[0].wohnorte.gitter.pieces.area)

    @cached_property
    def reached(self) -> Bools:
        """(n_leaves, n_supply) what somebody of each leaf reaches."""
        area, n_leaves = self.teile[0].wohnorte.gitter.pieces.area, len(self.tally)
        if self.basis is None:
            return self._find_reached(area, n_leaves, range(len(self.reichweite)))
        row = self.basis.row
        kept, again = np.flatnonzero(row >= 0), np.flatnonzero(row < 0)
        reached = np.empty((n_leaves, len(row)), dtype=np.bool_)
        reached[:, kept] = self.basis.messung.reached[:, row[kept]]
        reached[:, again] = self._find_reached(area, n_leaves, again.tolist())
        return reached

    def find_relevant(self, area: Ints, n_areas: int) -> Bools:
        """(n_areas, n_supply) what somebody of each area reaches, or has nearest; `area` (n_pieces,), -1 none."""
        return self._add_nearest(self._find_reached(area, n_areas, range(len(self.reichweite))), area)

    def _find_reached(self, area: Ints, n_areas: int, rows: Sequence[int]) -> Bools:
        reach = coverage.join_rows([self.reichweite[row] for row in rows])
        cell = self.teile[0].wohnorte.gitter.pieces.cell
        return quarter.relevant_records(reach, np.where(self.populated, area, -1), cell, n_areas)

    def _add_nearest(self, reached: Bools, area: Ints) -> Bools:
        nearest = self.nearest_angebot[self.teile[0].wohnorte.gitter.pieces.cell]
        known = self.populated & (area >= 0) & (nearest >= 0)
        relevant = reached.copy()
        relevant[area[known], nearest[known]] = True
        return relevant

    def _lives_like(self, other: "Messung") -> bool:
        """Tell whether people live in the same pieces."""
        return self.teile is other.teile or np.array_equal(self.populated, other.populated)
