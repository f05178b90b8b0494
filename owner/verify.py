"""`homeward verify`: what a pack proves, said to whoever was handed it."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from owner import summary
from owner.client import printable
from owner.errors import BadInput
from shared import packcheck, zipped
from shared.encoding import b64
from shared.packcheck import Checked, Shown
from shared.packerrors import BrokenPack, Wrong
from shared.pairing import fingerprint


def verify(path: Path) -> Checked | BrokenPack:
    """The first thing that is wrong, or everything that holds. Raises BadInput."""
    try:
        if path.stat().st_size > zipped.MAX_SIZE:
            return BrokenPack(Wrong.NOT_A_PACK, "")
        return packcheck.check(path.read_bytes())
    except BrokenPack as broken:
        return broken
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}). Name the ZIP file you were "
                       "given.") from error  # fmt: skip


def to_json(found: Checked | BrokenPack) -> dict[str, Any]:
    if isinstance(found, BrokenPack):
        finding = {"code": found.code, "file": found.file, "seq": found.seq, "sentence": str(found)}
        return {"verified": False, "finding": finding}
    return {
        "verified": True,
        "finding": None,
        "laptop": found.manifest.laptop,
        "device_id": found.manifest.offer.device_id.hex(),
        "owner": fingerprint(found.owner),
        "made": found.manifest.made,
        "reports": found.reports,
        "receipts": found.receipts,
        "segments": list(found.segments),
        "portal_keys": [b64(key.public) for key in found.manifest.portal_keys],
        "shown": [_shown_to_json(one) for one in found.shown],
    }


def _shown_to_json(one: Shown) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "received": one.received,
        "record": one.record,
        "sighting": one.sighting,
        "media": list(one.media),
    }


def show(screen: Console, found: Checked | BrokenPack) -> None:
    if isinstance(found, BrokenPack):
        screen.print(Text(f"{found} [{found.code}]", style="red"))
        screen.print("This pack proves nothing as it is. Ask for the original file.")
        return
    for line in _lines(found):
        screen.print(Text(line))
    screen.print("Everything in this pack holds.", style="green")
    screen.print(
        "It proves who said what in which order, and when the portal had it. It does not prove "
        "that the camera or the clock told the truth; report.html is only a reading aid."
    )


def _lines(found: Checked) -> list[str]:
    manifest = found.manifest
    lines = [
        f"Laptop        {printable(manifest.laptop, 100)} ({manifest.offer.device_id.hex()})",
        f"Owner's key   {fingerprint(found.owner)}  (the owner must be able to show the same)",
        f"Made          {summary.clock(manifest.made)}",
        f"Signed        {found.reports} reports in their order, {found.receipts} receipts",
    ]
    lines += [f"Before report {seq} the laptop lost its memory." for seq in found.segments]
    return lines + [_line(one) for one in found.shown]


def _line(one: Shown) -> str:
    said = one.record or {}
    times = f"{summary.clock(said.get('t'))}  received {summary.clock(one.received) or 'unknown'}"
    pictures = f"  {len(one.media)} pictures" if one.media else ""
    return f"Report {one.seq:>6}  {times}{pictures}"
