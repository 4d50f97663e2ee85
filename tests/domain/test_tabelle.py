"""A table's rows, built one by one or all at once."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.tabelle import Spalte, Typ, build_zeile, build_zeilen, list_columns

SPALTEN = tuple(Spalte(name=name, titel=name, typ=Typ.ZAHL) for name in ("gebiet", "personen", "anteil", "grund"))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"gebiet": st.text(max_size=2), "personen": st.floats()},
        optional={"anteil": st.none() | st.floats() | st.integers(0, 9), "grund": st.sampled_from(["geheim", None])},
    ),
    max_size=6,
)


@settings(max_examples=examples(200))
@given(ROWS)
def test_rows_built_at_once_are_those_built_one_by_one(rows):
    columns = list_columns(rows) | {"personen": np.array([row["personen"] for row in rows], dtype=np.float64)}
    assert build_zeilen(SPALTEN, len(rows), columns) == [build_zeile(SPALTEN, row) for row in rows]


def test_one_value_stands_in_every_row_and_no_number_is_infinite():
    columns = {"gebiet": ["A", "B"], "personen": np.array([np.inf, 2.0]), "anteil": np.nan, "grund": "geheim"}
    assert build_zeilen(SPALTEN, 2, columns) == [("A", None, None, "geheim"), ("B", 2.0, None, "geheim")]


def test_a_column_the_table_lacks_or_of_another_length_is_refused():
    with pytest.raises(KeyError, match="no such columns"):
        build_zeilen(SPALTEN, 1, {"ort": "Aachen"})
    with pytest.raises(ValueError, match="zip"):
        build_zeilen(SPALTEN, 2, {"gebiet": ["A"]})
