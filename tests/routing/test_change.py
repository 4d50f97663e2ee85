"""A kept field of the nearest, changed place by place: always what a search from nothing finds."""

import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from routing.drawn import drawn
from routing.random_networks import pick, random_network, random_points

from infrastruktur.routing.change import (
    NearestField,
    add_source,
    build_nearest,
    changed_targets,
    move_source,
    remove_source,
)
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import nearest_times
from infrastruktur.routing.snap import snap

RUNS = int(os.environ.get("INFRASTRUKTUR_TEST_RUNS", "300"))
BLOCKS = 10


def assert_found_from_nothing(field: NearestField, run: object) -> None:
    time, owner = nearest_times(
        field.network, field.sources, field.targets, limit_ds=field.limit_ds, reverse=field.reverse
    )
    assert field.time_ds.tolist() == time.tolist(), f"run {run}"
    assert field.owner.tolist() == owner.tolist(), f"run {run}"
    fresh = build_nearest(field.network, field.sources, field.targets, limit_ds=field.limit_ds, reverse=field.reverse)
    assert field.node_key.tobytes() == fresh.node_key.tobytes(), f"run {run}"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_any_row_of_changes_gives_what_a_search_from_nothing_finds(block):
    for run in range(block, RUNS, BLOCKS):
        rng = np.random.default_rng(70_000 + run)
        network = random_network(rng, list(Modus)[run % 3])
        points = snap(network, random_points(rng, network, 20))
        field = build_nearest(
            network,
            pick(points, slice(0, 4)),
            pick(points, slice(10, 20)),
            limit_ds=int(rng.integers(0, 8_000)),
            reverse=bool(rng.integers(2)),
        )
        assert_found_from_nothing(field, run)
        for _ in range(6):
            place = int(rng.integers(0, 20))
            point = pick(points, slice(place, place + 1))
            number = int(rng.integers(0, len(field.sources)))
            change = rng.integers(3)
            before = field
            if change == 0:
                field = add_source(field, point)
                assert (nearer(field.time_ds) <= nearer(before.time_ds)).all()
            elif change == 1:
                field = remove_source(field, number)
                assert (nearer(field.time_ds) >= nearer(before.time_ds)).all()
            else:
                field = move_source(field, number, point)
            assert_found_from_nothing(field, run)
            differs = [one != other for one, other in zip(pairs(before), pairs(field), strict=True)]
            assert changed_targets(before, field).tolist() == np.flatnonzero(differs).tolist()


def nearer(time_ds: np.ndarray) -> np.ndarray:
    return np.where(time_ds < 0, np.iinfo(np.int32).max, time_ds)


def pairs(field: NearestField) -> list[tuple[int, int]]:
    return list(zip(field.time_ds.tolist(), field.owner.tolist(), strict=True))


def test_moving_a_source_to_its_own_place_and_adding_what_is_removed_give_identical_bytes(tmp_path):
    city = drawn("A--B--C--D\n|     |\nE-----F", tmp_path)
    network = city.network(Modus.ZU_FUSS)
    sources, targets = snap(network, city.xy("AD")), snap(network, city.xy("ABCDEF"))
    field = build_nearest(network, sources, targets, limit_ds=9_000)
    for number in (0, 1):
        same = move_source(field, number, pick(sources, slice(number, number + 1)))
        back = move_source(remove_source(field, number), number, pick(sources, slice(number, number + 1)))
        for other in (same, back):
            assert other.node_key.tobytes() == field.node_key.tobytes()
            assert other.target_key.tobytes() == field.target_key.tobytes()
            assert not len(changed_targets(field, other))


def test_a_new_place_takes_what_lies_nearer_to_it(tmp_path):
    """A and D are 900 m apart; a third in C takes C and its side of B, and equals stay with the lower number."""
    city = drawn("A--B--C--D", tmp_path)
    network = city.network(Modus.ZU_FUSS)
    field = build_nearest(network, snap(network, city.xy("AD")), snap(network, city.xy("ABCD")), limit_ds=9_000)
    assert pairs(field) == [(0, 0), (3_000, 0), (3_000, 1), (0, 1)]
    more = add_source(field, snap(network, city.xy("C")))
    assert pairs(more) == [(0, 0), (3_000, 0), (0, 2), (0, 1)]
    assert changed_targets(field, more).tolist() == [2]
    less = remove_source(more, 0)
    assert pairs(less) == [(6_000, 2), (3_000, 2), (0, 2), (0, 1)]
    assert pairs(field) == [(0, 0), (3_000, 0), (3_000, 1), (0, 1)]


@pytest.mark.parametrize("number", [-1, 2])
def test_a_source_that_is_not_there_cannot_be_removed_or_moved(number, tmp_path):
    network = drawn("A--B", tmp_path).network(Modus.ZU_FUSS)
    points = snap(network, network.node_xy[:2])
    field = build_nearest(network, points, points, limit_ds=100)
    with pytest.raises(IndexError, match="no source"):
        remove_source(field, number)
    with pytest.raises(IndexError, match="no source"):
        move_source(field, number, pick(points, slice(0, 1)))


def test_a_limit_beyond_a_day_is_refused(tmp_path):
    network = drawn("A--B", tmp_path).network(Modus.ZU_FUSS)
    points = snap(network, network.node_xy[:2])
    with pytest.raises(ValueError, match="limit_ds"):
        build_nearest(network, points, points, limit_ds=864_001)
    with pytest.raises(ValueError, match="limit_ds"):
        nearest_of_kinds(network, [points], points, limit_ds=-1)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_nearest_of_many_kinds_is_that_of_each(block):
    for run in range(block, RUNS // 2, BLOCKS):
        rng = np.random.default_rng(80_000 + run)
        network = random_network(rng, list(Modus)[run % 3])
        points = snap(network, random_points(rng, network, 24))
        cuts = np.sort(rng.integers(0, 13, int(rng.integers(0, 12))))
        kinds = [pick(points, slice(a, b)) for a, b in pairwise(cuts)]
        targets = pick(points, slice(8, 24))
        limit, reverse = int(rng.choice([0, 4_000, 20_000, 864_000])), bool(rng.integers(2))
        times, owners = nearest_of_kinds(network, kinds, targets, limit_ds=limit, reverse=reverse)
        assert times.shape == owners.shape == (len(kinds), len(targets))
        for kind, time, owner in zip(kinds, times, owners, strict=True):
            expected = nearest_times(network, kind, targets, limit_ds=limit, reverse=reverse)
            assert (time.tolist(), owner.tolist()) == tuple(part.tolist() for part in expected), f"run {run}"


def test_a_field_is_of_its_network():
    """Closing a street gives another network, and a field built on it differs; the first is untouched."""
    rng = np.random.default_rng(21)
    network = random_network(rng, Modus.ZU_FUSS)
    points = snap(network, random_points(rng, network, 12))
    field = build_nearest(network, pick(points, slice(0, 3)), points, limit_ds=20_000)
    closed = replace(network, weight_ds=np.full_like(network.weight_ds, 2**30))
    other = build_nearest(closed, pick(points, slice(0, 3)), points, limit_ds=20_000)
    assert (nearer(other.time_ds) >= nearer(field.time_ds)).all()
    assert len(changed_targets(field, other)) > 0
