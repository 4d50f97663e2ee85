"""What planning asks all contestants, and the rows of ways they find; nothing of ours, for peers read it too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

SITES = 5
ZONES = {10: 1.0, 20: 0.68, 30: 0.22}
"""Weights up to so many minutes, of Luo and Qi 2009."""

LIMIT_MINUTES = 30
BEYOND_MINUTES = 30.0
"""What a way counts that is longer than the limit of walking, where ways are made short."""


@dataclass(frozen=True)
class Ways:
    """Compressed rows of places: the demands that place j reaches are `demand[indptr[j]:indptr[j + 1]]`.

    indptr (n + 1,) i8; demand, time_ds (p,) i4; personen (d,) f8 of each demand; kapazitaet (n,) f8, ones of sites.
    """

    indptr: Longs
    demand: Ints
    time_ds: Ints
    personen: Floats
    kapazitaet: Floats

    @property
    def place(self) -> Ints:
        """The place of each pair (p,)."""
        return np.repeat(np.arange(len(self.kapazitaet), dtype=np.int32), np.diff(self.indptr))

    def matrix(self, beyond_minutes: float) -> Floats:
        """Minutes (demands, places), for those who know no sparse rows."""
        dense = np.full((len(self.personen), len(self.kapazitaet)), beyond_minutes)
        dense[self.demand, self.place] = self.time_ds / 600
        return dense


def load_ways(folder: Path, name: str) -> Ways:
    with np.load(folder / f"{name}.npz") as arrays:
        return Ways(**arrays)


def save_ways(folder: Path, name: str, ways: Ways) -> None:
    np.savez(folder / f"{name}.npz", **vars(ways))
