"""Small towns drawn at random: ways, people and places, so that every sum can be checked the slow way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planning.dense import NEVER, to_pairs

from infrastruktur.planning.catchment import Catchment, Verfahren, share_supply
from infrastruktur.planning.decay import Decay, Exponentiell, Gauss, GaussBegrenzt, Potenz, Stufe, Zonen

DECAYS: tuple[Decay, ...] = (
    Stufe(max_minuten=2.0),
    Zonen(bis_minuten=(1.0, 2.0, 3.0), gewichte=(1.0, 0.68, 0.22), max_minuten=3.0),
    Gauss(sigma_minuten=1.5, max_minuten=3.0),
    GaussBegrenzt(max_minuten=3.0),
    Potenz(beta=1.5, max_minuten=3.0),
    Exponentiell(beta=0.5, max_minuten=3.0),
)
CONSERVING = tuple(each for each in Verfahren if each not in {Verfahren.BFCA, Verfahren.M2SFCA})
PER_PERSON = tuple(each for each in Verfahren if each is not Verfahren.BFCA)


@dataclass(frozen=True)
class Town:
    """Deciseconds (supplies, demands), people (demands,) and places (supplies,)."""

    time_ds: np.ndarray
    personen: np.ndarray
    kapazitaet: np.ndarray


def share(verfahren: Verfahren, town: Town, decay: Decay) -> Catchment:
    return share_supply(verfahren, to_pairs(town.time_ds, decay), town.personen, town.kapazitaet)


def minutes(*rows: Sequence[float | None]) -> np.ndarray:
    """Write a matrix of deciseconds from rows of minutes, a row a supply; None for no way."""
    return np.array([[NEVER if each is None else round(each * 600) for each in row] for row in rows])


_TIMES = st.integers(-1, 4).map(lambda half: NEVER if half < 0 else 450 * half) | st.integers(0, 2_400)
_PEOPLE = st.integers(0, 40).map(lambda quarters: quarters / 4)
_PLACES = st.integers(0, 90).map(float)


@st.composite
def towns(draw: st.DrawFn, *, populated: bool = False) -> Town:
    supplies, demands = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    people = _PEOPLE.map(lambda value: value + 0.25) if populated else _PEOPLE
    return Town(
        draw(arrays(np.int64, (supplies, demands), elements=_TIMES)),
        draw(arrays(np.float64, demands, elements=people)),
        draw(arrays(np.float64, supplies, elements=_PLACES)),
    )


@st.composite
def rows(draw: st.DrawFn, town: Town) -> np.ndarray:
    """Draw whom one supply more would reach (1, demands)."""
    return draw(arrays(np.int64, (1, town.time_ds.shape[1]), elements=_TIMES))
