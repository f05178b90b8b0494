"""VIES on loopback, after its description: it knows some numbers, and can be away, slow or odd."""

import json
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.served import Served

KNOWN = "FR40303265045"


@dataclass
class FakeVies(Served):
    """`odd` is answered instead, with status 200, as it does when a country does not answer."""

    valid: set[str] = field(default_factory=lambda: {KNOWN})
    odd: Any = None
    away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.serve() + "/check-vat-number"

    @Request.application
    def _answer(self, request: Request) -> Response:
        said: dict[str, str] = request.get_json()
        self.asked.append(said)
        if self.away:
            return Response("made-up maintenance", 503)
        if self.odd is not None:
            return Response(self.odd, 200, content_type="application/json")
        number = said["countryCode"] + said["vatNumber"]
        answer = {
            "countryCode": said["countryCode"], "vatNumber": said["vatNumber"],
            "valid": number in self.valid, "requestIdentifier": f"WAPI{len(self.asked):012d}",
            "name": "---", "address": "---",
        }  # fmt: skip
        return Response(json.dumps(answer), 200, content_type="application/json")
