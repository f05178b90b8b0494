"""What an owner brings of a laptop from another portal: rows as the copy has them."""

from typing import Annotated

from pydantic import Field

from portal.accounts.forms import KeyForm
from portal.forms import Base64, Bytes32, Document, Form
from portal.intake.core import MAX_FORKS
from shared import envelope, receipt

MOST_ORDERS, MOST_RECORDS = 2_000, 200
MOST_BYTES = 2 * 1024 * 1024
Moment = Annotated[int, Field(ge=0, lt=2**53)]
_TAIL = receipt.SIZE - receipt.TAIL
Skeleton = Annotated[bytes, Base64(envelope.SKELETON_SIZE, envelope.SKELETON_SIZE)]
Body = Annotated[bytes, Base64(1, envelope.MAX_BODY)]


class GivenOrders(Form):
    raw: Document
    received: Moment


class BroughtLaptop(Form):
    """`orders` from serial 1; `keyring` are the vault keys they name."""

    device_key: Bytes32
    command_key: Bytes32
    paired: Moment
    left: Moment | None
    known_serial: Moment
    known_at: Moment | None
    last_heard: Moment | None
    orders: Annotated[list[GivenOrders], Field(min_length=1, max_length=MOST_ORDERS)]
    keyring: Annotated[list[KeyForm], Field(max_length=64)]


class BroughtFork(Form):
    """`body` is missing where it was deleted."""

    skeleton: Skeleton
    body: Body | None
    received: Moment


class BroughtRecord(BroughtFork):
    """`receipt` is its last 112 bytes, as the copy has them."""

    receipt: Annotated[bytes, Base64(_TAIL, _TAIL)] | None
    sighting: Annotated[bytes, Base64(1, 16 * 1024)] | None


class Records(Form):
    records: Annotated[list[BroughtRecord], Field(max_length=MOST_RECORDS)]
    forks: Annotated[list[BroughtFork], Field(max_length=MAX_FORKS)]
