"""Is the process alive, and can it answer: for supervisors and load balancers."""

from litestar import Response, get
from litestar.exceptions import ServiceUnavailableException

from infrastruktur.http.answers import Asking, Opened
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import JSON
from infrastruktur.http.parameters import read_question
from infrastruktur.usecases.read_layer import list_collections

_UNSTORED = {"Cache-Control": "no-store"}


@get("/health/live", sync_to_thread=False)
def get_live(request: Asking) -> Response[bytes]:
    """Answer as long as the process does; asks nothing of the store."""
    read_question(request, (), (JSON,))
    return Response(encode_json({"status": "live"}), media_type=JSON.media_type, headers=_UNSTORED)


@get("/health/ready", sync_to_thread=True)
def get_ready(request: Asking, context: Opened) -> Response[bytes]:
    """Answer when the catalogue can be read; until then 503, so that nobody is sent here."""
    read_question(request, (), (JSON,))
    try:
        collections = list_collections(context)
    except Exception as error:  # whatever the store fails with, the answer is "not now"
        raise ServiceUnavailableException from error
    body = encode_json({"status": "ready", "collections": len(collections)})
    return Response(body, media_type=JSON.media_type, headers=_UNSTORED)
