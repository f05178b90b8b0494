"""homeward license: what license the account has, whose its seats are, and a key for it."""

import argparse
from pathlib import Path
from typing import Any

from rich.text import Text

from owner.directory import Directory
from owner.errors import BadInput
from owner.outside import Outside
from owner.summary import clock
from owner.verbs import Answer, desk_of
from shared.encoding import items, mapping, number, text

_MOST_TYPED = 40


def license_of(words: argparse.Namespace, here: Outside) -> Answer:
    """Without a wish it only says how things stand."""
    desk = desk_of(words, here)
    directory = desk.directory()
    if words.key_file or words.enter:
        said = desk.portal.post("/license", {"key": _key(words, here)})
    elif words.seat:
        found = directory.find(words.seat)
        said = desk.portal.post(f"/devices/{found.device_id.hex()}/seat", {})
    else:
        said = desk.portal.get("/license")
    held = _read(said, directory)
    here.screen.print(Text("\n".join(sentences(held))))
    return True, held


def _key(words: argparse.Namespace, here: Outside) -> str:
    """Never from the command line, which others on this computer can read."""
    try:
        typed = words.key_file.read_text("utf-8") if words.key_file else here.type("License key: ")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{words.key_file} cannot be read. Name the file with the key.") from error
    if not 1 <= len(typed.strip()) <= _MOST_TYPED:
        raise BadInput("A license key has 26 letters and numbers. Type it, or use --key-file.")
    return typed.strip()


def _read(said: dict[str, Any], directory: Directory) -> dict[str, Any]:
    """The portal's answer, with the names that only the owner knows."""
    laptops = [
        {"name": _name(directory, text(one.get("device"))), "seat": one.get("seat")}
        for one in map(mapping, items(said.get("laptops")))
    ]
    return {
        "tier": text(said.get("tier")), "state": text(said.get("state")),
        "until": said.get("until"), "seats": number(said.get("seats")), "laptops": laptops,
    }  # fmt: skip


def _name(directory: Directory, device: str) -> str:
    known = {pins.device_id.hex(): pins.name for pins in directory.devices.values()}
    return known.get(device, device[:8])


def sentences(held: dict[str, Any]) -> list[str]:
    """How the license stands, for a person."""
    until = f", until {clock(held['until'])}" if clock(held["until"]) else ""
    with_seat = [one for one in held["laptops"] if one["seat"] is not None]
    beyond = [one["name"] for one in held["laptops"] if one["seat"] is None]
    told = [
        f"License {held['tier']}, {held['state']}{until}.",
        f"{len(with_seat)} of {held['seats']} seats are taken.",
    ]
    if beyond:
        told.append(
            f"Beyond the license, without hourly reports: {', '.join(beyond)}. Move a seat there"
            " with --seat NAME; what is marked as stolen goes on reporting."
        )
    return told


def arguments(parser: argparse.ArgumentParser) -> None:
    wish = parser.add_mutually_exclusive_group()
    wish.add_argument("--enter", action="store_true", help="be asked for a license key")
    wish.add_argument("--key-file", type=Path, metavar="FILE", help="read the key from this file")
    wish.add_argument("--seat", metavar="NAME", help="move a seat to this laptop")
