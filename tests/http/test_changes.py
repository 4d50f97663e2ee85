"""Following changes over HTTP: from one answer to the next, and only what the reader may see."""

from editing import create, patch
from refusals import assert_problem

PATH = "/aenderungen"


def poll(writing, address=PATH):
    """Follow the links until an answer is empty; give all that was told, and where the last answer ends."""
    told = []
    while True:
        body = writing.json(address)
        if not body["aenderungen"]:
            return told, body["weiter"]
        told += body["aenderungen"]
        address = writing.relative(next(each["href"] for each in body["links"] if each["rel"] == "next"))


def test_each_answer_leads_to_what_comes_after_it(writing, westen):
    before, place = poll(writing, f"{PATH}?limit=2")
    assert before
    address = writing.relative(create(writing, westen).headers["location"])
    patch(writing, address, westen, name="Anders")
    told, end = poll(writing, f"{PATH}?since={place}&limit=1")
    id_ = address.rpartition("/")[2]
    assert [(each["id"], each["vorgang"], each["version"]) for each in told] == [(id_, "neu", 1), (id_, "geaendert", 2)]
    assert {each["kollektion"] for each in told} == {"angebote"}
    assert "akteur" not in told[0]
    assert poll(writing, f"{PATH}?since={end}") == ([], end)


def test_who_it_was_is_told_to_those_who_read_what_is_internal(writing, westen, fachamt, treff):
    _, place = poll(writing)
    patch(writing, treff, westen, name="Umbenannt")
    answer = writing.send("GET", f"{PATH}?since={place}", token=fachamt)
    (told,) = answer.json()["aenderungen"]
    assert told["akteur"].startswith("token:")


def test_nothing_new_is_304(writing):
    _, place = poll(writing)
    address = f"{PATH}?since={place}"
    first = writing.get(address)
    again = writing.get(address, if_none_match=first.headers["etag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_what_is_no_place_is_refused(writing):
    for wrong in ("x", "eA==", "WyJhIiwiYiJd"):
        assert assert_problem(writing.get(f"{PATH}?since={wrong}"), 400)["parameter"] == "since"
