"""Files of a network: any damage is refused with its reason and what to do; nothing is read from half a build."""

import json
import mmap
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from routing.drawn import drawn

from infrastruktur import __version__
from infrastruktur.domain.errors import NetworkRefused
from infrastruktur.routing import network as store
from infrastruktur.routing.build import build_network
from infrastruktur.routing.network import describe_network, load_network, verify_network
from infrastruktur.routing.profiles import Modus

WALK = Modus.ZU_FUSS


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return drawn(
        "A--B--C\n|     |\n|  K.L|\n|  N.M|\nD-----E", tmp_path_factory.mktemp("built"),
        nodes={"K": {"entrance": "yes"}}, houses={"KLMN": {"building": "yes"}},
    )  # fmt: skip


@pytest.fixture
def folder(built, tmp_path):
    """A copy to be damaged."""
    return shutil.copytree(built.folder, tmp_path / "network")


def files_of(folder):
    generation = folder / (folder / "current").read_text().strip()
    return sorted(path for part in (WALK, "doors") for path in (generation / part).rglob("*.npy"))


def test_what_was_built_is_loaded_and_described(built):
    assert describe_network(built.folder) == built.report
    for modus in Modus:
        network = load_network(built.folder, modus)
        assert network.generation == built.report.generation
        assert network.modus is modus
        assert len(network.head) == len(network.weight_ds) == len(network.arc_edge) == len(network.arc_forward)


def test_arrays_are_mapped_and_cannot_be_written(built):
    network = load_network(built.folder, WALK)
    with pytest.raises(ValueError, match="read-only"):
        network.weight_ds[0] = 1
    base = network.geom_xy
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, mmap.mmap)


def test_the_reverse_graph_holds_every_arc_turned_round(built):
    network = load_network(built.folder, WALK)

    def arcs(graph):
        indptr, head, weight = graph
        return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), head, weight

    tail, head, weight = arcs(network.graph)
    back_head, back_tail, back_weight = arcs(network.reverse_graph)
    assert sorted(zip(tail, head, weight, strict=True)) == sorted(zip(back_tail, back_head, back_weight, strict=True))


def test_no_network_says_what_to_do(tmp_path):
    with pytest.raises(NetworkRefused, match="infrastruktur network build"):
        load_network(tmp_path, WALK)


def test_every_file_is_needed(folder):
    for path in files_of(folder):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(NetworkRefused, match=rf"fehlt die Datei {path.name}.*network build"):
            load_network(folder, WALK)
        path.write_bytes(content)
    load_network(folder, WALK)


def test_every_file_is_refused_truncated_or_with_a_flipped_bit(folder):
    for path in files_of(folder):
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(NetworkRefused, match="statt"):
            load_network(folder, WALK)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(NetworkRefused, match="verändert"):
            load_network(folder, WALK)
        path.write_bytes(content)
    load_network(folder, WALK)


def test_every_byte_of_a_file_counts(folder):
    path = next(path for path in files_of(folder) if path.name == "edge_of_data.npy")
    content = path.read_bytes()
    for at in range(len(content)):
        for flip in (1, 0x80, 0xFF):
            path.write_bytes(content[:at] + bytes([content[at] ^ flip]) + content[at + 1 :])
            with pytest.raises(NetworkRefused, match="verändert"):
                load_network(folder, WALK)


def test_the_whole_is_verified_by_a_longer_sum(folder):
    assert verify_network(folder) == describe_network(folder)
    path = files_of(folder)[0]
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(NetworkRefused, match="verändert"):
        verify_network(folder)
    path.unlink()
    with pytest.raises(NetworkRefused, match="fehlt"):
        verify_network(folder)


def test_a_reader_keeps_its_generation_while_others_are_published(tmp_path):
    """Another process reads on from the first network after two newer ones were published and its files are gone."""
    city = drawn("A--B--C\n|     |\nD-----E", tmp_path, boundary=False)
    code = """import sys, pathlib
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
network = load_network(pathlib.Path(sys.argv[1]), Modus.ZU_FUSS)
print(network.generation, flush=True)
sys.stdin.readline()
print(round(float(network.edge_length_m.sum())), int(network.weight_ds.sum()))
print(load_network(pathlib.Path(sys.argv[1]), Modus.ZU_FUSS).generation)"""
    before = load_network(city.folder, WALK)
    expected = f"{round(float(before.edge_length_m.sum()))} {int(before.weight_ds.sum())}"
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(city.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert reader.stdout.readline().strip() == city.report.generation
    for number, text in enumerate(("A----B", "A-----B")):
        (tmp_path / str(number)).mkdir()
        latest = build_network(drawn(text, tmp_path / str(number), boundary=False).pbf, city.folder)
    assert not (city.folder / city.report.generation).exists()
    told, _ = reader.communicate("go on\n", timeout=60)
    assert told.split("\n")[:2] == [expected, latest.generation]


def test_three_modes_are_opened_and_checked_fast(aachen):
    """A twentieth of the region takes a twentieth of its 50 ms, besides the 12 ms that opening a hundred files does."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        for modus in Modus:
            load_network(aachen, modus)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.05


def manifest_of(folder):
    return folder / (folder / "current").read_text().strip() / "manifest.json"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "something-else"}, "anderes Format"),
        ({"version": 99}, "anderes Format"),
        ({"files": {}}, "passt nicht"),
        ({"crs": "EPSG:25833"}, "passt nicht"),
        ({"report": 3}, "beschädigt"),
    ],
)
def test_another_manifest_is_refused(folder, change, reason):
    path = manifest_of(folder)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(NetworkRefused, match=rf"{reason}.*network build"):
        load_network(folder, WALK)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_broken_manifest_is_refused(folder, content):
    manifest_of(folder).write_bytes(content)
    with pytest.raises(NetworkRefused, match="network build"):
        describe_network(folder)


@pytest.mark.parametrize("content", [b"", b"nowhere", b"../..", b"\xff", b"a\x00b"])
def test_a_pointer_to_nothing_is_refused(folder, content):
    (folder / "current").write_bytes(content)
    with pytest.raises(NetworkRefused, match="network build"):
        load_network(folder, WALK)


def test_a_damaged_generation_is_healed_by_building_again(tmp_path):
    city = drawn("A--B", tmp_path, boundary=False)
    files_of(city.folder)[0].write_bytes(b"rubbish")
    report = build_network(city.pbf, city.folder)
    assert report == city.report
    assert load_network(city.folder, WALK).generation == report.generation


def test_the_manifest_holds_no_time_and_names_itself(built):
    manifest = msgspec.json.decode(manifest_of(built.folder).read_bytes(), type=store.Manifest)
    assert store.name_generation(manifest) == built.report.generation
    assert manifest.report.source == "drawn.osm.pbf"
    assert manifest.report.builder == __version__
    assert len(manifest.report.source_sha256) == len(manifest.report.profile_sha256) == 64
    assert {key.rpartition("/")[0] for key in manifest.files} == {
        "doors", *(f"{modus}/{part}" for modus in Modus for part in ("topology", "weights"))
    }  # fmt: skip
