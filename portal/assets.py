"""The browser side's files: hashed names, kept by browsers for good, compressed beforehand."""

import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request, send_from_directory, url_for

from portal.headers import WASM_POLICY

BUILD = Path(__file__).parent / "static" / "build"
_SIBLINGS = {"br": ".br", "gzip": ".gz"}  # best first
_HASHED = re.compile(r"-[0-9A-Z]{8}\.[a-z0-9]+")
_FOLDER = "homeward.build"
# Type by name: a machine's own tables may know no woff2, or call JavaScript text.
_TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
    ".svg": "image/svg+xml", ".txt": "text/plain", ".woff2": "font/woff2",
}  # fmt: skip

blueprint = Blueprint("assets", __name__, url_prefix="/static/build")


def attach(app: Flask, folder: Path) -> None:
    """Templates say `asset("site.css")` and mean the file of the newest build in `folder`."""
    app.extensions[_FOLDER] = folder
    app.jinja_env.globals["asset"] = asset
    app.register_blueprint(blueprint)


def asset(name: str) -> str:
    """The address of what the build made of `name`."""
    return url_for("assets.show", name=_hashed(name))


def as_download(name: str) -> Response:
    """What the build made of `name`, to be kept under that name."""
    return send_from_directory(_folder(), _hashed(name), as_attachment=True, download_name=name)


def _hashed(name: str) -> str:
    manifest = _folder() / "manifest.json"
    return _read(manifest, manifest.stat().st_mtime_ns)[name]


@lru_cache(maxsize=1)
def _read(manifest: Path, _changed: int) -> dict[str, str]:
    found: dict[str, str] = json.loads(manifest.read_bytes())
    return found


@blueprint.get("/<name>")
def show(name: str) -> Response:
    """A file of the build, in the best form the browser takes."""
    encoding = _encoding(name)
    answer = send_from_directory(_folder(), name + _SIBLINGS.get(encoding, ""), conditional=False)
    answer.mimetype = _TYPES.get(Path(name).suffix, "application/octet-stream")
    answer.vary.add("Accept-Encoding")
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    if _HASHED.search(name):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if name.startswith("argon.worker-"):
        answer.headers["Content-Security-Policy"] = WASM_POLICY
    return answer


def _encoding(name: str) -> str:
    """The first sibling that is there and that the browser takes; empty for the file itself."""
    for encoding, suffix in _SIBLINGS.items():
        if request.accept_encodings[encoding] and (_folder() / (name + suffix)).is_file():
            return encoding
    return ""


def _folder() -> Path:
    found = current_app.extensions[_FOLDER]
    assert isinstance(found, Path)  # noqa: S101  (a type for what Flask keeps as Any)
    return found
