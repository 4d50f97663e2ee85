"""An editor's own list of a layer: taken as a file, changed in a spreadsheet, sent back, looked at, applied."""

import tempfile
from datetime import date
from pathlib import Path

import msgspec
from litestar import Response, get, post
from litestar.di import Provide
from litestar.params import FromPath

from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.bodies import demand_media
from infrastruktur.http.edits import AB, GRUND, KEIN_DUPLIKAT, read_umstaende
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import CSV_DE, JSON, XLSX
from infrastruktur.http.parameters import Question, day, read_question, words
from infrastruktur.http.uploads import MEDIA_TYPES, Sent, give_upload
from infrastruktur.reports.tables import write_xlsx
from infrastruktur.usecases.plan_liste import apply_liste, plan_liste
from infrastruktur.usecases.read_layer import find_collection
from infrastruktur.usecases.tell_plan import tell_plan
from infrastruktur.usecases.write_liste import demand_editor, read_upload, write_liste

LISTE = "/collections/{collection_id:str}/liste"
FORMATS = (XLSX, CSV_DE)
PLAN_FORMATS = (JSON, XLSX)
TAKEN_ON = day(AB.name, "Tag, dessen Stand die Liste zeigt; ohne Angabe heute.")
PRUEFSUMME = words(
    "pruefsumme",
    "Übernimmt die Liste, wenn ihr Plan noch genau dieser ist; ohne Angabe wird nur geplant.",
    pattern="[0-9a-f]{32}",
)
READ_PARAMETERS = (TAKEN_ON,)
SEND_PARAMETERS = (AB, GRUND, KEIN_DUPLIKAT, PRUEFSUMME)


@get(LISTE, sync_to_thread=True)
def get_liste(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with what who asks may change in a layer, as a file to change and to send back."""
    question = read_question(request, READ_PARAMETERS, FORMATS)
    tag = _day_of(question)
    body = write_liste(context, collection_id, tag, workbook=question.form is XLSX)
    ending = "xlsx" if question.form is XLSX else "csv"
    return answer(request, body, question.form, filename=f"liste-{collection_id}-{tag.isoformat()}.{ending}")


@post(LISTE, sync_to_thread=True, status_code=200, dependencies={"upload": Provide(give_upload)})
def post_liste(request: Asking, context: Opened, collection_id: FromPath[str], upload: Sent) -> Response[bytes]:
    """Answer with what would come of a changed list; with the plan's checksum, apply it."""
    question = read_question(request, SEND_PARAMETERS, PLAN_FORMATS)
    demand_editor(context, collection_id)
    demand_media(request, *MEDIA_TYPES)
    collection = find_collection(collection_id)
    inhalt = read_upload(collection, upload.body, workbook=upload.workbook)
    umstaende = read_umstaende(request, collection, question, upload.body)
    pruefsumme = question.values[PRUEFSUMME.name]
    if pruefsumme is None:
        plan = plan_liste(context, inhalt.zeilen, umstaende)
    else:
        plan = apply_liste(context, inhalt.zeilen, umstaende, pruefsumme)
    headers = {"Cache-Control": "no-store"}
    if question.form is XLSX:
        headers["Content-Disposition"] = f'attachment; filename="plan-{collection_id}-{plan.ab.isoformat()}.xlsx"'
        return Response(_workbook(tell_plan(plan, inhalt.fremd)), headers=headers, media_type=XLSX.media_type)
    told = {**msgspec.to_builtins(plan), "fremde_spalten": inhalt.fremd}
    return Response(encode_json(told), headers=headers, media_type=JSON.media_type)


def _workbook(plan: Tabelle) -> bytes:
    with tempfile.TemporaryDirectory(prefix="infrastruktur-") as folder:
        path = Path(folder) / "plan.xlsx"
        write_xlsx(plan, path)
        return path.read_bytes()


def _day_of(question: Question) -> date:
    return question.values[AB.name] or date.today()  # noqa: DTZ011 - a local day
