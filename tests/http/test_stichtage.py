"""Frozen Stichtage over HTTP: who freezes one, what everybody reads of it, and where it leads."""

import pytest
from editing import HEUTE, patch
from refusals import assert_problem

from infrastruktur.domain.permission import Rolle, Zustaendigkeit

PATH = "/stichtage"
STATED = {"stichtag": "2025-12-31", "titel": "Bestand 2025", "grund": "Beschluss vom 3. März"}


def freeze(writing, token, **changed):
    return writing.send("POST", PATH, STATED | changed, token, content_type="application/json")


def test_what_the_amt_freezes_everybody_can_cite(writing, fachamt, westen, treff):
    frozen = freeze(writing, fachamt)
    assert frozen.status_code == 201, frozen.text
    patch(writing, treff, westen, name="Anders")
    address = writing.relative(frozen.headers["location"])
    read = writing.json(address)
    assert read in writing.json(PATH)["stichtage"]
    assert (read["titel"], read["stichtag"]) == ("Bestand 2025", "2025-12-31")
    assert address == f"{PATH}/{read['id']}"
    assert frozen.json()["grund"] == STATED["grund"]
    assert not {"grund", "akteur"} & set(read), "who and why is told to those who may freeze one"
    for each in read["links"]:
        if each["rel"] in {"item", "related"}:
            answer = writing.json(writing.relative(each["href"]))
            assert "herkunft" not in answer or answer["herkunft"]["parameter"]["known_at"] == read["known_at"]


def test_the_next_state_of_a_day_has_the_next_number(writing, fachamt):
    first, second = (freeze(writing, fachamt, stichtag="2023-12-31").json()["id"] for _ in range(2))
    assert (first, second) == ("2023-12-31-1", "2023-12-31-2")


def test_an_earlier_state_of_knowledge_is_frozen_by_its_moment(writing, fachamt):
    known_at = freeze(writing, fachamt).json()["known_at"]
    assert freeze(writing, fachamt, known_at=known_at).json()["known_at"] == known_at


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"titel": ""}, 422),
        ({"titel": "a\nb"}, 422),
        ({"titel": "x" * 201}, 422),
        ({"stichtag": "2025-02-30"}, 422),
        ({"stichtag": "2999-12-31"}, 400),
        ({"known_at": "gestern"}, 400),
        ({"known_at": "2001-01-01"}, 400),
        ({"id": "2025-12-31-7"}, 422),
    ],
)
def test_what_cannot_be_frozen_is_refused_in_a_sentence(writing, fachamt, changed, status):
    before = writing.json(PATH)["stichtage"]
    assert assert_problem(freeze(writing, fachamt, **changed), status)["detail"]
    assert writing.json(PATH)["stichtage"] == before


@pytest.mark.parametrize(
    ("right", "status"),
    [
        (None, 403),
        (Zustaendigkeit(rolle=Rolle.TRAEGER, traeger="x"), 403),
        (Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"), 403),
        (Zustaendigkeit(rolle=Rolle.STATISTIK), 403),
        (Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"), 201),
        (Zustaendigkeit(rolle=Rolle.ADMIN), 201),
    ],
)
def test_every_role_may_what_it_may(writing, right, status):
    token = "" if right is None else writing.issue(right)
    assert freeze(writing, token, stichtag=f"{HEUTE.year - 1}-06-30").status_code == status


def test_what_is_not_frozen_is_not_there(writing):
    assert_problem(writing.get(f"{PATH}/1999-12-31-1"), 404)
