"""A server of a test's own on loopback, for as long as the test needs it."""

import threading
from typing import Any

from werkzeug.serving import make_server


class Served:
    """Answers with the WSGI application `_answer` of whoever inherits this, from `serve` on."""

    _answer: Any

    def serve(self) -> str:
        """Its address."""
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
