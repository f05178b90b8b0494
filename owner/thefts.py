"""Mark as stolen, recovered, and send commands: whatever the owner's key has to sign."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from owner import orderchain
from owner.desk import Desk
from owner.directory import Directory, Pins
from owner.errors import NotStolen, OrdersNotKept, Refused
from owner.orderchain import OrderChain
from owner.signing import Unlocked, unlock
from shared import command, orders
from shared.command import Terms, Wish
from shared.encoding import b64
from shared.orders import Orders, Standing, Theft, Will
from shared.will import LONGEST_THEFT_MS, Keep

# A stolen laptop may be silent for days, one in a drawer for months; a late alarm is for nobody.
LIVES = {
    Wish.ALARM: timedelta(days=1),
    Wish.REPORT_NOW: timedelta(days=1),
    Wish.DRILL: timedelta(days=1),
    Wish.MESSAGE: timedelta(days=7),
    Wish.LOCK: timedelta(days=7),
    Wish.WIPE: timedelta(days=7),
    Wish.LEAVE: timedelta(days=90),
}
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Mandate:
    """What the owner allows the laptop to do, and for how long."""

    lasts: timedelta = timedelta(days=14)
    note: str = ""
    camera: bool = True
    tell_at_once: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """The standing after an order; `changed` is False where it was so before."""

    pins: Pins
    theft: Theft | None
    changed: bool


def chain(desk: Desk, directory: Directory, pins: Pins) -> OrderChain:
    """What the portal shows of a laptop's orders, checked."""
    answer = desk.portal.get(f"/devices/{pins.device_id.hex()}/orders")
    shown = answer.get("orders")
    return orderchain.check(shown if isinstance(shown, list) else [], pins, directory)


def stolen(
    desk: Desk, name: str, mandate: Mandate, *, renew: bool = False, key: Unlocked | None = None
) -> Marked:
    """Mark as stolen, or with `renew` move the end of the mandate.

    A second press changes nothing. A mandate that has run out is begun anew under the same theft.
    """
    directory = desk.directory()
    pins = directory.find(name)
    held = chain(desk, directory, pins).newest
    theft = held.will.theft
    if theft and theft.until > desk.outside.now() and not renew:
        return Marked(pins, theft, changed=False)
    key = key or unlock(desk, f"mark {pins.name} as stolen")
    path = "theft" if theft is None else "orders"
    newest = _order(desk, pins, path, key, lambda will: _stolen(will, mandate, desk.outside.now()))
    return Marked(pins, newest.will.theft, changed=newest.serial > held.serial)


def still_stolen(desk: Desk, name: str, seen: int, *, key: Unlocked | None = None) -> Marked:
    """Answer a laptop that said, at `seen` (ms), that its usual user is back. Raises NotStolen."""
    pins = desk.directory().find(name)
    if not chain(desk, desk.directory(), pins).newest.will.theft:
        raise NotStolen(f"{pins.name} is not marked as stolen. There is nothing to say anew.")
    key = key or unlock(desk, f"say anew that {pins.name} is stolen")
    newest = _order(desk, pins, "orders", key, lambda will: _anew(will, seen, desk.outside.now()))
    return Marked(pins, newest.will.theft, changed=True)


def recovered(desk: Desk, name: str, *, key: Unlocked | None = None) -> Marked:
    """End a theft; raises NotStolen."""
    directory = desk.directory()
    pins = directory.find(name)
    if chain(desk, directory, pins).newest.will.standing is Standing.HOME:
        raise NotStolen(f"{pins.name} is not marked as stolen. There is nothing to end.")
    key = key or unlock(desk, f"bring {pins.name} home")
    _order(desk, pins, "theft/recovered", key, lambda will: _home(will, desk.outside.now()))
    return Marked(pins, None, changed=True)


def drill_every(desk: Desk, name: str, days: int) -> Pins:
    """Have the laptop rehearse a theft by itself every so many days; 0 ends that."""
    pins = desk.directory().find(name)
    key = unlock(desk, f"change how often {pins.name} rehearses a theft")
    _order(
        desk, pins, "orders", key,
        lambda will: replace(will, t=desk.outside.now(), drill_days=days),
    )  # fmt: skip
    return pins


def keep(desk: Desk, name: str, wish: Callable[[Keep], Keep], purpose: str) -> Keep:
    """Change how long the portal keeps what the laptop reports; `purpose` goes on from “to”."""
    pins = desk.directory().find(name)
    key = unlock(desk, purpose)
    newest = _order(
        desk, pins, "keeping", key,
        lambda will: replace(will, t=desk.outside.now(), keep=wish(will.keep)),
    )  # fmt: skip
    return newest.will.keep


def _stolen(will: Will, mandate: Mandate, now: int) -> Will:
    """One that has lasted as long as it may begins anew, and so does the time to its notice."""
    begun = will.theft
    if begun is None or begun.since + LONGEST_THEFT_MS <= now:
        begun = Theft(os.urandom(8).hex(), since=now, until=now)
    lasts = mandate.lasts // timedelta(milliseconds=1)
    theft = replace(
        begun,
        until=min(now + lasts, begun.since + LONGEST_THEFT_MS),
        camera=mandate.camera,
        note=mandate.note or begun.note,
        notice_after_s=0 if mandate.tell_at_once else begun.notice_after_s,
    )
    return replace(will, standing=Standing.STOLEN, t=now, theft=theft)


def _anew(will: Will, seen: int, now: int) -> Will:
    return replace(will, t=now, theft=will.theft and replace(will.theft, confirmed=seen))


def _home(will: Will, now: int) -> Will:
    return replace(will, standing=Standing.HOME, t=now, theft=None)


def _order(
    desk: Desk, pins: Pins, path: str, key: Unlocked, wish: Callable[[Will], Will]
) -> Orders:
    """Sign on top of the newest genuine orders, send, and pin what the portal then shows.

    Each names the recovery key of today, so that a laptop that missed a new code hears of it here.
    Sent first, pinned second: a crash between leaves a pin that lags behind a genuine chain,
    which is fine. The other way round the chain would look rolled back. What gets pinned is read
    back, because another client of ours may have been quicker and ours then was not stored.
    """
    for _ in range(_TRIES):
        directory = desk.directory()
        held = chain(desk, directory, pins).newest
        will = replace(wish(held.will), recovery=directory.recovery_key)
        document = orders.make(pins.device_id, held, will, key.owner)
        try:
            desk.portal.post(
                f"/devices/{pins.device_id.hex()}/{path}", {"orders": b64(document.raw)}
            )
        except Refused as error:
            if error.code != "out-of-order":
                raise
            continue
        kept = chain(desk, desk.directory(), pins)
        if kept.newest.will.standing is not document.will.standing:
            break
        desk.pin(pins.device_id, kept.pin)
        return kept.newest
    raise OrdersNotKept(f"The portal does not show the new orders for {pins.name}. Run "
                        "`homeward devices` to see what it knows, and try again.")  # fmt: skip


def send_command(
    desk: Desk, name: str, wish: Wish, said: dict[str, Any], *, key: Unlocked | None = None
) -> str:
    """Sign, seal and leave a command at the portal; its id in hex.

    The counter is kept before anything is sent: a number used twice would be refused by the
    laptop, a number skipped harms nobody.
    """
    directory = desk.directory()
    pins = directory.find(name)
    held = chain(desk, directory, pins).newest
    key = key or unlock(desk, f"send a command to {pins.name}")
    counted = desk.pin(pins.device_id, lambda before: replace(before, counter=before.counter + 1))
    now = desk.outside.now()
    expires = now + LIVES[wish] // timedelta(milliseconds=1)
    terms = Terms(pins.device_id, counted.counter, now, expires, held.serial)
    made = command.make(terms, wish, said, pins.offer.command_key, key.owner)
    desk.portal.post(f"/devices/{pins.device_id.hex()}/commands", {"command": b64(made.raw)})
    return made.id.hex()
