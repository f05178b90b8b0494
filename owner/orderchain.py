"""The owner's orders as the portal shows them, checked against the pins (protocol.md 4 and 9)."""

from dataclasses import dataclass
from typing import Any

from owner.directory import Directory, Pins
from owner.errors import OrdersNotTrusted
from owner.findings import Code, Finding, found
from shared import orders
from shared.encoding import unb64
from shared.errors import ProtocolError
from shared.orders import Orders


@dataclass(frozen=True, slots=True)
class OrderChain:
    """The genuine orders from serial 1 on, and what is wrong with the rest."""

    orders: tuple[Orders, ...]
    findings: tuple[Finding, ...]

    @property
    def newest(self) -> Orders:
        """Raises OrdersNotTrusted unless the whole chain is what the owner signed."""
        if self.findings:
            first = self.findings[0]
            raise OrdersNotTrusted(first.code.value, first.sentence)
        return self.orders[-1]

    def pin(self, pins: Pins) -> Pins:
        """The pins moved along this chain, if it is genuine."""
        for document in () if self.findings else self.orders:
            pins = pins.with_orders(document)
        return pins


def check(raw: list[Any], pins: Pins, directory: Directory) -> OrderChain:
    """Every document, from serial 1.

    The pin may lag behind (a crash between the portal's yes and the directory, or another client
    of ours): a longer chain is believed because only our key can have signed it. A shorter or a
    different one is not.
    """
    genuine: list[Orders] = []
    for number, text in enumerate(raw, start=1):
        try:
            document = orders.parse(unb64(text))
            held = genuine[-1] if genuine else None
            orders.accept(document, held, pins.device_id, directory.owner_key)
        except (ProtocolError, TypeError, AttributeError):
            return OrderChain(tuple(genuine), (found(Code.BAD_ORDERS, serial=number),))
        genuine.append(document)
    return OrderChain(tuple(genuine), tuple(_against_pins(genuine, pins)))


def _against_pins(genuine: list[Orders], pins: Pins) -> list[Finding]:
    serial = pins.orders_serial
    if len(genuine) < serial:
        return [found(Code.ORDERS_ROLLED_BACK, serial=serial, found=len(genuine))]
    if genuine[serial - 1].hash != pins.orders_hash:
        return [found(Code.ORDERS_REPLACED, serial=serial)]
    return []
