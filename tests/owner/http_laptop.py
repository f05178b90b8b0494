"""A laptop over real HTTP: pairs, checks in with reports and pictures, obeys report-now."""

import time
from dataclasses import dataclass, field
from typing import Any

import requests

from shared import command, crypto, media, orders, pairing, readings
from shared.checkin import Answer
from shared.command import Wish
from shared.encoding import b64, unb64
from shared.envelope import Attachment, Envelope
from shared.orders import Standing
from shared.readings import Circumstances, Fix, Hop, Power, Reading, Snapshot, Snapshots, Traceroute
from tests.cast import Laptop

JPEG = b"\xff\xd8\xff\xe0 a room"


def now() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class HttpLaptop:
    """`late_pictures` keeps a picture back until a check-in without report."""

    portal: str
    core: Laptop = field(default_factory=Laptop)
    late_pictures: bool = False
    camera: bool = True
    camera_name: str = "../Front: camera"
    receipt: bytes | None = None
    wanted: list[Wish] = field(default_factory=list)
    asked: int | None = None  # when the drill it is to make was signed
    opened: list[tuple[Wish, dict[str, Any]]] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.core.secret.code

    def offer(self) -> None:
        path = f"/pair/{self.core.secret.rid.hex()}"
        assert self._ask("POST", path, json=self.core.offer_body()).status_code == 201

    def learn_owner(self) -> str:
        """Take the owner's answer; the fingerprint to show."""
        said = self._ask("GET", f"/pair/{self.core.secret.rid.hex()}/orders").json()
        raw = unb64(said["orders"])
        self.core.secret.check_orders(raw, unb64(said["mac"]))
        first = orders.parse(raw)
        orders.accept(first, None, self.core.id, first.will.owner)
        self.core.learn(first)
        return pairing.fingerprint(first.will.owner)

    @property
    def quoted(self) -> str | None:
        """What its next record says of the portal's last receipt."""
        return None if self.receipt is None else b64(self.receipt)

    @property
    def standing(self) -> Standing:
        assert self.core.held is not None
        return self.core.held.will.standing

    def look(self) -> Envelope:
        """One report: at home a fix and the battery, while stolen a route and a picture too."""
        said: dict[str, Reading] = {
            "location": Fix(52.52, 13.40, 25.0, "wifi", now()),
            "power": Power(battery_percent=80.0, plugged=False),
        }
        attachments: tuple[Attachment, ...] = ()
        why = self.wanted[-1].value if self.wanted else "hourly"
        self.wanted.clear()
        asked, self.asked = self.asked, None
        if self.standing is Standing.STOLEN or why == Wish.DRILL:
            why = "stolen" if why == "hourly" else why
            hops = (Hop(1, "192.0.2.1"), Hop(2, None), Hop(3, "192.0.2.3"))
            said["traceroute"] = (Traceroute("192.0.2.9", 4, hops, True),)
            attachments = self._photograph(said)
        return self.core.seal(readings.report(why, self.moment(), said, asked), attachments)

    def _photograph(self, said: dict[str, Reading]) -> tuple[Attachment, ...]:
        if not self.camera:
            said["camera"] = Snapshots(())
            return ()
        sealed = media.seal(JPEG, "image/jpeg", self.core.id, self.core.seq, 0)
        self.waiting.append(sealed.ciphertext)
        shot = Snapshot(self.camera_name, "ok", 640, 480, index=0, media=sealed.key.to_json())
        said["camera"] = Snapshots((shot,))
        return (sealed.attachment,)

    def moment(self) -> Circumstances:
        assert self.core.held is not None
        return Circumstances(now(), 1.0, "boot", self.core.held.serial, self.quoted)

    def check_in(self, *sealed: Envelope) -> Answer:
        body = b"".join(one.wire for one in sealed)
        headers = self.core.authorization(body, now())
        said = self._ask("POST", "/check-in", data=body, headers=headers)
        assert said.status_code == 200, said.text
        answer = Answer.from_json(said.json())
        self.receipt = answer.receipt or self.receipt
        self._obey(answer)
        if not (sealed and self.late_pictures):
            self._upload()
        return answer

    def _obey(self, answer: Answer) -> None:
        for raw in answer.orders:
            given, held = orders.parse(raw), self.core.held
            orders.accept(given, held, self.core.id, given.will.owner)
            self.core.learn(given)
        for raw in answer.commands:
            wish = command.parse(raw)
            self.opened.append(wish.open(self.core.opening))
            self.wanted.append(self.opened[-1][0])
            if self.wanted[-1] is Wish.DRILL:
                self.asked = wish.terms.issued
            self.core.last_command = wish.id

    def _upload(self) -> None:
        while self.waiting:
            ciphertext = self.waiting.pop()
            digest = crypto.sha256(ciphertext)
            headers = self.core.authorization(digest, now())
            path = f"/media/{digest.hex()}"
            assert self._ask("PUT", path, data=ciphertext, headers=headers).status_code == 201

    def report(self) -> None:
        self.check_in(self.look())

    def tell(self, event: str, **details: Any) -> int:
        """An event; the time it says."""
        here = self.moment()
        said = details or {"seen": here.t}
        self.check_in(self.core.seal(readings.event(here, event, said)))
        return here.t

    def live(self) -> None:
        """One beat: hear what is new, and look while stolen or asked."""
        before = self.standing
        self.check_in()
        if self.wanted or (self.standing is Standing.STOLEN and before is Standing.HOME):
            self.report()

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(method, f"{self.portal}/api/v1{path}", timeout=10, **options)
