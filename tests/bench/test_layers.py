"""What the comparison of layers stands on: the same rows for all, all of the work counted, no difference hidden."""

import subprocess
import sys
import time

import numpy as np
import psycopg
import pytest
from bench.layers.asking import Cost, cpu_s
from bench.layers.catalogue import PEERS_SCHEMA, PEERS_TABLE, fill, multiply, write_peers_table
from bench.layers.contest import Entrant, Outcome, compare, raising, stay
from bench.layers.large import _scans
from bench.layers.questions import ZOOM, differ, draw_questions, within
from bench.layers.servers import OURS, Addresses, Server, find_missing

from infrastruktur.domain.crs import CRS84, to_crs
from infrastruktur.domain.query import Excerpt, LayerQuery
from infrastruktur.domain.tile import Tile, box_25832
from infrastruktur.storage.engine import open_store
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.read_layer import read_page

ANGEBOTE = 60


@pytest.mark.parametrize("store_settings", ["postgis"], indirect=True)
def test_peers_read_exactly_the_rows_that_our_layer_shows_in_its_order(store_settings):
    fill(store_settings, ANGEBOTE)
    store = open_store(store_settings).of_installation()
    write_peers_table(store)
    store.close()
    context = open_context(store_settings)
    ours = read_page(context, LayerQuery(collection="angebote"), Excerpt(ANGEBOTE)).features
    context.close()
    query = f"SELECT id, name, einheit, ST_X(geom), ST_Y(geom) FROM {PEERS_SCHEMA}.{PEERS_TABLE} ORDER BY nr"  # noqa: S608
    with psycopg.connect(store_settings.database_url) as asking:
        theirs = asking.execute(query).fetchall()
    shown = zip(ours.id, ours.columns["name"], ours.columns["einheit"], *ours.geom_25832.T.tolist(), strict=True)
    assert theirs == list(shown)
    assert 0 < len(theirs) <= ANGEBOTE


@pytest.mark.parametrize("store_settings", ["postgis"], indirect=True)
def test_the_large_catalogue_holds_every_angebot_so_many_times(store_settings):
    fill(store_settings, ANGEBOTE)
    store = open_store(store_settings).of_installation()
    context = open_context(store_settings)
    before = read_page(context, LayerQuery(collection="angebote"), Excerpt(1)).matched
    multiply(store, 4)
    with raising(store_settings) as (befores, _):
        befores[0]()
    after = read_page(context, LayerQuery(collection="angebote"), Excerpt(10 * ANGEBOTE))
    assert after.matched == len(set(after.features.id)) == 4 * before
    assert len(np.unique(after.features.geom_25832, axis=0)) > 3 * before
    assert _scans(store_settings, "SELECT count(*) FROM fassung WHERE name = %(name)s", {"name": "x"})
    assert not _scans(store_settings, "SELECT %(nothing)s::int", {"nothing": 1})
    context.close()
    store.close()


def test_raising_the_counter_makes_the_next_answer_a_cold_one(store_settings):
    fill(store_settings, 3)
    context = open_context(store_settings)
    with raising(store_settings) as (befores, _):
        seen = [context.revision()]
        for before in befores:
            before()
            seen.append(context.revision())
    assert len(set(seen)) == len(befores) + 1
    context.close()


def test_work_of_descendants_that_have_ended_is_counted_and_waiting_is_not():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    script = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\nprint('done', flush=True)\ninput()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"done\n"
        spent_s = cpu_s([parent.pid])
        time.sleep(0.05)
        assert cpu_s([parent.pid]) == pytest.approx(spent_s, abs=0.02)
        assert cpu_s([parent.pid], without=[parent.pid]) == 0.0
        parent.communicate(b"\n")
    assert 0.3 <= spent_s < 3.0


def test_answers_differ_by_what_only_one_shows_and_by_where_things_are():
    own = {"a": (6.0, 50.0), "b": (6.1, 50.0), "c": (6.2, 50.0), "d": (6.3, 50.0)}
    assert differ(own, dict(own)) == 0.0
    assert differ(own, {name: own[name] for name in "abc"}) == 0.25
    assert differ(own, own | {"a": (6.0, 50.000005)}) == pytest.approx(1e-7)
    assert differ({}, {}) == 0.0
    assert differ({}, {"a": (6.0, 50.0)}) == 1.0


def test_only_what_lies_in_a_box_is_compared():
    shown = {"in": (6.1, 50.7), "edge": (6.0, 50.6), "out": (6.1, 50.81)}
    assert within(shown, (6.0, 50.6, 6.2, 50.8)).keys() == {"in", "edge"}


def test_tiles_are_those_on_which_the_boxes_lie():
    questions = draw_questions([{"nr": "1", "id": "a"}])
    tiles = [Tile(zoom=ZOOM, row=row, column=column) for row, column in questions.tiles]
    west, south, east, north = np.array(questions.boxes).T
    middles = np.stack([(west + east) / 2, (south + north) / 2], axis=1)

    def holds(tile):
        xmin, ymin, xmax, ymax = box_25832(tile)
        corners = to_crs(np.array([(xmin, ymin), (xmax, ymin), (xmin, ymax), (xmax, ymax)]), CRS84)
        return ((middles > corners.min(axis=0)) & (middles < corners.max(axis=0))).all(axis=1).any()

    assert tiles
    assert all(map(holds, tiles))


def test_ratios_above_one_say_that_ours_is_ahead_in_time_and_in_number():
    server = Server("", 0, (), Addresses("", {}, ""))
    ours, peer = Entrant(server, "cold", [stay], ()), Entrant(server, "", [stay], (), peer="tipg")
    shown = {"items 100": [{"a": (6.0, 50.0)}]}
    own, theirs = Outcome(shown=shown), Outcome(shown=shown)
    own.costs["items 100"] += [Cost(1.0, 200.0, 5.0), Cost(4.0, 100.0, 5.0)]
    theirs.costs["items 100"] += [Cost(10.0, 50.0, 20.0), Cost(20.0, 50.0, 20.0)]
    rows = {row.quantity: row for row in compare([ours, peer], {"ours cold": own, "tipg": theirs})}
    assert {name: row.ratio for name, row in rows.items()} == {"cpu_ms": 7.5, "rps": 3.0, "p99_ms": 4.0}
    assert rows["cpu_ms"].largest_difference == 0.0


def test_who_is_not_installed_is_named_with_what_it_needs(tmp_path):
    python = tmp_path / "bin" / "python"
    assert find_missing("tipg", python) == "pip install tipg"
    (tmp_path / "lib" / "python3.12" / "site-packages" / "tipg").mkdir(parents=True)
    assert find_missing("tipg", python) is None


def test_addresses_are_written_as_each_server_wants_them():
    assert OURS.page(100) == "/collections/angebote/items?limit=100"
    assert OURS.one({"nr": "7", "id": "a"}) == "/collections/angebote/items/a"
    assert OURS.tile_at(12, 1373, 2117) == "/collections/angebote/tiles/WebMercatorQuad/12/1373/2117"
    other = Addresses("/items", {"f": "json"}, "$nr")
    assert other.one({"nr": "7", "id": "a"}) == "/items/7?f=json"
    assert other.filtered("art = 'x'") is None
