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


def test_what_cannot_be_erased_is_refused_by_name(writing, fachamt, treff):
    for felder in (["status"], [], ["nichts"]):
        body = {"felder": felder, "grund": "Antrag"}
        assert assert_problem(writing.send("POST", f"{treff}/vergessen", body, fachamt, **JSON), 422)
