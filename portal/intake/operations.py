"""A check-in or a file from request to answer: what the edge and the Flask routes share."""

import logging
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import select

from portal import geoip, problems
from portal.blobs import FileStore
from portal.context import Services
from portal.db import for_writing
from portal.devices import operations as devices
from portal.devices.models import Device, DeviceCommand
from portal.intake import leasing, lines
from portal.intake.core import Request
from portal.intake.outcome import Outcome, Told, Verdict
from portal.intake.store import DAY_MS, Store
from portal.intake.witness import Witness
from portal.problems import Problem
from portal.wake import Ticket, TicketOffice
from shared import checkin
from shared.checkin import NO_COMMAND, Answer, Claim
from shared.encoding import b64
from shared.errors import BadSignature, Malformed, ProtocolError

_NAME = "homeward-intake"
MOST_KEYS = 100_000  # about 25 MB
log = logging.getLogger("portal")


@dataclass(frozen=True, slots=True)
class Intake:
    """The parts, wired once for each app. `keys` are laptops' public keys by device id: an id
    is the hash of its key, so what is held never becomes wrong.
    """

    services: Services
    store: Store
    blobs: FileStore
    tickets: TicketOffice
    keys: dict[bytes, bytes] = field(default_factory=dict)

    def close(self) -> None:
        self.store.close()


def wire(services: Services) -> Intake:
    """Raises OSError, maxminddb.InvalidDatabaseError for a bad city database."""
    settings = services.settings
    cities = geoip.open_city_database(settings.city_database or settings.data_dir / geoip.FOLDER)
    witness = Witness(services.receipt_key, cities.lookup)
    return Intake(
        services,
        Store(lines.opening(services.engine), witness),
        FileStore(settings.blobs),
        TicketOffice(settings.pepper),
    )


def attach(app: Flask, intake: Intake) -> None:
    app.extensions[_NAME] = intake


def intake_of(app: Flask) -> Intake:
    intake: Intake = app.extensions[_NAME]
    return intake


def find_key(intake: Intake, device_id: bytes) -> bytes:
    """A laptop's key from the database; raises Problem for an unknown laptop."""
    paired = (Device.id == device_id, Device.revoked.is_(None))
    with intake.services.engine.connect() as connection:
        key = connection.execute(select(Device.device_key).where(*paired)).scalar()
    if key is None:
        raise unknown_device()
    if len(intake.keys) >= MOST_KEYS:
        intake.keys.pop(next(iter(intake.keys)), None)
    intake.keys[device_id] = key
    return bytes(key)


def answer(intake: Intake, request: Request, outcome: Outcome) -> Answer:
    """What the laptop hears; raises Problem. Reads the database only where it `must_read`."""
    if problem := _refusal(outcome, request.received):
        raise problem
    orders, commands = _news(intake, request, outcome)
    ticket = Ticket(outcome.device, outcome.told)
    return Answer(
        receipt=outcome.receipt,
        orders=orders,
        commands=commands,
        head=outcome.head,
        you=request.peer,
        wake=intake.tickets.write(ticket, request.received),
        lease=None
        if request.lease is None
        else leasing.token(intake.services, outcome.device, request.received),
    )


def must_read(request: Request, told: Told) -> bool:
    """Whether the answer takes more than the commit has told."""
    return request.lease is not None or has_news(request.claim, told)


def lease_asked(value: str) -> int | None:
    """The seq in the header of a laptop that asks; None for none, and for nonsense."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def has_news(claim: Claim, told: Told) -> bool:
    return told.command > 0 or told.orders_serial > claim.orders_serial


def _news(
    intake: Intake, request: Request, outcome: Outcome
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    claim = request.claim
    if not has_news(claim, outcome.told):
        return (), ()
    device, last, now = outcome.device, claim.last_command, request.received
    if outcome.told.command and last != NO_COMMAND:
        with for_writing(intake.services.engine).begin() as connection:
            devices.mark_taken(connection, device, last, now)
    with intake.services.engine.connect() as connection:
        orders = devices.orders_after(connection, device, claim.orders_serial)
        commands = devices.waiting_commands(connection, device, last, now)
    return tuple(orders), tuple(commands)


def _refusal(outcome: Outcome, now: int) -> Problem | None:
    if outcome.verdict is Verdict.UNKNOWN:
        return unknown_device()
    if outcome.verdict is Verdict.QUOTA:
        return Problem(
            429, "slow-down", "This laptop has sent all it may for today. Try again tomorrow.",
            retry_after_s=(DAY_MS - now % DAY_MS) // 1000 + 1,
        )  # fmt: skip
    if outcome.verdict is Verdict.FORK:
        head = outcome.head
        return Problem(
            409, "fork",
            "These envelopes do not continue what is stored; they were kept as a fork. Begin a"
            " new segment after the head.",
            head=head and {"seq": head.seq, "chain": b64(head.chain_hash)},
        )  # fmt: skip
    return None


def unknown_device() -> Problem:
    return Problem(401, "unknown-device", "This laptop is not paired here. Enroll it again.")


def refusal_of(error: Exception) -> Problem:
    """The problem document for whatever stopped a request."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BadSignature):
        return Problem(401, error.code, "This laptop's signature is not right.")
    if isinstance(error, ProtocolError):
        return problems.of_protocol(error)
    log.error("A laptop's request could not be kept: %s", type(error).__name__)
    return problems.try_again()


def authorization_of(value: str) -> tuple[Claim, bytes]:
    """Raises Problem: who does not say who they are is unknown."""
    try:
        return checkin.parse_authorization(value)
    except Malformed as error:
        raise unknown_device() from error


def ticket_of(intake: Intake, text: str) -> Ticket:
    """Raises Problem for a forged or outdated one."""
    ticket = intake.tickets.read(text, intake.services.clock())
    if ticket is None:
        raise Problem(401, "bad-ticket", "Check in first; the answer brings a new ticket.")
    return ticket


def has_more_than(intake: Intake, ticket: Ticket) -> bool:
    """Whether there is anything the laptop had not been told when it got this ticket."""
    newer_orders = select(Device.number).where(
        Device.number == ticket.device, Device.orders_serial > ticket.told.orders_serial
    )
    newer_command = select(DeviceCommand.number).where(
        DeviceCommand.device_number == ticket.device,
        DeviceCommand.number > ticket.told.command,
        DeviceCommand.taken.is_(None),
    )
    with intake.services.engine.connect() as connection:
        return any(connection.execute(q.limit(1)).first() for q in (newer_orders, newer_command))
