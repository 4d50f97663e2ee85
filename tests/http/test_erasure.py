"""Erasing over HTTP: the answer names what is gone, and no address gives it any more."""

from editing import patch
from refusals import assert_problem

JSON = {"content_type": "application/json"}


def test_what_is_erased_no_address_gives_any_more(writing, westen, fachamt, treff):
    patch(writing, treff, westen, name="Bei Erika Mustermann")
    body = {"felder": ["name", "grund"], "grund": "Antrag vom 3. März"}
    erased = writing.send("POST", f"{treff}/vergessen", body, fachamt, **JSON)
    assert (erased.status_code, erased.json()["felder"]) == (200, ["grund", "name"])
    assert writing.json(treff)["properties"]["name"] == "[gelöscht]"
    told = writing.send("GET", f"{treff}/history", token=fachamt)
    assert "Mustermann" not in told.text
    assert told.json()["aenderungen"][-1]["grund"].endswith("gelöscht (grund, name): Antrag vom 3. März")


def test_a_massnahme_is_erased_by_the_fachamt_alone(writing, westen, fachamt):
    stated = {"titel": "Treff", "fachbereich": "quartier", "kommune": "05334001", "zustaendig": "Erika Mustermann"}
    body = {"type": "Feature", "geometry": None, "properties": {**stated, "status": "beschlossen"}}
    made = writing.relative(writing.send("POST", "/collections/massnahmen/items", body, westen).headers["location"])
    asked = {"felder": ["zustaendig"], "grund": "Antrag"}
    assert_problem(writing.send("POST", f"{made}/vergessen", asked, **JSON), 401)
    assert_problem(writing.send("POST", f"{made}/vergessen", asked, westen, **JSON), 403)
    erased = writing.send("POST", f"{made}/vergessen", asked, fachamt, **JSON)
    assert (erased.status_code, erased.json()["felder"]) == (200, ["zustaendig"])
    assert writing.json(made)["properties"]["zustaendig"] == "[gelöscht]"
    assert "Mustermann" not in writing.send("GET", f"{made}/history", token=fachamt).text
    assert_problem(writing.send("POST", f"{made}0/vergessen", asked, fachamt, **JSON), 404)


def test_what_cannot_be_erased_is_refused_by_name(writing, fachamt, treff):
    for felder in (["status"], [], ["nichts"]):
        body = {"felder": felder, "grund": "Antrag"}
        assert assert_problem(writing.send("POST", f"{treff}/vergessen", body, fachamt, **JSON), 422)
