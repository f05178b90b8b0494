"""One conversation with the portal: send what waits, take receipts, orders and commands."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import commands, status
from agent.commands import Desk
from agent.commands.outcome import Hands, Outcome, Result
from agent.errors import Forked, NoRoom, Refused, StateDamaged, Unreachable
from agent.moment import Moment
from agent.outbox import Kept
from agent.parts import Parts
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


def talk(parts: Parts, moment: Moment, hands: Hands) -> Talked:
    """Raises Unreachable, Refused. Whatever was confirmed until then stays confirmed."""
    talked, forks = Talked(), list[Head | None]()
    for batch in _batches(parts, moment):
        try:
            answer = _check_in(parts, moment, batch)
        except Forked as fork:
            forks.append(fork.head)
            _move_aside(parts, batch)
            continue
        talked = _take(parts, moment, hands, answer)
        if talked.news or talked.leaving:
            return talked
    if forks:
        _begin_again(parts, moment, forks[-1])
        return Talked(news=True)
    return talked


def upload(parts: Parts, moment: Moment) -> None:
    """Send the pictures whose records have arrived, newest first: the owner wants to see now.

    Raises Unreachable, Refused. What fails is tried again; it is never taken again.
    """
    waiting = {kept.seq for kept in parts.outbox.records()}
    for picture in reversed(parts.outbox.media()):
        if picture.seq in waiting:
            continue
        ciphertext = picture.path.read_bytes()
        try:
            parts.world.uplink.put_media(
                ciphertext, picture.sha256, _claim(parts, moment), parts.device.signing
            )
        except Refused as refusal:
            if refusal.code not in _FOR_GOOD:
                raise
            parts.journal.note(moment.t, "picture-refused", code=refusal.code)
            parts.outbox.hand_over(picture, parts.aside.take)
        else:
            parts.outbox.hand_over(picture, Path.unlink)


def _batches(parts: Parts, moment: Moment) -> list[list[Kept]]:
    """Oldest first; one empty batch when nothing waits, for there may be orders to hear."""
    batches: list[list[Kept]] = [[]]
    size = 0
    for kept in parts.outbox.records():
        if batches[-1] and size + kept.size > BATCH:
            batches.append([])
            size = 0
        batches[-1].append(kept)
        size += kept.size
    return batches


def _check_in(parts: Parts, moment: Moment, batch: list[Kept]) -> Answer:
    body = b"".join(sealed.wire for sealed in _loaded(parts, moment, batch))
    try:
        return parts.world.uplink.check_in(body, _claim(parts, moment), parts.device.signing)
    except Forked as fork:
        if body:
            raise
        raise Unreachable("The portal's answer made no sense.") from fork


def _claim(parts: Parts, moment: Moment) -> Claim:
    serial = parts.standing.orders.serial
    return Claim(parts.device.id, moment.t, serial, parts.ledger.last)


def _loaded(parts: Parts, moment: Moment, batch: list[Kept]) -> Iterator[Envelope]:
    """A damaged record leaves a gap, which the portal answers with a fork: a segment follows."""
    for kept in batch:
        try:
            yield parts.outbox.load(kept)
        except StateDamaged as damage:
            parts.outbox.hand_over(kept, parts.aside.take)
            _tell(parts, moment, "state-lost", file=damage.name)


def _move_aside(parts: Parts, batch: list[Kept]) -> None:
    """The portal keeps what it was sent as a fork; here it stays for whoever looks into it."""
    for kept in batch:
        if kept.path.exists():
            parts.outbox.hand_over(kept, parts.aside.take)


def _begin_again(parts: Parts, moment: Moment, head: Head | None) -> None:
    after = max(parts.receipts.seq, head.seq if head else -1)
    parts.chain.start_segment(after, parts.standing.orders, moment.t)
    _tell(parts, moment, "forked", head_seq=head.seq if head else None)


def _take(parts: Parts, moment: Moment, hands: Hands, answer: Answer) -> Talked:
    if answer.receipt is not None:
        try:
            parts.receipts.take(answer.receipt)
        except ProtocolError as refusal:
            # Every check-in brings another receipt: once a day is often enough to hear of it.
            name = f"receipt-{refusal.code}-{moment.t // DAY_MS}"
            if parts.aside.keep(name, answer.receipt):
                _tell(parts, moment, "receipt-refused", code=refusal.code)
    heard = _hear(parts, moment, answer.orders)
    outcomes = [
        outcome
        for raw in answer.commands
        if (outcome := _obey(parts, moment, hands, raw)) is not None
    ]
    leaving = any(outcome.leaving for outcome in outcomes)
    return Talked(heard or bool(outcomes), leaving, answer.wake)


def _hear(parts: Parts, moment: Moment, documents: tuple[bytes, ...]) -> bool:
    """Take all orders that follow; True when there was one. The first that does not fit ends it."""
    before = parts.standing.orders.serial
    for raw in documents:
        try:
            parts.standing.hear(raw, moment.t)
        except ProtocolError as refusal:
            _refuse(parts, moment, "orders", raw, refusal)
            break
    will, serial = parts.standing.orders.will, parts.standing.orders.serial
    if serial == before:
        return False
    parts.journal.note(moment.t, "orders", serial=serial, standing=will.standing)
    status.tell(
        parts, moment, checked_in=True
    )  # true from the first second, before anything is looked at
    return True


def _obey(parts: Parts, moment: Moment, hands: Hands, raw: bytes) -> Outcome | None:
    """What became of a command; None when there is nothing new to answer."""
    try:
        order = command.parse(raw)
    except ProtocolError as refusal:
        _refuse(parts, moment, "command", raw, refusal)
        return None
    if order.id == parts.ledger.last:
        return None
    desk = Desk(parts.device, parts.standing, parts.ledger, hands, parts.standing.now(moment.t))
    outcome = commands.obey(order, desk)
    first = outcome.result is not Result.REFUSED or _keep_aside(parts, "command", raw)
    if first:
        parts.journal.note(moment.t, "command", result=outcome.result, detail=outcome.detail)
        with suppress(NoRoom):
            parts.records.answer(moment, order.id, outcome.result, outcome.detail)
    if outcome.settled:
        parts.ledger.finish(order.id)
    return outcome if first else None


def _refuse(
    parts: Parts, moment: Moment, what: str, document: bytes, refusal: ProtocolError
) -> None:
    """Something that is not what it should be: the owner hears of it, once."""
    if _keep_aside(parts, what, document):
        _tell(parts, moment, f"{what}-refused", code=refusal.code)


def _keep_aside(parts: Parts, what: str, document: bytes) -> bool:
    return parts.aside.keep(f"{what}-{crypto.sha256(document).hex()[:16]}", document)


def _tell(parts: Parts, moment: Moment, name: str, **details: object) -> None:
    parts.journal.note(moment.t, name, **details)
    with suppress(NoRoom):
        parts.records.event(moment, name, **details)
