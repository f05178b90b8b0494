"""What a laptop sends through the Flask route, what it hears, and how a refusal reads."""

import os
from typing import Any

from shared import envelope, vault
from shared.checkin import Answer
from shared.encoding import b64, unb64
from shared.envelope import Envelope, Kind, Place
from tests.cast import NOW, Laptop, Owner, slot_json


def refused(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json["code"]) == (status, code)


def send(caller: Any, laptop: Laptop, body: bytes, ms: int = NOW, **options: Any) -> Any:
    return caller.http.post(
        "/api/v1/check-in", data=body, headers=laptop.authorization(body, ms), **options
    )


def hear(caller: Any, laptop: Laptop, body: bytes = b"", ms: int = NOW) -> Answer:
    response = send(caller, laptop, body, ms)
    assert response.status_code == 200, response.json
    return Answer.from_json(response.json)


def refusal(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    assert response.json["detail"].endswith(".")
    return response.status_code, response.json["code"]


def records(caller: Any, laptop: Laptop) -> list[Any]:
    found: list[Any] = caller.get(f"/devices/{laptop.id.hex()}/evidence").json["records"]
    return found


def forks(caller: Any, laptop: Laptop) -> list[Envelope]:
    found = caller.get(f"/devices/{laptop.id.hex()}/forks").json["forks"]
    return [envelope.parse(unb64(fork["envelope"])) for fork in found]


def segment(laptop: Laptop, seq: int, prev: bytes) -> Envelope:
    """What a laptop sends first after it has lost its state."""
    assert laptop.held is not None
    place = Place(laptop.id, 1, seq, prev, Kind.SEGMENT_START)
    return envelope.make(place, b"{}", (), laptop.held.will.vault_key, laptop.signing)


def new_password(owner: Owner, proof: bytes, **changes: Any) -> dict[str, Any]:
    """Argon2id is not what is tested here, so the new verifier is any 32 bytes."""
    unlocker = vault.Unlocker(b"n" * 32, b"k" * 32, b"c" * 32)
    slot = vault.Slot.make(
        vault.SlotType.PASSWORD, unlocker, owner.account.id, owner.account.key, 1
    )
    return {
        "login_verifier": b64(proof),
        "email": owner.email,
        "account_salt": b64(os.urandom(16)),
        "kdf": {"m": 131_072, "t": 4, "p": 1},
        "new_login_verifier": b64(unlocker.verifier),
        "slot": slot_json(slot),
        **changes,
    }
