"""Reading query parameters strictly, and describing exactly what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import RequestFactory

from infrastruktur.domain.errors import InfrastrukturError, InvalidParameter, Refused, UnknownParameter
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.parameters import EBENE, STICHTAG, Question, choice, integer, read_question, words

COUNT = integer("count", "", (1, 10), default=5)
PAGE = integer("page", "", (1, 10), clamp=True)
COLOUR = choice("colour", "", ("rot", "blau"))
NAME = words("name", "")
TABLE = (COUNT, PAGE, COLOUR, NAME, STICHTAG, EBENE)


def read(query: bytes) -> Question:
    request = RequestFactory().get("/")
    request.scope["query_string"] = query
    return read_question(request, TABLE, (JSON, HTML))


def test_what_is_not_asked_has_its_default() -> None:
    question = read(b"")
    assert question.values == {
        "count": 5,
        "page": None,
        "colour": None,
        "name": None,
        "stichtag": None,
        "ebene": None,
        "f": None,
    }
    assert question.written == {}


def test_values_come_checked_and_the_query_as_written() -> None:
    question = read(b"count=10&page=99&colour=rot&name=Alte+Stra%C3%9Fe&f=html")
    assert question.values["count"] == 10
    assert question.values["page"] == 10
    assert question.values["name"] == "Alte Straße"
    assert question.form is HTML
    assert question.written["page"] == "99"


@pytest.mark.parametrize("query", [b"limt=1", b"Count=1", b"=1", b"count%00=1"])
def test_b06_an_unknown_parameter_is_named_with_the_known_ones(query: bytes) -> None:
    with pytest.raises(UnknownParameter, match="Möglich sind: count, page"):
        read(query)


@pytest.mark.parametrize("query", [b"count=1&count=2", b"count=1&count=1", b"f=json&f=json"])
def test_b06_a_repeated_parameter_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidParameter, match="mehrfach"):
        read(query)


@pytest.mark.parametrize(
    "text",
    ["0", "11", "-1", "1.0", "1e1", "", "unlimited", "%D9%A3", "1_0", "0x1", "+1", "%201", "100000000000000000000"],
)
def test_b07_a_whole_number_is_digits_between_its_ends(text: str) -> None:
    with pytest.raises(InvalidParameter, match="count"):
        read(b"count=" + text.encode())


@pytest.mark.parametrize("text", ["%00", "a%0Ab", "%E2%80%AE", "%7F", "x" * 1001])
def test_a14_text_nobody_can_see_or_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        read(b"name=" + text.encode())


@pytest.mark.parametrize("query", [b"name=%ff", b"name=%c3", b"name=\xc3\xa4", b"&".join([b"name=x"] * 60)])
def test_b04_a_query_that_is_not_utf_8_or_without_end_is_refused(query: bytes) -> None:
    with pytest.raises(Refused):
        read(query)


def test_a_choice_names_its_choices() -> None:
    with pytest.raises(InvalidParameter, match="rot, blau"):
        read(b"colour=gr%C3%BCn")


@given(st.binary(max_size=80) | st.text(alphabet="count=&page%0123456789f", max_size=60).map(str.encode))
def test_b11_no_query_brings_an_error_of_another_kind(query: bytes) -> None:
    try:
        read(query)
    except InfrastrukturError:
        return
