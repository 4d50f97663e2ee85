"""Filters through HTTP select what plain Python selects, on both stores, NULL logic included."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from counts import examples
from domain.sentences import DAYS, SENTENCE, TEXTS, X0, Y0, as_json, as_text, judge
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort
from infrastruktur.domain.crs import STORED
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.history import Change

NUMBERS = (0.0, 1.0, 2.0, 2.5, 40.0)
OURS = {"plaetze": "kapazitaet", "bis": "zuletzt_geprueft"}
"""The sentences' names as the layer `angebote` has them; it has no boolean."""


def _draw(number: int) -> tuple[Angebot, dict[str, Any]]:
    """Draw an Angebot, and its row as the layer should show it."""
    random = Random(number)  # noqa: S311 - rows, not secrets
    name, ort = random.choice(TEXTS), random.choice(TEXTS)
    places = random.choice((*NUMBERS, None))
    stand, checked = random.choice((*DAYS, None)), random.choice((*DAYS, None))
    at = random.choice(((random.randint(0, 5), random.randint(0, 5)), None))
    place = Standort(schluessel=f"S-{number}", ort=ort, punkt_25832=None if at is None else (X0 + at[0], Y0 + at[1]))
    angebot = Angebot(
        quelle="gezogen",
        schluessel=f"P-{number}",
        art="pflege.tagespflege",
        name=name,
        standort=place,
        stand=stand,
        zuletzt_geprueft=checked,
        kapazitaeten=() if places is None else (Kapazitaet(groesse="plaetze_zugelassen", wert=places),),
    )
    row = {"id": angebot.id, "name": name, "ort": ort or None, "kapazitaet": places, "plaetze": places}
    return angebot, row | {"stand": stand, "bis": checked, "geometry": None if at is None else ("points", (at,))}


DRAWN = [_draw(number) for number in range(120)]


@pytest.fixture
def client(store_settings: Settings) -> Iterator[TestClient[Any]]:
    store = open_store(store_settings).of_installation()
    with store.write() as connection:
        change = Change(quelle="gezogen", neu=tuple(angebot for angebot, _ in DRAWN))
        apply_angebote(connection, change, akteur="test", grund="gezogen")
    store.close()
    with TestClient(create_app(store_settings)) as opened:
        yield opened


def _in_our_words(sentence: Any) -> Any:
    match sentence:
        case "name", name:
            return ("name", OURS.get(name, name))
        case tuple() | list():
            return type(sentence)(map(_in_our_words, sentence))
    return sentence


def _names(sentence: Any) -> Iterator[str]:
    match sentence:
        case "name", str() as name:
            yield name
        case tuple() | list():
            for part in sentence:
                yield from _names(part)


def _ids(client: TestClient[Any], **asked: str) -> set[str]:
    parameters = {"limit": "1000", "filter-crs": STORED.uri, "properties": "name", **asked}
    answer = client.get("/collections/angebote/items", params=parameters)
    assert answer.status_code == 200, answer.text
    page = msgspec.json.decode(answer.content)
    assert page["numberMatched"] == len(page["features"])
    return {feature["id"] for feature in page["features"]}


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(sentence=SENTENCE, as_one=st.booleans())
def test_c05_the_same_features_as_in_plain_python(client: TestClient[Any], sentence: Any, *, as_one: bool) -> None:
    assume("aktiv" not in _names(sentence))
    expected = {row["id"] for _, row in DRAWN if judge(sentence, row)}
    ours = _in_our_words(sentence)
    if as_one:
        assert _ids(client, **{"filter": as_json(ours), "filter-lang": "cql2-json"}) == expected
    else:
        assert _ids(client, filter=as_text(ours)) == expected
