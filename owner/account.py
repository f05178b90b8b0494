"""The owner's account: made here, signed in to here; the portal only ever keeps what is sealed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from owner import directory as directories
from owner.client import Portal
from owner.directory import Directory
from owner.errors import OlderDirectory, Refused, Unintelligible, WrongPassword
from owner.passwords import check_password
from owner.session import Seen, Session
from shared import crypto, vault
from shared.encoding import b64, binary, items, mapping, number, text
from shared.errors import CannotOpen, ProtocolError
from shared.vault import Account, Kdf, KeyKind, Slot, SlotType, Unlocker, WrappedKey

_SALT_SIZE = 16
_ASKED = ("totp-required", "passkey-required")

AskCode = Callable[[], str]  # the code of an authenticator app, or a backup code


@dataclass(frozen=True, slots=True)
class Record:
    """What the portal keeps of an account: `A` of docs/api.md. Only sealed parts are believed."""

    account_id: bytes
    email: str
    salt: bytes
    kdf: Kdf
    slots: tuple[Slot, ...]
    keyring: tuple[WrappedKey, ...]
    directory_version: int
    directory_sealed: bytes

    def open_slot(self, kind: SlotType, unlocker: Unlocker) -> Account:
        """The account key at work; raises WrongPassword."""
        for slot in self.slots:
            if slot.type is not kind:
                continue
            try:
                key = slot.open(unlocker, self.account_id)
            except CannotOpen:
                continue
            return Account(self.account_id, key, slot.ak_gen)
        raise WrongPassword

    def opening_keys(self, account: Account) -> dict[bytes, crypto.OpeningKey]:
        """OEK and every VK by key id; raises CannotOpen, Malformed."""
        wrapped = [key for key in self.keyring if key.kind is not KeyKind.OWNER_SIGNING]
        opened = [account.unwrap_opening(key) for key in wrapped]
        return {key.id: key for key in opened}

    def open_directory(self, key: vault.DirectoryKey, seen: Seen) -> Directory:
        """Raises OlderDirectory, CannotOpen, Malformed."""
        if self.directory_version < seen.directory_version:
            raise OlderDirectory(
                "The portal shows an older version of your directory than this computer has "
                "already seen, so what it says about your laptops is not believed. Try again "
                "later; if it stays, ask the portal's operator whether a backup was restored."
            )
        return directories.from_json(key.open(self.directory_version, self.directory_sealed))


def parse_record(data: dict[str, Any]) -> Record:
    """Raises Unintelligible."""
    try:
        kept = mapping(data["directory"])
        return Record(
            account_id=bytes.fromhex(text(data["account_id"])),
            email=text(data["email"]),
            salt=binary(data["account_salt"]),
            kdf=_parse_kdf(mapping(data["kdf"])),
            slots=tuple(_parse_slot(mapping(slot)) for slot in items(data["slots"])),
            keyring=tuple(_parse_key(mapping(key)) for key in items(data["keyring"])),
            directory_version=number(kept["version"]),
            directory_sealed=binary(kept["sealed"]),
        )
    except (KeyError, ValueError) as error:
        raise Unintelligible("The portal's account answer cannot be understood. Is this client "
                             "as new as the portal?") from error  # fmt: skip


def _parse_slot(data: dict[str, Any]) -> Slot:
    kind, slot_id = SlotType(number(data["type"])), bytes.fromhex(text(data["id"]))
    return Slot(kind, slot_id, number(data["ak_gen"], most=2**32 - 1), binary(data["sealed"]))


def _parse_key(data: dict[str, Any]) -> WrappedKey:
    kind, kid = KeyKind(number(data["kind"])), bytes.fromhex(text(data["kid"]))
    return WrappedKey(kind, kid, binary(data["wrapped"]))


def _parse_kdf(data: dict[str, Any]) -> Kdf:
    return Kdf(number(data["m"]), number(data["t"]), number(data["p"]))


def key_to_json(key: WrappedKey) -> dict[str, Any]:
    return {"kind": int(key.kind), "kid": key.kid.hex(), "wrapped": b64(key.wrapped)}


def _slot_to_json(slot: Slot) -> dict[str, Any]:
    return {
        "type": int(slot.type),
        "id": slot.id.hex(),
        "ak_gen": slot.ak_gen,
        "sealed": b64(slot.sealed),
    }


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session, what the portal keeps, and the directory it opened to."""

    session: Session
    record: Record
    directory: Directory


def register(portal: Portal, email: str, password: str) -> tuple[SignedIn, str]:
    """Make an account and sign in; (session, recovery code). Raises WeakPassword, Refused."""
    check_password(password, email)
    salt, kdf, code = os.urandom(_SALT_SIZE), Kdf(), vault.new_recovery()
    unlocker = vault.from_password(password, email, salt, kdf)
    account = Account(os.urandom(16), os.urandom(crypto.KEY_SIZE), ak_gen=1)
    recovery = vault.from_recovery(code)
    slots = (
        Slot.make(SlotType.PASSWORD, unlocker, account.id, account.key, account.ak_gen),
        Slot.make(SlotType.RECOVERY, recovery, account.id, account.key, account.ak_gen),
    )
    portal.post("/accounts", {
        "email": vault.email_norm(email),
        "account_salt": b64(salt),
        "kdf": {"m": kdf.m, "t": kdf.t, "p": kdf.p},
        "login_verifier": b64(unlocker.verifier),
        "recovery_verifier": b64(recovery.verifier),
        "slots": [_slot_to_json(slot) for slot in slots],
        **_new_keys(account, vault.recovery_key(code).public, kdf),
    })  # fmt: skip
    try:
        signed_in = _sign_in(portal, email, unlocker, Seen(), _nobody_to_ask)
    except WrongPassword as error:
        # The portal says the same for a new and a known email, so that nobody can ask it who
        # has an account; only the one who then cannot sign in learns.
        raise Refused("email-taken", "This email seems to have an account already. "
                      "Run `homeward login EMAIL`.", 202) from error  # fmt: skip
    return signed_in, vault.recovery_text(code)


@dataclass(frozen=True, slots=True)
class Brought:
    """An account of another portal, opened: what it takes to have it here with the same keys."""

    record: Record
    account: Account
    directory: Directory
    owner_opening_key: bytes
    unlocker: Unlocker
    recovery: Unlocker


def bring(portal: Portal, brought: Brought) -> SignedIn:
    """Open it here, or find it here after an interruption; raises Refused email-taken."""
    record, account = brought.record, brought.account
    first = directories.to_json(brought.directory)
    owners = [key for key in record.keyring if key.kind is not KeyKind.VAULT]
    portal.post("/accounts", {
        "account_id": record.account_id.hex(),
        "email": record.email,
        "account_salt": b64(record.salt),
        "kdf": {"m": record.kdf.m, "t": record.kdf.t, "p": record.kdf.p},
        "login_verifier": b64(brought.unlocker.verifier),
        "recovery_verifier": b64(brought.recovery.verifier),
        "slots": [_slot_to_json(one) for one in record.slots if one.type is not SlotType.PASSKEY],
        "keyring": [key_to_json(key) for key in owners],
        "directory": {"version": 1, "sealed": b64(account.directory_key.seal(1, first))},
        "owner_key": b64(brought.directory.owner_key),
        "owner_opening_key": b64(brought.owner_opening_key),
        "recovery_key": b64(brought.directory.recovery_key),
    })  # fmt: skip
    try:
        return _sign_in(portal, record.email, brought.unlocker, Seen(), _nobody_to_ask)
    except WrongPassword as error:
        raise Refused("email-taken", f"{record.email} has another account at this portal. Close "
                      "that one first, or change its email.", 409) from error  # fmt: skip


def _new_keys(account: Account, recovery_key: bytes, kdf: Kdf) -> dict[str, Any]:
    """The part of a registration that speaks of keys: OSK, OEK, and directory version 1."""
    signing, opening = crypto.SigningKey.generate(), crypto.OpeningKey.generate()
    keyring = (
        account.wrap(KeyKind.OWNER_SIGNING, signing),
        account.wrap(KeyKind.OWNER_OPENING, opening),
    )
    first = directories.to_json(Directory(signing.public, recovery_key, kdf))
    return {
        "account_id": account.id.hex(),
        "keyring": [key_to_json(key) for key in keyring],
        "directory": {"version": 1, "sealed": b64(account.directory_key.seal(1, first))},
        "owner_key": b64(signing.public),
        "owner_opening_key": b64(opening.public),
        "recovery_key": b64(recovery_key),
    }


def _nobody_to_ask() -> str:
    raise WrongPassword  # a new account has no second factor yet, so this is an older one


def login(portal: Portal, email: str, password: str, seen: Seen, ask: AskCode) -> SignedIn:
    """Raises WrongPassword, WeakKdf (before anything derived from the password is sent), and
    what `ask` does, which is asked where the account has a second factor.
    """
    start = portal.post("/login/start", {"email": vault.email_norm(email)})
    try:
        salt, kdf = binary(start["account_salt"]), _parse_kdf(start)
    except (KeyError, ValueError) as error:
        raise Unintelligible("What answers at this address does not sign in as a Homeward portal "
                             "does. Check the address (--portal).") from error  # fmt: skip
    vault.check_kdf(kdf, least=seen.kdf)
    return _sign_in(portal, email, vault.from_password(password, email, salt, kdf), seen, ask)


def _sign_in(portal: Portal, email: str, unlocker: Unlocker, seen: Seen, ask: AskCode) -> SignedIn:
    said = {"email": vault.email_norm(email), "login_verifier": b64(unlocker.verifier)}
    try:
        answer = portal.post("/login", said)
    except Refused as error:
        if error.code == "wrong-credentials":
            raise WrongPassword from error
        if error.code not in _ASKED:
            raise
        answer = portal.post("/login", said | {"totp": ask()})
    record = parse_record(_object(answer, "account"))
    account = record.open_slot(SlotType.PASSWORD, unlocker)
    directory = record.open_directory(account.directory_key, seen)
    try:
        keys = record.opening_keys(account)
    except ProtocolError as error:
        raise Unintelligible("The portal's copy of your keys was changed or damaged. "
                             "Ask the portal's operator.") from error  # fmt: skip
    session = Session(
        portal.url, portal.cookie or "", vault.email_norm(email), account.directory_key, keys
    )
    return SignedIn(session, record, directory)


def _object(answer: dict[str, Any], name: str) -> dict[str, Any]:
    value = answer.get(name)
    if not isinstance(value, dict):
        raise Unintelligible("The portal's answer lacks something. Is this client as new as the "
                             "portal?")  # fmt: skip
    return value
