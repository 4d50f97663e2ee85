"""In which language the service speaks of itself, and that nothing was forgotten."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.http import languages, problems
from infrastruktur.http.languages import choose_language, translate


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "de"),
        ("de", "de"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("en_US", "en"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5", "en"),
        ("fr,nl", "de"),
        ("*", "de"),
        ("en;q=0.5,*;q=0.9", "de"),
        ("de;q=0,*", "en"),
        ("en;q=0", "de"),
        ("EN", "en"),
        ("en;q=zwei", "de"),
    ],
)
def test_whoever_would_rather_have_english_gets_it(accepted, chosen):
    assert choose_language(accepted) == chosen


@given(st.text())
def test_no_header_is_too_strange(accepted):
    assert choose_language(accepted) in {"de", "en"}


DOCUMENTS = (
    "/",
    "/conformance",
    "/collections",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
    *(
        f"/collections/{{id}}{part}"
        for part in (
            "",
            "/schema",
            "/queryables",
            "/sortables",
            "/styles",
            "/tiles",
            "/tiles/WebMercatorQuad",
            "/tiles/WebMercatorQuad?f=tilejson",
        )
    ),
)


def spoken(value: Any) -> Iterator[str]:
    """List what a document says to people."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in {"title", "description"} and isinstance(member, str):
                yield member
            else:
                yield from spoken(member)
    elif isinstance(value, list):
        for each in value:
            yield from spoken(each)


def test_everything_the_service_says_of_itself_has_english_words(api):
    paths = [path for path in DOCUMENTS if "{id}" not in path]
    paths += [path.format(id=id_) for path in DOCUMENTS if "{id}" in path for id_ in api.collections()]
    said = {text for path in paths for text in spoken(api.json(path))}
    assert len(said) > 200
    assert [text for text in sorted(said) if translate(text) is None] == []


def test_a_document_is_english_and_says_so(api):
    german, english = (api.get("/collections/pflege/schema", accept_language=wish) for wish in ("de", "en"))
    assert (german.headers["content-language"], english.headers["content-language"]) == ("de", "en")
    assert "Accept-Language" in german.headers["vary"]
    assert german.headers["etag"] != english.headers["etag"]
    titles = [each.json()["properties"]["status"]["title"] for each in (german, english)]
    assert titles == ["Status", "Status"]
    kinds = [
        {each["const"]: each["title"] for each in answer.json()["properties"]["art"]["oneOf"]}
        for answer in (german, english)
    ]
    assert [each["pflege.tagespflege"] for each in kinds] == ["Tagespflege", "Day care"]
    assert kinds[0].keys() == kinds[1].keys()


def test_every_kind_of_problem_has_english_words():
    titles = {title for _, _, title in problems._TABLE.values()} | {title for title, _ in problems._FRAMEWORK.values()}
    assert [title for title in sorted(titles) if translate(title) is None] == []


def test_a_problem_is_named_in_english_and_its_reason_stays_german(api):
    problem = api.get("/collections/angebote/items?quatsch=1", accept_language="en")
    assert problem.json()["title"] == "Unknown parameter"
    assert "quatsch" in problem.json()["detail"]
    assert problem.headers["content-language"] == "en, de"
    assert api.get("/nirgends", accept_language="en").headers["content-language"] == "en"


def test_what_a_client_writes_is_never_held_against_patterns(api, monkeypatch):
    """They take time that grows with the square of a text and more: titles of ours are short, names in a reason not."""
    monkeypatch.setattr(languages, "_fill", lambda *_: pytest.fail("held against a pattern"))
    name = "Pflege: Beratung als Tafel (Ort). " * 50
    problem = api.get(f"/collections/angebote/items?{quote(name)}=1", accept_language="en")
    assert problem.status_code == 400
    assert problem.json()["title"] == "Unknown parameter"


def test_pages_and_features_stay_german(api):
    for path in ("/collections?f=html", "/collections/angebote/items?limit=1", "/api"):
        assert api.get(path, accept_language="en").headers["content-language"] == "de"
