"""What one program of the agent asks the one that acts as root: one line of JSON."""

from dataclasses import dataclass

from shared import command
from shared.command import Command
from shared.crypto import OpeningKey
from shared.encoding import b64, from_json, items, to_json, unb64
from shared.errors import Malformed


@dataclass(frozen=True, slots=True)
class Request:
    order: Command
    orders: tuple[bytes, ...]
    opening: OpeningKey

    @property
    def line(self) -> bytes:
        said = {
            "command": b64(self.order.raw),
            "orders": [b64(raw) for raw in self.orders],
            "opening": b64(self.opening.pkcs8),
        }
        return to_json(said) + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Request":
        """Raises ProtocolError."""
        said = from_json(line)
        try:
            opening = OpeningKey.from_pkcs8(unb64(said["opening"]))
            orders = tuple(unb64(raw) for raw in items(said["orders"]))
            return cls(command.parse(unb64(said["command"])), orders, opening)
        except (KeyError, TypeError) as error:
            raise Malformed("a request lacks something") from error
