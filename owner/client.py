"""The one file that opens a socket: asks the portal, and never believes more than bytes.

The cookie is kept by hand: on plain-http loopback a cookie jar would hold back a cookie that is
marked Secure, and a jar would also send it where a redirect points.
"""

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from owner.errors import BadInput, NotSignedIn, Refused, Unintelligible, Unreachable
from shared.encoding import from_json, to_json
from shared.errors import Malformed

COOKIES = ("__Host-homeward", "homeward")
MAX_ANSWER = 64 * 1024 * 1024
MAX_REFUSAL = 64 * 1024
_TIMEOUT_S = (10, 60)
_CHUNK = 64 * 1024
Progress = Callable[[int], None]


class Portal:
    """A portal at its URL, with the cookie it gave us (name=value) or None."""

    def __init__(self, url: str, cookie: str | None = None) -> None:
        self.url = check_url(url)
        self.cookie = cookie
        self._http = requests.Session()
        self._http.auth = _no_netrc
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, path: str) -> dict[str, Any]:
        """The JSON answer; raises Unreachable, Refused, NotSignedIn, Unintelligible."""
        return self._json("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json("PUT", path, body)

    def upload(self, path: str, data: bytes) -> None:
        """Raw bytes; raises what `get` does."""
        status, said = self._ask("PUT", path, data, MAX_REFUSAL, _nobody)
        if not 200 <= status < 300:
            raise _refusal(self.url, status, said)

    def download(self, path: str, limit: int, progress: Progress) -> bytes:
        """Raw bytes, at most `limit`; `progress` hears how many more have come."""
        status, data = self._ask("GET", path, None, limit, progress)
        if status != 200:
            raise _refusal(self.url, status, data)
        return data

    def close(self) -> None:
        self._http.close()

    def _json(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        status, data = self._ask(method, path, body, MAX_ANSWER, _nobody)
        if not 200 <= status < 300:
            raise _refusal(self.url, status, data)
        if not data:
            return {}
        try:
            return from_json(data)
        except Malformed as error:
            raise Unintelligible(_NOT_A_PORTAL.format(self.url)) from error

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | bytes | None, limit: int,
        progress: Progress,
    ) -> tuple[int, bytes]:  # fmt: skip
        headers = {"Accept": "application/json", "User-Agent": "homeward"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if isinstance(body, dict):
            headers["Content-Type"] = "application/json"
            body = to_json(body)
        try:
            with self._http.request(
                method, f"{self.url}/api/v1{path}", headers=headers, timeout=_TIMEOUT_S,
                data=body, stream=True, allow_redirects=False,
            ) as response:  # fmt: skip
                self._keep_cookie(response)
                if response.status_code >= 300:
                    return response.status_code, _read(response, MAX_REFUSAL, _nobody)
                return response.status_code, _read(response, limit, progress)
        except requests.exceptions.SSLError as error:
            raise Unreachable(_BAD_TLS.format(self.url)) from error
        except (requests.RequestException, OSError) as error:
            raise Unreachable(_AWAY.format(self.url)) from error

    def _keep_cookie(self, response: requests.Response) -> None:
        for line in response.raw.headers.getlist("Set-Cookie"):
            for name, value in _cookies(line).items():
                if name in COOKIES:
                    self.cookie = f"{name}={value}" if value else None


_AWAY = (
    "The portal at {} cannot be reached. Check this computer's connection and the address, "
    "then run the same command again."
)
_BAD_TLS = (
    "The portal at {} shows a certificate that cannot be checked, so nothing was sent. "
    "Try from another network; if it stays, ask the portal's operator."
)
# What somebody else's server says to a path it does not have; a portal's refusals have a body.
_NO_PORTALS = (301, 302, 303, 307, 308, 404, 405, 501)
_NOT_A_PORTAL = "What answers at {} is not a Homeward portal. Check the address (--portal)."


def check_url(url: str) -> str:
    """The address without a trailing slash; raises BadInput unless https, or http on loopback."""
    try:
        parts = urlsplit(url)
        usable = (
            url.isascii()
            and url.isprintable()
            and bool(parts.hostname)
            and not (parts.username or parts.query or parts.fragment)
        )
        secure = parts.scheme == "https" or (
            parts.scheme == "http" and _is_loopback(parts.hostname or "")
        )
        _ = parts.port  # raises for nonsense
    except ValueError:
        usable = secure = False
    if not usable or not secure:
        raise BadInput(f"{url!r} is not a portal's address. It starts with https:// "
                       "(plain http only on this computer itself).")  # fmt: skip
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _nobody(more: int) -> None:
    """Nobody waits for small answers."""


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stands where requests would otherwise put credentials from ~/.netrc."""
    return request


def _cookies(line: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    except CookieError:
        return {}


def _read(response: requests.Response, limit: int, progress: Progress) -> bytes:
    """The body, bounded: a portal may not fill this computer's memory."""
    data = bytearray()
    for chunk in response.iter_content(_CHUNK):
        data += chunk
        progress(len(chunk))
        if len(data) > limit:
            raise Unintelligible("The portal's answer is larger than it may be. Try again later.")
    return bytes(data)


def _refusal(url: str, status: int, data: bytes) -> Refused | NotSignedIn:
    try:
        problem = from_json(data)
        code, detail = str(problem["code"]), str(problem["detail"])
    except (Malformed, KeyError):
        code, detail = f"http-{status}", ""
    if status in _NO_PORTALS and not detail:
        return Refused(code, _NOT_A_PORTAL.format(url), status)
    if code == "not-signed-in":
        return NotSignedIn("Your sign-in has ended.")
    fallback = f"The portal refused with status {status}. Try again in a minute."
    return Refused(code, printable(detail) or fallback, status)


def printable(text: str, most: int = 500) -> str:
    """Somebody else's text, safe on a terminal: no control characters, not endless."""
    return "".join(c if c.isprintable() else " " for c in text[:most]).strip()
