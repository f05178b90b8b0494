"""A positioning service of ichnaea's kind on loopback, which answers as a test has it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PLACE = b'{"location": {"lat": 52.52, "lng": 13.4}, "accuracy": 38.5}'


@dataclass
class Ichnaea:
    """`asked` holds each request: its path, its headers and its JSON."""

    status: int = 200
    body: bytes = PLACE
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""


@contextmanager
def served(ichnaea: Ichnaea) -> Iterator[Ichnaea]:
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ichnaea.asked.append((self.path, dict(self.headers), json.loads(body)))
            if ichnaea.hangs:
                closing.wait(60)
                return
            self.send_response(ichnaea.status)
            for name, value in ichnaea.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(ichnaea.body)))
            self.end_headers()
            with suppress(OSError):  # who asked has heard enough
                self.wfile.write(ichnaea.body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ichnaea.url = f"http://127.0.0.1:{server.server_port}/v1/geolocate?key=test"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield ichnaea
        finally:
            closing.set()
            server.shutdown()
            thread.join()
