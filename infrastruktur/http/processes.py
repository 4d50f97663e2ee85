"""Long questions as processes (OGC API Processes, Part 1): what can be asked, and asking it as a job.

A process is a question that has an address of its own already, with the same names, checks and limits: who can wait
asks there, whoever does not want to, here. So every process is executed asynchronously only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from infrastruktur import __version__
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.http import planning, reach
from infrastruktur.http.angaben import SZENARIO
from infrastruktur.http.answers import Asking, Opened, answer_as
from infrastruktur.http.bodies import read_body
from infrastruktur.http.figures import FIGURES, Figure
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.jobs import Ergebnis, Waiting, describe_job, path_of
from infrastruktur.http.links import Link, href, link
from infrastruktur.http.negotiation import HTML, JSON, Format
from infrastruktur.http.parameters import Parameter, Question, check_question, format_parameter, read_question
from infrastruktur.http.problems import BodyRefused
from infrastruktur.settings import Limits
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.jobs import Jobs, Stand
from infrastruktur.usecases.look_back import look_again

Json = dict[str, Any]
PATH = "/processes"
FORMATS = (JSON, HTML)
EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
OUTPUT = "ergebnis"
"""Every process has one output."""


@dataclass(frozen=True)
class Process:
    """A question that may take long: its words, its parameters and formats, and who answers it."""

    titel: str
    beschreibung: str
    formats: tuple[Format, ...]
    parameters: Callable[[Limits], tuple[Parameter, ...]]
    write: Callable[[Context, Question], bytes]


def _process_of_figure(figure: Figure) -> Process:
    return Process(
        figure.titel,
        figure.beschreibung,
        planning.FILES,
        lambda _limits: figure.parameters,
        lambda context, question: planning.write_figure(context, figure, question),
    )


def _process_of_frage(frage: reach.Frage) -> Process:
    """Give up pages: a result is kept as a file."""
    files = tuple(form for form in frage.formats if form is not HTML)
    return Process(frage.titel, frage.beschreibung, files, frage.parameters, frage.write)


PROCESSES: Mapping[str, Process] = {
    **{name: _process_of_figure(FIGURES[name]) for name in ("coverage", "catchments", "siting")},
    "isochrones": _process_of_frage(reach.FRAGEN["isochrones"]),
}


class _OutputFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    media_type: str = JSON.media_type


class _Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    format: _OutputFormat = _OutputFormat()
    transmission_mode: str = "value"


class _Execute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for execution (Part 1, 7.9.2)."""

    inputs: dict[str, str | int | float | list[str | int | float]] = {}
    outputs: dict[str, _Output] = {}
    response: str = "raw"


@get(PATH, sync_to_thread=False)
def get_processes(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the list of processes (Part 1, 7.10)."""
    question = read_question(request, (), FORMATS)
    base = context.settings.base_url
    body = {
        "processes": [{**_summarise(name), "links": _links_of(base, name)} for name in PROCESSES],
        "links": [link("self", href(base, PATH), JSON.media_type, "Diese Liste")],
    }
    return answer_as(question.form, request, context, "Prozesse", body)


@get(f"{PATH}/{{process_id:str}}", sync_to_thread=False)
def get_process(request: Asking, context: Opened, process_id: FromPath[str]) -> Response[bytes]:
    """Answer with what a process takes and gives (Part 1, 7.11 and the process description of 7.12)."""
    process = _find_process(process_id)
    question = read_question(request, (), FORMATS)
    limits = context.settings.limits
    taken = (*process.parameters(limits), format_parameter(process.formats))
    body = {
        **_summarise(process_id),
        "inputs": {each.name: _describe_input(each) for each in taken},
        "outputs": {
            OUTPUT: {
                "title": process.titel,
                "schema": {
                    "oneOf": [{"type": "string", "contentMediaType": each.media_type} for each in process.formats]
                },
            }
        },
        "links": _links_of(context.settings.base_url, process_id),
    }
    return answer_as(question.form, request, context, process.titel, body)


@post(f"{PATH}/{{process_id:str}}/execution", status_code=201)
async def execute_process(
    request: Asking, context: Opened, jobs: Waiting, process_id: FromPath[str]
) -> Response[bytes]:
    """Take a job, and answer with where it stands and where it can be asked for (Part 1, 7.11)."""
    process = _find_process(process_id)
    read_question(request, (), (JSON,))
    question = _check(process, await read_body(request, _Execute), context.settings.limits)
    stand = await anyio.to_thread.run_sync(_submit, context, jobs, process_id, question)
    base = context.settings.base_url
    headers = {"Location": href(base, path_of(stand.id)), "Cache-Control": "no-store"}
    if "respond-async" in request.headers.get("prefer", ""):
        headers["Preference-Applied"] = "respond-async"
    return Response(encode_json(describe_job(stand, base)), headers=headers, media_type=JSON.media_type)


def _find_process(name: str) -> Process:
    if name not in PROCESSES:
        raise NotFound(f"Den Prozess „{name}“ gibt es nicht. Möglich sind: {', '.join(PROCESSES)}.")
    return PROCESSES[name]


def _check(process: Process, asked: _Execute, limits: Limits) -> Question:
    """Check what was sent as the address of the same question would."""
    if asked.response != "raw":
        raise BodyRefused("Unter response ist nur „raw“ möglich: Das Ergebnis kommt, wie es ist.")
    if set(asked.outputs) - {OUTPUT}:
        raise BodyRefused(f"Unter outputs ist nur „{OUTPUT}“ möglich.")
    output = asked.outputs.get(OUTPUT)
    if output is not None and output.transmission_mode != "value":
        raise BodyRefused("Als transmissionMode ist nur „value“ möglich.")
    written = {name: _write_text(name, value) for name, value in asked.inputs.items()}
    accept = "" if output is None else output.format.media_type
    return check_question(written, accept, process.parameters(limits), process.formats)


def _write_text(name: str, value: str | float | list[str | int | float]) -> str:
    """Write a value of JSON as an address has it: members of a list with commas (style form, not exploded)."""
    if not isinstance(value, list):
        return str(value)
    if any("," in str(each) for each in value):
        raise InvalidParameter(name, "In einer Liste darf kein Komma stehen. Bitte als ein Text schreiben.")
    return ",".join(map(str, value))


def _submit(context: Context, jobs: Jobs[Ergebnis], name: str, question: Question) -> Stand:
    """Take a job under a key of all that its answer depends on: the question, the data, and who asks.

    A scenario is opened now: it stays what it is when somebody changes the stored one before the job is done. What it
    changes stands in the key, however it was named.
    """
    asked = {key: value for key, value in question.values.items() if value is not None and key != SZENARIO.name}
    assumed = planning.open_question(context, question, name)
    depends_on = (
        assumed.revision(),
        assumed.szenario.fingerprint,
        assumed.find_network_generation(),
        assumed.settings_revision(),
        assumed.public,
        __version__,
        assumed.today(),  # where no day is named, this one is meant
    )
    key = msgspec.json.encode([name, question.form.name, asked, depends_on])
    return jobs.submit(name, key, lambda: _compute(look_again(assumed), name, question))


def _compute(assumed: Context, name: str, question: Question) -> Ergebnis:
    form = question.form
    filename = None if "json" in form.media_type else f"{name}.{form.name.partition('-')[0]}"
    return Ergebnis(PROCESSES[name].write(assumed, question), form, filename)


def _summarise(name: str) -> Json:
    return {
        "id": name,
        "title": PROCESSES[name].titel,
        "description": PROCESSES[name].beschreibung,
        "version": __version__,
        "jobControlOptions": ["async-execute", "dismiss"],
        "outputTransmission": ["value"],
    }


def _describe_input(parameter: Parameter) -> Json:
    return {
        "title": parameter.name,
        "description": parameter.beschreibung,
        "schema": parameter.schema,
        "minOccurs": 1 if parameter.required else 0,
    }


def describe_execution(process: Process, limits: Limits) -> Json:
    """Describe the body of a request for execution in JSON Schema."""
    taken = (*process.parameters(limits), format_parameter(process.formats))
    required = [each.name for each in taken if each.required]
    media_types = list(dict.fromkeys(each.media_type for each in process.formats))
    inputs: Json = {
        "type": "object",
        "properties": {each.name: {**each.schema, "description": each.beschreibung} for each in taken},
        "additionalProperties": False,
    }
    output_format: Json = {"type": "object", "properties": {"mediaType": {"type": "string", "enum": media_types}}}
    output: Json = {"type": "object", "properties": {"format": output_format}}
    return {
        "type": "object",
        **({"required": ["inputs"]} if required else {}),
        "properties": {
            "inputs": inputs | ({"required": required} if required else {}),
            "outputs": {"type": "object", "properties": {OUTPUT: output}},
            "response": {"type": "string", "enum": ["raw"]},
        },
    }


def _links_of(base: str, name: str) -> list[Link]:
    path = f"{PATH}/{name}"
    return [
        link("self", href(base, path), JSON.media_type, PROCESSES[name].titel),
        link(EXECUTE, href(base, f"{path}/execution"), JSON.media_type, "Als Auftrag stellen (POST)"),
    ]
