"""A portal in memory as a transport of requests: the real uplink, without a socket."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from shared.errors import ProtocolError
from tests.agent.other_end import Portal, problem

PORTAL = "http://portal.invalid"


class Killed(BaseException):
    """The power went, or somebody sent SIGKILL: nothing in the agent catches it."""


class Wire(BaseAdapter):
    """`kill_at` counts down the moments at which the laptop may die: before a request, after it."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._portal = portal
        self.kill_at: int | None = None

    def moment(self) -> None:
        if self.kill_at is None:
            return
        self.kill_at -= 1
        if self.kill_at < 0:
            self.kill_at = None
            raise Killed

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.moment()
        body, header = request.body or b"", request.headers.get("Authorization", "")
        assert isinstance(body, bytes)
        assert request.method
        path = urlsplit(request.url or "").path
        try:
            status, said = self._portal.answer(request.method, str(path), str(header), body)
        except ProtocolError as refusal:
            status, said = problem(422, refusal.code)
        self.moment()
        if status == 0:
            raise requests.ConnectionError
        return _response(request, status, said)

    def close(self) -> None:
        pass


def _response(request: requests.PreparedRequest, status: int, said: bytes) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.request, answer.url = status, request, request.url or ""
    answer._content, answer._content_consumed = said, True
    return answer
