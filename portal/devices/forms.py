"""What laptops and their owners send about pairing, orders and commands."""

from typing import Annotated

from pydantic import Field

from portal.accounts.forms import DirectoryForm, KeyForm
from portal.forms import Base64, Bytes32, Document, Form, Id


class OfferForm(Form):
    offer: Annotated[bytes, Base64(65, 65)]
    mac: Bytes32


class Adoption(Form):
    """The owner's answer to an offer."""

    rid: Id
    orders: Document
    mac: Bytes32
    keyring: Annotated[list[KeyForm], Field(min_length=1, max_length=8)]
    directory: DirectoryForm


class OrdersForm(Form):
    orders: Document


class CommandForm(Form):
    command: Document
