"""What the comparison of planning stands on: the same ways for all, formulas that are ours, no difference hidden."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bench.measure import Contestant
from bench.planning import inputs
from bench.planning.questions import SITES, ZONES, Ways, load_ways, save_ways
from bench.planning.run import ALONE, OURS, WORKS, AnswersDiffer, agree

from infrastruktur.planning.decay import ZONEN_10_20_30

TESTS = Path(__file__).parents[1]
WAYS = Ways(
    indptr=np.array([0, 2, 3]),
    demand=np.array([0, 1, 1], dtype=np.int32),
    time_ds=np.array([3_000, 9_000, 15_000], dtype=np.int32),
    personen=np.array([10.0, 20.0, 30.0]),
    kapazitaet=np.array([10.0, 20.0]),
)
"""The first place at 5 minutes from 10 people and at 15 from 20, the second at 25 from the 20; 30 reach nothing."""


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Contestant]:
    for name in ("dauerpflege", "stadt", "ort", "region"):
        save_ways(tmp_path, name, WAYS)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    contestant = Contestant(OURS, Path(sys.executable), tmp_path)
    yield contestant
    contestant.close()


def answer(ours: Contestant, work: str, folder: Path) -> list[float]:
    question = next(asked for _, asked in (*WORKS.values(), ("", ALONE)) if asked.task == work)
    kept = folder / "answer.npy"
    ours.ask(type(question)(**{**vars(question), "keep": str(kept)}))
    found: list[float] = np.load(kept)[0].tolist()
    return found


def test_what_is_compared_is_what_the_formulas_say(ours: Contestant, tmp_path: Path) -> None:
    first, second = 10 / (10 + 0.68 * 20), 20 / (0.22 * 20)
    assert answer(ours, "e2sfca", tmp_path) == pytest.approx([first, 0.68 * first + 0.22 * second, 0.0])
    assert answer(ours, "2sfca", tmp_path) == pytest.approx([10 / 30, 10 / 30 + 20 / 20, 0.0])
    assert answer(ours, "mclp", tmp_path) == [30.0]
    assert answer(ours, "mclp region", tmp_path) == [30.0]
    assert answer(ours, "p-median", tmp_path) == pytest.approx([10 * 5 + 20 * 15 + 30 * 30])


def test_rows_and_matrix_are_the_same_ways(tmp_path: Path) -> None:
    save_ways(tmp_path, "drawn", WAYS)
    assert load_ways(tmp_path, "drawn").matrix(60.0).tolist() == [[5.0, 60.0], [15.0, 25.0], [60.0, 60.0]]
    assert WAYS.place.tolist() == [0, 0, 1]


def test_peers_weigh_as_ours_do() -> None:
    assert tuple(ZONES) == ZONEN_10_20_30.bis_minuten
    assert tuple(ZONES.values()) == ZONEN_10_20_30.gewichte
    assert SITES > 0


@pytest.mark.parametrize(
    ("own", "other", "difference"),
    [([1.0, 0.0], [1.0, 0.0], 0.0), ([1.0, 0.0], [1.0 + 1e-12, 0.0], 1e-12), ([], [], 0.0)],
)
def test_answers_agree_up_to_a_relative_difference(own: list[float], other: list[float], difference: float) -> None:
    assert agree("e2sfca", np.array(own), np.array(other), 1e-9) == pytest.approx(difference, rel=1e-3)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ([1.0], [1.0 + 1e-8]),
        ([0.0], [1e-12]),
        ([1.0], [np.nan]),
        ([np.nan], [np.nan]),
        ([1.0, 2.0], [1.0]),
    ],
)
def test_answers_that_differ_end_the_run(own: list[float], other: list[float]) -> None:
    with pytest.raises(AnswersDiffer):
        agree("e2sfca", np.array(own), np.array(other), 1e-9)


def test_the_large_region_has_as_many_cells_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around one cell there are four, around those eight; nobody lives twice in one."""
    monkeypatch.setattr(inputs, "CELLS", 10)
    path = tmp_path / "cells.csv"
    path.write_text("GITTER_ID_100m;x;y;Einwohner;Zeichen\nCRS3035RES100mN3000000E4000000;4000050;3000050;31;\n")
    inputs._fill_cells(path)
    cells = [row.split(";") for row in path.read_text().splitlines()[1:]]
    assert len({(east, north) for _, east, north, *_ in cells}) == 10
    assert {people for *_, people, _ in cells} == {"31", "4"}
