"""The bytes on the wire: HTTP/1.1 as the server speaks it, where no request reaches a route."""

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

from infrastruktur.http.problems import MEDIA_TYPE, describe_status


class Wire(H11Protocol):
    """HTTP/1.1 by h11, which keeps the case of header names: QGIS before 3.40.4 finds `Location` by case only."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its English words are for a log
        """Answer what is no HTTP as every other error is answered, and hang up (RFC 9112, 2.2)."""
        body = msgspec.json.encode(describe_status(400))
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
