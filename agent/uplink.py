"""The only file of a beat that opens a socket: check-in, media, pairing."""

import os
import socket
from typing import Any
from urllib.parse import urlsplit

import requests

from agent.errors import Forked, Refused, Unreachable
from shared.checkin import GOODBYE, LEASE_HEADER, Answer, Claim, Head, authorize, parse_head
from shared.crypto import SigningKey
from shared.encoding import from_json
from shared.errors import Malformed

CONNECT_S, READ_S = 10, 30
MAX_ANSWER = 4 * 1024 * 1024
# A laptop counts its records, or takes the milliseconds since 1970: a head past this is nonsense,
# and believing it would leave no numbers to go on with.
MAX_SEQ = 2**52


class _Authorization(requests.auth.AuthBase):
    """Set the header ourselves: requests would otherwise replace it by a .netrc entry."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


class Uplink:
    """The portal, as the laptop sees it. Whatever happens becomes an answer, Unreachable, Refused
    or Forked.
    """

    def __init__(self, portal: str, session: requests.Session) -> None:
        self._api = f"{portal}/api/v1"
        self._session = session
        self._portal = urlsplit(portal)

    def check_in(
        self, envelopes: bytes, claim: Claim, key: SigningKey, lease: int | None = None
    ) -> Answer:
        """`lease` asks for a word on the license, newer than the one of this seq."""
        header = authorize(claim, envelopes, key)
        asks = {} if lease is None else {"headers": {LEASE_HEADER: str(lease)}}
        answer = self._ask("POST", "/check-in", data=envelopes, authorization=header, **asks)
        try:
            return Answer.from_json(answer)
        except Malformed as error:
            raise Unreachable("The portal's answer made no sense.") from error

    def put_media(self, ciphertext: bytes, sha256: bytes, claim: Claim, key: SigningKey) -> None:
        """The claim is signed over the digest in place of a body (docs/api.md)."""
        header = authorize(claim, sha256, key)
        self._ask("PUT", f"/media/{sha256.hex()}", data=ciphertext, authorization=header)

    def say_goodbye(self, claim: Claim, key: SigningKey) -> None:
        """The last request of a laptop: nothing comes from it any more."""
        self._ask("POST", "/leave", authorization=authorize(claim, GOODBYE, key))

    def wake_door(self) -> dict[str, str]:
        """Where the supervisor may listen, found here because a slow name server must not hold it
        up; {} when the name does not resolve.
        """
        secure = self._portal.scheme == "https"
        host, port = self._portal.hostname or "", self._portal.port or (443 if secure else 80)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return {}
        certificates = os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
        return {
            "scheme": self._portal.scheme,
            "host": host,
            "port": str(port),
            "ip": str(found[0][4][0]),
            "path": f"{self._portal.path}/api/v1/wake",
            "certificates": certificates,
        }

    def offer(self, rid: bytes, offer: dict[str, str]) -> None:
        self._ask("POST", f"/pair/{rid.hex()}", json=offer)

    def paired_orders(self, rid: bytes) -> dict[str, Any]:
        """Raises Refused("not-yet") while the owner has not answered."""
        return self._ask("GET", f"/pair/{rid.hex()}/orders")

    def _ask(
        self, method: str, path: str, *, authorization: str | None = None, **what: Any
    ) -> dict[str, Any]:
        """One request; its JSON answer, {} where there is none."""
        try:
            with self._session.request(
                method,
                self._api + path,
                auth=_Authorization(authorization),
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,  # what is signed for one place goes to no other
                stream=True,
                **what,
            ) as response:
                return _read(response)
        except requests.RequestException as error:
            raise Unreachable("The portal could not be reached.") from error


def _read(response: requests.Response) -> dict[str, Any]:
    body = b""
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise Unreachable("The portal's answer had no end.")
    if response.status_code >= 500 or response.status_code == 429:
        raise Unreachable(f"The portal is in trouble ({response.status_code}).")
    try:
        said = from_json(body) if body else {}
    except Malformed as error:
        raise Unreachable("The portal's answer made no sense.") from error
    if response.ok and response.status_code < 300:
        return said
    raise _refusal(response.status_code, said)


def _refusal(status: int, problem: dict[str, Any]) -> Exception:
    code = problem.get("code")
    if not isinstance(code, str) or status < 400:
        # A login page of a café's network, say: not our portal speaking.
        return Unreachable(f"Something that is not the portal answered ({status}).")
    if code == "fork":
        return _fork(problem.get("head"))
    return Refused(code, str(problem.get("detail", ""))[:500])


def _fork(head: Any) -> Exception:
    try:
        found: Head | None = None if head is None else parse_head(head)
    except (Malformed, TypeError):
        return Unreachable("The portal's answer made no sense.")
    if found and found.seq > MAX_SEQ:
        return Unreachable("The portal's answer made no sense.")
    return Forked(found)
