"""One conversation with the portal: send what waits, take receipts, orders and commands."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import commands, status
from agent.commands import Desk, Obeyed
from agent.commands.outcome import Hands, Outcome, Result
from agent.commands.rules import Authority
from agent.errors import Forked, NoRoom, Refused, StateDamaged, Unreachable
from agent.moment import Moment
from agent.outbox import Kept
from agent.parts import Parts
from licensing.errors import LeaseRefused
from shared import command, crypto
from shared.checkin import Answer, Claim, Head
from shared.envelope import Envelope
from shared.errors import ProtocolError

BATCH = 64 * 1024  # bytes of envelopes in a request, or one envelope
DAY_MS = 24 * 3600 * 1000
# The portal will not take a picture, now or later. Any other refusal may pass.
_FOR_GOOD = ("not-listed", "body-mismatch", "too-large")


@dataclass(frozen=True, slots=True)
class Talked:
    """`news`: another beat should follow at once. `leaving`: the owner let the laptop go."""

    news: bool = False
    leaving: bool = False
    wake: str | None = None


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something the owner must hear of, once: `name` tells one from another."""

    event: str
    code: str
    name: str
    document: bytes


class Conversation:
    def __init__(self, parts: Parts, moment: Moment, hands: Hands) -> None:
        self._parts = parts
        self._moment = moment
        self._hands = hands
        # Told at the end: a record made while others are on their way would be cut off with
        # them, should they turn out to be a fork.
        self._oddities: list[Oddity] = []
        self._damaged: list[str] = []
        self._forks: list[Head | None] = []

    def talk(self) -> Talked:
        """Raises Unreachable, Refused. Whatever was confirmed until then stays confirmed."""
        try:
            return self._send_all()
        finally:
            self._tell()

    def _send_all(self) -> Talked:
        talked = Talked()
        for batch in _batches(self._parts.outbox.records()):
            try:
                answer = self._check_in(batch)
            except Forked as fork:
                self._forks.append(fork.head)
                self._move_aside(batch)
                continue
            talked = self._take(answer)
            if talked.news or talked.leaving:
                return talked
        return Talked(news=True) if self._forks else talked

    def _check_in(self, batch: list[Kept]) -> Answer:
        body = b"".join(sealed.wire for sealed in self._loaded(batch))
        parts, now = self._parts, self._parts.standing.now(self._moment.t)
        lease = parts.lease.wanted(now)
        try:
            answer = parts.world.uplink.check_in(
                body, claim(parts, self._moment), parts.device.signing, lease
            )
        except Forked as fork:
            if body:
                raise
            raise Unreachable("The portal's answer made no sense.") from fork
        if lease is not None:
            self._take_lease(answer.lease, now)
        return answer

    def _take_lease(self, token: str | None, now: int) -> None:
        try:
            self._parts.lease.take(token, now)
        except LeaseRefused as refusal:
            self._parts.journal.note(self._moment.t, "lease-refused", why=str(refusal))

    def _loaded(self, batch: list[Kept]) -> Iterator[Envelope]:
        """A damaged record leaves a gap; the portal answers with a fork, and a segment follows."""
        for kept in batch:
            try:
                yield self._parts.outbox.load(kept)
            except StateDamaged as damage:
                self._parts.outbox.hand_over(kept, self._parts.aside.take)
                self._damaged.append(damage.name)

    def _move_aside(self, batch: list[Kept]) -> None:
        """The portal keeps what it was sent as a fork; here it stays for whoever looks into it."""
        for kept in batch:
            if kept.path.exists():
                self._parts.outbox.hand_over(kept, self._parts.aside.take)

    def _take(self, answer: Answer) -> Talked:
        if answer.receipt is not None:
            self._take_receipt(answer.receipt)
        heard = self._hear(answer.orders)
        outcomes = [self._obey(raw) for raw in answer.commands]
        new = [outcome for outcome in outcomes if outcome is not None]
        leaving = any(outcome.leaving for outcome in new)
        return Talked(heard or bool(new), leaving, answer.wake)

    def _take_receipt(self, raw: bytes) -> None:
        try:
            self._parts.receipts.take(raw)
        except ProtocolError as refusal:
            # Every check-in brings another receipt: once a day is often enough to hear of it.
            name = f"receipt-{refusal.code}-{self._moment.t // DAY_MS}"
            self._oddities.append(Oddity("receipt-refused", refusal.code, name, raw))

    def _hear(self, documents: tuple[bytes, ...]) -> bool:
        """Take all orders that follow; True when one did. The first that does not fit ends it."""
        standing = self._parts.standing
        before = standing.orders
        for raw in documents:
            try:
                standing.hear(raw, self._moment.t)
            except ProtocolError as refusal:
                name = _name("orders", raw)
                self._oddities.append(Oddity("orders-refused", refusal.code, name, raw))
                break
        if standing.orders.serial == before.serial:
            return False
        will = standing.orders.will
        self._parts.journal.note(
            self._moment.t, "orders", serial=standing.orders.serial, standing=will.standing
        )
        if will.theft and will.theft.confirmed > (before.will.theft or will.theft).confirmed:
            self._parts.journal.note(self._moment.t, "confirmed")
        # True from the first second, before anything is looked at.
        status.tell(self._parts, self._moment, checked_in=True)
        return True

    def _obey(self, raw: bytes) -> Outcome | None:
        """What became of a command; None when there is nothing new to answer."""
        parts, name = self._parts, _name("command", raw)
        try:
            order = command.parse(raw)
        except ProtocolError as refusal:
            self._oddities.append(Oddity("command-refused", refusal.code, name, raw))
            return None
        if order.id == parts.ledger.last:
            return None
        obeyed = commands.obey(order, Desk(self._authority(), parts.device.opening, self._hands))
        outcome = obeyed.outcome
        first = outcome.result is not Result.REFUSED or parts.aside.keep(name, raw)
        if first:
            with suppress(NoRoom):
                answer(parts, self._moment, order.id, obeyed)
        if outcome.settled:
            parts.ledger.finish(order.id)
        return outcome if first else None

    def _authority(self) -> Authority:
        parts = self._parts
        now = parts.standing.now(self._moment.t)
        return Authority(parts.device.id, parts.standing, parts.ledger, now)

    def _tell(self) -> None:
        """Begin a segment where the chain broke, then tell the owner all that was odd."""
        if self._forks:
            self._begin_again(self._forks[-1])
        for file in self._damaged:
            self._say("state-lost", file=file)
        for odd in self._oddities:
            if not self._parts.aside.holds(odd.name):
                self._say(odd.event, code=odd.code)
                self._parts.aside.keep(odd.name, odd.document)

    def _begin_again(self, head: Head | None) -> None:
        after = max(self._parts.receipts.seq, head.seq if head else -1)
        self._parts.chain.start_segment(after, self._parts.standing.orders, self._moment.t)
        self._say("forked", head_seq=head.seq if head else None)

    def _say(self, name: str, **details: object) -> None:
        self._parts.journal.note(self._moment.t, name, **details)
        with suppress(NoRoom):
            self._parts.records.event(self._moment, name, **details)


def answer(parts: Parts, moment: Moment, command_id: bytes, obeyed: Obeyed) -> None:
    """Tell whoever sits at the laptop, and the owner, what became of a command. Raises NoRoom."""
    outcome = obeyed.outcome
    told = {"wish": obeyed.wish, "result": outcome.result, "detail": outcome.detail}
    parts.records.answer(moment, command_id, told | {"said": outcome.said})
    parts.journal.note(moment.t, "command", **told)


def upload(parts: Parts, moment: Moment) -> None:
    """Send the pictures whose records have arrived, newest first: the owner wants to see now.

    Raises Unreachable, Refused. What fails is sent again later; it is never taken again.
    """
    waiting = {kept.seq for kept in parts.outbox.records()}
    for picture in reversed(parts.outbox.media()):
        if picture.seq in waiting:
            continue
        ciphertext = picture.path.read_bytes()
        try:
            parts.world.uplink.put_media(
                ciphertext, picture.sha256, claim(parts, moment), parts.device.signing
            )
        except Refused as refusal:
            if refusal.code not in _FOR_GOOD:
                raise
            parts.journal.note(moment.t, "picture-refused", code=refusal.code)
            parts.outbox.hand_over(picture, parts.aside.take)
        else:
            parts.outbox.hand_over(picture, Path.unlink)


def claim(parts: Parts, moment: Moment) -> Claim:
    serial = parts.standing.orders.serial
    return Claim(parts.device.id, moment.t, serial, parts.ledger.last)


def _batches(records: list[Kept]) -> list[list[Kept]]:
    """Oldest first; one empty batch when nothing waits, for there may be orders to hear."""
    batches: list[list[Kept]] = [[]]
    size = 0
    for kept in records:
        if batches[-1] and size + kept.size > BATCH:
            batches.append([])
            size = 0
        batches[-1].append(kept)
        size += kept.size
    return batches


def _name(what: str, document: bytes) -> str:
    return f"{what}-{crypto.sha256(document).hex()[:16]}"
