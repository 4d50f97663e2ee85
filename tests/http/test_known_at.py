"""known_at on every way out of the catalogue: the answer as it was, whoever corrected what since."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from editing import HEUTE, QUARTIER, create, now, patch
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.http.operations import list_operations
from infrastruktur.http.stichtag import parse_known_at

SHOWING = re.compile(
    r"/collections/[^/]+/(items(/\{featureId\}(/bedarfsbestaetigung)?)?|download|liste|tiles/WebMercatorQuad.*)"
    r"|/(planning|reach)/(?!scenarios(/\{scenarioId\})?$).*|/vorschlaege.*"
)
"""What shows something of the catalogue; its history and feed tell the moments themselves."""


def test_every_layer_figure_and_worklist_takes_a_moment_of_knowledge_or_says_why_not(api):
    shown = [
        each for each in list_operations(api.json("/api")) if each.methode == "get" and SHOWING.fullmatch(each.path)
    ]
    without = {each.path.rpartition("/")[2] for each in shown if not takes_moment(each)}
    assert without == {"liste", "bedarfsbestaetigung", "vorschlaege", "{vorschlagId}"}
    assert all("ohne `known_at`" in each.beschreibung for each in shown if not takes_moment(each))
    assert len({each.path.split("/")[2] for each in shown if each.path.startswith("/collections/")}) > 50
    assert len([each for each in shown if each.path.startswith("/planning/")]) > 20


def takes_moment(operation):
    return "known_at" in {each["name"] for each in operation.parameters}


def test_whatever_has_a_day_has_a_moment_of_knowledge(api):
    for operation in list_operations(api.json("/api")):
        names = {each["name"] for each in operation.parameters}
        if names & {"datetime", "stichtag"} and operation.methode == "get":
            assert "known_at" in names, operation.path


@pytest.mark.parametrize("form", ["json", "html"])
def test_an_entry_is_shown_as_it_was_known_in_every_form(writing, westen, treff, form):
    before = now()
    assert patch(writing, treff, westen, name="Café am Markt").status_code == 200
    was, is_now = (writing.get(f"{treff}?f={form}&{asked}") for asked in (before, ""))
    assert "Treff am Markt" in was.text
    assert "Café am Markt" in is_now.text
    assert "Café am Markt" not in was.text


def test_an_earlier_state_cannot_be_changed_by_its_tag(writing, westen, treff):
    before = writing.read(f"{treff}?{now()}")
    assert not before.headers["etag"].startswith('"v'), "it names no version"
    refused = writing.send("PATCH", treff, {"properties": {"ort": "Dorf"}}, westen, if_match=before.headers["etag"])
    assert refused.status_code == 412


def test_pages_files_filters_and_tiles_are_of_the_moment(writing, westen, treff):
    before = now()
    patch(writing, treff, westen, name="Anker")
    create(writing, westen)
    for name, found in (("Anker", False), ("Treff am Markt", True)):
        asked = f"filter=name='{name}' AND ort IS NULL&{before}"
        assert bool(writing.json(f"{QUARTIER}?{asked}")["features"]) is found
        assert (name in writing.get(f"/collections/quartiersangebote/download?f=csv&{asked}").text) is found
    tile = f"/collections/quartiersangebote/tiles/WebMercatorQuad/0/0/0?{before}"
    assert writing.get(tile).content != writing.get(tile.partition("?")[0]).content
    template = writing.json(f"/collections/quartiersangebote/tiles/WebMercatorQuad?f=tilejson&{before}")["tiles"][0]
    assert template.endswith(before), "the addresses of tiles are of the moment too"


def test_pages_follow_each_other_within_the_moment(writing, westen, treff):
    asked = f"{QUARTIER}?limit=1&{now()}"
    writing.send("DELETE", treff, token=westen)
    seen = []
    while asked:
        page = writing.json(asked)
        seen += [each["id"] for each in page["features"]]
        following = [each["href"] for each in page["links"] if each["rel"] == "next"]
        asked = writing.relative(following[0]) if following else ""
    assert treff.rpartition("/")[2] in seen
    assert len(seen) == page["numberMatched"]


def test_a_figure_and_its_explanation_are_of_the_moment(writing, westen):
    then, today = now(), f"stichtag={HEUTE}"
    create(writing, westen)
    was, is_now = (count(writing.json(f"/planning/bestand?{today}&{known}")) for known in (then, ""))
    assert is_now == was + 1
    asked = f"/planning/bestand/explain?{today}&art=quartier.seniorentreff&gebiet=05334001"
    explained, explained_now = writing.json(f"{asked}&{then}"), writing.json(asked)
    assert "known_at" in explained["zelle"]
    assert explained["herleitung"] != explained_now["herleitung"]


def count(table):
    """Count the Seniorentreffs of Westdorf in a table."""
    rows = [each for each in table["zeilen"] if (each["gebiet"], each["art"]) == ("05334001", "quartier.seniorentreff")]
    return rows[0]["angebote"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gestern", "ist kein Zeitpunkt"),
        ("2026-02-30", "ist kein Tag"),
        ("2026-02-30T12:00:00Z", "ist kein Zeitpunkt"),
        ("2026-01-31T12:00:00", "ist kein Zeitpunkt"),
        ("2999-01-01", "noch nicht vorbei"),
        ("2999-01-01T00:00:00Z", "noch nicht vorbei"),
        ("2001-01-01", "noch nichts im Katalog"),
    ],
)
def test_what_is_no_moment_or_not_over_or_before_all_is_refused(api, text, sentence):
    for path in (f"{QUARTIER}?", "/planning/bestand?", "/collections/pflege/download?f=csv&"):
        answer = api.get(f"{path}known_at={text}")
        assert answer.status_code == 400, path
        assert answer.json()["parameter"] == "known_at"
        assert sentence in answer.json()["detail"]


def test_what_was_in_dispute_is_told_as_of_then(writing, westen, anna, treff):
    """Two persons state otherwise, the second is told so; who confirms the entry settles it."""
    moments = [now()]
    assert patch(writing, treff, westen, traeger="AWO").status_code == 200
    for _ in ("first", "again"):
        assert patch(writing, treff, anna, traeger="Caritas").status_code == 409
        moments.append(now())
    assert writing.send("POST", f"{treff}/bestaetigung", token=westen).status_code == 200
    moments.append(now())
    path = f"/collections/klaerungsbedarf/items?grund=widerspruch&angebot={treff.rpartition('/')[2]}"
    asked = [writing.json(f"{path}&{each}")["numberReturned"] for each in moments]
    assert asked == [0, 1, 1, 0]
    assert writing.json(path)["numberReturned"] == 0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01t12:00:00.5z", datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-01T12:00:00+01:00", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("2026-03-01T12:00:00 01:00", datetime(2026, 3, 1, 11, tzinfo=UTC)),  # a plus sign the URL has eaten
        ("2026-03-01", datetime(2026, 3, 1, 22, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 21, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 29, 21, 59, 59, 999_999, tzinfo=UTC)),  # clocks go forward on this day
    ],
)
def test_a_day_of_knowledge_ends_where_its_readers_live(text, moment):
    assert parse_known_at("known_at", text) == moment


def test_the_day_that_is_not_over_is_not_known_yet():
    today = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(InvalidParameter, match="noch nicht vorbei"):
        parse_known_at("known_at", today.date().isoformat())


@given(st.datetimes(max_value=datetime(2026, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the timezone is drawn
def test_every_past_moment_is_read_back(moment):
    assert parse_known_at("known_at", moment.isoformat(timespec="microseconds")) == moment


@given(st.text(max_size=30))
def test_any_other_text_is_refused(text):
    with suppress(InvalidParameter):
        assert parse_known_at("known_at", text) <= datetime.now(UTC)
