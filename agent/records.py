"""From what was read to a sealed record in the outbox: nothing leaves the laptop in another form.

A record is kept before it is sent, its pictures before it, and the chain moves on after it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.chain import Chain
from agent.device import Device
from agent.moment import Moment
from agent.outbox import Outbox, Sort
from agent.receipts import Receipts
from agent.standing import Standing
from shared import envelope, media, readings
from shared.envelope import Place
from shared.errors import TooLarge
from shared.media import SealedMedia
from shared.readings import (
    CameraUnread,
    Circumstances,
    Reading,
    Reason,
    Snapshot,
    Snapshots,
    Unread,
)

if TYPE_CHECKING:
    # Sensors are imported where something is looked at: a mere check-in stays small.
    from agent.sensors import Look

Readings = dict[str, Reading | Unread]


class Records:
    def __init__(
        self, device: Device, standing: Standing, outbox: Outbox, chain: Chain, receipts: Receipts
    ) -> None:
        self._device = device
        self._standing = standing
        self._outbox = outbox
        self._chain = chain
        self._receipts = receipts

    def report(
        self, moment: Moment, why: str, look: "Look", sort: Sort, asked: int | None = None
    ) -> int:
        """Keep what was looked at; its place in the chain. Raises NoRoom, StateDamaged."""
        place = self._chain.place(self._standing.orders)
        pictures = tuple(
            media.seal(picture, "image/jpeg", self._device.id, place.seq, index)
            for index, picture in enumerate(look.pictures[: envelope.MAX_ATTACHMENTS])
        )
        said = _with_media(look.readings, pictures)
        here = self._circumstances(moment)
        for thinner in (_as_it_is, _without_thumbnails, _unsaid):
            try:
                plaintext = readings.report(why, here, thinner(said), asked)
                return self._keep(place, plaintext, sort, pictures)
            except TooLarge:
                continue
        raise TooLarge("a report without readings is too large")

    def answer(self, moment: Moment, command_id: bytes, outcome: dict[str, Any]) -> int:
        """Keep what became of a command."""
        here = self._circumstances(moment)
        return self._keep_word(readings.answer(here, command_id.hex(), outcome))

    def event(self, moment: Moment, name: str, **details: Any) -> int:
        """Keep something the owner must know that no sensor reads."""
        return self._keep_word(readings.event(self._circumstances(moment), name, details))

    def _keep_word(self, plaintext: bytes) -> int:
        return self._keep(self._chain.place(self._standing.orders), plaintext, Sort.WORD, ())

    def _keep(
        self, place: Place, plaintext: bytes, sort: Sort, pictures: tuple[SealedMedia, ...]
    ) -> int:
        listed = tuple(picture.attachment for picture in pictures)
        vault_key = self._standing.orders.will.vault_key
        made = envelope.make(place, plaintext, listed, vault_key, self._device.signing)
        self._outbox.put(made, sort, tuple(picture.ciphertext for picture in pictures))
        self._chain.advance(made)
        return place.seq

    def _circumstances(self, moment: Moment) -> Circumstances:
        return Circumstances(
            t=moment.t,
            boottime=moment.boottime,
            boot_id=moment.boot_id,
            orders_serial=self._standing.orders.serial,
            receipt=self._receipts.quote,
            counters=self._outbox.counters(),
        )


def _with_media(said: Readings, pictures: tuple[SealedMedia, ...]) -> Readings:
    """Give each snapshot the key that opens its picture."""

    def keyed(shot: Snapshot | CameraUnread) -> Snapshot | CameraUnread:
        if isinstance(shot, CameraUnread) or shot.index is None:
            return shot
        if shot.index >= len(pictures):
            return replace(shot, index=None)
        return replace(shot, media=pictures[shot.index].key.to_json())

    return _with_cameras(said, keyed)


def _with_cameras(
    said: Readings, change: Callable[[Snapshot | CameraUnread], Snapshot | CameraUnread]
) -> Readings:
    return {
        name: Snapshots(tuple(map(change, reading.cameras)))
        if isinstance(reading, Snapshots)
        else reading
        for name, reading in said.items()
    }


def _as_it_is(said: Readings) -> Readings:
    return said


def _without_thumbnails(said: Readings) -> Readings:
    def bare(shot: Snapshot | CameraUnread) -> Snapshot | CameraUnread:
        return shot if isinstance(shot, CameraUnread) else replace(shot, thumbnail=None)

    return _with_cameras(said, bare)


def _unsaid(said: Readings) -> Readings:
    return dict.fromkeys(said, Unread(Reason.FAILED, "too long to send"))
