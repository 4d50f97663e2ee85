"""Floating catchments the slow way: one dense matrix and the formulas as the papers print them."""

import numpy as np

from infrastruktur.planning.catchment import Verfahren
from infrastruktur.planning.decay import Decay
from infrastruktur.planning.pairs import Pairs, weigh_pairs

NEVER = -1
"""No way between a supply and a demand."""


def to_pairs(time_ds: np.ndarray, decay: Decay, *, pace: float = 1.0) -> Pairs:
    """Weigh a matrix (supplies, demands) of deciseconds as the rows of a search."""
    found = time_ds != NEVER
    indptr = np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int64)
    demand = np.nonzero(found)[1].astype(np.int32)
    times = time_ds[found].astype(np.int32)
    return weigh_pairs(indptr, demand, times, decay=decay, n_demands=time_ds.shape[1], pace=pace)


def share_densely(
    verfahren: Verfahren, time_ds: np.ndarray, decay: Decay, personen: np.ndarray, kapazitaet: np.ndarray
) -> np.ndarray:
    """Share supplies of known size among known people: places a person (demands,)."""
    minutes = time_ds.T / 600
    known = np.where(time_ds.T == NEVER, 0.0, decay.weigh(np.maximum(minutes, 0.0)))
    w = np.where(minutes <= decay.max_minuten, known, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if verfahren is Verfahren.DREI_SFCA:
            g = np.nan_to_num(w / known.sum(axis=1, keepdims=True))
            r = shares(kapazitaet, (g * w * personen[:, None]).sum(axis=0))
            return (g * w * r).sum(axis=1)
        if verfahren is Verfahren.AUSGEGLICHEN:
            g = np.nan_to_num(w / w.sum(axis=1, keepdims=True))
            return (g * shares(kapazitaet, personen @ g)).sum(axis=1)
        if verfahren is Verfahren.BFCA:
            of_demand = np.nan_to_num(w / w.sum(axis=1, keepdims=True))
            of_supply = np.nan_to_num(w / w.sum(axis=0, keepdims=True))
            return (of_supply * shares(kapazitaet, personen @ of_demand)).sum(axis=1)
        if verfahren is Verfahren.VERFUEGBARKEIT:
            population = personen / personen.sum()
            impedance = w / w.sum(axis=0, keepdims=True)
            both = population[:, None] * impedance
            balanced = np.nan_to_num(both / both.sum(axis=0, keepdims=True))
            return (balanced * kapazitaet).sum(axis=1) / personen
        r = shares(kapazitaet, personen @ w)
        return (w * (w if verfahren is Verfahren.M2SFCA else 1.0) * r).sum(axis=1)


def shares(kapazitaet: np.ndarray, nachfrage: np.ndarray) -> np.ndarray:
    return np.where(nachfrage > 0, kapazitaet / nachfrage, 0.0)
