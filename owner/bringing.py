"""homeward import: an account and its evidence, from the copy of one portal to another.

Interrupted, the same command goes on where it was: the portal says what it has.
"""

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from owner import account as accounts
from owner import evidence, verbs
from owner import session as sessions
from owner.account import Brought, Record
from owner.bars import bar
from owner.client import Portal
from owner.copyfile import CopyFile, Row
from owner.desk import Desk
from owner.errors import BadInput, Refused, WrongPassword
from owner.outside import Outside
from owner.session import Seen
from shared import vault
from shared.encoding import binary, unb64
from shared.pairing import Offer
from shared.vault import KeyKind, SlotType

_AT_ONCE, _AT_ONCE_BYTES = 200, 1024 * 1024
_TRAVELS = ("skeleton", "body", "received")
_WITH_PROOF = (*_TRAVELS, "receipt", "sighting")


def bring(words: argparse.Namespace, here: Outside) -> verbs.Answer:
    portal = Portal(verbs.portal_url(words, here))
    with CopyFile(words.file) as copy, copy.whole():
        brought = _open(copy, here, words.recovery_code_file)
        desk = _desk(portal, brought, here)
        laptops = [_bring_laptop(desk, copy, brought, row) for row in copy.rows("device")]
    for said in laptops:
        here.screen.print(Text(_sentence(said)))
    here.screen.print(
        "Your account is here, and this computer is signed in. Enroll each laptop anew at this"
        " portal; passkeys and an authenticator app are set up anew, too."
    )
    return all(said["verified"] for said in laptops), {"laptops": laptops}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the copy, as downloaded there")
    parser.add_argument(
        "--recovery-code-file", type=Path, metavar="FILE",
        help="read the recovery code from this file instead of asking for it",
    )  # fmt: skip


def _sentence(said: dict[str, Any]) -> str:
    whole = "all genuine" if said["verified"] else "not all of it can be believed: see its evidence"
    return f"{said['name']}: {said['reports']} records and {said['files']} pictures, {whole}."


def _open(copy: CopyFile, here: Outside, code_file: Path | None) -> Brought:
    """Before anything is sent: both ways in must open it."""
    record = record_of(copy)
    account, unlocker = opened_with_password(record, here)
    recovery = vault.from_recovery(_code(here, code_file))
    try:
        record.open_slot(SlotType.RECOVERY, recovery)
    except WrongPassword:
        raise BadInput("This recovery code is not this account's. If the paper is lost, make a new"
                       " code at the portal of before, then a new copy.") from None  # fmt: skip
    directory = record.open_directory(account.directory_key, Seen())
    [opening_key] = (binary(row["owner_opening_key"]) for row in copy.rows("account"))
    return Brought(record, account, directory, opening_key, unlocker, recovery)


def opened_with_password(record: Record, here: Outside) -> tuple[vault.Account, vault.Unlocker]:
    """Raises WrongPassword, WeakKdf."""
    vault.check_kdf(record.kdf)
    password = here.password(f"Password of {record.email}")
    unlocker = vault.from_password(password, record.email, record.salt, record.kdf)
    return record.open_slot(SlotType.PASSWORD, unlocker), unlocker


def _code(here: Outside, file: Path | None) -> bytes:
    try:
        typed = file.read_text("utf-8") if file else here.type("Recovery code, from your paper: ")
        return vault.read_recovery(typed.strip())
    except (OSError, ValueError) as error:
        raise BadInput("A recovery code has 32 letters and digits, in eight groups of four. Type it"
                       " as it stands on your paper, or name a file with it:"
                       " --recovery-code-file.") from error  # fmt: skip


def record_of(copy: CopyFile) -> Record:
    """As the portal of before would have told it."""
    [row] = copy.rows("account")
    return accounts.parse_record({
        "account_id": unb64(row["id"]).hex(),
        "email": row["email_norm"],
        "account_salt": row["account_salt"],
        "kdf": {"m": row["kdf_m"], "t": row["kdf_t"], "p": row["kdf_p"]},
        "slots": [_named(slot, "id") for slot in copy.rows("slot")],
        "keyring": [_named(key, "kid") for key in copy.rows("keyring_key")],
        "directory": {"version": row["directory_version"], "sealed": row["directory_sealed"]},
    })  # fmt: skip


def _named(row: Row, name: str) -> Row:
    return row | {name: unb64(row[name]).hex()}


def _desk(portal: Portal, brought: Brought, here: Outside) -> Desk:
    """Signed in; all keys that open evidence are known from the copy."""
    signed_in = accounts.bring(portal, brought)
    desk = Desk(here, portal, signed_in.session)
    desk.keep(signed_in)
    evidence.trust_new_portal_keys(desk)
    desk.session = replace(desk.session, keys=brought.record.opening_keys(brought.account))
    sessions.save(here.home, desk.session)
    return desk


def _bring_laptop(desk: Desk, copy: CopyFile, brought: Brought, row: Row) -> dict[str, Any]:
    offer = Offer(unb64(row["device_key"]), unb64(row["command_key"]))
    number, device_id = row["number"], offer.device_id.hex()
    pins = brought.directory.devices.get(offer.device_id)
    if pins is None:
        raise BadInput("This copy has a laptop that you never added. Nothing of it was taken.")
    _bring_orders(desk, copy, row, set(pins.vaults.values()))
    with _bar(desk, f"Bringing {pins.name}") as advance:
        reports = _bring_records(desk, copy, number, device_id, advance)
    with _bar(desk, "Bringing pictures") as advance:
        files = _bring_files(desk, copy, number, device_id, advance)
    with _bar(desk, "Checking") as advance:
        result = evidence.collect(desk, device_id, None, advance)
    return {
        "name": pins.name, "device_id": device_id, "reports": reports, "files": files,
        "verified": result.verified,
    }  # fmt: skip


def _bar(desk: Desk, title: str) -> AbstractContextManager[evidence.Progress]:
    return bar(desk.outside.progress, title)


def _bring_orders(desk: Desk, copy: CopyFile, row: Row, vaults: set[bytes]) -> None:
    mine = [one for one in copy.rows("orders") if one["device_number"] == row["number"]]
    keyring = [_named(key, "kid") for key in copy.rows("keyring_key")]
    body = {
        "device_key": row["device_key"], "command_key": row["command_key"],
        "paired": row["paired"], "left": row["revoked"], "known_serial": row["known_serial"],
        "known_at": row["known_at"], "last_heard": row["last_heard"],
        "orders": [
            {"raw": one["raw"], "received": one["received"]}
            for one in sorted(mine, key=lambda one: int(one["serial"]))
        ],
        "keyring": [
            {name: key[name] for name in ("kind", "kid", "wrapped")}
            for key in keyring
            if key["kind"] == KeyKind.VAULT and bytes.fromhex(key["kid"]) in vaults
        ],
    }  # fmt: skip
    try:
        desk.portal.post("/import/devices", body)
    except Refused as error:
        if error.code != "already-here":
            raise  # else it came before the interruption


def _bring_records(
    desk: Desk, copy: CopyFile, number: int, device_id: str, advance: evidence.Progress
) -> int:
    path, count = f"/import/devices/{device_id}/records", 0
    forks = [_part(row, _TRAVELS) for row in copy.rows("fork") if row["device"] == number]
    if forks:
        desk.portal.post(path, {"records": [], "forks": forks})
    head = desk.portal.get(f"/devices/{device_id}").get("head")
    here = -1 if head is None else int(head["seq"])
    rows = (row for row in copy.rows("report") if row["device"] == number)
    for some in _batches(rows):
        new = [_part(row, _WITH_PROOF) for row in some if row["seq"] > here]
        if new:
            desk.portal.post(path, {"records": new, "forks": []})
        count += len(some)
        advance(len(some), None)
    return count


def _part(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names}


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(row[name] or "") for name in ("skeleton", "body", "sighting"))
        if len(batch) == _AT_ONCE or size > _AT_ONCE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _bring_files(
    desk: Desk, copy: CopyFile, number: int, device_id: str, advance: evidence.Progress
) -> int:
    count = 0
    for row in copy.rows("attachment"):
        if row["device"] != number or row["stored"] is None:
            continue
        sha256 = unb64(row["sha256"]).hex()
        sealed = copy.media(sha256)
        if sealed is not None:
            desk.portal.upload(f"/import/devices/{device_id}/media/{sha256}", sealed)
            count += 1
            advance(1, None)
    return count
