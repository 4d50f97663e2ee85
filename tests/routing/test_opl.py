"""What libosmium writes as text is what the file says: every character, every position to the bit, at any length."""

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import osmium
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm import mutable
from routing.drawn import drawn, parse_map, write_pbf

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing import opl
from infrastruktur.routing.osm import read_streets

text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"], max_codepoint=opl.LAST_CHARACTER), max_size=12
)
tags = st.dictionaries(text.filter(bool), text, max_size=5)
units = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
"""Longitude and latitude in 1e-7 degrees."""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write nodes, a way and a relation as a PBF and give its lines as fields."""
    folder, number = tmp_path_factory.mktemp("opl"), count()

    def write(nodes=(), way=None, relation=None) -> list[list[str]]:
        pbf, lines = folder / f"{next(number)}.osm.pbf", folder / f"{next(number)}.opl"
        with osmium.SimpleWriter(str(pbf)) as writer:
            for node in nodes:
                writer.add_node(node)
            if way is not None:
                writer.add_way(way)
            if relation is not None:
                writer.add_relation(relation)
        opl.write_opl(pbf, lines)
        return [line.split() for piece in opl.read_lines(lines) for line in piece]

    return write


@settings(max_examples=examples(60))
@given(tags)
def test_tags_keep_every_character(written, said):
    ((_, field, _),) = written(way=mutable.Way(id=1, nodes=[1], tags=said, version=1))
    assert opl.parse_tags(field) == said


def test_tags_are_read_by_their_keys_and_no_others():
    field = "Tabandoned:highway=path,highway=steps,name=Am%20%Hang%2c%%20%3%25%"
    assert opl.parse_tags(field, frozenset({"highway", "name"})) == {"highway": "steps", "name": "Am Hang, 3%"}
    assert opl.parse_tags("T") == {}


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.sampled_from("nwr"), st.integers(1, 2**40), text), max_size=5))
def test_members_keep_their_kind_number_and_role(written, members):
    relation = mutable.Relation(id=1, members=members, tags={"type": "multipolygon"}, version=1)
    ((_, _, field),) = written(relation=relation)
    assert opl.parse_members(field) == members


@settings(max_examples=examples(60))
@given(st.lists(units, min_size=1, max_size=8), st.integers(1, 2**40))
def test_positions_are_those_of_the_file_to_the_bit_and_nan_where_it_lacks_the_node(written, places, first):
    """The node after the last is missing; libosmium holds positions as integers of 1e-7 degrees."""
    nodes = [
        mutable.Node(id=first + at, location=osmium.osm.Location(x * 1e-7, y * 1e-7), version=1)
        for at, (x, y) in enumerate(places)
    ]
    refs = [first + at for at in range(len(places) + 1)]
    ((_, _, field),) = written(nodes, mutable.Way(id=1, nodes=refs, version=1))
    node_id, lonlat = opl.parse_refs(field[1:])
    assert node_id.tolist() == refs
    assert (lonlat[:-1] == np.array(places) * 1e-7).all()
    assert np.isnan(lonlat[-1]).all()


def test_a_position_that_is_none_on_earth_is_missing():
    assert np.isnan(opl.parse_refs("n1x6.1y90.1,n2x180.1y50.7")[1]).all()
    assert np.isfinite(opl.parse_refs("n1x-180y90,n2x180y-90")[1]).all()
    assert [part.shape for part in opl.parse_refs(",")] == [(0,), (0, 2)]


def test_nodes_that_say_nothing_of_passing_or_entering_are_left_out(written):
    nodes = [mutable.Node(id=1, location=(6.1, 50.7), tags={"shop": "bakery"}, version=1)]
    nodes.append(mutable.Node(id=2, location=(6.1, 50.7), tags={"barrier": "gate"}, version=1))
    assert written(nodes) == [["n2", "Tbarrier=gate", "x6.1", "y50.7"]]


def test_the_length_of_pieces_makes_no_difference(tmp_path, monkeypatch):
    text = "A--B--C\n|  |  |\nD--E--F"
    places, ways = parse_map(text, 100)
    tagged = {name: {"highway": "residential", "name": name} for name in ways}
    pbf = write_pbf(tmp_path / "a.osm.pbf", places, tagged)
    whole = read_streets(pbf, lambda _step, _share: None)
    monkeypatch.setattr(opl, "_PIECE_BYTES", 1)
    pieces = read_streets(pbf, lambda _step, _share: None)
    for name in ("way_id", "way_tags", "ref_indptr", "ref", "node_id", "lonlat"):
        assert (getattr(whole, name) == getattr(pieces, name)).all(), name
    assert whole.tags == pieces.tags == [{"highway": "residential"}]


def test_what_is_no_longer_or_not_yet_a_street_is_none(tmp_path):
    ways = {"AB": {"highway": "path"}, "BC": {"disused:highway": "path"}, "CD": {"route": "bus"}}
    report = drawn("A--B--C--D", tmp_path, ways=ways | {"DE": {"route": "ferry"}}).report
    assert report.ways == 2


def test_a_full_disk_is_told_before_libosmium_meets_it(tmp_path, monkeypatch):
    pbf = write_pbf(tmp_path / "a.osm.pbf", {"A": (300000.0, 5630000.0)}, {})
    free = opl.LONGEST * pbf.stat().st_size - 1
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(SourceRefused, match=r"^a.osm.pbf: Zum Lesen fehlt Platz.*TMPDIR"):
        read_streets(pbf, lambda _step, _share: None)


def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    pbf: Path = tmp_path / "bad.osm.pbf"
    pbf.write_bytes(b"\x00" * 5000)
    with pytest.raises(SourceRefused, match="kein lesbarer"):
        read_streets(pbf, lambda _step, _share: None)
    assert list((tmp_path / "temporary").iterdir()) == []
