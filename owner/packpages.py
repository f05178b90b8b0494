"""What people read in an evidence pack. Its content comes from a laptop somebody else may hold:
everything is escaped, and nothing in the page can run or fetch.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from owner import summary
from owner.client import printable
from owner.evidence import Picture
from owner.verification import Evidence
from shared import crypto, pack
from shared.pack import Contents
from shared.pairing import fingerprint

_SHARED = Path(pack.__file__).parent
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})  # what an <img> may hold here


def readme(contents: Contents, owner_key: bytes) -> bytes:
    text = (_SHARED / "pack-readme.txt").read_text(encoding="utf-8")
    return text.format(**_facts(contents, owner_key)).encode()


def report(
    contents: Contents, owner_key: bytes, shown: list[Evidence], pictures: list[Picture]
) -> bytes:
    """report.html."""
    page = (_SHARED / "pack-report.html").read_text(encoding="utf-8")
    facts = {name: escape(said) for name, said in _facts(contents, owner_key).items()}
    articles = "\n".join(_article(one, pictures) for one in shown)
    values = facts | {"articles": articles}
    return re.sub(r"\{(\w+)\}", lambda place: values[place[1]], page).encode()


def _facts(contents: Contents, owner_key: bytes) -> dict[str, str]:
    return {
        "device_id": contents.offer.device_id.hex(),
        "fingerprint": fingerprint(owner_key),
        "made": _utc(contents.made),
        "shown": str(len(contents.records)),
        "reports": str(len(contents.skeletons)),
        "laptop": printable(contents.laptop, 100),
    }


def _article(one: Evidence, pictures: list[Picture]) -> str:
    lines = [f"<article><h2>Report {one.seq}</h2><dl>"]
    lines += [
        f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in _said(one) if said
    ]
    lines.append("</dl>")
    lines += [_figure(picture) for picture in pictures if picture.seq == one.seq]
    return "\n".join([*lines, "</article>"])


def _said(one: Evidence) -> Iterator[tuple[str, str]]:
    record = one.record or {}
    yield "Clock of the laptop", _utc(record.get("t"))
    yield "Portal had it at", _utc(one.receipt.received if one.receipt else None)
    yield "Why", summary.why(record) if record else ""
    yield "Place", summary.place(one)
    if one.sighting is not None:
        yield "Internet address", printable(one.sighting.ip, 60)
        yield "Network", printable(one.sighting.asn or "", 80)
        yield "City of the address", summary.city(one.sighting)
    yield "Route", " → ".join(_hops(record))


def _hops(record: dict[str, Any]) -> Iterator[str]:
    routes = summary.reading(record, "traceroute")
    for route in routes if isinstance(routes, list) else []:
        hops = route.get("hops") if isinstance(route, dict) else None
        for hop in hops if isinstance(hops, list) else []:
            ip = hop.get("ip") if isinstance(hop, dict) else None
            yield printable(ip, 60) if isinstance(ip, str) else "no answer"


def _figure(picture: Picture) -> str:
    name = pack.media_name(picture.seq, picture.index, picture.mime)
    camera = escape(printable(picture.camera, 60))
    caption = f"{camera} · {name} · SHA-256 {crypto.sha256(picture.data).hex()}"
    if picture.mime not in _PICTURES:
        return f"<p>{caption}</p>"
    source = f"data:{picture.mime};base64,{b64encode(picture.data).decode()}"
    image = f'<img alt="Snapshot of {camera}" src="{source}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _utc(ms: Any) -> str:
    """Empty for what is no time."""
    if type(ms) is not int:
        return ""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return ""
