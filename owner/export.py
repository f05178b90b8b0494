"""Opened evidence as files: one folder for one laptop, which nothing overwrites in silence."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from owner import summary
from owner.directory import Pins
from owner.errors import CannotWrite, WouldOverwrite
from owner.evidence import Picture
from owner.verification import Evidence, Result

INDEX = "index.json"
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_HINT = "Choose an empty folder with --open."


@dataclass(frozen=True, slots=True)
class Folder:
    """What will stand in the folder: evidence, which never changes, and lists made anew."""

    evidence: dict[str, bytes]
    lists: dict[str, bytes]


def layout(pins: Pins, result: Result, pictures: list[Picture]) -> Folder:
    evidence: dict[str, bytes] = {}
    for item in result.evidence:
        evidence |= _report_files(item, f"{item.seq:06}")
    for fork in result.forks:
        name = f"{fork.seq:06}-fork-{fork.row.envelope.chain_hash[:4].hex()}"
        evidence |= _report_files(fork, name)
    for picture in pictures:
        evidence[_free(picture_name(picture), evidence)] = picture.data
    said = [finding.to_json() for finding in result.findings]
    index = {
        "laptop": pins.name,
        "device_id": pins.device_id.hex(),
        "verified": result.verified,
        "files": sorted(evidence),
    }
    return Folder(evidence, {
        INDEX: _pretty(index),
        "findings.json": _pretty({"findings": said}),
        "index.txt": _readable(pins, result).encode(),
    })  # fmt: skip


def _report_files(item: Evidence, number: str) -> dict[str, bytes]:
    files = {}
    if item.record is not None:
        files[f"report-{number}.json"] = _pretty(item.record)
    if item.sighting is not None:
        files[f"sighting-{number}.json"] = _pretty(summary.to_json(item)["sighting"])
    return files


def picture_name(picture: Picture) -> str:
    """<seq>-<camera>.jpg with nothing of the camera's name that a file system could act on."""
    camera = re.sub(r"[^a-z0-9]+", "-", picture.camera.casefold()).strip("-")[:40] or "camera"
    return f"{picture.seq:06}-{camera}.{_ENDINGS.get(picture.mime, 'bin')}"


def _free(name: str, taken: dict[str, bytes]) -> str:
    stem, _, ending = name.rpartition(".")
    numbered = (f"{stem}-{n}.{ending}" for n in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def _pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"


def _readable(pins: Pins, result: Result) -> str:
    lines = [f"{pins.name} ({pins.device_id.hex()})", ""]
    for item in result.evidence:
        said = summary.line(item)
        parts = (f"{said.seq:>6}", said.time, said.why, said.place)
        lines.append("  ".join(part for part in parts if part))
    lines += [
        "",
        "Checked: nothing wrong was found." if not result.findings else "Found while checking:",
    ]
    lines += [f"- {finding.sentence} [{finding.code.value}]" for finding in result.findings]
    return "\n".join(lines) + "\n"


def write(folder: Path, planned: Folder) -> None:
    """Raises WouldOverwrite before anything is written, CannotWrite."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_owner(folder, planned)
        for name, data in planned.evidence.items():
            if (folder / name).exists() and (folder / name).read_bytes() != data:
                raise WouldOverwrite(f"{folder / name} holds something else already. {_HINT}")
        for name, data in (planned.evidence | planned.lists).items():
            _replace(folder / name, data)
    except OSError as error:
        raise CannotWrite(f"{folder} cannot be written ({error.strerror}). {_HINT}") from error


def _check_owner(folder: Path, planned: Folder) -> None:
    """A folder belongs to one laptop: its lists are replaced, nobody else's are."""
    if not (folder / INDEX).exists():
        clash = next((name for name in planned.lists if (folder / name).exists()), None)
        if clash is not None:
            raise WouldOverwrite(f"{folder / clash} was not written by this program. {_HINT}")
        return
    try:
        held = json.loads((folder / INDEX).read_bytes())["device_id"]
    except (ValueError, KeyError, TypeError):
        held = None
    if held != json.loads(planned.lists[INDEX])["device_id"]:
        raise WouldOverwrite(f"{folder} holds the evidence of another laptop. {_HINT}")


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    fresh.replace(path)
