"""A list comes back from its file as it went in, whatever stands in its cells."""

import unicodedata
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.layer import Property
from infrastruktur.domain.liste import merge_row
from infrastruktur.domain.tabelle import Spalte, Typ
from infrastruktur.intake.liste import read_liste
from infrastruktur.reports.listen import Blatt, write_csv, write_xlsx

COLUMNS = (
    Property(name="id", titel="Kennung", type="string"),
    Property(name="name", titel="Name", type="string"),
    Property(name="kapazitaet", titel="Kapazität", type="number"),
    Property(name="stand", titel="Stand", type="string", format="date"),
    Property(name="status", titel="Status", type="string", werte={"in_betrieb": "in Betrieb"}),
)
TYPEN = (Typ.TEXT, Typ.TEXT, Typ.ZAHL, Typ.DATUM, Typ.TEXT)
SPALTEN = tuple(
    Spalte(name=each.name, titel=each.titel, typ=typ, nachkommastellen=None)
    for each, typ in zip(COLUMNS, TYPEN, strict=True)
)
NASTY = st.one_of(
    st.text(alphabet="'\"=+-@\t\n;,ÄöŁ€1 ", max_size=12),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    st.sampled_from(("1/2", "3-5", "01067", "1E5", "TRUE", "#N/A", "12.03.", "_x000D_", "=HYPERLINK(1)", "'=1")),
)


def kept(text: str) -> str | None:
    """Give a text as an edit would keep it."""
    return unicodedata.normalize("NFC", text).strip() or None


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.tuples(
            NASTY,
            st.none() | st.floats(0, 1e6).map(lambda size: round(size, 3)),
            st.none() | st.dates(date(1900, 1, 1), date(2099, 12, 31)),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_a_list_comes_back_as_it_went(rows: list[tuple[str, float | None, date | None]], workbook: bool) -> None:  # noqa: FBT001
    said = [(kept(name), size, day) for name, size, day in rows]
    blatt = Blatt(
        titel="Probe",
        spalten=SPALTEN,
        zeilen=tuple((str(number), name, size, day, "in Betrieb") for number, (name, size, day) in enumerate(said)),
        auswahl={"status": ["in Betrieb"]},
        erlaeuterung=(),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("probe.xlsx" if workbook else "probe.csv")
        path.write_bytes(write_xlsx(blatt) if workbook else write_csv(blatt))
        found = read_liste(path, COLUMNS, ("id",)).zeilen
    assert [each.felder for each in found] == [
        {
            "id": str(number),
            "name": name,
            "kapazitaet": size,
            "stand": day and day.isoformat(),
            "status": "in_betrieb",
        }
        for number, (name, size, day) in enumerate(said)
    ]


def test_more_rows_than_a_list_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "probe.xlsx"
    rows = tuple((str(number), None, None, None, None) for number in range(5_001))
    path.write_bytes(write_xlsx(Blatt("Probe", SPALTEN, rows, {"status": ["in Betrieb"]}, ())))
    with pytest.raises(SourceRefused, match="mehr als 5000 Zeilen"):
        read_liste(path, COLUMNS, ("id",))


VALUES = st.sampled_from([None, "a", "b", "c"])
ROW = st.fixed_dictionaries(dict.fromkeys(("name", "traeger", "strasse", "hausnummer"), VALUES))


@given(ROW, ROW, ROW)
def test_a_merge_loses_nobodys_change(
    base: dict[str, str | None], meine: dict[str, str | None], jetzt: dict[str, str | None]
) -> None:
    abgleich = merge_row(base, meine, jetzt)
    for name, was in base.items():
        mine, theirs = meine[name] != was, jetzt[name] != was
        if not mine:
            assert name not in abgleich.stated
        elif theirs and meine[name] != jetzt[name]:
            assert name in abgleich.konflikte
        if name not in abgleich.stated:
            assert jetzt[name] == meine[name] or not mine
    assert merge_row(base, meine, base).konflikte == ()
    assert merge_row(base, base, jetzt).stated == {}
