"""Jobs (OGC API Processes, Part 1): how far they are, what came out, and giving them up.

A job is known to whoever has its address, which nobody guesses. Internal readers see all of theirs in a list, and the
public, who have jobs of their own, none.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Response, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from infrastruktur.http.answers import Asking, Opened, answer, answer_as
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.links import href, link
from infrastruktur.http.negotiation import HTML, JSON, Format
from infrastruktur.http.parameters import read_question
from infrastruktur.http.problems import describe_error
from infrastruktur.usecases.jobs import Jobs, Stand, Zustand

PATH = "/jobs"
FORMATS = (JSON, HTML)
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
_NOT_LISTED = "Aufträge sind nur unter ihrer eigenen Adresse zu sehen; eine Liste aller gibt es für die Verwaltung."
_WAITS = "Der Auftrag wartet."
_WORDS = {
    Zustand.ACCEPTED: _WAITS,
    Zustand.SUCCESSFUL: "Das Ergebnis ist da.",
    Zustand.DISMISSED: "Der Auftrag wurde abgebrochen.",
}


@dataclass(frozen=True)
class Ergebnis:
    """What a job gives: bytes of a format, and how a file of them is called."""

    body: bytes
    form: Format
    filename: str | None

    def __len__(self) -> int:
        return len(self.body)


Waiting = NamedDependency[SkipValidation[Jobs[Ergebnis]]]


def path_of(job_id: str) -> str:
    return f"{PATH}/{job_id}"


@get(PATH, sync_to_thread=False)
def get_jobs(request: Asking, context: Opened, jobs: Waiting) -> Response[bytes]:
    """Answer with all jobs for staff, and with none for the public, whose own are not known as theirs (7.12)."""
    question = read_question(request, (), FORMATS)
    base = context.settings.base_url
    listed = [] if context.public else [describe_job(stand, base) for stand in jobs.list_all()]
    body: dict[str, Any] = {"jobs": listed, "links": [link("self", href(base, PATH), JSON.media_type, "Diese Liste")]}
    if context.public:
        body["hinweis"] = _NOT_LISTED
    return answer_as(question.form, request, context, "Aufträge", body)


@get(f"{PATH}/{{job_id:str}}", sync_to_thread=False)
def get_job(request: Asking, context: Opened, jobs: Waiting, job_id: FromPath[str]) -> Response[bytes]:
    """Answer with how far a job is (7.12)."""
    question = read_question(request, (), FORMATS)
    described = describe_job(jobs.find(job_id), context.settings.base_url)
    return answer_as(question.form, request, context, "Auftrag", described)


@get(f"{PATH}/{{job_id:str}}/results", sync_to_thread=True)
def get_results(request: Asking, jobs: Waiting, job_id: FromPath[str]) -> Response[bytes]:
    """Answer with what came out, in the format that was asked for with the job, or with why nothing did (7.13)."""
    ergebnis = jobs.read_result(job_id)
    read_question(request, (), (ergebnis.form,))
    return answer(request, ergebnis.body, ergebnis.form, filename=ergebnis.filename)


@delete(f"{PATH}/{{job_id:str}}", status_code=200, sync_to_thread=False)
def dismiss_job(request: Asking, context: Opened, jobs: Waiting, job_id: FromPath[str]) -> Response[bytes]:
    """Give up a job, and its result if there is one already (clause 13, dismiss)."""
    read_question(request, (), (JSON,))
    body = encode_json(describe_job(jobs.dismiss(job_id), context.settings.base_url))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON.media_type)


def describe_job(stand: Stand, base: str) -> dict[str, Any]:
    """Write a job as the standard's statusInfo."""
    path = path_of(stand.id)
    links = [link("self", href(base, path), JSON.media_type, "Dieser Auftrag")]
    if stand.zustand is Zustand.SUCCESSFUL:
        links.append(link(RESULTS, href(base, f"{path}/results"), JSON.media_type, "Das Ergebnis"))
    moments = {"created": stand.angelegt, "started": stand.begonnen, "finished": stand.beendet}
    return {
        "jobID": stand.id,
        "processID": stand.frage,
        "type": "process",
        "status": stand.zustand.value,
        "message": _say(stand),
        "progress": stand.prozent,
        **{name: moment.isoformat(timespec="milliseconds") for name, moment in moments.items() if moment is not None},
        "links": links,
    }


def _say(stand: Stand) -> str:
    if stand.fehler is not None:
        return describe_error(stand.fehler).detail
    return _WORDS.get(stand.zustand) or stand.schritt or "Der Auftrag wird gerechnet."
