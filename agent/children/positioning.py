"""The short-lived program that asks a positioning service where some access points are.

It reads one JSON request from its input and writes one JSON answer: a fix, or why there is none.
"""

import math
import sys
from typing import Any

import requests

from agent.fixes import believable
from agent.hosts import host
from shared.encoding import from_json, to_json
from shared.errors import Malformed
from shared.readings import Fix, Reason, Unread, plain

USER_AGENT = "homeward-agent"
MAX_ANSWER = 64 * 1024
CONNECT_S, READ_S = 5, 10
NONSENSE = Unread(Reason.FAILED, "The positioning service's answer made no sense.")


def ask(service: str, question: dict[str, Any], t: int, read_s: float = READ_S) -> Fix | Unread:
    """`t` (ms) is when the access points were heard."""
    try:
        with requests.post(
            service, json=question, headers={"User-Agent": USER_AGENT}, stream=True,
            timeout=(CONNECT_S, read_s),
            allow_redirects=False,  # what is around is told to the service of the settings alone
        ) as response:  # fmt: skip
            return understand(response.status_code, _body(response), t)
    except requests.Timeout:
        return Unread(Reason.TIMED_OUT, "The positioning service did not answer in time.")
    except requests.RequestException:
        return Unread(Reason.FAILED, "The positioning service could not be reached.")


def _body(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(4096):
        body += chunk
        if len(body) > MAX_ANSWER:
            break
    return body


def understand(status: int, body: bytes, t: int) -> Fix | Unread:
    """A fix, if the service's answer holds a place on earth."""
    if status == 404:
        return Unread(Reason.FAILED, "The positioning service knows none of these access points.")
    if status != 200:
        return Unread(Reason.FAILED, f"The positioning service is in trouble ({status}).")
    try:
        said = from_json(body)
        place = said["location"]
        fix = believable(place["lat"], place["lng"], said["accuracy"], "wifi", t)
    except (Malformed, KeyError, TypeError):
        return NONSENSE
    return fix or NONSENSE


def main() -> None:
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # A service that sends a byte now and then would never run into a time limit of its reads.
    host.end_within(math.ceil(request["deadline_s"]))
    answer = ask(request["service"], request["question"], request["t"])
    sys.stdout.buffer.write(to_json(plain(answer)))


if __name__ == "__main__":
    main()
