"""CSV is read right or refused with its line, never shifted."""

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.recipes import write

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.readers.csv import read_csv
from infrastruktur.intake.recipe import Dialekt
from infrastruktur.intake.record import Record, Refusal


def read(path: Path, dialekt: Dialekt | None = None, needed: tuple[str, ...] = ("A", "B")) -> list[Record | Refusal]:
    return list(read_csv(path, dialekt or Dialekt(), needed))


@pytest.mark.parametrize(
    "data",
    [
        "A;B\nä;2\n".encode(),
        "\ufeffA;B\r\nä;2\r\n".encode(),
        "A;B\nä;2\n".encode("cp1252"),
        "sep=;\nA;B\nä;2".encode(),
        '"A";"B"\n\n;\n"ä";"2"\n'.encode(),
    ],
    ids=["utf-8", "bom-crlf", "cp1252", "sep", "quoted-blank-lines"],
)
def test_f06_dialects(tmp_path: Path, data: bytes) -> None:
    (record,) = read(write(tmp_path, data))
    assert isinstance(record, Record)
    assert record.werte == {"A": "ä", "B": "2"}


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    rows = read(write(tmp_path, 'sep=;\nA;B\n"zwei\nZeilen";1\nzu;viele;Felder\n3;4\n'))
    assert [row.zeile for row in rows] == [4, 5, 6]
    assert rows[1] == Refusal(5, "Die Zeile hat 3 statt 2 Felder: die Spalten sind verschoben.")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Die Datei ist leer."),
        (b"A,B\n1,2\n", "Das Trennzeichen ist nicht „;“, es sieht aus wie „,“."),
        (b"A;C\n1;2\n", "Es fehlen die Spalten: B. Gefunden wurden: A, C."),
        (b"A;B;B\n1;2;3\n", "Die Spalten kommen mehrfach vor: B."),
        (b"<html><body>Fehler 500</body></html>", "Es fehlen die Spalten: A, B."),
        (b'A;B\n1;"offen\n', "a.csv, Zeile 2: Die Zeile ist kein gültiges CSV"),
        (";".join(f"S{i}" for i in range(10_000)).encode(), "Die Kopfzeile hat 10000 Spalten"),
    ],
)
def test_f06_broken_file_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        read(write(tmp_path, data))
    assert sentence in str(refused.value)


def test_wrong_declared_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="nicht in utf-8 geschrieben"):
        read(write(tmp_path, "A;B\nä;2\n".encode("cp1252")), Dialekt(kodierung="utf-8"))


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="nicht in UTF-8 oder Windows-1252 geschrieben"):
        read(write(tmp_path, b"A;B\n\x81\xff;2\n"))


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\ufeff"), max_size=12)


@given(rows=st.lists(st.tuples(FIELD, FIELD), max_size=6), delimiter=st.sampled_from(";,\t|"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_f06_round_trip(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    """What the csv module writes comes back, but for rows of blanks only."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([("A", "B"), *rows])
    found = read(write(tmp_path, stream.getvalue()), Dialekt(trennzeichen=delimiter))
    kept = [{"A": a, "B": b} for a, b in rows if a.strip() or b.strip()]
    assert [row.werte for row in found if isinstance(row, Record)] == kept


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_random_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    with suppress(SourceRefused):
        assert all(row.zeile for row in read(write(tmp_path, b"A;B\n" + data)))
