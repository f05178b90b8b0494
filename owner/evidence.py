"""Fetch what the portal holds of a laptop, have it verified, and open it with its pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from owner.desk import Desk
from owner.directory import Pins, parse_portal_keys
from owner.errors import Refused, Unintelligible, UnknownLaptop
from owner.findings import Code, Finding, found
from owner.verification import Evidence, Handed, Result, Trust, verify
from shared import media
from shared.checkin import Head, parse_head
from shared.envelope import Attachment
from shared.errors import Malformed, ProtocolError
from shared.media import MediaKey

PAGE = 200
_COUNTABLE = 10_000_000  # a new segment may begin at a number that counts nothing
Progress = Callable[[int, int | None], None]  # how much more has come, and of how much in all
Fetch = Callable[[Attachment], bytes]  # a file as its laptop sealed it; raises Refused for none


def collect(desk: Desk, name: str, after: Head | None, progress: Progress) -> Result:
    """Everything after `after`, verified; the pins and the mark move along."""
    directory = desk.directory()
    pins = directory.find(name)
    handed = _fetch(desk, pins, after, progress)
    trust = Trust(directory, pins, desk.session.keys)
    result = verify(handed, trust, desk.outside.now(), after)
    if result.moves(pins) != pins:
        desk.pin(pins.device_id, result.moves)
    return result


def trust_new_portal_keys(desk: Desk) -> None:
    """Pin the receipt keys the portal names now, because the owner was told of a new one."""
    keys = parse_portal_keys(_list(desk.portal.get("/portal-keys"), "keys"))
    desk.change(lambda held: held.with_portal_keys(keys))


def _fetch(desk: Desk, pins: Pins, after: Head | None, progress: Progress) -> Handed:
    """The head first and the orders last, so that what arrives meanwhile contradicts nothing."""
    path = f"/devices/{pins.device_id.hex()}"
    try:
        device = desk.portal.get(path)
    except Refused as error:
        if error.status == 404:
            raise UnknownLaptop(f"The portal does not show {pins.name} any more. If you did not "
                                "remove it, ask the portal's operator.") from error  # fmt: skip
        raise
    head = None if device.get("head") is None else parse_head(device["head"])
    records = list(_pages(desk, path, after, head, progress))
    forks = _list(desk.portal.get(f"{path}/forks"), "forks")
    orders = _list(desk.portal.get(f"{path}/orders"), "orders")
    return Handed(orders, records, forks, head, device.get("offer"))


def _pages(
    desk: Desk, path: str, after: Head | None, head: Head | None, progress: Progress
) -> Iterator[Any]:
    seq = after.seq if after else -1
    total = head.seq - seq if head and head.seq - seq < _COUNTABLE else None
    while True:
        page = desk.portal.get(f"{path}/evidence?after={seq}&limit={PAGE}")
        records = _list(page, "records")
        yield from records
        progress(len(records), total)
        following = page.get("next")
        if following is None or not records:
            return
        if type(following) is not int or following <= seq:
            raise Unintelligible("The portal's pages of evidence go round in a circle. "
                                 "Ask the portal's operator.")  # fmt: skip
        seq = following


def _list(answer: dict[str, Any], name: str) -> list[Any]:
    value = answer.get(name)
    if not isinstance(value, list):
        raise Unintelligible("The portal's answer lacks something. Is this client as new as the "
                             "portal?")  # fmt: skip
    return value


@dataclass(frozen=True, slots=True)
class Picture:
    """One still, opened. `index` is its place in the record's list."""

    seq: int
    index: int
    camera: str
    mime: str
    data: bytes


def snapshots(evidence: Evidence) -> list[dict[str, Any]]:
    """What the record says of its cameras, whatever shape a laptop may have sent."""
    readings = (evidence.record or {}).get("readings")
    camera = readings.get("camera") if isinstance(readings, dict) else None
    listed = camera.get("cameras") if isinstance(camera, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def with_file(evidence: Evidence) -> list[dict[str, Any]]:
    return [one for one in snapshots(evidence) if type(one.get("index")) is int]


def pictures(fetch: Fetch, result: Result) -> tuple[Result, list[Picture]]:
    """Fetch, verify and open every picture; what fails joins the findings."""
    opened: list[Picture] = []
    findings: list[Finding] = []
    for evidence in (*result.evidence, *result.forks):
        for said in with_file(evidence):
            got = picture(fetch, evidence, said)
            if isinstance(got, Picture):
                opened.append(got)
            else:
                findings.append(got)
    return result.with_findings(findings), opened


def picture(fetch: Fetch, evidence: Evidence, said: dict[str, Any]) -> Picture | Finding:
    seq, index = evidence.seq, said["index"]
    listed = evidence.row.envelope.attachments()
    try:
        if not 0 <= index < len(listed):
            raise Malformed("a snapshot points behind the list of attachments")
        key = MediaKey.from_json(said["media"])
        sealed = fetch(listed[index])
        place = (evidence.row.envelope.header.device_id, seq, index)
        data = media.open_media(sealed, listed[index], key, place)
    except Refused as error:
        if error.status != 404:
            raise
        return found(Code.MISSING_MEDIA, seq, index=index)
    except (ProtocolError, KeyError, Unintelligible):
        return found(Code.MEDIA_MISMATCH, seq, index=index)
    return Picture(seq, index, str(said.get("camera", "")), key.mime, data)


def from_portal(desk: Desk, progress: Progress) -> Fetch:
    def download(attachment: Attachment) -> bytes:
        size = min(attachment.size, media.MAX_SIZE)
        path = f"/media/{attachment.sha256.hex()}"
        return desk.portal.download(path, size, lambda more: progress(more, size))

    return download
