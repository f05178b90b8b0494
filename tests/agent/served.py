"""A portal in memory, served over real HTTP on loopback."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.errors import ProtocolError
from tests.agent.other_end import Portal, problem


class Served:
    """A portal on loopback, in threads. Ends with its context."""

    def __init__(self, portal: Portal, port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgment

            def _any(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                header = self.headers.get("Authorization") or ""
                try:
                    status, said = portal.answer(self.command, self.path, header, body)
                except ProtocolError as refusal:
                    status, said = problem(422, refusal.code)
                if status == 0:  # hang up without a word
                    self.close_connection = True
                    return
                with suppress(OSError):  # whoever asked may be gone by now
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(said)))
                    if 300 <= status < 400:
                        self.send_header("Location", "/api/v1/elsewhere")
                    self.end_headers()
                    self.wfile.write(said)

            do_GET = do_POST = do_PUT = _any  # noqa: N815  (http.server's names)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Laptops that are killed hang up in the middle of a word."""

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
