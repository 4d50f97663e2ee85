"""A file as it is sent: as the body itself, or as the one file of a form (RFC 7578), so that a plain page can send it.

Either way the whole body has at most `Limits.body_bytes`, and what a file may unpack to is checked where it is read.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import SkipValidation

from infrastruktur.http.answers import Asking
from infrastruktur.http.negotiation import XLSX
from infrastruktur.http.problems import BodyUnreadable

FORM = "multipart/form-data"
MEDIA_TYPES = (XLSX.media_type, "text/csv", FORM)
_UNREADABLE = "Das Formular ist nicht lesbar. Bitte die Datei neu auswählen und senden."
_ONE_FILE = "Das Formular muss genau eine Datei enthalten und sonst nichts; alles Weitere steht in der Adresse."
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Upload:
    """The bytes of a table that was sent, and whether it is a workbook."""

    body: bytes
    workbook: bool


Sent = NamedDependency[SkipValidation[Upload]]


async def give_upload(request: Asking) -> Upload:
    """Give the file that was sent, taken out of its form; whether it may be of this type is asked by the route.

    Raises
    ------
    BodyUnreadable
        It is said to be a form and is none, or not one of exactly one file.

    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        return Upload(await request.body(), workbook=media_type == XLSX.media_type)
    body = await _take_file(await _read_parts(request))
    # What a browser says of a file depends on what is installed beside it: on Windows, Excel makes a CSV its own.
    return Upload(body, workbook=body.startswith(_ZIP))


async def _read_parts(request: Asking) -> list[Any]:
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise BodyUnreadable(_UNREADABLE) from None
    except (LookupError, UnicodeError):
        raise BodyUnreadable(_UNREADABLE) from None
    return [part for _, part in form.multi_items()]


async def _take_file(parts: list[Any]) -> bytes:
    files = [part for part in parts if isinstance(part, UploadFile)]
    try:
        if len(files) != 1 or len(parts) != 1:
            raise BodyUnreadable(_ONE_FILE)
        return await files[0].read()
    finally:
        for each in files:
            await each.close()
