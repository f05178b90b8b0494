"""A copy of all that is kept of an owner: one zip file, streamed, whatever its size.

Rows are JSON, a line each, table by table; files are as the laptops sealed them. What would let
whoever finds the file in is left out: hashes of passwords, sessions and codes.
"""

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.audit.models import AuditLine
from portal.billing.models import Bill
from portal.blobs import FileStore
from portal.db import Base
from portal.devices.models import Device
from portal.intake.models import Attachment
from portal.marketing.models import ConsentLine, Contact, Subscription, Suppression, SurveyAnswer
from portal.marketing.people import person
from portal.privacy.models import AuthorityRequest
from portal.privacy.retention import Kept, of_people
from shared.encoding import b64

_SECRETS: Mapping[str, frozenset[str]] = {
    "account": frozenset({"verifier", "recovery_verifier"}),
    "former_email": frozenset({"verifier", "slot_sealed"}),
    "sign_in": frozenset({"token_hash"}),
    "totp": frozenset({"sealed"}),
    "backup_code": frozenset({"kept"}),
    "challenge": frozenset({"nonce"}),
    "license": frozenset({"key_hash"}),
}
_AT_ONCE = 200
_PIECE = 256 * 1024
README = """\
This is all that a Homeward portal kept of you when you asked.

tables/   what stood in its database, a file for each table, a line of JSON for each row; bytes are
          base64url. In `report` stand your laptops' reports as they were sealed for you.
media/    pictures, as the laptops sealed them, named by their SHA-256.
index.html  what each of it is, why it was kept, and how long.

On your own computer, with your password and without any portal, all of it is checked and opened by

    homeward open homeward-copy.zip --out FOLDER

To have your account and your evidence at another portal, with your password and recovery code:

    homeward import homeward-copy.zip --portal https://its.address

How the bytes open is written down in docs/protocol.md of Homeward.

Left out is what would let whoever finds this file in: hashes of passwords, sessions and codes.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose copy it is, and what it takes to find everything."""

    account_id: bytes
    email: str
    pepper: bytes
    blobs: FileStore


class _Tape(io.RawIOBase):
    """Where the zip is written, and taken away again piece by piece."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def stream(engine: Engine, asked: Asked, *, only: Collection[str] | None = None) -> Iterator[bytes]:
    """The zip file, in pieces; memory does not grow with it. It outlives the request, so it has a
    session of its own. `only` leaves out every other table, and files without theirs.
    """
    with Session(engine) as session:
        yield from _pieces(session, asked, only)


def shown(table: str, columns: Iterable[str]) -> list[str]:
    """Those of a table's columns that a copy holds."""
    return [name for name in columns if name not in _SECRETS.get(table, frozenset())]


def _pieces(session: Session, asked: Asked, only: Collection[str] | None) -> Iterator[bytes]:
    tape = _Tape()
    counts: dict[str, int] = {}
    with zipfile.ZipFile(tape, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for table in Base.metadata.sorted_tables:
            where = _mine(table, asked)
            if where is not None and (only is None or table.name in only):
                yield from _rows(session, archive, tape, table, where, counts)
        if only is None or Attachment.__tablename__ in only:
            yield from _files(session, archive, tape, asked)
        archive.writestr("index.html", _index(counts))
    yield tape.take()


def _rows(
    session: Session, archive: zipfile.ZipFile, tape: _Tape, table: Table,
    where: ColumnElement[bool], counts: dict[str, int],
) -> Iterator[bytes]:  # fmt: skip
    columns = [table.columns[name] for name in shown(table.name, table.columns.keys())]
    found = session.execute(select(*columns).where(where).execution_options(yield_per=_AT_ONCE))
    counts[table.name] = 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in found.mappings():
            said = {name: _plain(value) for name, value in row.items()}
            file.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")
            counts[table.name] += 1
            if counts[table.name] % _AT_ONCE == 0:
                yield tape.take()
    yield tape.take()


def _plain(value: Any) -> Any:
    return b64(bytes(value)) if isinstance(value, bytes | memoryview) else value


def _files(
    session: Session, archive: zipfile.ZipFile, tape: _Tape, asked: Asked
) -> Iterator[bytes]:
    """Sealed by the laptops, so there is nothing left to compress."""
    mine = select(Attachment.sha256).join(Device, Device.number == Attachment.device)
    mine = mine.where(Device.account_id == asked.account_id, Attachment.stored.is_not(None))
    for sha256 in session.scalars(mine.distinct()).all():
        entry = zipfile.ZipInfo(f"media/{sha256.hex()}")
        try:
            file = asked.blobs.path(sha256).open("rb")
        except FileNotFoundError:
            continue  # it is being deleted just now
        with file, archive.open(entry, "w", force_zip64=True) as copy:
            while piece := file.read(_PIECE):
                copy.write(piece)
                yield tape.take()
    yield tape.take()


def _mine(table: Table, asked: Asked) -> ColumnElement[bool] | None:
    """What of a table is this owner's; None where a table is of no owner."""
    whom = audit.account(asked.account_id)
    hashed = person(asked.pepper, asked.email)
    contacts = select(Contact.number).where(Contact.person == hashed)
    by_name: Mapping[str, ColumnElement[bool]] = {
        "account": Account.id == asked.account_id,
        "audit": or_(AuditLine.actor == whom, AuditLine.subject == whom),
        "bill": Bill.account == asked.account_id,
        "authority_request": (AuthorityRequest.account == asked.account_id)
        & AuthorityRequest.told.is_not(None),  # a law may keep it from them until then
        "contact": Contact.person == hashed,
        "subscription": Subscription.contact_number.in_(contacts),
        "survey_answer": SurveyAnswer.person == hashed,
        "consent": ConsentLine.person == hashed,
        "suppression": Suppression.person == hashed,
    }
    return by_name.get(table.name, _through_keys(table, asked.account_id))


def _through_keys(table: Table, account_id: bytes) -> ColumnElement[bool] | None:
    """By the foreign key that leads to the account, over as many tables as it takes."""
    for key in table.foreign_keys:
        if key.column.table.name == "account":
            return key.parent == account_id
        above = _through_keys(key.column.table, account_id)
        if above is not None:
            return key.parent.in_(select(key.column).where(above))
    return None


def _index(counts: Mapping[str, int]) -> str:
    told = (kept for kept in of_people() if set(kept.columns) & set(counts))
    classes = "".join(_section(kept, counts) for kept in told)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Your copy</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<h1>All that was kept of you</h1>{classes}</html>\n"
    )


def _section(kept: Kept, counts: Mapping[str, int]) -> str:
    rows = "".join(
        f'<li><a href="tables/{name}.jsonl">{name}</a>: {counts[name]}</li>'
        for name in kept.columns
        if name in counts
    )
    return f"<h2>{kept.what}</h2><p>{kept.why} {kept.until}</p><ul>{rows}</ul>"
