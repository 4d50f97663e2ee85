"""Answers as bytes: strong ETag over exactly what is sent, 304 when the client has it.

`no-cache` makes clients ask again each time, and the ETag makes that cheap: a desktop GIS that
trusts a lifetime shows counts from before an edit.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from threading import RLock
from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from infrastruktur.http.negotiation import Format
from infrastruktur.usecases.context import Context

Asking = Request[Any, Any, Any]
Opened = NamedDependency[SkipValidation[Context]]
KEPT_BYTES = 64_000_000


def answer(request: Asking, body: bytes, form: Format, *, filename: str | None = None) -> Response[bytes]:
    """Answer with bytes, or with 304 when `If-None-Match` names them."""
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type=form.media_type)
    if filename is not None:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return Response(body, headers=headers, media_type=form.media_type)


def matches(if_none_match: str, etag: str) -> bool:
    """Compare an If-None-Match list with an ETag, weakly, as RFC 9110 13.1.2 wants it for reading."""
    tags = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in tags or etag in {tag.removeprefix("W/") for tag in tags}


class Shelf:
    """Encoded answers, kept until the revision moves.

    The same question gets the same bytes, time stamp included, so the ETag over them stays; and
    nothing is encoded twice. Holds at most `KEPT_BYTES`, the longest unused go first.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._size = 0
        self._answers: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._lock = RLock()

    def recall(self, question: str, revision: str, encode: Callable[[], bytes]) -> bytes:
        """Give the bytes of a question at a revision, encoding them at the first call."""
        kept = self._find(question, revision)
        if kept is not None:
            return kept
        body = encode()
        with self._lock:
            # Whoever came first while this one encoded has sent its bytes already: they stay.
            return self._find(question, revision) or self._keep(question, revision, body)

    def _find(self, question: str, revision: str) -> bytes | None:
        with self._lock:
            kept = self._answers.get(question)
            if kept is None or kept[0] != revision:
                return None
            self._answers.move_to_end(question)
            return kept[1]

    def _keep(self, question: str, revision: str, body: bytes) -> bytes:
        self._size += len(body) - len(self._answers.pop(question, ("", b""))[1])
        self._answers[question] = (revision, body)
        while self._size > self._kept_bytes:
            self._size -= len(self._answers.popitem(last=False)[1][1])
        return body


Kept = NamedDependency[SkipValidation[Shelf]]
