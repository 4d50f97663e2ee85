"""Angebot je Person im Wettbewerb: supply shared among the people who compete for it (floating catchments).

All methods are one sum in two steps. People i and supplies j within reach weigh w_ij (`decay`); P are people, S places:

    D_j = Σ_i P_i · a_ij        who competes for a supply
    R_j = S_j / D_j             places a competing person
    A_i = Σ_j R_j · b_ij        places a person gets, over all supplies in reach

They differ in how a pair counts, a in the first step and b in the second (`Verfahren`). Where a = b, every place is
handed out once: Σ P·A = Σ S of the supplies that anybody reaches. Whatever cannot be handed out is counted, never
dropped and never guessed: supplies nobody reaches, supplies whose size is unknown, people who reach nothing.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.planning.decay import ZONEN_10_20_30, ZONEN_10_20_30_60, Decay, GaussBegrenzt, Potenz, Stufe
from infrastruktur.planning.pairs import (
    BALANCED,
    CHOSEN,
    PLAIN,
    SQUARED,
    Pairs,
    Sums,
    count_pair,
    count_reached,
    find_demand,
    hand_out,
    no_sums,
    sum_choice,
    sum_demand,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
States = NDArray[np.uint8]

VERTEILT, OHNE_NACHFRAGE, OHNE_PLATZZAHL, NACHFRAGE_UNBEKANNT, GESCHLOSSEN = 0, 1, 2, 3, 4
"""States of a supply: shared out; nobody in reach; size unknown; somewhere in reach the people are unknown; closed."""


class Verfahren(StrEnum):
    """How a supply is shared; w_ij is the weight of a pair, w_i· the sum of somebody's weights, w_·j that of a supply.

    Attributes
    ----------
    GRAVITATION, ZWEI_SFCA, E2SFCA
        a = b = w: gravity with competition (Joseph & Bantock 1982, 10.1016/0277-9536(82)90428-2), 2SFCA (Luo & Wang
        2003, 10.1068/b29120) and E2SFCA (Luo & Qi 2009, 10.1016/j.healthplace.2009.06.002) differ in the decay only.
    VERFUEGBARKEIT
        Spatial availability (Soukhov et al. 2023, 10.1371/journal.pone.0278468) shares S_j in proportion to P_i·w_ij.
        Per person that is a = b = w again; its own figure is `Catchment.plaetze`, the places that fall to a cell.
    AUSGEGLICHEN
        a = b = w / w_i·: everybody competes as one person, however many supplies are in reach: Σ D = Σ P, Σ P·A = Σ S.
    BFCA
        a = w / w_i·, b = w / w_·j (Páez, Higgins & Vivona 2019, 10.1371/journal.pone.0218773): Σ D = Σ P, Σ A = Σ R.
        The second step shares among cells, not people: halving a cell halves its A. It is no figure per person.
    DREI_SFCA
        a = b = w² / w_i·, w_i· over all pairs given, also beyond the limit (Wan, Zou & Sternberg 2012,
        10.1080/13658816.2011.624987). Disputed: distance counts twice.
    M2SFCA
        a = w, b = w² (Delamater 2013, 10.1016/j.healthplace.2013.07.012): Σ P·A ≤ Σ S, what is far away is lost.
        Disputed as a share; it tells how well sites lie.

    """

    GRAVITATION = "gravitation"
    ZWEI_SFCA = "2sfca"
    E2SFCA = "e2sfca"
    VERFUEGBARKEIT = "verfuegbarkeit"
    AUSGEGLICHEN = "ausgeglichen"
    BFCA = "bfca"
    DREI_SFCA = "3sfca"
    M2SFCA = "m2sfca"


@dataclass(frozen=True)
class Formel:
    """How pairs count in either step; whether choice is among all known supplies, and shares are those of cells."""

    competes: int = PLAIN
    receives: int = PLAIN
    beyond: bool = False
    per_cell: bool = False

    @property
    def chooses(self) -> bool:
        """Whether what somebody else offers changes how a pair counts."""
        return self.competes in (CHOSEN, BALANCED)


FORMELN: Mapping[Verfahren, Formel] = {
    Verfahren.GRAVITATION: Formel(),
    Verfahren.ZWEI_SFCA: Formel(),
    Verfahren.E2SFCA: Formel(),
    Verfahren.VERFUEGBARKEIT: Formel(),
    Verfahren.AUSGEGLICHEN: Formel(BALANCED, BALANCED),
    Verfahren.BFCA: Formel(BALANCED, PLAIN, per_cell=True),
    Verfahren.DREI_SFCA: Formel(CHOSEN, CHOSEN, beyond=True),
    Verfahren.M2SFCA: Formel(PLAIN, SQUARED),
}

USUAL_DECAY: Mapping[Verfahren, Decay] = {
    Verfahren.GRAVITATION: Potenz(max_minuten=30.0),
    Verfahren.ZWEI_SFCA: Stufe(max_minuten=30.0),
    Verfahren.E2SFCA: ZONEN_10_20_30,
    Verfahren.VERFUEGBARKEIT: GaussBegrenzt(max_minuten=30.0),
    Verfahren.AUSGEGLICHEN: GaussBegrenzt(max_minuten=30.0),
    Verfahren.BFCA: GaussBegrenzt(max_minuten=30.0),
    Verfahren.DREI_SFCA: ZONEN_10_20_30_60,
    Verfahren.M2SFCA: ZONEN_10_20_30,
}
"""What to take where nothing else is asked for: the decay of the paper, or the one that ends smoothly at 30 minutes."""


@dataclass(frozen=True, eq=False)
class Catchment:
    """Supply as one method shares it among n demands (cells, or a group's cells) from s supplies.

    Attributes
    ----------
    personen
        (n,) float64 people, NaN unknown.
    kapazitaet
        (s,) float64 places, NaN unknown.
    offen
        (s,) bool; a closed supply keeps its number.
    nachfrage
        (s,) float64 competing people D.
    zustand
        (s,) uint8 states.
    anteil
        (s,) float64 what a pair of weight 1 gets of a supply; 0 unless its state is `VERTEILT`.
    choice, received
        (n,) sums of weights, where the method needs them, and of places a person.
    reached
        (n, 4) int32 supplies in reach by their state.

    """

    verfahren: Verfahren
    pairs: Pairs
    personen: Floats
    kapazitaet: Floats
    offen: Bools
    nachfrage: Floats
    zustand: States
    anteil: Floats
    choice: Sums
    received: Sums
    reached: Ints

    @property
    def formel(self) -> Formel:
        return FORMELN[self.verfahren]

    @property
    def verhaeltnis(self) -> Floats:
        """Places a competing person R (s,); NaN unless the supply is shared out."""
        return divide(self.kapazitaet, self.nachfrage, self.zustand == VERTEILT)

    @property
    def je_person(self) -> Floats:
        """Places a person A (n,): at least so many where `mindestens`, 0 where nothing is in reach.

        NaN where a supply in reach is shared with people whose number is unknown.
        """
        some = np.where(self.reached[:, VERTEILT] > 0, np.maximum(self.received.value, 0.0), 0.0)
        return np.where(self.reached[:, NACHFRAGE_UNBEKANNT] > 0, np.nan, some)

    @property
    def plaetze(self) -> Floats:
        """Places that fall to each demand (n,): P·A, spatial availability where a = b.

        Raises
        ------
        InvalidParameter
            The method gives no figure per person.

        """
        require_per_person(self.formel)
        return np.where(self.personen == 0, 0.0, self.personen * self.je_person)

    @property
    def ohne_angebot(self) -> Bools:
        """Whether nothing is in reach (n,), whatever its size."""
        return np.asarray(self.reached.sum(axis=1) == 0)

    @property
    def mindestens(self) -> Bools:
        """Whether a supply of unknown size is in reach (n,): it hands out something, so the figure is a lower bound."""
        return self.reached[:, OHNE_PLATZZAHL] > 0


def share_supply(verfahren: Verfahren, pairs: Pairs, personen: Floats, kapazitaet: Floats) -> Catchment:
    """Share supplies among the people who reach them.

    A supply of unknown size stands where it stands: people choose it, and get an unknown share that is at least 0.

    Parameters
    ----------
    personen
        (n_demands,) people >= 0, NaN unknown.
    kapazitaet
        (n_supplies,) places >= 0, NaN unknown.

    Raises
    ------
    InvalidParameter
        M2SFCA with a decay above 1: squares of such weights hand out more places than there are.
    ValueError
        Arrays that do not belong to the pairs, or hold numbers below nothing or without end.

    """
    if len(personen) != pairs.n_demands or len(kapazitaet) != pairs.n_supplies:
        raise ValueError(f"{pairs.n_demands} demands and {pairs.n_supplies} supplies are needed")
    check_numbers("personen", personen)
    check_numbers("kapazitaet", kapazitaet)
    formel = FORMELN[verfahren]
    # A decay is a number of its own from 0 to 1 here, not only a proportion.
    if formel.receives == SQUARED and pairs.greatest_weight > 1.0:
        raise InvalidParameter("abklingen", "M2SFCA braucht Gewichte bis höchstens 1, am nächsten Ort also 1.")
    choice = no_sums(pairs.n_demands)
    if formel.chooses:
        add_choice(choice, pairs, formel, sign=1.0)
    return share_chosen(verfahren, pairs, personen, (kapazitaet, np.ones(len(kapazitaet), dtype=np.bool_)), choice)


def add_choice(choice: Sums, pairs: Pairs, formel: Formel, *, sign: float) -> None:
    """Add to the sums of each demand the weights of pairs, or take them away."""
    for block in pairs.blocks:
        sum_choice(block.rows, sign, formel.beyond, choice.high, choice.low)


def share_chosen(
    verfahren: Verfahren, pairs: Pairs, personen: Floats, supply: tuple[Floats, Bools], choice: Sums
) -> Catchment:
    """Share supplies, places (s,) and whether they are open (s,), among people whose choice is known."""
    kapazitaet, offen = supply
    formel, chosen = FORMELN[verfahren], choice.value
    nachfrage = count_competitors(pairs, formel, personen, chosen)
    zustand = find_states(kapazitaet, offen, nachfrage)
    anteil = find_anteil(pairs, formel, kapazitaet, nachfrage, zustand)
    # The loops hold no Python lock: counting costs no time on a second core.
    with ThreadPoolExecutor(1) as thread:
        counting = thread.submit(_count_reached, pairs, zustand)
        received = no_sums(pairs.n_demands)
        for block in pairs.blocks:
            hand_out(block.rows, formel.receives, anteil, chosen, received.high, received.low)
        reached = counting.result()
    return Catchment(
        verfahren, pairs, personen, kapazitaet, offen, nachfrage, zustand, anteil, choice, received, reached
    )


def _count_reached(pairs: Pairs, zustand: States) -> Ints:
    reached = np.zeros((pairs.n_demands, GESCHLOSSEN), dtype=np.int32)
    for block in pairs.blocks:
        count_reached(block.rows, zustand, 1, reached)
    return reached


def count_competitors(pairs: Pairs, formel: Formel, personen: Floats, choice: Floats) -> Floats:
    """Count the people D (s,) who compete for each supply, by their sums of weights (n,)."""
    nachfrage = np.zeros(pairs.n_supplies)
    for block in pairs.blocks:
        sum_demand(block.rows, formel.competes, personen, choice, nachfrage)
    return nachfrage


def find_states(kapazitaet: Floats, offen: Bools, nachfrage: Floats) -> States:
    """Tell the state of each supply (s,)."""
    states = np.where(np.isnan(nachfrage), NACHFRAGE_UNBEKANNT, np.where(nachfrage > 0, VERTEILT, OHNE_NACHFRAGE))
    states = np.where(np.isnan(kapazitaet), OHNE_PLATZZAHL, states)
    return np.where(offen, states, GESCHLOSSEN).astype(np.uint8)


def find_anteil(pairs: Pairs, formel: Formel, kapazitaet: Floats, nachfrage: Floats, zustand: States) -> Floats:
    """Find what a pair of weight 1 gets of each supply (s,), 0 of those that are not shared out."""
    shared = zustand == VERTEILT
    ratio = divide(kapazitaet, nachfrage, shared)
    if formel.per_cell:
        everywhere = count_competitors(pairs, Formel(), np.ones(pairs.n_demands), np.zeros(pairs.n_demands))
        ratio = divide(ratio, everywhere, shared)
    return np.where(shared, ratio, 0.0)


@dataclass(frozen=True, eq=False)
class Herleitung:
    """Where the places of a person come from: a row for each supply in reach, `plaetze` = `zaehlt` · `anteil`.

    Attributes
    ----------
    supply, time_ds
        (k,) int32 each.
    gewicht, zaehlt
        (k,) float64 weight w of the pair, and as what it counts: w, w/w_i·, w²/w_i· or w².
    anteil
        (k,) float64 places a pair of weight 1 gets, R_j (of BFCA R_j / w_·j); 0 of a supply that is not shared out.
    plaetze
        (k,) float64; they sum to `Catchment.je_person`.

    """

    supply: Ints
    time_ds: Ints
    gewicht: Floats
    zaehlt: Floats
    anteil: Floats
    plaetze: Floats


def derive_figure(catchment: Catchment, demand: int) -> Herleitung:
    """Lay open the figure of one demand, for whoever recomputes it with pen and paper."""
    supply, time_ds, gewicht = find_demand(catchment.pairs, demand)
    choice, kind = float(catchment.choice.value[demand]), catchment.formel.receives
    zaehlt = np.array([count_pair(kind, weight, choice) for weight in gewicht.tolist()])
    anteil = catchment.anteil[supply]
    return Herleitung(supply, time_ds, gewicht, zaehlt, anteil, zaehlt * anteil)


@dataclass(frozen=True)
class Bilanz:
    """Supplies and their places by state, all open ones: the places of the first four states sum to what is known."""

    angebote: tuple[int, ...]
    plaetze: tuple[float, ...]


def balance_supply(catchment: Catchment) -> Bilanz:
    """Count supplies (4,) and places (4,) by `VERTEILT`, `OHNE_NACHFRAGE`, `OHNE_PLATZZAHL`, `NACHFRAGE_UNBEKANNT`.

    Of supplies of unknown size the places are 0 here: they are counted in heads.
    """
    places = np.nan_to_num(catchment.kapazitaet, nan=0.0)
    angebote = np.bincount(catchment.zustand, minlength=GESCHLOSSEN + 1)[:GESCHLOSSEN]
    plaetze = np.bincount(catchment.zustand, weights=places, minlength=GESCHLOSSEN + 1)[:GESCHLOSSEN]
    return Bilanz(tuple(angebote.tolist()), tuple(plaetze.tolist()))


def divide(above: Floats, below: Floats, where: Bools) -> Floats:
    """Divide (n,) by (n,) where it is allowed; NaN elsewhere."""
    ratio = np.full(len(above), np.nan)
    np.divide(above, below, out=ratio, where=where)
    return ratio


def require_per_person(formel: Formel) -> None:
    """Refuse a method that shares among cells: its figure is none of people or areas."""
    if formel.per_cell:
        raise InvalidParameter(
            "verfahren",
            "BFCA verteilt auf Zellen, nicht auf Personen, und lässt sich nicht je Person zusammenfassen. "
            "Bitte „ausgeglichen“ wählen.",
        )


def check_numbers(name: str, values: Floats) -> None:
    """Refuse numbers below nothing or without end with ValueError; NaN is unknown."""
    if (values < 0).any() or np.isinf(values).any():
        raise ValueError(f"{name} must be finite and not below 0, or NaN where it is unknown")
