"""The other end, in memory but with real crypto: a portal after docs/api.md, and an owner with her
keys. tests/agent/served.py puts it on loopback.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shared import checkin, command, envelope, media, orders, receipt
from shared.command import Terms, Wish
from shared.crypto import OpeningKey, SigningKey
from shared.encoding import b64, unb64
from shared.envelope import Envelope, Kind
from shared.media import MediaKey
from shared.orders import Orders, Standing, Theft, Will
from shared.pairing import Offer, Secret, parse_offer
from shared.readings import parse_record

NOW = 1_790_000_000_000
MINUTE = 60_000
DAY = timedelta(days=1) // timedelta(milliseconds=1)
Reply = tuple[int, bytes]


class Owner:
    """Alice, or Bob, or Mallory who would like to be one."""

    def __init__(self) -> None:
        self.signing = SigningKey.generate()
        self.recovery = SigningKey.generate()
        self.vault = OpeningKey.generate()
        self.given: list[Orders] = []
        self.counter = 0

    def will(self, t: int = NOW, **changes: Any) -> Will:
        home = Will(
            Standing.HOME, t, self.signing.public, self.recovery.public, 1, self.vault.public
        )
        return replace(home, **changes)

    def adopt(self, offer: Offer, t: int = NOW) -> Orders:
        self.given = [orders.make(offer.device_id, None, self.will(t), self.signing)]
        self.offer = offer
        return self.given[0]

    def order(self, t: int = NOW, signer: SigningKey | None = None, **changes: Any) -> Orders:
        """The next orders."""
        will = self.will(t, **changes)
        made = orders.make(self.offer.device_id, self.given[-1], will, signer or self.signing)
        self.given.append(made)
        return made

    def stolen(self, t: int = NOW, days: float = 14, **changes: Any) -> Orders:
        theft = Theft("a" * 32, t, t + round(days * DAY), **changes)
        return self.order(t, standing=Standing.STOLEN, theft=theft)

    def wish(self, wish: Wish, t: int = NOW, **changes: Any) -> bytes:
        """The next command, raw; `changes` go into its terms, `said` is what it asks for."""
        self.counter += 1
        said = changes.pop("said", {})
        signer = changes.pop("signer", self.signing)
        offer = changes.pop("offer", self.offer)
        serial = self.given[-1].serial
        terms = Terms(offer.device_id, self.counter, t, t + 3600_000, serial)
        return command.make(replace(terms, **changes), wish, said, offer.command_key, signer).raw


@dataclass
class Device:
    """What the portal holds of one laptop."""

    offer: Offer
    orders: list[bytes]
    envelopes: list[Envelope] = field(default_factory=list)
    forks: list[Envelope] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    claims: list[checkin.Claim] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    receipt: bytes | None = None
    left: bool = False

    @property
    def head(self) -> Envelope | None:
        return self.envelopes[-1] if self.envelopes else None

    def continues(self, sent: Envelope) -> bool:
        header, head = sent.header, self.head
        if header.kind is Kind.SEGMENT_START:
            known = {orders.parse(raw).hash for raw in self.orders}
            return header.prev in known and (head is None or header.seq > head.header.seq)
        if head is None:
            return header.seq == 0 and header.prev == orders.parse(self.orders[0]).hash
        return header.seq == head.header.seq + 1 and header.prev == head.chain_hash


class Portal:
    """Honest. `misbehave` sees each request first and may answer in its place."""

    def __init__(self) -> None:
        self.key = SigningKey.generate()
        self.devices: dict[bytes, Device] = {}
        self.offers: dict[str, dict[str, str]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.misbehave: Callable[[str, str], Reply | None] = lambda method, path: None
        self.change_answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer
        self.wake = threading.Event()
        self.hold_wake_s = 30.0
        self.tickets = True
        self._lock = threading.Lock()

    # --- What tests look at ----------------------------------------------------------------------

    def register(self, offer: Offer, first: Orders) -> Device:
        self.devices[offer.device_id] = Device(offer, [first.raw])
        return self.devices[offer.device_id]

    def check_chain(self, device: Device) -> None:
        """Every record once, in unbroken order, each signed by the laptop."""
        seqs = [sent.header.seq for sent in device.envelopes]
        assert seqs == sorted(set(seqs))
        before = None
        for sent in device.envelopes:
            sent.verify(device.offer.device_key)
            if before and sent.header.kind is Kind.RECORD:
                assert sent.header.seq == before.header.seq + 1
                assert sent.header.prev == before.chain_hash
            before = sent

    # --- HTTP ------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> Reply:
        self.requests.append(f"{method} {path.split('?')[0]}")
        odd = self.misbehave(method, path)
        if odd is not None:
            return odd
        what, *rest = path.removeprefix("/api/v1/").split("?")[0].split("/")
        if what == "wake":
            return self._wake()
        with self._lock:
            if what == "check-in":
                return self._check_in(authorization, body)
            if what == "leave":
                return self._leave(authorization)
            if what == "media":
                return self._media(authorization, rest[0], body)
            return self._pair(method, rest, body)

    def _wake(self) -> Reply:
        news = self.wake.wait(self.hold_wake_s)
        self.wake.clear()
        return 200, json.dumps({"wake": news}).encode()

    def _claimed(self, authorization: str, signed: bytes) -> tuple[Device | None, checkin.Claim]:
        claim, signature = checkin.parse_authorization(authorization)
        device = self.devices.get(claim.device_id)
        if device:
            checkin.verify(claim, signature, signed, device.offer.device_key)
            device.claims.append(claim)
        return device, claim

    def _check_in(self, authorization: str, body: bytes) -> Reply:
        device, claim = self._claimed(authorization, body)
        if device is None:
            return problem(401, "unknown-device")
        for sent in envelope.parse_many(body):
            sent.verify(device.offer.device_key)
            if any(sent.skeleton == known.skeleton for known in device.envelopes):
                continue
            if not device.continues(sent):
                device.forks += list(envelope.parse_many(body))
                head = device.head
                at = head and {"seq": head.header.seq, "chain": b64(head.chain_hash)}
                return problem(409, "fork", head=at)
            device.envelopes.append(sent)
            device.receipt = receipt.make(
                claim.device_id, sent.header.seq, sent.chain_hash, NOW, bytes(32), self.key
            )
        return 200, json.dumps(self.change_answer(self._news(device, claim))).encode()

    def _news(self, device: Device, claim: checkin.Claim) -> dict[str, Any]:
        ids = [command.parse(raw).id for raw in device.commands]
        done = ids.index(claim.last_command) + 1 if claim.last_command in ids else 0
        head = device.head
        return checkin.Answer(
            receipt=device.receipt,
            orders=tuple(device.orders[claim.orders_serial :]),
            commands=tuple(device.commands[done:]),
            head=head and checkin.Head(head.header.seq, head.chain_hash),
            you=("127.0.0.1", 1),
            wake=os.urandom(8).hex() if self.tickets else None,
        ).to_json()

    def _leave(self, authorization: str) -> Reply:
        device, _ = self._claimed(authorization, checkin.GOODBYE)
        if device is None:
            return problem(401, "unknown-device")
        device.left = True
        return 200, b"{}"

    def _media(self, authorization: str, sha256: str, body: bytes) -> Reply:
        device, _ = self._claimed(authorization, bytes.fromhex(sha256))
        if device is None:
            return problem(401, "unknown-device")
        listed = {a.sha256.hex() for sent in device.envelopes for a in sent.attachments()}
        if sha256 not in listed:
            return problem(404, "not-listed")
        if hashlib.sha256(body).hexdigest() != sha256:
            return problem(422, "body-mismatch")
        known = sha256 in device.media
        device.media[sha256] = body
        return (200 if known else 201), b""

    def _pair(self, method: str, rest: list[str], body: bytes) -> Reply:
        rid = rest[0]
        if method == "POST":
            self.offers[rid] = json.loads(body)
            return 201, json.dumps({"expires": NOW}).encode()
        if rid not in self.offers:
            return problem(404, "not-found")
        if rid not in self.answers:
            return problem(404, "not-yet")
        return 200, json.dumps(self.answers[rid]).encode()

    def adopt(self, code: str, owner: Owner, **changes: Any) -> None:
        """What the owner's client does with the code from the laptop's screen."""
        secret = Secret.from_code(code)
        said = self.offers[secret.rid.hex()]
        raw = unb64(said["offer"])
        secret.check_offer(raw, unb64(said["mac"]))
        offer = parse_offer(raw)
        first = owner.adopt(offer)
        self.register(offer, first)
        keys = [{"public": b64(self.key.public), "from": 0, "until": None}]
        answer = {"orders": b64(first.raw), "mac": b64(secret.mac_orders(first.raw))}
        self.answers[secret.rid.hex()] = {**answer, "portal_keys": keys, **changes}


def problem(status: int, code: str, **more: Any) -> Reply:
    said = {"type": "about:blank", "title": code, "status": status, "detail": code, "code": code}
    return status, json.dumps(said | more).encode()


def opened(device: Device, owner: Owner) -> list[dict[str, Any]]:
    """The records that still have their bodies, as the owner reads them."""
    return [
        parse_record(sent.open(owner.vault).plaintext)
        for sent in device.envelopes
        if sent.body is not None
    ]


def pictures(device: Device, owner: Owner) -> list[bytes]:
    """Every picture that was uploaded, opened by its record's key."""
    found = []
    for sent in device.envelopes:
        if sent.body is None:
            continue
        record = parse_record(sent.open(owner.vault).plaintext)
        shots = record.get("readings", {}).get("camera", {}).get("cameras", [])
        for shot in shots:
            listed = sent.attachments()[shot["index"]]
            if (uploaded := device.media.get(listed.sha256.hex())) is not None:
                key = MediaKey.from_json(shot["media"])
                place = (sent.header.device_id, sent.header.seq, shot["index"])
                found.append(media.open_media(uploaded, listed, key, place))
    return found
