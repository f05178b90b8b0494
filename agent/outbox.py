"""Sealed records the portal has not confirmed yet: oldest first, bounded, crash-safe.

A file for each record, and its pictures as files of their own, kept before the record that lists
them. What must go when room runs out goes in a fixed order, and is counted; a record never goes
wholly: its skeleton stays, so the chain does not break.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent import durable
from agent.errors import NoRoom, StateDamaged
from agent.hosts import host
from shared import crypto, envelope
from shared.envelope import Envelope
from shared.errors import ProtocolError

MIB = 1024 * 1024
FRESH = 288  # records of a stolen laptop: a day of them, one every five minutes
LOOK_BACK_DAYS = 30
# Records from home: one an hour, and as many again that a new network or waking up has brought.
LOOK_BACK = LOOK_BACK_DAYS * 24 * 2
_COUNTERS = "counters.json"


class Sort(StrEnum):
    """What decides how long a record's body is kept."""

    HOME = "home"
    STOLEN = "stolen"
    WORD = "word"  # answers and events


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: never more than `most`, never less than `spare` left free on the disk for others;
    but `least` may always be used, so that a nearly full disk does not silence the laptop.
    """

    most: int = 64 * MIB
    spare: int = 200_000_000
    least: int = 2 * MIB


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Kept:
    """A record's file."""

    seq: int
    sort: Sort
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class KeptMedia:
    """A picture's file."""

    seq: int
    index: int
    sha256: bytes
    size: int
    path: Path


class Outbox:
    def __init__(self, folder: Path, device_key: bytes, limits: Limits = USUAL_LIMITS) -> None:
        """`device_key` is the laptop's own public key: what it did not sign is damaged."""
        self._folder = folder
        self._media = folder / "media"
        self._device_key = device_key
        self._limits = limits
        # Read once and again after each change: nobody else writes here while the lock is held.
        self._records: list[Kept] | None = None
        self._pictures: list[KeptMedia] | None = None
        durable.make_folder(folder, 0o700)
        durable.make_folder(self._media, 0o700)

    def tidy(self, next_seq: int) -> None:
        """Remove what a kill left half done: unfinished files, pictures whose record never came."""
        durable.remove_leftovers(self._folder)
        durable.remove_leftovers(self._media)
        for picture in self.media():
            if picture.seq >= next_seq:
                picture.path.unlink()
        self._changed()

    def put(self, sealed: Envelope, sort: Sort, media: tuple[bytes, ...] = ()) -> None:
        """Keep a record and its pictures; afterwards a power cut loses none. Raises NoRoom."""
        need = len(sealed.wire) + sum(map(len, media))
        self._stay_within(need)
        try:
            self._write(sealed, sort, media)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.give_up(need)
            self._write_or_no_room(sealed, sort, media)

    def records(self) -> list[Kept]:
        """What waits, oldest first."""
        if self._records is None:
            self._records = sorted(map(_kept, _files(self._folder, ".hw")), key=lambda k: k.seq)
        return self._records

    def media(self) -> list[KeptMedia]:
        """The pictures that wait, oldest first."""
        if self._pictures is None:
            found = map(_kept_media, _files(self._media, ".hwm"))
            self._pictures = sorted(found, key=lambda kept: (kept.seq, kept.index))
        return self._pictures

    def load(self, kept: Kept) -> Envelope:
        """Raises StateDamaged."""
        try:
            sealed = envelope.parse(kept.path.read_bytes())
            sealed.verify(self._device_key)
        except (OSError, ProtocolError) as error:
            raise StateDamaged(kept.path.name) from error
        return sealed

    def drop(self, up_to: int) -> None:
        """Forget the records the portal has signed for. Oldest first: a kill leaves no gap."""
        for kept in self.records():
            if kept.seq <= up_to:
                kept.path.unlink()
        host.sync_folder(self._folder)
        self._changed()

    def hand_over(self, kept: Kept | KeptMedia, take: Callable[[Path], None]) -> None:
        """Let somebody else have the file, or remove it."""
        take(kept.path)
        self._changed()

    def size(self) -> int:
        return sum(k.size for k in self.records()) + sum(k.size for k in self.media())

    def counters(self) -> dict[str, int]:
        """How many bodies and pictures were given up since pairing."""
        try:
            return {name: int(n) for name, n in (self._read_counters() or {}).items()}
        except StateDamaged:
            durable.set_aside(self._folder / _COUNTERS)
            return {}

    def give_up(self, amount: int) -> None:
        """Free at least this many bytes, least dear first; raises NoRoom when that cannot be."""
        freed, counters = 0, self.counters()
        for victim in self._victims():
            if freed >= amount:
                break
            name = "media_given_up" if isinstance(victim, KeptMedia) else "bodies_given_up"
            freed += self._give_up_one(victim)
            counters[name] = counters.get(name, 0) + 1
        self._changed()
        # Without room even for the count, the count is what may be lost.
        with suppress(OSError):
            durable.write_json(self._folder / _COUNTERS, counters)
        if freed < amount:
            raise NoRoom("The disk is full. Free some space, so that reports can be kept.")

    def _changed(self) -> None:
        self._records = self._pictures = None

    def _read_counters(self) -> dict[str, int] | None:
        return durable.read_json(self._folder / _COUNTERS)

    def _stay_within(self, need: int) -> None:
        used, limits = self.size(), self._limits
        growth = max(0, shutil.disk_usage(self._folder).free - limits.spare)
        allowed = max(limits.least, min(limits.most, used + growth))
        if used + need > allowed:
            self.give_up(used + need - allowed)

    def _victims(self) -> Iterator[KeptMedia | Kept]:
        """In the order in which they go. First and last picture stay longest of the pictures, and
        the days before the theft was noticed longer than any.
        """
        media, records = self.media(), [kept for kept in self.records() if _has_body(kept)]
        stolen, home = _of(records, Sort.STOLEN), _of(records, Sort.HOME)
        yield from media[1:-1]
        yield from home[:-LOOK_BACK]
        yield from stolen[:-FRESH]
        yield from media[:1] + media[1:][-1:]
        yield from home[-LOOK_BACK:]
        yield from stolen[-FRESH:]
        yield from _of(records, Sort.WORD)

    def _give_up_one(self, victim: KeptMedia | Kept) -> int:
        if isinstance(victim, KeptMedia):
            victim.path.unlink()
            return victim.size
        try:
            skeleton = self.load(victim).without_body().wire
        except StateDamaged:
            durable.set_aside(victim.path)
            return 0
        durable.write(victim.path, skeleton)
        return victim.size - len(skeleton)

    def _write(self, sealed: Envelope, sort: Sort, media: tuple[bytes, ...]) -> None:
        seq = sealed.header.seq
        for index, ciphertext in enumerate(media):
            name = f"{seq:020d}-{index}-{crypto.sha256(ciphertext).hex()}.hwm"
            durable.write(self._media / name, ciphertext)
        durable.write(self._folder / f"{seq:020d}.{sort}.hw", sealed.wire)
        self._changed()

    def _write_or_no_room(self, sealed: Envelope, sort: Sort, media: tuple[bytes, ...]) -> None:
        try:
            self._write(sealed, sort, media)
        except OSError as error:
            raise NoRoom("The disk is full. Free some space, so that reports are kept.") from error


def _files(folder: Path, ending: str) -> "list[os.DirEntry[str]]":
    with os.scandir(folder) as entries:
        return [entry for entry in entries if entry.name.endswith(ending)]


def _kept(file: "os.DirEntry[str]") -> Kept:
    seq, sort, _ = file.name.split(".")
    return Kept(int(seq), Sort(sort), file.stat().st_size, Path(file.path))


def _kept_media(file: "os.DirEntry[str]") -> KeptMedia:
    seq, index, digest = file.name.removesuffix(".hwm").split("-")
    size = file.stat().st_size
    return KeptMedia(int(seq), int(index), bytes.fromhex(digest), size, Path(file.path))


def _has_body(kept: Kept) -> bool:
    return kept.size > len(envelope.SKELETON_MAGIC) + envelope.SKELETON_SIZE


def _of(records: Iterable[Kept], sort: Sort) -> list[Kept]:
    return [kept for kept in records if kept.sort is sort]
