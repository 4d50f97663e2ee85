"""Many entries are confirmed in one call, or none of them, and what stands in the way is named."""

from dataclasses import replace
from typing import Any

import msgspec
from editing import HEUTE, IN_OST, QUARTIER, create, feature, patch, properties
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.settings import Editing

PATH = "/collections/quartiersangebote/bestaetigungen"


def confirm(writing, token: str, *checked: dict[str, str], **headers: str) -> Any:
    sent = {"content_type": "application/json", **headers}
    return writing.send("POST", PATH, {"angebote": list(checked)}, token, **sent)


def make(writing, token: str, number: int = 3) -> list[str]:
    return [create(writing, token).json()["id"] for _ in range(number)]


def checked_on(writing, id_: str) -> str | None:
    found: str | None = properties(writing.read(f"{QUARTIER}/{id_}"))["zuletzt_geprueft"]
    return found


def test_all_are_confirmed_in_one_call_and_each_has_its_event(writing, westen) -> None:
    ids = make(writing, westen)
    done = confirm(writing, westen, *({"id": id_} for id_ in ids))
    assert done.status_code == 200, done.text
    assert done.json() == {"zuletzt_geprueft": str(HEUTE), "anzahl": 3, "angebote": ids}
    for id_ in ids:
        assert checked_on(writing, id_) == str(HEUTE)
        told = writing.read(f"{QUARTIER}/{id_}/history", westen).json()["aenderungen"][-1]
        assert ([each["feld"] for each in told["felder"]], told["grund"]) == (
            ["zuletzt_geprueft"],
            "unverändert richtig bestätigt",
        )


def test_where_one_cannot_be_none_is_and_each_is_named(writing, westen, osten) -> None:
    (fine, old, gone), nothing = make(writing, westen), "0" * 36
    (foreign,) = [create(writing, osten, feature(IN_OST)).json()["id"]]
    assert patch(writing, f"{QUARTIER}/{old}", westen, name="Neu").status_code == 200
    assert writing.send("DELETE", f"{QUARTIER}/{gone}", token=westen).status_code == 204
    stated = [{"id": id_} for id_ in (fine, gone, foreign, nothing, fine)]
    refused = confirm(writing, westen, *stated, {"id": old, "version": "1.1"})
    assert refused.status_code == 422
    said = {each["feld"]: each["meldung"] for each in refused.json()["fehler"]}
    assert set(said) == {fine, gone, foreign, nothing, old}
    assert [word in said[id_] for id_, word in ((fine, "zweimal"), (gone, "geschlossen"), (old, "inzwischen"))] == [
        True,
        True,
        True,
    ]
    assert [checked_on(writing, id_) for id_ in (fine, old, foreign)] == [None, None, None]


def test_r14_what_is_confidential_is_named_in_the_words_of_what_is_not_there(writing, westen, fachamt) -> None:
    hidden = writing.read("/collections/beratung/items", fachamt).json()["features"]
    (haus,) = [each["id"] for each in hidden if each["properties"]["name"] == "Frauenhaus"]
    nothing = "0" * len(haus)
    path = "/collections/beratung/bestaetigungen"
    answers = [
        writing.send("POST", path, {"angebote": [{"id": id_}]}, westen, content_type="application/json")
        for id_ in (haus, nothing)
    ]
    assert answers[0].text.replace(haus, nothing) == answers[1].text


def test_a_call_sent_twice_under_one_name_is_done_once(writing, westen) -> None:
    ids = make(writing, westen, 2)
    for _ in range(2):
        assert confirm(writing, westen, *({"id": id_} for id_ in ids), idempotency_key="montag").status_code == 200
    assert len(writing.read(f"{QUARTIER}/{ids[0]}/history", westen).json()["aenderungen"]) == 2


def test_an_installation_that_demands_versions_demands_each(writing, westen) -> None:
    first, second = make(writing, westen, 2)
    settings = msgspec.structs.replace(writing.settings, editing=Editing(if_match_required=True))
    with TestClient(create_app(settings)) as client:
        strict = replace(writing, client=client, settings=settings)
        refused = confirm(strict, westen, {"id": first, "version": "1.1"}, {"id": second})
        assert [each["feld"] for each in refused.json()["fehler"]] == [second]
        assert confirm(strict, westen, {"id": first, "version": "1.1"}).status_code == 200


def test_a_body_of_another_shape_is_refused(writing, westen) -> None:
    for body in ({}, {"angebote": []}, {"angebote": [{"id": 1}]}, {"angebote": [{"id": "x", "y": 1}]}):
        refused = writing.send("POST", PATH, body, westen, content_type="application/json")
        assert refused.status_code == 422, body
    many = [{"id": str(number)} for number in range(501)]
    assert confirm(writing, westen, *many).status_code == 422
