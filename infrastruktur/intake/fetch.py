"""The door to the maps of the net: OSMnx asks Nominatim and Overpass, and every answer is taken as it came.

OSMnx keeps answers in its cache, and that is what is read here. The graph it makes of them is not what a network can
be built from: rings lose where they begin, `oneway=-1` is turned round with its tag left on, and relations are absent.
"""

import itertools
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

from shapely.errors import ShapelyError

from infrastruktur import __version__
from infrastruktur.domain.errors import LimitExceeded, SourceUnavailable
from infrastruktur.settings import Settings

Progress = Callable[[str, float], None]

PATIENCE = 3
"""How often a busy server is asked again. OSMnx would ask for ever, every 55 s."""

_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.GATEWAY_TIMEOUT})
_SILENCE_S = 180
_OTHERWISE = "oder das Netz aus einem OSM-Auszug (.osm.pbf) bauen"
_UNUSABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError, ShapelyError)


@dataclass(frozen=True)
class Errand:
    """A download from its first question to its last answer, which must be there by `until_s` of the monotonic clock.

    No answer may be larger than `settings.limits.download_bytes`.
    """

    settings: Settings
    progress: Progress
    until_s: float


def begin_errand(settings: Settings, progress: Progress) -> Errand:
    """Start the clock of a download."""
    return Errand(settings, progress, time.monotonic() + settings.limits.download_s)


def ask(errand: Errand, server: str, step: str, question: Callable[[ModuleType], object]) -> bytes:
    """Put one question through OSMnx to `server` and give the answer: whole, and some JSON, but of any content.

    Parameters
    ----------
    errand
        What the answer may cost.
    server, step
        The server's name, for sentences, and what is being done, for the progress.
    question
        Calls one function of the module `osmnx` that sends one request.

    Raises
    ------
    SourceUnavailable
        The server is out of reach, busy, too slow, refuses, or gives no whole answer.
    LimitExceeded
        The answer is too large.

    """
    import osmnx  # noqa: PLC0415  costs two seconds (pandas), which only a download need pay

    errand.progress(step, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        with _set(osmnx.settings, _settings(errand, server, folder)):
            _put(question, osmnx, server, folder)
        kept = list(Path(folder).iterdir())
        if len(kept) != 1:  # OSMnx keeps no answer that is no JSON or in which Overpass remarks that it gave up
            raise SourceUnavailable(
                f"{server} hat keine vollständige Antwort gegeben. Bitte später noch einmal versuchen, ein kleineres "
                f"Gebiet wählen {_OTHERWISE}."
            )
        answer = kept[0].read_bytes()
    errand.progress(step, 1.0)
    return answer


def _put(question: Callable[[ModuleType], object], osmnx: ModuleType, server: str, folder: str) -> None:
    try:
        question(osmnx)
    except InterruptedError:
        pass  # so OSMnx says that it has kept the answer and done no more
    except OSError as error:
        if error.errno is not None:  # a full disk; errors of the net come from requests and have no number
            raise OSError(error.errno, error.strerror, folder) from error
        raise SourceUnavailable(
            f"{server} ist nicht erreichbar oder hat die Verbindung abgebrochen. Bitte die Internetverbindung prüfen "
            f"{_OTHERWISE}."
        ) from error
    except _UNUSABLE:
        pass  # that OSMnx can make nothing of an answer does not matter; whether we can, its reader says


def _settings(errand: Errand, server: str, folder: str) -> dict[str, Any]:
    urls = {"overpass_url": errand.settings.overpass_url, "nominatim_url": errand.settings.nominatim_url}
    return {name: url for name, url in urls.items() if url} | {
        "use_cache": True,
        "cache_folder": folder,
        "cache_only_mode": True,
        "doh_url_template": None,  # no third party learns who is asked
        "http_user_agent": f"infrastruktur/{__version__}",
        "http_accept_language": "de",
        "max_query_area_size": float("inf"),  # one question has one answer
        # Not every server states its slots where OSMnx looks, and then it waits a minute for nothing; a server that
        # has none left says so (429), and is asked again later.
        "overpass_rate_limit": False,
        "requests_timeout": min(_SILENCE_S, errand.settings.limits.download_s),
        "requests_kwargs": {"allow_redirects": False, "hooks": {"response": _watch(errand, server)}},
        "log_console": False,
        "log_file": False,
    }


@contextmanager
def _set(module: ModuleType, values: Mapping[str, Any]) -> Iterator[None]:
    """Set what OSMnx keeps globally, and set it back, with the resolver it replaces."""
    before, resolver = {name: getattr(module, name) for name in values}, socket.getaddrinfo
    try:
        for name, value in values.items():
            setattr(module, name, value)
        yield
    finally:
        socket.getaddrinfo = resolver
        for name, value in before.items():
            setattr(module, name, value)


def _watch(errand: Errand, server: str) -> Callable[..., None]:
    """Look at every answer before it is read: OSMnx knows neither a last try nor a size nor an end."""
    tries = itertools.count(1)

    def look(response: Any, **_: object) -> None:
        busy = response.status_code in _BUSY
        if not busy and response.status_code != HTTPStatus.OK:
            response.close()
            raise SourceUnavailable(
                f"{server} hat die Anfrage abgelehnt (HTTP {response.status_code}). Bitte später noch einmal "
                f"versuchen, die eingestellte Adresse prüfen {_OTHERWISE}."
            )
        if busy and (next(tries) > PATIENCE or time.monotonic() > errand.until_s):
            response.close()
            raise SourceUnavailable(f"{server} ist überlastet. Bitte später noch einmal versuchen {_OTHERWISE}.")
        if busy:
            errand.progress(f"{server} ist überlastet, neuer Versuch in einer Minute", 0.0)
        response.raw.stream = _measured(errand, server, response)

    return look


def _measured(errand: Errand, server: str, response: Any) -> Callable[..., Iterator[bytes]]:
    """Read as `urllib3.HTTPResponse.stream` does, but whatever there is at once: a trickle must not pass unseen."""
    limits = errand.settings.limits

    def measure(amt: int, *, decode_content: bool = True) -> Iterator[bytes]:
        poured = 0
        while chunk := response.raw.read1(amt, decode_content=decode_content):
            poured += len(chunk)
            if poured > limits.download_bytes:
                response.close()
                raise LimitExceeded(
                    f"Die Antwort von {server} ist größer als {limits.download_bytes / 1e6:g} MB. Bitte ein kleineres "
                    f"Gebiet wählen {_OTHERWISE}."
                )
            if time.monotonic() > errand.until_s:
                response.close()
                raise SourceUnavailable(
                    f"{server} hat die Daten nicht in {limits.download_s} Sekunden geliefert. Bitte später noch "
                    f"einmal versuchen {_OTHERWISE}."
                )
            yield chunk

    return measure
