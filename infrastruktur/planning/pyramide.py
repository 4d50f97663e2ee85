"""Alterspyramiden: people by sex and age of the areas of one level on one day, as arrays.

How bands meet bands, in one place. A wanted band is the sum of the bands that make it up exactly, each
person once. A band that lies across the edge of a wanted one is never split by guess: either somebody
states an `Aufteilung`, with its source, or the answer is refused. Unknown and withheld people are states
of their own, and whatever contains them has them too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bevoelkerung import Bevoelkerung, Personenkreis
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.gruppe import Gruppe, find_tiling, parse_gruppe
from infrastruktur.domain.quote import GESCHLECHTER, Aufteilung
from infrastruktur.domain.ueberleben import Ueberlebenstafel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Alterspyramide:
    """People of n areas; one equals only itself, so that what was computed of it is found again.

    Attributes
    ----------
    gruppen
        n_bands age bands from young to old, without overlap.
    personen
        (n_areas, 2, n_bands) float64 people >= 0, women first; NaN where nobody tells.
    geheim
        (n_areas, 2, n_bands) bool, True where a number is withheld; `personen` is NaN there.
    quelle
        Code or name of the source, or how the people were computed.
    aus
        The two states this one lies between, or the one whose people have grown older, where it is so.

    """

    gruppen: tuple[Gruppe, ...]
    personen: Floats
    geheim: Bools
    stichtag: date
    quelle: str
    hinweise: tuple[str, ...] = ()
    aus: "Zwischenstand | Fortschreibung | None" = None

    def __post_init__(self) -> None:
        shape = (len(self.personen), len(GESCHLECHTER), len(self.gruppen))
        if self.personen.shape != shape or self.geheim.shape != shape:
            raise ValueError(f"people {self.personen.shape} and secrecy {self.geheim.shape} must both be {shape}")
        if any(left.unter > right.von for left, right in pairwise(self.gruppen)):
            raise ValueError(f"bands overlap or are out of order: {[gruppe.code for gruppe in self.gruppen]}")
        if not np.isnan(self.personen[self.geheim]).all():
            raise ValueError("a number that is withheld must not be there")

    @property
    def codes(self) -> tuple[str, ...]:
        """Name the inputs it comes from, as a resolution does."""
        if isinstance(self.aus, Fortschreibung):
            return (*self.aus.frueher.codes, self.aus.tafel.code)
        if isinstance(self.aus, Zwischenstand):
            return tuple(dict.fromkeys((*self.aus.frueher.codes, *self.aus.spaeter.codes)))
        return (self.quelle,)


@dataclass(frozen=True)
class Fortschreibung:
    """Five years on: `frueher` has the bands of `tafel`, and its people are one band older."""

    frueher: Alterspyramide
    tafel: Ueberlebenstafel


@dataclass(frozen=True)
class Zwischenstand:
    """A day between two: people = (1 - `anteil`) · `frueher` + `anteil` · `spaeter`."""

    frueher: Alterspyramide
    spaeter: Alterspyramide
    anteil: float


def build_pyramide(
    zeilen: Iterable[Bevoelkerung],
    raeume: Sequence[str],
    stichtag: date,
    *,
    geheim: Collection[Personenkreis] = (),
    quelle: str = "",
) -> Alterspyramide:
    """Put the counts of one source and day into arrays; areas in the order of `raeume`.

    Of bands that lie in one another the narrower ones are taken. A cell no row states is unknown, and
    so is a sex where only both together are stated.

    Raises
    ------
    NotAssessable
        No row is of these areas and this day, or bands overlap without lying in one another.

    """
    area_of = {raum: at for at, raum in enumerate(raeume)}
    rows = [each for each in zeilen if each.stichtag == stichtag and each.raum in area_of]
    gruppen = _narrowest({parse_gruppe(row.gruppe) for row in rows if row.geschlecht in GESCHLECHTER})
    if not gruppen:
        raise NotAssessable(
            Grund.KEINE_DATEN, f"Für den {stichtag:%d.%m.%Y} nennt keine Zeile Personen dieser Gebiete."
        )
    band_of = {gruppe: at for at, gruppe in enumerate(gruppen)}
    personen = np.full((len(raeume), len(GESCHLECHTER), len(gruppen)), np.nan)
    withheld = np.zeros(personen.shape, dtype=np.bool_)
    for row in rows:
        band = band_of.get(parse_gruppe(row.gruppe))
        if band is None or row.geschlecht not in GESCHLECHTER:
            continue
        cell = (area_of[row.raum], GESCHLECHTER.index(row.geschlecht), band)
        personen[cell], withheld[cell] = row.personen, row.wer in geheim
    return Alterspyramide(gruppen, personen, withheld, stichtag, quelle or rows[0].quelle)


def _narrowest(gruppen: set[Gruppe]) -> tuple[Gruppe, ...]:
    inner = sorted(each for each in gruppen if not any(each != other and each.covers(other) for other in gruppen))
    for left, right in pairwise(inner):
        if left.unter > right.von:
            raise NotAssessable(Grund.KEINE_DATEN, f"{left.titel} und {right.titel} überschneiden sich.")
    return tuple(inner)


def regroup(pyramide: Alterspyramide, wanted: Sequence[Gruppe]) -> Alterspyramide:
    """Sum bands up to the wanted ones, exactly.

    Raises
    ------
    NotAssessable
        A wanted band is not made up of whole bands of the population: one would have to be split.

    """
    index = [list(list_bands(pyramide.gruppen, gruppe)) for gruppe in wanted]
    personen = [pyramide.personen[:, :, bands].sum(axis=2) for bands in index]
    return replace(
        pyramide, gruppen=tuple(wanted), personen=np.stack(personen, axis=2), geheim=_regroup_secrets(pyramide, index)
    )


def _regroup_secrets(pyramide: Alterspyramide, index: Sequence[list[int]]) -> Bools:
    """Tell which of the wanted bands are withheld: those without a number where secrecy alone is the reason."""
    if not pyramide.geheim.any():
        return np.zeros((*pyramide.geheim.shape[:2], len(index)), dtype=np.bool_)
    unknown = np.isnan(pyramide.personen) & ~pyramide.geheim
    hidden = [pyramide.geheim[:, :, bands].any(axis=2) & ~unknown[:, :, bands].any(axis=2) for bands in index]
    return np.stack(hidden, axis=2)


@lru_cache(maxsize=1024)  # a plan asks the same few questions for each year and variant: 16 ms with this, 106 without
def list_bands(gruppen: tuple[Gruppe, ...], wanted: Gruppe) -> tuple[int, ...]:
    """Find the indexes of the bands that make up a wanted one.

    Raises
    ------
    NotAssessable
        They do not: a band lies across the wanted one's edge, or an age is missing.

    """
    tiles = find_tiling(wanted, gruppen)
    if tiles is None:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"Personen von {wanted.titel} lassen sich nicht zählen. {_name_obstacle(gruppen, wanted)}",
        )
    position = {gruppe: at for at, gruppe in enumerate(gruppen)}
    return tuple(position[tile] for tile in tiles)


def list_bands_within(gruppen: Sequence[Gruppe], wanted: Gruppe) -> list[int]:
    """Find the indexes of the bands of a wanted one, as far as there are any.

    Raises
    ------
    NotAssessable
        A band lies across the wanted one's edge.

    """
    found = [at for at, each in enumerate(gruppen) if each.von < wanted.unter and wanted.von < each.unter]
    if not all(wanted.covers(gruppen[at]) for at in found):
        said = f"Personen von {wanted.titel} lassen sich nicht ändern. {_name_obstacle(gruppen, wanted)}"
        raise NotAssessable(Grund.KEINE_DATEN, said)
    return found


def _name_obstacle(gruppen: Sequence[Gruppe], wanted: Gruppe) -> str:
    for each in gruppen:
        if each.von < wanted.unter and wanted.von < each.unter and not wanted.covers(each):
            return f"{each.titel} sind nur zusammen bekannt. Bitte eine feinere Quelle oder eine Aufteilung angeben."
    return "Die Bevölkerung nennt nicht alle Alter."


def split(pyramide: Alterspyramide, aufteilung: Aufteilung) -> Alterspyramide:
    """Split one band by a stated assumption; the parts sum to it in every area and sex.

    A population without that very band is given back as it is: it needs no assumption about it.
    """
    if aufteilung.gruppe not in pyramide.gruppen:
        return pyramide
    at = pyramide.gruppen.index(aufteilung.gruppe)
    share = (
        np.array([[teil.w_prozent for teil in aufteilung.teile], [teil.m_prozent for teil in aufteilung.teile]]) / 100
    )
    parts = pyramide.personen[:, :, at, None] * share
    hidden = np.broadcast_to(pyramide.geheim[:, :, at, None], parts.shape)
    return replace(
        pyramide,
        gruppen=(*pyramide.gruppen[:at], *(teil.gruppe for teil in aufteilung.teile), *pyramide.gruppen[at + 1 :]),
        personen=_insert(pyramide.personen, at, parts),
        geheim=_insert(pyramide.geheim, at, hidden),
        hinweise=(*pyramide.hinweise, f"{aufteilung.gruppe.titel} aufgeteilt nach: {aufteilung.quelle}"),
        aus=None,
    )


def _insert(values: NDArray[Any], at: int, parts: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((values[:, :, :at], parts, values[:, :, at + 1 :]), axis=2)


def sum_areas(pyramide: Alterspyramide, upper_of_area: Ints, n_upper: int) -> Alterspyramide:
    """Sum areas up to the upper ones they lie in (n_areas,); an unknown cell leaves its upper area unknown."""
    shape = (n_upper, *pyramide.personen.shape[1:])
    personen, geheim, unknown = np.zeros(shape), np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    np.add.at(personen, upper_of_area, pyramide.personen)
    np.logical_or.at(geheim, upper_of_area, pyramide.geheim)
    np.logical_or.at(unknown, upper_of_area, np.isnan(pyramide.personen) & ~pyramide.geheim)
    return replace(pyramide, personen=personen, geheim=geheim & ~unknown, aus=None)


def name_missing(pyramide: Alterspyramide, counted: Bools | None = None) -> tuple[Grund | None, ...]:
    """Say of each area why its people are not all known: None where they are.

    `keine_daten` before `geheim`: where both occur, lifting the secrecy would not help.

    Parameters
    ----------
    counted
        (2, n_bands) bool, whose people matter; default: everybody's.

    """
    matter = np.ones(pyramide.personen.shape[1:], dtype=np.bool_) if counted is None else counted
    missing = np.isnan(pyramide.personen) & matter
    unknown = np.any(missing & ~pyramide.geheim, axis=(1, 2))
    withheld = np.any(missing, axis=(1, 2))
    return tuple(
        Grund.KEINE_DATEN if without else Grund.GEHEIM if hidden else None
        for without, hidden in zip(unknown.tolist(), withheld.tolist(), strict=True)
    )
