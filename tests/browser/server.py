"""Serves the test pages and a build of src/ on loopback, under the portal's exact headers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread

from flask import Flask, Response, send_from_directory

PAGES = Path(__file__).parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)


def headers(name: str) -> dict[str, str]:
    """WebAssembly is allowed to the password worker alone, not to pages."""
    wasm = " 'wasm-unsafe-eval'" if name.startswith("argon.worker-") else ""
    return {
        "Content-Security-Policy": CSP.format(wasm=wasm),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@contextmanager
def serve(build: Path) -> Iterator[str]:
    """`/x.html` from pages/, `/build/…` from the build; its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            name, found = path.rpartition("/")[2], _find(build, path)
            self.send_response(204 if found is None else 200)
            for header, value in headers(name).items():
                self.send_header(header, value)
            self.send_header("Content-Type", guess_type(name)[0] or "application/octet-stream")
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def with_test_pages(app: Flask, build: Path) -> Flask:
    """The same pages on a real portal, for tests whose scripts talk to one."""

    @app.get("/<name>.html")
    def show(name: str) -> Response:
        return Response(page_text(build, f"{name}.html"), headers=headers(name))

    @app.get("/build/<name>")
    def asset(name: str) -> Response:
        answer = send_from_directory(build, name)
        answer.headers.update(headers(name))
        return answer

    return app


def _find(build: Path, path: str) -> bytes | None:
    """The favicon a browser asks for by itself is the one thing that may be missing."""
    if path == "/favicon.ico":
        return None
    if path.startswith("/build/"):
        return (build / path.removeprefix("/build/")).read_bytes()
    return page_text(build, path.strip("/")).encode()


def page_text(build: Path, name: str) -> str:
    """A test page with the hashed names of what it loads."""
    text = (PAGES / name).read_text(encoding="utf-8")
    for asset, hashed in json.loads((build / "manifest.json").read_text()).items():
        text = text.replace(f"{{{{ {asset} }}}}", f"/build/{hashed}")
    return text
