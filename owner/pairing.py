"""Add a laptop, protocol.md 3 step 3: its keys come from the code on its screen, not the portal."""

from dataclasses import dataclass

from owner import session as sessions
from owner.account import key_to_json
from owner.desk import Desk
from owner.directory import Directory, Pins, parse_portal_keys
from owner.errors import BadInput, NameTaken, NotConfirmed, Refused, Unintelligible
from owner.signing import unlock
from shared import crypto, orders
from shared.encoding import b64, unb64
from shared.errors import Malformed
from shared.orders import Orders, Standing, Will
from shared.pairing import Offer, Secret, fingerprint, parse_offer
from shared.vault import KeyKind

_NO_OFFER = (
    "No laptop waits under this code. Check what you typed; codes last ten minutes and work once, "
    "so if it is right, start pairing on the laptop again."
)


@dataclass(frozen=True, slots=True)
class Paired:
    pins: Pins
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What goes up: orders serial 1 behind the code's MAC, and the vault key they name."""

    secret: Secret
    first: Orders
    vault_key: crypto.OpeningKey
    wrapped: dict[str, object]


def pair(desk: Desk, code: str, name: str | None, *, agreed: bool) -> Paired:
    """Raises BadInput (the code), BadMac, Refused, NotConfirmed, NameTaken, WrongPassword."""
    secret = _read_code(code)
    offer = _fetch_offer(desk, secret)
    directory = desk.directory()
    name = _free_name(directory, name)
    shown = fingerprint(directory.owner_key)
    if not agreed and not desk.outside.agree(f"Add this laptop as {name!r}?"):
        raise NotConfirmed("Nothing was added. Run the command again with --yes if you want it.")
    answer = _answer(desk, secret, offer, directory)
    pins = Pins(
        name, offer, answer.first.serial, answer.first.hash, vaults={1: answer.vault_key.id}
    )
    _upload(desk, answer, pins)
    desk.session = desk.session.with_key(answer.vault_key)
    sessions.save(desk.outside.home, desk.session)
    return Paired(pins, shown)


def _read_code(code: str) -> Secret:
    try:
        return Secret.from_code(code)
    except Malformed as error:
        raise BadInput("A code has 24 letters and digits, in six groups of four. Type it as the "
                       "laptop shows it.") from error  # fmt: skip


def _fetch_offer(desk: Desk, secret: Secret) -> Offer:
    try:
        answer = desk.portal.get(f"/pair/{secret.rid.hex()}")
    except Refused as error:
        if error.status == 404:
            raise Refused("not-found", _NO_OFFER, 404) from error
        raise
    try:
        raw, mac = unb64(answer["offer"]), unb64(answer["mac"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed("the portal's pairing answer lacks something") from error
    secret.check_offer(raw, mac)
    return parse_offer(raw)


def _free_name(directory: Directory, name: str | None) -> str:
    taken = {pins.name.casefold() for pins in directory.devices.values()}
    if name is None:
        numbered = (f"Laptop {n}" for n in range(2, len(taken) + 3))
        return next(free for free in ("Laptop", *numbered) if free.casefold() not in taken)
    if not name.strip() or not name.isprintable() or len(name) > 60:
        raise NameTaken("A name has 1 to 60 printable characters. Choose another with --name.")
    if name.strip().casefold() in taken:
        raise NameTaken(f"You already have a laptop called {name!r}. Choose another with --name.")
    return name.strip()


def _answer(desk: Desk, secret: Secret, offer: Offer, directory: Directory) -> _Answer:
    unlocked, vault_key = unlock(desk, "add this laptop"), crypto.OpeningKey.generate()
    will = Will(
        Standing.HOME, desk.outside.now(), directory.owner_key, directory.recovery_key,
        vault_epoch=1, vault_key=vault_key.public,
    )  # fmt: skip
    first = orders.make(offer.device_id, None, will, unlocked.owner)
    wrapped = key_to_json(unlocked.account.wrap(KeyKind.VAULT, vault_key))
    return _Answer(secret, first, vault_key, wrapped)


def _upload(desk: Desk, answer: _Answer, pins: Pins) -> None:
    """Device, orders, key and pins in one transaction of the portal; anew if another was quicker.

    The portal's receipt keys are pinned here, before there is anything to hide a receipt of.
    """
    keys = parse_portal_keys(_listed(desk))
    desk.change(
        lambda held: held.with_portal_keys(keys).with_device(pins),
        lambda sealed: desk.portal.post("/devices", {
            "rid": answer.secret.rid.hex(),
            "orders": b64(answer.first.raw),
            "mac": b64(answer.secret.mac_orders(answer.first.raw)),
            "keyring": [answer.wrapped],
            "directory": sealed,
        }),
    )  # fmt: skip


def _listed(desk: Desk) -> list[dict[str, object]]:
    keys = desk.portal.get("/portal-keys").get("keys")
    if not isinstance(keys, list):
        raise Unintelligible("The portal does not name its receipt keys. Try again later.")
    return keys
