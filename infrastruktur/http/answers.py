"""Answers as bytes: strong ETag over exactly what is sent, 304 when the client has it, packed where it may be.

`no-cache` makes clients ask again each time, and the ETag makes that cheap: a desktop GIS that
trusts a lifetime shows counts from before an edit.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from threading import RLock
from typing import Any

import brotli
import zstandard
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from infrastruktur.domain.errors import PreconditionMissing
from infrastruktur.http.document_pages import write_document_page
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.languages import ENGLISH, GERMAN, choose_language, name_languages, to_english
from infrastruktur.http.negotiation import HTML, JSON, Format
from infrastruktur.http.preferences import rank
from infrastruktur.usecases.context import Context

Asking = Request[Any, Any, Any]
Opened = NamedDependency[SkipValidation[Context]]
VARY = "Accept, Accept-Encoding, Authorization"
KEPT_BYTES = 64_000_000
_WORTH_PACKING = 1_000
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    # 10,000 Angebote, 4.9 MB: zstd at 1 takes 6 ms to 721 kB, br at 4 42 ms to 749 kB, gzip at 1 30 ms to 986 kB.
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "br": lambda body: brotli.compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, compresslevel=1, mtime=0),
}
"""In our order of preference, where a client has none."""


class Written:
    """The bytes of an answer with their ETag; each packing of them is made once.

    `version` is that of what they show, where it can be changed: it stands in the ETag, so that whoever changes it may
    name by If-Match the answer they have read, in whichever form (RFC 9110, 13.1.1).
    """

    def __init__(self, body: bytes, version: str = "") -> None:
        self.body = body
        digest = sha256(body).hexdigest()[:32]  # processors compute it: 4.9 MB take 3 ms, by BLAKE2 6
        self._hash = f"v{version}-{digest}" if version else digest
        self._packed: dict[str, bytes] = {}

    def etag(self, coding: str | None) -> str:
        """Tag the bytes as they are sent: packed ones are other bytes (RFC 9110, 8.8.3.3)."""
        return f'"{self._hash}"' if coding is None else f'"{self._hash}-{coding}"'

    def pack(self, coding: str | None) -> bytes:
        if coding is None:
            return self.body
        if coding not in self._packed:
            self._packed[coding] = _CODINGS[coding](self.body)
        return self._packed[coding]


def answer(
    request: Asking,
    body: bytes | Written,
    form: Format,
    *,
    filename: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Answer with bytes, or with 304 when `If-None-Match` names them."""
    written = body if isinstance(body, Written) else Written(body)
    coding = choose_coding(request.headers.get("accept-encoding", ""), form, len(written.body))
    etag = written.etag(coding)
    kept = "private, no-cache" if "authorization" in request.headers else "no-cache"
    sent = {"ETag": etag, "Cache-Control": kept, "Vary": VARY, **(headers or {})}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=sent, media_type=form.media_type)
    if coding is not None:
        sent["Content-Encoding"] = coding
    if filename is not None:
        sent["Content-Disposition"] = f'attachment; filename="{filename}"'
    return Response(written.pack(coding), headers=sent, media_type=form.media_type)


def answer_page(request: Asking, context: Context, titel: str, document: Mapping[str, Any]) -> Response[bytes]:
    """Answer with a document as a page for people."""
    return answer(request, write_document_page(titel, document, context.settings.base_url), HTML)


def answer_as(
    form: Format, request: Asking, context: Context, titel: str, document: Mapping[str, Any]
) -> Response[bytes]:
    """Answer with a document as a page for people, or as programs read it."""
    if form is HTML:
        return answer_page(request, context, titel, document)
    return answer(request, encode_json(document), JSON)


def answer_document(request: Asking, document: Mapping[str, Any], form: Format) -> Response[bytes]:
    """Answer with a document about the service, in the language its reader would rather have."""
    headers = {"Content-Language": GERMAN, "Vary": f"{VARY}, Accept-Language"}
    if choose_language(request.headers.get("accept-language", "")) == ENGLISH:
        document, complete = to_english(document)
        headers["Content-Language"] = name_languages(complete=complete)
    return answer(request, encode_json(document), form, headers=headers)


def choose_coding(accept_encoding: str, form: Format, size: int) -> str | None:
    """Choose how to pack an answer (RFC 9110, 12.5.3); None sends it as it is."""
    if not form.packable or size < _WORTH_PACKING or not accept_encoding:
        return None
    weights = dict(rank(accept_encoding))
    everything = weights.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: weights.get(coding, everything))
    return best if weights.get(best, everything) > 0 else None


def matches(if_none_match: str, etag: str) -> bool:
    """Compare an If-None-Match list with an ETag, weakly, as RFC 9110 13.1.2 wants it for reading."""
    tags = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in tags or etag in {tag.removeprefix("W/") for tag in tags}


def names_current(request: Asking, current: Written) -> bool:
    """Tell whether `If-Match` names what is there now, however it was packed when it was read (RFC 9110, 13.1.1).

    Raises
    ------
    PreconditionMissing
        There is no such header.

    """
    if_match = request.headers.get("if-match")
    if if_match is None:
        raise PreconditionMissing(
            "Es fehlt der Kopf If-Match mit dem ETag der gelesenen Fassung, damit niemandes Änderung verloren geht."
        )
    given = {tag.strip() for tag in if_match.split(",")}
    return "*" in given or not given.isdisjoint(current.etag(coding) for coding in (None, *_CODINGS))


class Shelf:
    """Encoded answers, kept until the revision moves.

    The same question gets the same bytes, time stamp included, so the ETag over them stays; and
    nothing is encoded twice. Holds at most `KEPT_BYTES` unpacked, the longest unused go first.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._size = 0
        self._answers: OrderedDict[str, tuple[str, Written]] = OrderedDict()
        self._lock = RLock()

    def recall(self, question: str, revision: str, encode: Callable[[], bytes]) -> Written:
        """Give the bytes of a question at a revision, encoding them at the first call."""
        return self._find(question, revision) or self.keep(question, revision, encode())

    def holds(self, question: str, begun: str) -> bool:
        """Tell whether the bytes of a question are there at a revision that begins so."""
        with self._lock:
            kept = self._answers.get(question)
            return kept is not None and kept[0].startswith(begun)

    def keep(self, question: str, revision: str, body: bytes) -> Written:
        """Keep the bytes of a question at a revision, and give them."""
        written = Written(body)
        with self._lock:
            # Whoever came first while this one encoded has sent its bytes already: they stay.
            return self._find(question, revision) or self._keep(question, revision, written)

    def _find(self, question: str, revision: str) -> Written | None:
        with self._lock:
            kept = self._answers.get(question)
            if kept is None or kept[0] != revision:
                return None
            self._answers.move_to_end(question)
            return kept[1]

    def _keep(self, question: str, revision: str, written: Written) -> Written:
        replaced = self._answers.pop(question, None)
        self._size += len(written.body) - (0 if replaced is None else len(replaced[1].body))
        self._answers[question] = (revision, written)
        while self._size > self._kept_bytes:
            self._size -= len(self._answers.popitem(last=False)[1][1].body)
        return written


def shelf_for(request: Asking, context: Context) -> Shelf:
    """Give the answers kept for readers of this kind; those of the public and the internal ones never meet."""
    shelf: Shelf = request.app.state.shelves[context.public]
    return shelf
