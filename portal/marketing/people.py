"""Who somebody is to a suppression: a keyed hash of the mailbox, however the address is spelled."""

from contextlib import suppress

from shared.crypto import domain, hmac_sha256
from shared.vault import email_norm


def person(pepper: bytes, address: str) -> bytes:
    """The same for A@B, a@b, and a+anything@b; nobody without the pepper can guess it."""
    return hmac_sha256(pepper, domain("marketing-person"), _mailbox(address).encode())


def _mailbox(address: str) -> str:
    name, _, host = email_norm(address).casefold().rpartition("@")
    with suppress(UnicodeError):  # where no mail could ever be sent it stays as it is
        host = host.rstrip(".").encode("idna").decode("ascii")
    return f"{name.partition('+')[0] or name}@{host}"
