"""Writes the vectors another implementation is held against: `python -m tests.vectors.write`.

All bytes are hex. keys.json and documents.json hold what anybody who follows docs/protocol.md
must get byte for byte; sealed.json holds samples of what contains fresh randomness, each with
the private key that opens it, and is new each time.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared import checkin, command, crypto, envelope, media, orders, pairing, receipt, sighting
from shared import vault as keys_of
from shared.crypto import OpeningKey, SigningKey
from shared.disclosure import Disclosure
from shared.encoding import crockford

FOLDER = Path(__file__).parent
NOW = 1_800_000_000_000
DAY = 86_400_000
USES = (
    "key-id", "slot", "keyring", "directory", "pw-salt", "verifier", "device-id", "fingerprint",
    "orders", "owner-change", "command", "hpke/command", "envelope", "chain", "commit",
    "hpke/report", "hpke/sighting", "check-in", "receipt", "media",
)  # fmt: skip
DERIVED = (
    "login", "kek/password", "kek/password/commit", "login/recovery", "kek/recovery",
    "kek/recovery/commit", "recovery-key", "keyring", "directory", "pair/rid", "pair/device",
    "pair/owner",
)  # fmt: skip


def seed(name: str) -> bytes:
    """32 bytes anybody can make again: SHA-256 of "homeward vector: <name>"."""
    return crypto.sha256(b"homeward vector: " + name.encode())


OWNER = SigningKey.from_seed(seed("owner"))
NEW_OWNER = SigningKey.from_seed(seed("new owner"))
RECOVERY_CODE = seed("recovery")[:20]
VAULT = OpeningKey.from_raw(seed("vault"))
LAPTOP = SigningKey.from_seed(seed("laptop"))
COMMANDS = OpeningKey.from_raw(seed("laptop commands"))
PORTAL = SigningKey.from_seed(seed("portal"))
OFFER = pairing.Offer(LAPTOP.public, COMMANDS.public)
DEVICE = OFFER.device_id
ACCOUNT = keys_of.Account(seed("account")[:16], seed("account key"), 1)
CHAIN = seed("chain")


def keys() -> dict[str, Any]:
    """Labels, derivations and everything that follows from a password or a code."""
    return {
        "labels": {use: crypto.domain(use).hex() for use in USES},
        "hkdf": {
            "secret": seed("secret").hex(),
            "derived": {use: crypto.hkdf(seed("secret"), use, 32).hex() for use in DERIVED},
        },
        "key_id": {"public": OWNER.public.hex(), "kid": OWNER.id.hex()},
        "ed25519": {"seed": seed("owner").hex(), "public": OWNER.public.hex()},
        "pkcs8": {"ed25519": OWNER.pkcs8.hex(), "x25519": VAULT.pkcs8.hex()},
        "crockford": {"bytes": seed("code")[:15].hex(), "text": crockford(seed("code")[:15])},
        "fingerprint": pairing.fingerprint(OWNER.public),
        "password": _password(),
        "recovery": _recovery(),
    }


def _password() -> dict[str, Any]:
    email, password, account_salt = " Alice@Example.org", "correct horse b\u00e4ttery", seed("salt")
    norm = keys_of.email_norm(email)
    salt = crypto.sha256(crypto.domain("pw-salt"), norm.encode(), b"\0", account_salt[:16])[:16]
    master = crypto.argon2id(password.encode(), salt, 65_536, 3)
    unlocker = keys_of.from_password(password, email, account_salt[:16], keys_of.FLOOR)
    return {
        "email": email, "email_norm": norm, "password": password,
        "account_salt": account_salt[:16].hex(), "kdf": asdict(keys_of.FLOOR),
        "pw_salt": salt.hex(), "mk": master.hex(), **_unlocker(unlocker),
    }  # fmt: skip


def _recovery() -> dict[str, Any]:
    return {
        "code": RECOVERY_CODE.hex(),
        "text": keys_of.recovery_text(RECOVERY_CODE),
        "recovery_public": keys_of.recovery_key(RECOVERY_CODE).public.hex(),
        **_unlocker(keys_of.from_recovery(RECOVERY_CODE)),
    }


def _unlocker(unlocker: keys_of.Unlocker) -> dict[str, str]:
    return {name: getattr(unlocker, name).hex() for name in ("verifier", "kek", "commit")}


def documents() -> dict[str, Any]:
    """Documents without randomness: Ed25519 signs the same bytes the same way each time."""
    return {
        "pairing": _pairing(),
        "orders": _orders(),
        "envelope": _envelope(),
        "command": _command(),
        "receipt": {
            "portal_public": PORTAL.public.hex(), "device_id": DEVICE.hex(), "seq": 41,
            "chain_hash": CHAIN.hex(), "received": NOW, "sighting_commit": seed("seen").hex(),
            "raw": receipt.make(DEVICE, 41, CHAIN, NOW, seed("seen"), PORTAL).hex(),
        },
        "check_in": _check_in(),
    }  # fmt: skip


def _will(**changes: Any) -> orders.Will:
    wanted: dict[str, Any] = {
        "standing": orders.Standing.HOME, "t": NOW, "owner": OWNER.public,
        "recovery": keys_of.recovery_key(RECOVERY_CODE).public, "vault_epoch": 1,
        "vault_key": VAULT.public,
    }  # fmt: skip
    return orders.Will(**wanted | changes)


FIRST = orders.make(DEVICE, None, _will(), OWNER)


def _pairing() -> dict[str, Any]:
    secret = pairing.Secret(seed("pairing")[:15])
    return {
        "secret": secret.value.hex(), "code": secret.code, "rid": secret.rid.hex(),
        "device_key": LAPTOP.public.hex(), "command_key": COMMANDS.public.hex(),
        "offer": OFFER.raw.hex(), "device_id": DEVICE.hex(),
        "offer_mac": secret.mac_offer(OFFER.raw).hex(), "orders": FIRST.raw.hex(),
        "orders_mac": secret.mac_orders(FIRST.raw).hex(),
    }  # fmt: skip


def _orders() -> dict[str, Any]:
    theft = orders.Theft("t1", NOW, NOW + 30 * DAY, note="caf\u00e9")
    second = orders.make(
        DEVICE, FIRST, _will(standing=orders.Standing.STOLEN, theft=theft, t=NOW + 1), OWNER
    )
    proof = orders.prove_owner_change(DEVICE, OWNER.public, NEW_OWNER)
    third = orders.make(DEVICE, second, _will(owner=NEW_OWNER.public, owner_proof=proof), OWNER)
    return {
        "owner_seed": seed("owner").hex(), "new_owner_seed": seed("new owner").hex(),
        "owner_proof": proof.hex(),
        "chain": [{"raw": o.raw.hex(), "hash": o.hash.hex()} for o in (FIRST, second, third)],
    }  # fmt: skip


def _envelope() -> dict[str, Any]:
    disclosure = Disclosure(seed("commit salt"), b'{"v":1}')
    body = b"\0" + bytes(48)
    header = envelope.Header(
        envelope.Kind.RECORD, DEVICE, 1, 0, FIRST.hash, disclosure.commit, crypto.sha256(body),
        len(body),
    )  # fmt: skip
    signed = header.pack()
    made = envelope.Envelope(header, signed, LAPTOP.sign("envelope", signed), body)
    return {
        "device_seed": seed("laptop").hex(), "salt": disclosure.salt.hex(),
        "plaintext": disclosure.plaintext.hex(), "padded": disclosure.padded().hex(),
        "commit": disclosure.commit.hex(), "wire": made.wire.hex(),
        "skeleton_wire": made.without_body().wire.hex(), "chain_hash": made.chain_hash.hex(),
    }  # fmt: skip


def _command() -> dict[str, Any]:
    body = bytes(48)
    header = command.HEADER.pack(
        command.MAGIC, crypto.SUITE, 0, 0, DEVICE, seed("command")[:16], OWNER.id, 3, NOW,
        NOW + DAY, 1, crypto.sha256(body), len(body),
    )  # fmt: skip
    return {"raw": (header + OWNER.sign("command", header) + body).hex()}


def _check_in() -> dict[str, Any]:
    claim = checkin.Claim(DEVICE, NOW, 2, seed("command")[:16])
    return {
        "body": b"envelopes".hex(), "ms": NOW, "orders_serial": 2,
        "last_command": claim.last_command.hex(),
        "authorization": checkin.authorize(claim, b"envelopes", LAPTOP),
    }  # fmt: skip


def sealed() -> dict[str, Any]:
    """Samples of what holds fresh randomness, each beside what opens it."""
    return {
        "hpke": {
            "private": seed("vault").hex(), "info": (crypto.domain("hpke/report") + b"x").hex(),
            "plaintext": b"evidence".hex(),
            "sealed": crypto.seal(VAULT.public, "hpke/report", b"x", b"evidence").hex(),
        },
        "slot": _slot(),
        "keyring": _keyring(),
        "directory": {
            "account_id": ACCOUNT.id.hex(), "account_key": ACCOUNT.key.hex(), "ak_gen": 1,
            "version": 2, "sealed": ACCOUNT.directory_key.seal(2, {"pins": {}}).hex(),
            "directory": {"pins": {}},
        },
        "envelope": _sealed_envelope(),
        "command": _sealed_command(),
        "sighting": _sighting(),
        "media": _media(),
    }  # fmt: skip


def _slot() -> dict[str, Any]:
    unlocker = keys_of.from_recovery(RECOVERY_CODE)
    slot = keys_of.Slot.make(keys_of.SlotType.RECOVERY, unlocker, ACCOUNT.id, ACCOUNT.key, 1)
    return {
        "code": RECOVERY_CODE.hex(), "account_id": ACCOUNT.id.hex(), "type": 2,
        "id": slot.id.hex(), "ak_gen": 1, "sealed": slot.sealed.hex(),
        "account_key": ACCOUNT.key.hex(),
    }  # fmt: skip


def _keyring() -> dict[str, Any]:
    wrapped = ACCOUNT.wrap(keys_of.KeyKind.OWNER_SIGNING, OWNER)
    return {
        "account_id": ACCOUNT.id.hex(), "account_key": ACCOUNT.key.hex(), "ak_gen": 1, "kind": 1,
        "kid": wrapped.kid.hex(), "wrapped": wrapped.wrapped.hex(), "pkcs8": OWNER.pkcs8.hex(),
    }  # fmt: skip


def _sealed_envelope() -> dict[str, Any]:
    place = envelope.Place(DEVICE, 1, 0, FIRST.hash)
    listed = (envelope.Attachment(seed("picture"), 57_344),)
    made = envelope.make(place, b'{"v":1}', listed, VAULT.public, LAPTOP)
    return {
        "vault_private": seed("vault").hex(), "device_public": LAPTOP.public.hex(),
        "wire": made.wire.hex(), "plaintext": b'{"v":1}'.hex(),
        "attachments": [{"sha256": seed("picture").hex(), "size": 57_344}],
    }  # fmt: skip


def _sealed_command() -> dict[str, Any]:
    terms = command.Terms(DEVICE, 3, NOW, NOW + DAY, 1)
    said = {"text": "Please call"}
    made = command.make(terms, command.Wish.MESSAGE, said, COMMANDS.public, OWNER)
    return {
        "command_private": seed("laptop commands").hex(), "signer_public": OWNER.public.hex(),
        "raw": made.raw.hex(), "wish": "message", "parameters": said,
    }  # fmt: skip


def _sighting() -> dict[str, Any]:
    seen = sighting.Sighting("192.0.2.7", 50_123, NOW, "Bern", "CH", 46.9, 7.4, 50.0)
    raw, commit = sighting.seal(seen, CHAIN, VAULT.public)
    return {
        "vault_private": seed("vault").hex(), "chain_hash": CHAIN.hex(), "commit": commit.hex(),
        "sealed": raw.hex(), "sighting": asdict(seen),
    }  # fmt: skip


def _media() -> dict[str, Any]:
    made = media.seal(b"a picture", "image/jpeg", DEVICE, 41, 0)
    return {
        "device_id": DEVICE.hex(), "seq": 41, "index": 0, "ciphertext": made.ciphertext.hex(),
        "sha256": made.attachment.sha256.hex(), "size": made.attachment.size,
        "key": made.key.to_json(), "plaintext": b"a picture".hex(),
    }  # fmt: skip


def main() -> None:
    for make in (keys, documents, sealed):
        text = json.dumps(make(), indent=1, ensure_ascii=False)
        (FOLDER / f"{make.__name__}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
