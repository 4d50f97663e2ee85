"""ETags and the shelf: the same question gets the same bytes until the revision moves."""

import gzip

import brotli
import pytest
import zstandard

from infrastruktur.http.answers import Shelf, Written, choose_coding, matches
from infrastruktur.http.negotiation import FEATURES, XLSX, Format

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

    bodies = [shelf.recall("a", revision, encode).body for revision in ("1", "1", "2", "2")]
    assert bodies == [b"1", b"1", b"2", b"2"]
    assert shelf.recall("b", "2", encode).body == b"3"
    assert len(encoded) == 3


def test_who_keeps_the_bytes_of_a_question_first_keeps_them() -> None:
    shelf = Shelf()
    assert not shelf.holds("a", "1")
    assert [shelf.keep("a", "1", body).body for body in (b"first", b"second")] == [b"first"] * 2
    assert (shelf.holds("a", "1"), shelf.holds("a", "2"), shelf.holds("b", "1")) == (True, False, False)
    assert shelf.keep("a", "1/net/day", b"of a day").body == b"of a day"
    assert (shelf.holds("a", "1/"), shelf.holds("a", "10/")) == (True, False)
    assert shelf.keep("a", "2", b"newer").body == b"newer"
    assert not shelf.holds("a", "1")


def test_a_full_shelf_lets_the_longest_unused_go() -> None:
    shelf = Shelf(kept_bytes=10)
    fresh = iter(range(100))

    def ask(question: str) -> bytes:
        return shelf.recall(question, "1", lambda: b"%04d" % next(fresh)).body

    a, b = ask("a"), ask("b")
    assert ask("a") == a
    ask("c")  # 12 bytes: b goes, since a was asked for later
    assert ask("a") == a
    assert ask("b") != b


def test_an_answer_larger_than_the_shelf_is_given_all_the_same() -> None:
    shelf = Shelf(kept_bytes=3)
    assert shelf.recall("a", "1", lambda: b"12345").body == b"12345"
    assert shelf.recall("a", "1", lambda: b"67890").body == b"67890"


UNPACK = {"br": brotli.decompress, "zstd": zstandard.decompress, "gzip": gzip.decompress}


@pytest.mark.parametrize("coding", UNPACK)
def test_e03_packed_bytes_are_the_same_content_under_another_tag(coding: str) -> None:
    written = Written(b"Ein Haus wie das andere. " * 100)
    packed = written.pack(coding)
    assert UNPACK[coding](packed) == written.body
    assert len(packed) < len(written.body) / 10
    assert written.pack(coding) is packed, "packed once"
    assert written.etag(coding) != written.etag(None)
    assert Written(written.body).pack(coding) == packed, "the same bytes in every process"


@pytest.mark.parametrize(
    ("header", "form", "size", "coding"),
    [
        ("gzip, deflate, br, zstd", FEATURES, 5_000, "zstd"),
        ("gzip, deflate", FEATURES, 5_000, "gzip"),
        ("gzip;q=1.0, br;q=0.5", FEATURES, 5_000, "gzip"),
        ("zstd", FEATURES, 5_000, "zstd"),
        ("*", FEATURES, 5_000, "zstd"),
        ("zstd;q=0, *", FEATURES, 5_000, "br"),
        ("deflate", FEATURES, 5_000, None),
        ("identity", FEATURES, 5_000, None),
        ("br;q=0", FEATURES, 5_000, None),
        ("", FEATURES, 5_000, None),
        ("br", FEATURES, 500, None),
        ("br", XLSX, 5_000, None),
    ],
)
def test_an_answer_is_packed_as_the_client_prefers(header: str, form: Format, size: int, coding: str | None) -> None:
    assert choose_coding(header, form, size) == coding
