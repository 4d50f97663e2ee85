"""Files of a layer: of one state of the catalogue, seen by nobody else, and gone when they are read."""

import csv
import io
import stat
import tempfile
from datetime import date

import msgspec
import pytest
from usecases.strassendorf import STICHTAG, angebot, seen_by, state, village

from infrastruktur.domain.crs import CRS84, STORED
from infrastruktur.domain.query import LayerQuery
from infrastruktur.settings import Audience
from infrastruktur.storage.quellen import Quelle, put_quelle
from infrastruktur.usecases import export_layer as export
from infrastruktur.usecases.export_layer import Form, describe_state, export_layer, name_state

TREFFS = tuple(angebot(f"Treff {number}", "quartier.seniorentreff", 100.0 * number) for number in range(7))
ALL = LayerQuery(collection="angebote")


def read_names(file):
    with file:
        return sorted(row["name"] for row in csv.DictReader(io.StringIO(file.read().decode(), newline="")))


def test_a_file_is_of_one_state_however_long_its_writing_takes(store_settings, monkeypatch):
    monkeypatch.setattr("infrastruktur.usecases.read_layer._BATCH", 2)
    with village(store_settings, TREFFS) as context:

        def write_while_others_do(collection, batches, crs, path):
            def disturbed():
                for number, batch in enumerate(batches):
                    yield batch
                    state(context, msgspec.structs.replace(TREFFS[6 - number], name="Umbenannt"))

            export.CSV.write(collection, disturbed(), crs, path)

        file = export_layer(context, ALL, Form("csv", write_while_others_do), CRS84)
        assert read_names(file) == [f"Treff {number}" for number in range(7)]
        assert read_names(export_layer(context, ALL, export.CSV, CRS84)).count("Umbenannt") == 4


def test_what_is_written_is_private_and_has_no_name_when_it_is_given(store_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def look(collection, batches, crs, path):
        export.CSV.write(collection, batches, crs, path)
        seen.append((path, stat.S_IMODE(path.parent.stat().st_mode)))

    with village(store_settings, TREFFS) as context, export_layer(context, ALL, Form("csv", look), CRS84) as file:
        ((path, mode),) = seen
        assert (mode, path.parent.parent, path.exists()) == (0o700, tmp_path, False)
        assert not any(each.name.startswith("infrastruktur-") for each in tmp_path.iterdir() if each.is_dir())
        assert b"Treff 6" in file.read()


def test_a_writer_that_fails_leaves_no_file_and_no_open_transaction(store_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("infrastruktur.usecases.read_layer._BATCH", 2)

    def fail(_collection, batches, _crs, path):
        path.write_bytes(b"half")
        next(batches)
        raise OSError("disk full")

    with village(store_settings, TREFFS) as context:
        with pytest.raises(OSError, match="disk full") as caught:
            export_layer(context, ALL, Form("csv", fail), CRS84)
        assert context.store._engine.pool.checkedout() == 0, caught  # while the error still holds its frames
        assert not any(each.name.startswith("infrastruktur-") for each in tmp_path.iterdir())


def test_a_layer_describes_itself_as_of_what_was_asked(store_settings):
    source = Quelle(
        schluessel="liste", titel="Heimliste", herausgeber="Kreis", lizenz="dl-de/by-2-0", namensnennung="© Kreis 2025"
    )
    with village(store_settings, TREFFS) as context:
        with context.store.of_installation().write() as connection:
            put_quelle(connection, source, akteur="test", grund="gezeichnet")
        day = date(2024, 5, 6)
        asked = LayerQuery(collection="angebote", stichtag=day, properties=("plz", "name"))
        described = describe_state(context, asked)
        assert [each.name for each in described.properties] == ["name", "plz"]
        assert described.stichtag == day
        assert described.quellen == ("Heimliste (© Kreis 2025; dl-de/by-2-0)",)
        assert describe_state(context, ALL).stichtag == date.today()  # noqa: DTZ011
        assert describe_state(context, LayerQuery(collection="luecken")).stichtag == STICHTAG
        assert describe_state(context, LayerQuery(collection="vq_dp80_kommune")).stichtag == STICHTAG


def test_the_state_changes_with_the_catalogue_and_with_who_asks(store_settings):
    with village(store_settings, TREFFS) as context:
        before = name_state(context, "angebote")
        assert name_state(context, "angebote") == before
        assert name_state(seen_by(context, Audience.PUBLIC), "angebote") != before
        state(context, msgspec.structs.replace(TREFFS[0], name="Umbenannt"))
        assert name_state(context, "angebote") != before


def test_the_public_gets_no_file_with_what_is_confidential(store_settings):
    hidden = angebot("Frauenhaus", "beratung.gewaltschutz", 400.0, vertraulich=True)
    with village(store_settings, (*TREFFS, hidden)) as context:
        public = seen_by(context, Audience.PUBLIC)
        for form in (export.GEOPACKAGE, export.FLATGEOBUF, export.CSV, export.GERMAN_CSV):
            with export_layer(public, ALL, form, STORED) as file:
                assert b"Frauenhaus" not in file.read()
            with export_layer(context, ALL, form, STORED) as file:
                assert b"Frauenhaus" in file.read()
