"""Wipe: the chosen folders, with a note on disk of how far it came, to go on after a kill."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from agent import durable
from agent.commands.outcome import Outcome, Result
from agent.hosts import tree
from agent.hosts.tally import Tally
from agent.wipe import NotAllowed, choose, count, empty
from shared.wishes import Wipe

STEPS = 200  # things removed from one note of the count to the next


def wipe(asked: Wipe, note: Path, keep: tuple[Path, ...]) -> Iterator[Outcome]:
    """Raises OSError when it could not be noted before anything was removed."""
    try:
        chosen = choose(asked.folders, asked.homes, keep)
    except NotAllowed as refusal:
        yield Outcome(Result.REFUSED, refusal.code, {"folder": refusal.folder})
        return
    resumed = note.exists()
    tallies = _noted(note) if resumed else [Tally(str(path)) for path in chosen]
    save = _saving(note, tallies)
    save()
    trimmed = [_one(tally, asked.dry_run, save) for tally in tallies if not tally.done]
    said = {"folders": [tally.to_json() for tally in tallies], "resumed": resumed}
    yield _outcome(asked, tallies, said | {"dry_run": asked.dry_run, "trimmed": all(trimmed)})
    note.unlink(missing_ok=True)


def _one(tally: Tally, dry_run: bool, save: Callable[[], None]) -> bool:
    """True when the disk was told which blocks are free now."""
    if dry_run:
        count(tally)
        return False
    empty(tally, _every(STEPS, save))
    save()
    return tree.trim(tally.folder)


def _outcome(asked: Wipe, tallies: list[Tally], said: dict[str, object]) -> Outcome:
    whole = all(tally.there and not tally.kept for tally in tallies)
    if not whole:
        return Outcome(Result.FAILED, "incomplete", said)
    detail = "counted" if asked.dry_run else ""
    return Outcome(Result.DONE, detail, said, leaving=asked.forget and not asked.dry_run)


def _noted(note: Path) -> list[Tally]:
    """Raises StateDamaged."""
    return [Tally(**said) for said in (durable.read_json(note) or {})["folders"]]


def _saving(note: Path, tallies: list[Tally]) -> Callable[[], None]:
    def save() -> None:
        durable.write_json(note, {"folders": [tally.to_json() for tally in tallies]})

    return save


def _every(times: int, act: Callable[[], None]) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % times == 0:
            with suppress(OSError):  # a disk too full for a note gets emptier by going on
                act()

    return step
