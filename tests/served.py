"""The application behind a server that really listens, on a free port of this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import uvicorn

from infrastruktur.app import create_app
from infrastruktur.settings import Settings


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve an installation; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = msgspec.structs.replace(settings, base_url=f"http://127.0.0.1:{port}")
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield settings.base_url
    finally:
        server.should_exit = True
        thread.join()
