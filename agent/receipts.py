"""What the portal has signed for. The last receipt is quoted in every record that follows."""

from contextlib import suppress
from pathlib import Path

from agent import durable
from agent.chain import Chain
from agent.device import Device
from agent.errors import StateDamaged
from agent.outbox import Outbox
from shared import crypto, receipt
from shared.encoding import b64, unb64
from shared.errors import OutOfOrder, ProtocolError, UnknownSigner, WrongDevice
from shared.receipt import Receipt

NAME = "receipt.json"


class Receipts:
    def __init__(self, folder: Path, device: Device, outbox: Outbox, chain: Chain) -> None:
        self._path = folder / NAME
        self._device = device
        self._outbox = outbox
        self._chain = chain
        self.last: Receipt | None = None

    def load(self) -> None:
        """Raises StateDamaged."""
        try:
            if data := durable.read_json(self._path):
                self.last = receipt.parse(unb64(data["receipt"]))
        except (KeyError, TypeError, ProtocolError) as error:
            raise StateDamaged(NAME) from error

    @property
    def seq(self) -> int:
        """How far the portal has signed, -1 for nothing."""
        return self.last.seq if self.last else -1

    @property
    def quote(self) -> str | None:
        return b64(self.last.raw) if self.last else None

    def take(self, raw: bytes) -> None:
        """Check a receipt, keep it, and only then forget what it covers. Raises ProtocolError."""
        heard = receipt.parse(raw)
        self._verify(heard)
        if self._known_hash(heard.seq) != heard.chain_hash:
            raise OutOfOrder("a receipt for something this laptop did not make")
        if heard.raw != (self.last and self.last.raw):
            durable.write_json(self._path, {"receipt": b64(raw)})
            self.last = heard
        self._outbox.drop(heard.seq)

    def _verify(self, heard: Receipt) -> None:
        if heard.device_id != self._device.id:
            raise WrongDevice("a receipt for another laptop")
        for key in self._device.portal_keys:
            if heard.signer == crypto.key_id(key):
                heard.verify(key)
                return
        raise UnknownSigner("a receipt of a portal key that is not known")

    def _known_hash(self, seq: int) -> bytes | None:
        """None where we cannot say (any more), also because a file is damaged."""
        with suppress(StateDamaged):
            return self._hash_at(seq)
        return None

    def _hash_at(self, seq: int) -> bytes | None:
        if self.last and self.last.seq == seq:
            return self.last.chain_hash
        for kept in self._outbox.records():
            if kept.seq == seq:
                return self._outbox.load(kept).chain_hash
        return self._chain.hash_before(seq + 1)
