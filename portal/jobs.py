"""What the portal does without being asked: forget what has ended, and what never arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts import former_emails, passkeys, sign_ins, throttle
from portal.blobs import FileStore
from portal.context import Clock
from portal.db import for_writing
from portal.devices import operations as devices
from portal.devices import pairing
from portal.tracked import operations as tracked


@dataclass(frozen=True, slots=True)
class Job:
    """`forget` gets a session and now; its changes are committed for it."""

    name: str
    every: timedelta
    forget: Callable[[Session, int], None]

    def run(self, engine: Engine, now: int) -> None:
        with Session(for_writing(engine)) as session:
            self.forget(session, now)
            session.commit()


JOBS = (
    Job("pairings", timedelta(minutes=5), pairing.purge),
    Job("sessions", timedelta(minutes=15), sign_ins.purge),
    Job("former emails", timedelta(hours=1), former_emails.purge),
    Job("challenges", timedelta(minutes=15), passkeys.purge),
    Job("throttle", timedelta(minutes=15), throttle.purge),
    Job("commands", timedelta(hours=1), devices.purge_commands),
    Job("tracked reports", timedelta(days=1), tracked.purge),
)


def schedule(engine: Engine, clock: Clock, blobs: FileStore) -> BackgroundScheduler:
    """A scheduler with every job in it, not yet started.

    A machine that slept runs each job once when it wakes, however often it would have run.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None}
    )
    for job in JOBS:
        scheduler.add_job(
            _run, "interval", args=(job, engine, clock), id=job.name, name=job.name,
            seconds=job.every.total_seconds(),
        )  # fmt: skip
    scheduler.add_job(blobs.sweep, "interval", days=1, id="uploads", name="uploads")
    return scheduler


def _run(job: Job, engine: Engine, clock: Clock) -> None:
    job.run(engine, clock())
