"""Looks for a secret in everything a browser sent, in whatever dress it may travel."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from playwright.sync_api import Page, Request


@dataclass
class Wire:
    """All that left the windows it listens to: addresses, headers and bodies, as bytes."""

    asked: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        self.asked.append(request.url)
        head = "\n".join([request.url, *(f"{k}: {v}" for k, v in request.headers.items())])
        self.sent.append(head.encode() + b"\n\n" + (request.post_data_buffer or b""))

    def carries(self, secret: bytes) -> bool:
        return any(form in one for form in forms(secret) for one in self.sent)


def forms(secret: bytes) -> set[bytes]:
    """The secret as bytes, hex, base64 at every offset, percent-encoded, escaped, or in UTF-16."""
    assert len(secret) >= 8  # less is found in anything
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + secret)
        # Without the characters in which its neighbors have a part.
        inner = encoded[2 * (offset > 0) + (offset > 1) : len(encoded) - 4]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    found.add(quote_from_bytes(secret, safe="").encode())
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return found
    return found | {json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")}
