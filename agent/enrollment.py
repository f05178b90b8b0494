"""Pairing, protocol.md 3: the laptop pins its owner without trusting the portal."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import consent, device, durable
from agent.chain import Chain
from agent.commands.ledger import Ledger
from agent.consent import Consent
from agent.device import Device
from agent.errors import AlreadyPaired, NotPaired, PairingFailed, Refused, StateDamaged, Unreachable
from agent.outbox import Outbox
from agent.parts import CONSENT
from agent.standing import Standing
from agent.uplink import Uplink
from shared import orders
from shared.crypto import OpeningKey, SigningKey
from shared.encoding import b64, unb64
from shared.errors import ProtocolError
from shared.pairing import VALID_S, Offer, Secret

ASK_AGAIN_S = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A laptop that is about to be paired: its new keys, and the secret on its screen."""

    signing: SigningKey
    opening: OpeningKey
    secret: Secret

    @classmethod
    def generate(cls) -> "Candidate":
        return cls(SigningKey.generate(), OpeningKey.generate(), Secret.generate())

    @property
    def offer(self) -> Offer:
        return Offer(self.signing.public, self.opening.public)

    def url(self, portal: str) -> str:
        """For the QR code. What stands behind # never reaches the portal."""
        return f"{portal}/pair#{self.secret.code}"


def check_unpaired(folder: Path) -> None:
    """Raises AlreadyPaired. Damaged keys are no pairing; they are set aside."""
    try:
        device.load(folder)
    except NotPaired:
        return
    except StateDamaged:
        durable.set_aside(folder / device.NAME)
        return
    raise AlreadyPaired("This laptop is paired already. Run first: homeward-agent leave")


def offer(candidate: Candidate, uplink: Uplink) -> None:
    """Put the laptop's public keys where the owner finds them. Raises Unreachable, Refused."""
    raw = candidate.offer.raw
    mac = candidate.secret.mac_offer(raw)
    uplink.offer(candidate.secret.rid, {"offer": b64(raw), "mac": b64(mac)})


def wait_for_owner(candidate: Candidate, uplink: Uplink, sleep: Callable[[float], None]) -> Device:
    """Ask until the owner has answered, ten minutes at most. Raises PairingFailed."""
    for _ in range(VALID_S // ASK_AGAIN_S):
        try:
            return _checked(candidate, uplink.paired_orders(candidate.secret.rid))
        except Unreachable:
            pass  # the network may come back within the ten minutes
        except Refused as refusal:
            if refusal.code != "not-yet":
                break
        sleep(ASK_AGAIN_S)
    raise PairingFailed("Nobody used the code in time. Start again: homeward-agent enroll")


def _checked(candidate: Candidate, answer: dict[str, Any]) -> Device:
    """MAC, device, signature, then pin. Only whoever had the code can have made the MAC."""
    try:
        raw, mac = unb64(answer["orders"]), unb64(answer["mac"])
        candidate.secret.check_orders(raw, mac)
        first = orders.parse(raw)
        orders.accept(first, None, candidate.offer.device_id, first.will.owner)
        keys = tuple(unb64(key["public"]) for key in answer["portal_keys"])
    except (KeyError, TypeError, AttributeError, ProtocolError) as error:
        raise PairingFailed(
            "The answer does not come from the owner who has the code. Start again, and if it "
            "happens again, do not trust this portal."
        ) from error
    return Device(candidate.signing, candidate.opening, first, keys)


def pin(folder: Path, paired: Device, agreed: Consent) -> None:
    """Write everything a beat expects; the keys come last, for they make a laptop paired."""
    Standing(folder, paired.first_orders).save()
    Ledger(folder).save()
    Chain(folder, Outbox(folder / "outbox", paired.signing.public)).begin(paired.first_orders)
    consent.save(folder / CONSENT, agreed)
    device.save(folder, paired)
