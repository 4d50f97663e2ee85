"""ETags and the shelf: the same question gets the same bytes until the revision moves."""

import pytest

from infrastruktur.http.answers import Shelf, matches

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ('"x" ,W/"abc"', True),
        ("*", True),
        ('"x"', False),
        ("abc", False),
        ('"abc', False),
        ('w/"abc"', False),
        ('"ABC"', False),
    ],
)
def test_e03_if_none_match_is_compared_as_rfc_9110_says(header: str, *, same: bool) -> None:
    assert matches(header, TAG) is same


def test_a_shelf_encodes_once_per_revision() -> None:
    shelf, encoded = Shelf(), []

    def encode() -> bytes:
        encoded.append(len(encoded))
        return b"%d" % len(encoded)

    assert [shelf.recall("a", revision, encode) for revision in ("1", "1", "2", "2")] == [b"1", b"1", b"2", b"2"]
    assert shelf.recall("b", "2", encode) == b"3"
    assert len(encoded) == 3


def test_a_full_shelf_lets_the_longest_unused_go() -> None:
    shelf = Shelf(kept_bytes=10)
    fresh = iter(range(100))

    def ask(question: str) -> bytes:
        return shelf.recall(question, "1", lambda: b"%04d" % next(fresh))

    a, b = ask("a"), ask("b")
    assert ask("a") == a
    ask("c")  # 12 bytes: b goes, since a was asked for later
    assert ask("a") == a
    assert ask("b") != b


def test_an_answer_larger_than_the_shelf_is_given_all_the_same() -> None:
    shelf = Shelf(kept_bytes=3)
    assert shelf.recall("a", "1", lambda: b"12345") == b"12345"
    assert shelf.recall("a", "1", lambda: b"67890") == b"67890"
