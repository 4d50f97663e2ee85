"""What the service description says of processes and jobs: questions that take longer."""

from infrastruktur.http import jobs, processes
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.operations import (
    FIGURE_DOCUMENTS,
    Json,
    describe_content,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    refer_problems,
)
from infrastruktur.http.parameters import format_parameter
from infrastruktur.settings import Limits

_NO_JOB = ("400", "404", "406")


def describe_processes(limits: Limits) -> Json:
    listed = describe_get(
        "Prozesse", "Was sich als Auftrag fragen lässt.", _job("getProcesses"), {JSON: "Processes", HTML: ""}
    )
    paths = {processes.PATH: listed}
    for name, process in processes.PROCESSES.items():
        path = f"{processes.PATH}/{name}"
        titel, text = process.titel, process.beschreibung
        paths[path] = describe_get(
            f"{titel}: Prozess", text, _job(f"describe_process_{name}"), {JSON: "Process", HTML: ""}
        )
        paths[f"{path}/execution"] = {
            "post": {
                "tags": ["Aufträge"],
                "summary": f"{titel}: Auftrag",
                "description": f"{text} Die Antwort kommt sofort und sagt, wo der Auftrag zu verfolgen ist.",
                "operationId": f"execute_{name}",
                "parameters": [describe_parameter(format_parameter((JSON,)))],
                "requestBody": {
                    "required": True,
                    "content": {JSON.media_type: {"schema": processes.describe_execution(process, limits)}},
                },
                "responses": {
                    "201": {"description": "Angenommen.", "content": describe_content({JSON: "Job"})},
                    **refer_problems("400", "401", "403", "404", "406", "413", "415", "422", "500", "503"),
                },
            }
        }
    return paths


def describe_jobs() -> Json:
    path = f"{jobs.PATH}/{{jobId}}"
    address = [describe_path_parameter("jobId", "Kennung des Auftrags; wer sie kennt, sieht ihn.")]
    job = describe_get(
        "Auftrag", "Wie weit er ist.", _job("getStatus"), {JSON: "Job", HTML: ""}, parameters=address, errors=_NO_JOB
    )
    dismiss = describe_get(
        "Auftrag abbrechen",
        "Gibt ihn auf; steht das Ergebnis schon da, wird es nicht weiter aufbewahrt.",
        _job("dismiss"),
        {JSON: "Job"},
        parameters=address,
        errors=_NO_JOB,
    )["get"]
    del dismiss["responses"]["304"]
    forms = tuple(dict.fromkeys(form for process in processes.PROCESSES.values() for form in process.formats))
    results = describe_get(
        "Ergebnis",
        "Was herauskam, im Format, nach dem mit dem Auftrag gefragt wurde, oder warum es kein Ergebnis gibt.",
        _job("getResult"),
        {each: FIGURE_DOCUMENTS.get(each, "") for each in forms},
        parameters=address,
        errors=(*_NO_JOB, "409", "422", "503"),
    )
    listed = describe_get(
        "Aufträge", "Alle, für die Verwaltung; sonst keine.", _job("getJobs"), {JSON: "Jobs", HTML: ""}
    )
    return {jobs.PATH: listed, path: job | {"delete": dismiss}, f"{path}/results": results}


def _job(name: str) -> tuple[str, str]:
    return ("Aufträge", name)
