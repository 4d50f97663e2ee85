"""Long questions as jobs: asked for, followed, given up, and answered as their own address answers."""

import csv
import io
import itertools
import re
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from refusals import assert_problem

from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.progress import tell
from infrastruktur.domain.waiting import check_waiting
from infrastruktur.http import processes
from infrastruktur.http.operations import list_operations
from infrastruktur.settings import Audience, Limits
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.issue_token import issue_token

INTERN = Zustaendigkeit(rolle=Rolle.STATISTIK)
SITING = {"ziel": "begegnung", "anzahl": 1}
DAYS = itertools.count()
JSON = {"content-type": "application/json"}


@dataclass
class Gate:
    begun: threading.Event = field(default_factory=threading.Event)
    may_go: threading.Event = field(default_factory=threading.Event)


def new_question():
    """Give a question nobody has asked yet: results are kept, and so are those of a process a test has replaced."""
    return {**SITING, "stichtag": (date(2001, 1, 1) + timedelta(days=next(DAYS))).isoformat()}


def submit(api, process="siting", inputs=SITING, **more):
    return api.client.post(f"/processes/{process}/execution", json={"inputs": inputs, **more})


def submitted(api, *given, **more):
    response = submit(api, *given, **more)
    assert response.status_code == 201, response.text
    return response.json()


def follow(api, job, *states):
    path = f"/jobs/{job['jobID']}"
    for _ in range(2_000):
        told = api.json(path)
        if told["status"] in states:
            return told
        time.sleep(0.005)
    raise AssertionError(told)


def results_of(api, job, **headers):
    follow(api, job, "successful", "failed")
    return api.get(f"/jobs/{job['jobID']}/results", **headers)


@pytest.fixture
def write_siting(monkeypatch):
    """Replace what siting does when it runs."""

    def replace_by(write):
        process = replace(processes.PROCESSES["siting"], write=write)
        monkeypatch.setitem(processes.PROCESSES, "siting", process)

    return replace_by


@pytest.fixture
def blocked(write_siting):
    """Let siting wait, telling how far it is, until it may go on or nobody waits for it."""
    gate = Gate()

    def write(_context, _question):
        tell("Suche", 0.5)
        gate.begun.set()
        while not gate.may_go.wait(0.005):
            check_waiting()
        return b"{}"

    write_siting(write)
    yield gate
    gate.may_go.set()


@pytest.fixture
def computed(write_siting):
    """Give the questions siting was computed for."""
    questions = []

    def write(_context, question):
        questions.append(question.values["anzahl"])
        return b"{}"

    write_siting(write)
    return questions


def test_the_landing_page_leads_to_what_can_be_asked(api):
    links = {each["rel"]: each["href"] for each in api.json("/")["links"]}
    listed = api.json(api.relative(links["http://www.opengis.net/def/rel/ogc/1.0/processes"]))
    assert [each["id"] for each in listed["processes"]] == ["coverage", "catchments", "siting", "isochrones"]
    for each in listed["processes"]:
        assert each["jobControlOptions"] == ["async-execute", "dismiss"]
        (described,) = (link["href"] for link in each["links"] if link["rel"] == "self")
        process = api.json(api.relative(described))
        assert {name: process[name] for name in each} == each
        assert process["outputs"]["ergebnis"]


def test_a_process_takes_what_its_address_takes(api):
    inputs = api.json("/processes/siting")["inputs"]
    (asked,) = (each for each in list_operations(api.json("/api")) if each.path == "/planning/siting")
    assert set(inputs) == {each["name"] for each in asked.parameters}
    assert {name for name, each in inputs.items() if each["minOccurs"]} == set()
    inputs = api.json("/processes/catchments")["inputs"]
    assert {name for name, each in inputs.items() if each["minOccurs"]} == {"art", "modus", "altersgruppe"}


def test_a_job_is_of_its_moment_as_the_address_is(api):
    moment = datetime.now(UTC).isoformat()
    told = results_of(api, submitted(api, inputs={**SITING, "known_at": moment})).json()
    assert told["herkunft"]["parameter"]["known_at"]
    assert told == api.json(f"/planning/siting?ziel=begegnung&anzahl=1&known_at={quote(moment)}")


def test_a_job_is_taken_at_once_and_says_where_to_look(api):
    response = submit(api)
    assert response.status_code == 201
    assert response.headers["location"] == f"{api.settings.base_url}/jobs/{response.json()['jobID']}"
    assert "preference-applied" not in response.headers
    told = api.json(api.relative(response.headers["location"]))
    assert (told["processID"], told["type"]) == ("siting", "process")
    prefers = api.client.post(
        "/processes/siting/execution", json={"inputs": SITING}, headers={"prefer": "respond-async"}
    )
    assert prefers.headers["preference-applied"] == "respond-async"


@pytest.mark.parametrize(
    ("process", "address", "inputs"),
    [
        ("siting", "/planning/siting?ziel=begegnung&anzahl=1", SITING),
        ("coverage", "/planning/coverage?ziel=tagespflege&ebene=kommune", {"ziel": "tagespflege", "ebene": "kommune"}),
        (
            "catchments",
            "/planning/catchments?art=pflege.dauerpflege&modus=pkw&altersgruppe=ab80",
            {"art": "pflege.dauerpflege", "modus": "pkw", "altersgruppe": "ab80"},
        ),
    ],
)
def test_a_result_is_what_the_address_answers(api, process, address, inputs):
    assert results_of(api, submitted(api, process, inputs)).json() == api.json(address)


def test_isochrones_take_lists_and_come_as_a_layer(api):
    job = submitted(api, "isochrones", {"punkt": api.centre, "modus": "zu_fuss", "minuten": [5, 10]})
    response = results_of(api, job)
    assert response.headers["content-type"] == "application/geo+json"
    asked = api.json(f"/reach/isochrones?punkt={api.centre}&modus=zu_fuss&minuten=5,10")
    assert response.json()["features"] == asked["features"]


@pytest.mark.parametrize(
    "asked",
    [{"inputs": {**SITING, "f": "csv"}}, {"outputs": {"ergebnis": {"format": {"mediaType": "text/csv"}}}}],
    ids=["f", "mediaType"],
)
def test_a_result_comes_in_the_format_asked_for(api, asked):
    job = submitted(api, **({"inputs": SITING} | asked))
    response = results_of(api, job)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="siting.csv"' in response.headers["content-disposition"]
    assert next(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))["ziel"] == "begegnung"
    assert results_of(api, job, if_none_match=response.headers["etag"]).status_code == 304
    assert_problem(results_of(api, job, accept="image/png"), 406)


def test_progress_is_told_while_it_runs_and_no_result_before(api, blocked):
    job = submitted(api, "siting", new_question())
    assert blocked.begun.wait(10)
    running = api.json(f"/jobs/{job['jobID']}")
    assert (running["progress"], running["message"]) == (50, "Suche")
    early = assert_problem(api.get(f"/jobs/{job['jobID']}/results"), 404)
    assert early["type"].endswith("/result-not-ready")
    blocked.may_go.set()
    done = follow(api, job, "successful")
    assert done["progress"] == 100
    assert done["created"] <= done["started"] <= done["finished"]
    (leads,) = (each["href"] for each in done["links"] if each["rel"].endswith("/results"))
    assert api.get(api.relative(leads)).content == b"{}"


@pytest.mark.usefixtures("blocked")
def test_a_job_is_given_up_by_delete(api):
    job = submitted(api, "siting", new_question())
    follow(api, job, "running")
    given_up = api.client.delete(f"/jobs/{job['jobID']}")
    assert (given_up.status_code, given_up.json()["status"]) == (200, "dismissed")
    assert api.json(f"/jobs/{job['jobID']}")["status"] == "dismissed"
    assert_problem(api.get(f"/jobs/{job['jobID']}/results"), 404)


def test_an_equal_question_is_computed_once(api, computed):
    question = {**new_question(), "anzahl": 7}
    asked = [question, {**dict(reversed(question.items())), "anzahl": "7"}]
    jobs = [submitted(api, "siting", inputs) for inputs in asked]
    assert [results_of(api, job).content for job in jobs] == [b"{}", b"{}"]
    results_of(api, submitted(api, "siting", question))
    assert computed == [7]
    results_of(api, submitted(api, "siting", {**question, "f": "csv"}))
    results_of(api, submitted(api, "siting", {**question, "anzahl": 8}))
    assert computed == [7, 7, 8]


def test_what_an_answer_depends_on_is_part_of_the_question(reopened, computed):
    api = reopened()
    before = submitted(api)
    results_of(api, before)
    own = api.settings.home / "ziele.toml"
    own.write_text("# Ziele dieser Installation\n", encoding="utf-8")
    try:
        results_of(api, submitted(api))
        assert computed == [1, 1]
        assert results_of(api, before).status_code == 200, "what was asked then stays what it was"
    finally:
        own.unlink()


def test_who_may_not_see_all_jobs_sees_none_listed(api, reopened):
    submitted(api)
    listed = api.json("/jobs")
    assert listed["jobs"] == []
    assert listed["hinweis"]
    staff = reopened(audience=Audience.STAFF)
    job = submitted(staff)
    assert [each["jobID"] for each in staff.json("/jobs")["jobs"]] == [job["jobID"]]


def test_an_internal_job_leads_the_public_nowhere(api):
    with closing(open_context(api.settings)) as context:
        shown = {"authorization": f"Bearer {issue_token(context, 'Prüfung', INTERN, 1)[1]}"}
    asked = {"ziel": "tagespflege", "ebene": "sozialraum"}
    job = api.client.post("/processes/coverage/execution", json={"inputs": asked}, headers=shown).json()
    path = f"/jobs/{job['jobID']}"
    for _ in range(2_000):
        if api.client.get(path, headers=shown).json()["status"] == "successful":
            break
        time.sleep(0.005)
    internal = api.client.get(f"{path}/results", headers=shown).json()
    public = results_of(api, submitted(api, "coverage", asked)).json()
    assert internal["zeilen"] != public["zeilen"], "not even an equal question shares what was computed"
    for address in (path, f"{path}/results"):
        assert_problem(api.get(address), 404)
    assert_problem(api.client.delete(path), 404)
    assert job["jobID"] in {each["jobID"] for each in api.client.get("/jobs", headers=shown).json()["jobs"]}
    assert_problem(api.client.get(path, headers={"authorization": "Bearer falsch"}), 401)


def test_why_a_job_has_no_result_is_said_as_its_address_says_it(api):
    job = submitted(api, "siting", {"ziel": "gibtsnicht"})
    failed = follow(api, job, "failed")
    said = assert_problem(api.get("/planning/siting?ziel=gibtsnicht"), 404)
    assert failed["message"] == said["detail"]
    assert assert_problem(results_of(api, job), 404) == said


@pytest.mark.parametrize(
    ("process", "inputs", "parameter"),
    [
        ("catchments", {}, "art"),
        ("siting", {**SITING, "anzal": 1}, "anzal"),
        ("siting", {**SITING, "anzahl": 10**6}, "anzahl"),
        ("siting", {"ziel": "A\u0000"}, "ziel"),
    ],
)
def test_inputs_are_checked_as_the_address_checks_them(api, process, inputs, parameter):
    assert assert_problem(submit(api, process, inputs), 400)["parameter"] == parameter


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"inputs": {"ziel": {"href": "http://evil.example/"}}}', 422),
        (b'{"inputs": {"ziel": true}}', 422),
        (b'{"inputs": {"ziel": "begegnung"}, "subscriber": {"successUri": "http://evil.example/"}}', 422),
        (b'{"inputs": {"ziel": "begegnung"}, "response": "document"}', 422),
        (b'{"inputs": {"ziel": "begegnung"}, "outputs": {"karte": {}}}', 422),
        (b'{"inputs": {"ziel": "begegnung"}, "outputs": {"ergebnis": {"transmissionMode": "reference"}}}', 422),
        (b'{"inputs": {"ziel": "begegnung"}, "outputs": {"ergebnis": {"format": {"mediaType": "image/png"}}}}', 406),
    ],
)
def test_a_body_that_cannot_be_taken_is_a_problem(api, body, status):
    assert_problem(api.client.post("/processes/siting/execution", content=body, headers=JSON), status)


def test_a_body_has_to_be_json_and_no_longer_than_any(api):
    assert_problem(api.client.post("/processes/siting/execution", data={"ziel": "begegnung"}), 415)
    long = b'{"inputs": {"ziel": "' + b"x" * api.settings.limits.body_bytes + b'"}}'
    assert_problem(api.client.post("/processes/siting/execution", content=long, headers=JSON), 413)


@pytest.mark.parametrize("path", ["/jobs/nichts", "/jobs/nichts/results", "/processes/nichts"])
def test_what_is_not_there_is_a_problem(api, path):
    assert_problem(api.get(path), 404)


def test_a_job_or_process_that_is_not_there_takes_nothing(api):
    assert assert_problem(api.client.delete("/jobs/nichts"), 404)["type"].endswith("/no-such-job")
    assert_problem(submit(api, "nichts"), 404)


def test_each_address_says_what_it_takes(api):
    job = f"/jobs/{submitted(api)['jobID']}"
    takes = {
        "/processes/siting/execution": "POST, OPTIONS",
        job: "GET, HEAD, DELETE, OPTIONS",
        f"{job}/results": "GET, HEAD, OPTIONS",
    }
    for path, methods in takes.items():
        asked, refused = api.client.options(path), api.client.put(path)
        assert (asked.status_code, asked.headers["allow"]) == (200, methods)
        assert asked.headers["access-control-allow-methods"] == methods
        assert_problem(refused, 405)
        assert refused.headers["allow"] == methods


def test_unknown_parameters_are_refused_here_too(api):
    job = f"/jobs/{submitted(api)['jobID']}"
    assert_problem(api.get(f"{job}?limt=1"), 400)
    assert_problem(api.client.delete(f"{job}?limt=1"), 400)
    assert_problem(api.client.post("/processes/siting/execution?limt=1", json={"inputs": SITING}), 400)


@pytest.mark.usefixtures("blocked")
def test_when_too_many_wait_the_next_is_told_to_come_again(reopened):
    api = reopened(limits=Limits(jobs_waiting=1))
    follow(api, submitted(api), "running")
    submitted(api, "siting", {**SITING, "anzahl": 2})
    busy = submit(api, "siting", {**SITING, "anzahl": 3})
    assert_problem(busy, 503)
    assert busy.headers["retry-after"]


def test_a_restart_forgets_jobs_in_a_sentence(reopened):
    job = submitted(reopened())
    said = assert_problem(reopened().get(f"/jobs/{job['jobID']}"), 404)
    assert re.search(r"enden mit dem Dienst", said["detail"])
