"""What happened to a feature, change by change."""

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.http.answers import Asking, Opened, answer_as
from infrastruktur.http.collections import path_of
from infrastruktur.http.edits import ITEM
from infrastruktur.http.links import href, link
from infrastruktur.http.negotiation import FEATURES, HTML, JSON
from infrastruktur.http.parameters import read_question
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.read_layer import find_collection
from infrastruktur.usecases.show_history import list_history, list_massnahme_history

HISTORY = f"{ITEM}/history"
FORMATS = (JSON, HTML)


@get(HISTORY, sync_to_thread=True)
def get_history(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[bytes]:
    """Answer with the changes of a feature, oldest first."""
    collection = find_collection(collection_id)
    question = read_question(request, (), FORMATS)
    if collection_id == MASSNAHMEN:
        listed = list_massnahme_history(context, feature_id)
    else:
        listed = list_history(context, collection_id, feature_id)
    path, base = f"{path_of(collection)}/items/{feature_id}", context.settings.base_url
    links = [
        link("self", href(base, f"{path}/history"), JSON.media_type, "Geschichte"),
        link("item", href(base, path), FEATURES.media_type, collection.titel),
    ]
    body = {"id": feature_id, "aenderungen": msgspec.to_builtins(listed), "links": links}
    return answer_as(question.form, request, context, "Geschichte eines Eintrags", body)
