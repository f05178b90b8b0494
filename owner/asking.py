"""Ask a laptop for an alarm, a message, a lock or a wipe: within the bounds it keeps itself."""

from dataclasses import dataclass

from owner import thefts
from owner.desk import Desk
from owner.directory import Pins
from owner.errors import BadInput, NotConfirmed, NotStolen
from shared import wishes
from shared.errors import Malformed
from shared.orders import Standing
from shared.wishes import Asked, Wipe


@dataclass(frozen=True, slots=True)
class Sent:
    pins: Pins
    command_id: str


def ask(desk: Desk, name: str, asked: Asked, typed: str | None = None) -> Sent:
    """Raises BadInput, NotStolen and NotConfirmed before the password is asked for.

    `typed` is the laptop's name once more, without which nothing is wiped.
    """
    try:
        said = wishes.parameters_of(asked)
    except Malformed as error:
        raise BadInput(f"Nothing was sent: {error}.") from error
    directory = desk.directory()
    pins = directory.find(name)
    if isinstance(asked, Wipe):
        will = thefts.chain(desk, directory, pins).newest.will
        if will.standing is not Standing.STOLEN:
            raise NotStolen(f"{pins.name} is not marked as stolen. Only a stolen laptop is wiped.")
        if not asked.dry_run and typed != pins.name:
            raise NotConfirmed(
                "Nothing was sent. A wipe cannot be undone: type the laptop's name when asked, or "
                "give it with --confirm."
            )
    command_id = thefts.send_command(desk, name, wishes.wish_of(asked), said)
    return Sent(pins, command_id)
