"""PySAL `access` on the same people, places and ways, in the same run: the same figures to a billionth."""

import numpy as np
import pandas as pd
import pytest
from access import fca, weights
from counts import examples
from planning.dense import NEVER, to_pairs

from infrastruktur.planning.catchment import Verfahren, share_supply
from infrastruktur.planning.decay import ZONEN_10_20_30, ZONEN_10_20_30_60, Gauss, Potenz, Stufe

LIMIT = 30.0
CASES = {
    "2SFCA": (Verfahren.ZWEI_SFCA, Stufe(max_minuten=LIMIT), None),
    "2SFCA gauss": (Verfahren.ZWEI_SFCA, Gauss(sigma_minuten=12.0, max_minuten=LIMIT), weights.gaussian(12.0)),
    "gravity": (Verfahren.GRAVITATION, Potenz(beta=1.5, max_minuten=LIMIT), weights.gravity(1.0, -1.5, min_dist=1.0)),
    "E2SFCA": (Verfahren.E2SFCA, ZONEN_10_20_30, weights.step_fn({10: 1, 20: 0.68, 30: 0.22})),
    "3SFCA": (
        Verfahren.DREI_SFCA,
        ZONEN_10_20_30_60,
        weights.step_fn({10: 0.962, 20: 0.704, 30: 0.377, 60: 0.042}),
    ),
    "3SFCA cut off": (
        Verfahren.DREI_SFCA,
        Potenz(beta=1.5, max_minuten=LIMIT),
        weights.gravity(1.0, -1.5, min_dist=1.0),
    ),
}


def draw_region(seed, cells=60, supplies=15):
    """Cells and supplies on a plane of 60 by 60 minutes; some pairs have no way, some lie at a limit."""
    rng = np.random.default_rng(seed)
    cell, supply = rng.uniform(0, 60, (cells, 2)), rng.uniform(0, 60, (supplies, 2))
    time_ds = np.rint(600 * np.hypot(*(supply[:, None] - cell[None]).transpose(2, 0, 1))).astype(np.int64)
    time_ds[rng.random(time_ds.shape) < 0.05] = 600 * rng.choice([10, 20, 30, 60])
    time_ds[rng.random(time_ds.shape) < 0.05] = NEVER
    return time_ds, rng.uniform(0.1, 50, cells), rng.integers(1, 90, supplies).astype(np.float64)


def ask_access(case, time_ds, personen, kapazitaet):
    verfahren, decay, weight = CASES[case]
    supply, cell = np.nonzero(time_ds != NEVER)
    stages = fca.three_stage_fca if verfahren is Verfahren.DREI_SFCA else fca.two_stage_fca
    found = stages(
        pd.DataFrame({"people": personen}),
        pd.DataFrame({"places": kapazitaet}),
        pd.DataFrame({"cell": cell, "supply": supply, "minutes": time_ds[supply, cell] / 600}),
        decay.max_minuten,
        demand_index=True,
        demand_name="people",
        supply_index=True,
        supply_name="places",
        cost_origin="cell",
        cost_dest="supply",
        cost_name="minutes",
        weight_fn=weight,
    )
    return found.reindex(np.arange(len(personen))).fillna(0.0).to_numpy()


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pandas 3.1 of a last line in access 1.1.10
@pytest.mark.parametrize("case", CASES)
def test_pysal_finds_the_same(case):
    verfahren, decay, _ = CASES[case]
    for seed in range(examples(5)):
        time_ds, personen, kapazitaet = draw_region(seed)
        ours = share_supply(verfahren, to_pairs(time_ds, decay), personen, kapazitaet).je_person
        theirs = ask_access(case, time_ds, personen, kapazitaet)
        assert ours == pytest.approx(theirs, rel=1e-9), f"seed {seed}"
        assert ours.any()
