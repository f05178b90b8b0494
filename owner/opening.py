"""homeward open: a copy of an account, checked and opened on this computer, without any portal."""

import argparse
import re
from functools import partial
from pathlib import Path
from typing import Any

from rich.text import Text

from owner import evidence, export, summary, verbs
from owner.bars import bar
from owner.bringing import opened_with_password, record_of
from owner.copyfile import CopyFile, Row
from owner.directory import Pins
from owner.errors import Refused
from owner.outside import Outside
from owner.session import Seen
from owner.verification import Handed, Trust, verify
from shared import crypto, envelope, receipt
from shared.checkin import Head
from shared.encoding import b64, unb64
from shared.envelope import Attachment


def open_copy(words: argparse.Namespace, here: Outside) -> verbs.Answer:
    with CopyFile(words.file) as copy, copy.whole():
        record = record_of(copy)
        account, _ = opened_with_password(record, here)
        directory = record.open_directory(account.directory_key, Seen())
        trust = partial(Trust, directory, keys=record.opening_keys(account))
        laptops = [
            _open_laptop(copy, trust(pins=pins), words.out, here)
            for pins in directory.devices.values()
        ]
    for said in laptops:
        told = f"{said['name']}: {said['reports']} records are in {said['folder']}."
        here.screen.print(Text(told))
    return all(said["verified"] for said in laptops), {"laptops": laptops}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the copy, as downloaded")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR",
        help="a folder for what is opened, one in it for each laptop",
    )  # fmt: skip


def _open_laptop(copy: CopyFile, trust: Trust, out: Path, here: Outside) -> dict[str, Any]:
    pins = trust.pins
    result = verify(_handed(copy, pins), trust, here.now())
    with bar(here.progress, f"Opening {pins.name}") as advance:

        def fetch(file: Attachment) -> bytes:
            advance(1, None)
            sealed = copy.media(file.sha256.hex())
            if sealed is None:
                raise Refused("not-found", "This picture is not in the copy.", 404)
            return sealed

        result, pictures = evidence.pictures(fetch, result)
    folder = out / (re.sub(r"[^A-Za-z0-9]+", "-", pins.name).strip("-") or pins.device_id.hex())
    export.write(folder, export.layout(pins, result, pictures))
    said = summary.result_to_json(pins.name, result)
    return {
        "name": pins.name, "folder": str(folder), "verified": result.verified,
        "reports": len(result.evidence), "pictures": len(pictures), "findings": said["findings"],
    }  # fmt: skip


def _handed(copy: CopyFile, pins: Pins) -> Handed:
    """What the portal of the copy would have handed over of this laptop."""
    offer = (b64(pins.offer.device_key), b64(pins.offer.command_key))
    numbers = {
        row["number"] for row in copy.rows("device")
        if (row["device_key"], row["command_key"]) == offer
    }  # fmt: skip
    mine = [row for row in copy.rows("report") if row["device"] in numbers]
    given = [row for row in copy.rows("orders") if row["device_number"] in numbers]
    records = [_record(pins, row) for row in sorted(mine, key=lambda row: int(row["seq"]))]
    return Handed(
        orders=[row["raw"] for row in sorted(given, key=lambda row: int(row["serial"]))],
        records=records,
        forks=[
            {"envelope": b64(_wire(row)), "received": row["received"]}
            for row in copy.rows("fork")
            if row["device"] in numbers
        ],
        head=_head(copy, numbers),
        offer=b64(pins.offer.raw),
    )


def _head(copy: CopyFile, numbers: set[Any]) -> Head | None:
    for row in copy.rows("head"):
        if row["device"] in numbers:
            return Head(int(row["seq"]), unb64(row["chain_hash"]))
    return None


def _wire(row: Row) -> bytes:
    if row["body"] is None:
        return envelope.SKELETON_MAGIC + unb64(row["skeleton"])
    return unb64(row["skeleton"]) + unb64(row["body"])


def _record(pins: Pins, row: Row) -> dict[str, Any]:
    return {
        "envelope": b64(_wire(row)), "received": row["received"], "sighting": row["sighting"],
        "receipt": None if row["receipt"] is None else b64(_receipt(pins, row)),
    }  # fmt: skip


def _receipt(pins: Pins, row: Row) -> bytes:
    chain_hash = crypto.sha256(crypto.domain("chain"), unb64(row["skeleton"]))
    seq, received = int(row["seq"]), int(row["received"])
    return receipt.whole(pins.device_id, seq, chain_hash, received, unb64(row["receipt"]))
