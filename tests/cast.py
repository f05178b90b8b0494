"""The cast, with real keys: Alice and Bob are Owners, a Laptop seals and signs as the agent does.

Nothing here speaks HTTP: each method gives the JSON or the bytes to send, so that tests of the
portal, of the owner's client and whole journeys can share it.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shared import checkin, command, crypto, envelope, orders, vault
from shared.encoding import b64
from shared.pairing import Offer, Secret

NOW = 1_790_000_000_000  # a day in 2026, Unix milliseconds
DAY = timedelta(days=1) // timedelta(milliseconds=1)
KDF = vault.Kdf()


@dataclass
class Kept:
    """What an owner keeps of one laptop: its offer, its vault key, every order given."""

    offer: Offer
    vault_key: crypto.OpeningKey
    given: list[orders.Orders]
    counter: int = 0

    @property
    def newest(self) -> orders.Orders:
        return self.given[-1]


class Owner:
    """An owner with a new account. Makes one Argon2id derivation: keep it for a whole session."""

    def __init__(self, email: str, password: str = "correct horse battery") -> None:  # noqa: S107  (fake)
        self.email, self.password = email, password
        self.account_salt = os.urandom(16)
        self.account = vault.Account(os.urandom(16), os.urandom(32), 1)
        self.unlocker = vault.from_password(password, email, self.account_salt, KDF)
        self.code = vault.new_recovery()
        self.recovery = vault.from_recovery(self.code)
        self.recovery_key = vault.recovery_key(self.code)
        self.signing = crypto.SigningKey.generate()
        self.opening = crypto.OpeningKey.generate()
        self.directory_version = 1
        self.laptops: dict[bytes, Kept] = {}

    def registration(self) -> dict[str, Any]:
        """POST /accounts."""
        kinds = ((vault.SlotType.PASSWORD, self.unlocker), (vault.SlotType.RECOVERY, self.recovery))
        account = self.account
        slots = [vault.Slot.make(kind, u, account.id, account.key, 1) for kind, u in kinds]
        keys = [
            account.wrap(vault.KeyKind.OWNER_SIGNING, self.signing),
            account.wrap(vault.KeyKind.OWNER_OPENING, self.opening),
        ]
        return {
            "account_id": account.id.hex(),
            "email": self.email,
            "account_salt": b64(self.account_salt),
            "kdf": {"m": KDF.m, "t": KDF.t, "p": KDF.p},
            "login_verifier": b64(self.unlocker.verifier),
            "recovery_verifier": b64(self.recovery.verifier),
            "slots": [slot_json(slot) for slot in slots],
            "keyring": [key_json(key) for key in keys],
            "directory": self.directory({}, version=1),
            "owner_key": b64(self.signing.public),
            "owner_opening_key": b64(self.opening.public),
            "recovery_key": b64(self.recovery_key.public),
        }

    def credentials(self) -> dict[str, Any]:
        """POST /login."""
        return {"email": self.email, "login_verifier": b64(self.unlocker.verifier)}

    def recovery_credentials(self) -> dict[str, Any]:
        """POST /recovery."""
        return {"email": self.email, "recovery_verifier": b64(self.recovery.verifier)}

    def directory(self, content: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """The next directory, sealed."""
        self.directory_version = version or self.directory_version + 1
        sealed = self.account.directory_key.seal(self.directory_version, content)
        return {"version": self.directory_version, "sealed": b64(sealed)}

    def adopt(self, laptop: "Laptop", now: int = NOW) -> dict[str, Any]:
        """POST /devices: the answer to the laptop's offer, orders serial 1."""
        key = crypto.OpeningKey.generate()
        will = orders.Will(
            orders.Standing.HOME, now, self.signing.public, self.recovery_key.public, 1, key.public
        )
        first = orders.make(laptop.id, None, will, self.signing)
        self.laptops[laptop.id] = Kept(laptop.offer, key, [first])
        return {
            "rid": laptop.secret.rid.hex(),
            "orders": b64(first.raw),
            "mac": b64(laptop.secret.mac_orders(first.raw)),
            "keyring": [key_json(self.account.wrap(vault.KeyKind.VAULT, key))],
            "directory": self.directory({"laptops": [laptop.id.hex()]}),
        }

    def stolen(self, laptop: "Laptop", now: int = NOW, days: int = 14) -> orders.Orders:
        """The next orders: look every five minutes until the mandate ends."""
        theft = orders.Theft(os.urandom(16).hex(), now, now + days * DAY)
        return self.order(laptop, standing=orders.Standing.STOLEN, theft=theft, t=now)

    def recovered(self, laptop: "Laptop", now: int = NOW) -> orders.Orders:
        return self.order(laptop, standing=orders.Standing.HOME, theft=None, t=now)

    def order(self, laptop: "Laptop", **changes: Any) -> orders.Orders:
        """The next orders, the same but for `changes`; kept as if the portal had taken them."""
        kept = self.laptops[laptop.id]
        will = replace(kept.newest.will, **changes)
        kept.given.append(orders.make(laptop.id, kept.newest, will, self.signing))
        return kept.newest

    def command(
        self, laptop: "Laptop", wish: command.Wish = command.Wish.REPORT_NOW, now: int = NOW,
        **parameters: Any,
    ) -> command.Command:  # fmt: skip
        kept = self.laptops[laptop.id]
        kept.counter += 1
        terms = command.Terms(laptop.id, kept.counter, now, now + DAY, kept.newest.serial)
        return command.make(terms, wish, parameters, kept.offer.command_key, self.signing)

    def open(self, laptop: "Laptop", sealed: envelope.Envelope) -> bytes:
        """What a report says, for the only one who can read it."""
        sealed.verify(laptop.signing.public)
        return sealed.open(self.laptops[laptop.id].vault_key).plaintext


@dataclass
class Laptop:
    """A laptop that keeps its chain: knows its orders once `learn` was called."""

    signing: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    opening: crypto.OpeningKey = field(default_factory=crypto.OpeningKey.generate)
    secret: Secret = field(default_factory=Secret.generate)
    held: orders.Orders | None = None
    seq: int = 0
    prev: bytes = b""
    last_command: bytes = checkin.NO_COMMAND

    @property
    def offer(self) -> Offer:
        return Offer(self.signing.public, self.opening.public)

    @property
    def id(self) -> bytes:
        return self.offer.device_id

    def offer_body(self) -> dict[str, Any]:
        """POST /pair/<rid>."""
        offer = self.offer.raw
        return {"offer": b64(offer), "mac": b64(self.secret.mac_offer(offer))}

    def learn(self, given: orders.Orders) -> None:
        """Hold these orders; the chain begins with the first."""
        self.held = given
        self.prev = self.prev or given.hash

    def seal(
        self, plaintext: bytes = b'{"v":1}', attachments: tuple[envelope.Attachment, ...] = ()
    ) -> envelope.Envelope:
        """The next envelope of the chain."""
        assert self.held is not None, "pair the laptop first"
        will = self.held.will
        place = envelope.Place(self.id, will.vault_epoch, self.seq, self.prev)
        made = envelope.make(place, plaintext, attachments, will.vault_key, self.signing)
        self.seq, self.prev = self.seq + 1, made.chain_hash
        return made

    def authorization(self, body: bytes, ms: int = NOW) -> dict[str, str]:
        """The header that goes with these bytes."""
        serial = self.held.serial if self.held else 0
        claim = checkin.Claim(self.id, ms, serial, self.last_command)
        return {"Authorization": checkin.authorize(claim, body, self.signing)}


class Clock:
    """Time that passes when the test says so; Unix milliseconds."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def pass_(self, **how_long: float) -> None:
        """`clock.pass_(minutes=5)`"""
        self.now += timedelta(**how_long) // timedelta(milliseconds=1)


def slot_json(slot: vault.Slot) -> dict[str, Any]:
    return {
        "type": int(slot.type), "id": slot.id.hex(), "ak_gen": slot.ak_gen,
        "sealed": b64(slot.sealed),
    }  # fmt: skip


def key_json(key: vault.WrappedKey) -> dict[str, Any]:
    return {"kind": int(key.kind), "kid": key.kid.hex(), "wrapped": b64(key.wrapped)}
