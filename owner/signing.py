"""The signing key for the length of one order: asked for, unwrapped, used, dropped."""

from dataclasses import dataclass

from owner.desk import Desk
from owner.errors import Unintelligible
from shared import crypto, vault
from shared.vault import Account, KeyKind, SlotType


@dataclass(frozen=True, slots=True)
class Unlocked:
    """AK and OSK. Lives inside one function call and is never written anywhere."""

    account: Account
    owner: crypto.SigningKey


def unlock(desk: Desk, why: str) -> Unlocked:
    """Ask for the password again; raises WrongPassword, WeakKdf.

    Nothing derived from the password leaves this computer here: the slot itself says whether it
    was right.
    """
    record = desk.record()
    directory = desk.open(record)
    vault.check_kdf(record.kdf, least=directory.kdf)
    password = desk.outside.password(f"Password, to {why}")
    unlocker = vault.from_password(password, desk.session.email, record.salt, record.kdf)
    account = record.open_slot(SlotType.PASSWORD, unlocker)
    for wrapped in record.keyring:
        if wrapped.kind is KeyKind.OWNER_SIGNING:
            owner = account.unwrap_signing(wrapped)
            if owner.public == directory.owner_key:
                return Unlocked(account, owner)
    raise Unintelligible("The portal's copy of your signing key is missing or another's. "
                         "Nothing was signed. Ask the portal's operator.")  # fmt: skip
