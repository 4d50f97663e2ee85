"""OGC's datetime as a Stichtag: every form the standard and its clients write, and none that means nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.http.stichtag import parse_day, parse_stichtag


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-31", date(2025, 12, 31)),
        ("2025-12-31T00:00:00Z", date(2025, 12, 31)),
        ("2025-12-31t23:59:60.5z", date(2025, 12, 31)),
        ("2025-12-31T23:30:00+01:00", date(2025, 12, 31)),
        ("2025-12-31T23:30:00 01:00", date(2025, 12, 31)),  # a plus sign the URL has eaten
        ("2024-02-29", date(2024, 2, 29)),
        ("../2025-12-31", date(2025, 12, 31)),
        ("/2025-12-31", date(2025, 12, 31)),
        ("2025-01-01/2025-12-31", date(2025, 12, 31)),
        ("2025-01-01/2025-01-01", date(2025, 1, 1)),
        ("2025-01-01/..", None),
        ("2025-01-01/", None),
        ("../..", None),
    ],
)
def test_an_instant_is_its_day_and_an_interval_its_end(text: str, day: date | None) -> None:
    assert parse_stichtag(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0000-01-01T00:00:00Z/2025-06-30T00:00:00Z", date(2025, 6, 30)),
        ("2025-06-30T00:00:00Z/9999-12-31T00:00:00Z", date(9999, 12, 31)),
        ("0000-02-29", date.min),
    ],
)
def test_a13_the_open_ends_qgis_writes_as_years_0_and_9999(text: str, day: date) -> None:
    assert parse_stichtag(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-31/P1M", date(2025, 2, 28)),
        ("2025-01-01/P1Y2M3D", date(2026, 3, 4)),
        ("2025-01-01/P2W", date(2025, 1, 15)),
        ("2025-01-01T00:00:00Z/PT48H", date(2025, 1, 3)),
        ("2025-12-31/P9999Y", date.max),
        ("2025-12-31/P9999999D", date.max),
        ("P30D/2025-01-31", date(2025, 1, 31)),
    ],
)
def test_a_duration_counts_from_its_begin(text: str, day: date) -> None:
    assert parse_stichtag(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gestern",
        "2025-02-29",
        "2025-13-01",
        "0000-02-30",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00:00Z/2024-01-01T00:00:00Z",
        "2025-01-01/2025-02-01/2025-03-01",
        "../P1D",
        "P1D/..",
        "P/2025-01-01",
        "2025-01-01/PT",
        "٢٠٢٥-٠١-٠١",
        "20250101",
        "2025-W01-1",
    ],
)
def test_a13_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        parse_stichtag(text)
    assert refused.value.name == "datetime"


@given(st.text(max_size=60) | st.text(alphabet="0123456789-:./TPZDMYW+ ", max_size=60))
def test_a13_no_text_brings_another_error(text: str) -> None:
    try:
        found = parse_stichtag(text)
    except InvalidParameter:
        return
    assert found is None or date.min <= found <= date.max


@given(st.dates(), st.integers(0, 9_999_999))
def test_a_duration_of_days_is_added_day_by_day(begin: date, days: int) -> None:
    room = (date.max - begin).days
    assert parse_stichtag(f"{begin.isoformat()}/P{days}D") == (
        begin + timedelta(days=days) if days <= room else date.max
    )


def test_a_plain_day_is_written_one_way_only() -> None:
    assert parse_day("stichtag", "2025-12-31") == date(2025, 12, 31)
    for text in ("20251231", "2025-W01-1", "31.12.2025", "2025-02-30"):
        with pytest.raises(InvalidParameter, match="stichtag"):
            parse_day("stichtag", text)
