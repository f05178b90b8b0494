"""A passkey in software: makes credentials and signs challenges as an authenticator does."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto import sha256
from shared.encoding import b64, unb64

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Authenticator:
    """One credential; each field may be spoiled to see it refused."""

    origin: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def make(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The body of POST /account/passkeys."""
        public = {
            1: 1,
            3: -8,
            -1: 6,
            -2: self.key.public_key().public_bytes_raw(),
        }  # COSE: OKP, EdDSA, Ed25519
        size = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + size + self.credential_id + cbor2.dumps(public)
        data = self._data(ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options)
        return {"client_data": b64(client_data), "attestation": b64(made), **changes}

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """`passkey` in the body of POST /login."""
        self.count += 1
        data, client_data = self._data(0), self._client_data("webauthn.get", options)
        return {
            "credential_id": b64(self.credential_id),
            "client_data": b64(client_data),
            "authenticator_data": b64(data),
            "signature": b64(self.key.sign(data + sha256(client_data))),
        }

    def _data(self, more: int) -> bytes:
        flags = bytes([self.flags | more])
        return sha256(self.host.encode()) + flags + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        assert unb64(options["challenge"])
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()
