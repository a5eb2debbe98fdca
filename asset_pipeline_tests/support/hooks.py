"""A webhook that is served over real HTTP, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ServedHook:
    """A webhook that is being served.

    Args:
        url: Its address.
        got: The bodies it was sent, in their order.
        status: What it answers.
    """

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 204


@contextmanager
def served_hook() -> Iterator[ServedHook]:
    """Serve a webhook on a free port for as long as the context lasts."""
    hook = ServedHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's signature
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="webhook", daemon=True)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/services/secret/"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
