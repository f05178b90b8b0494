"""What the portal does without being asked: forget what has ended, and send what waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts import former_emails, notices, passkeys, sign_ins, throttle
from portal.blobs import FileStore
from portal.context import Clock
from portal.db import for_writing
from portal.devices import drills, pairing
from portal.devices import operations as devices
from portal.mail import outbox, sending
from portal.mail.sending import Post
from portal.tracked import operations as tracked


@dataclass(frozen=True, slots=True)
class Job:
    """`work` gets a session and now; its changes are committed for it."""

    name: str
    every: timedelta
    work: Callable[[Session, int], None]

    def run(self, engine: Engine, now: int) -> None:
        with Session(for_writing(engine)) as session:
            self.work(session, now)
            session.commit()


JOBS = (
    Job("pairings", timedelta(minutes=5), pairing.purge),
    Job("sessions", timedelta(minutes=15), sign_ins.purge),
    Job("former emails", timedelta(hours=1), former_emails.purge),
    Job("challenges", timedelta(minutes=15), passkeys.purge),
    Job("throttle", timedelta(minutes=15), throttle.purge),
    Job("commands", timedelta(hours=1), devices.purge_commands),
    Job("known browsers", timedelta(days=1), notices.purge),
    Job("lapsed drills", timedelta(hours=6), drills.tell_lapsed),
    Job("old mail", timedelta(hours=1), outbox.purge),
    Job("tracked reports", timedelta(days=1), tracked.purge),
)


_MAIL_EVERY_S = 5


def schedule(
    engine: Engine, clock: Clock, blobs: FileStore, post: Post | None
) -> BackgroundScheduler:
    """A scheduler with every job in it, not yet started; without `post` nobody is written to.

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
    if post:
        scheduler.add_job(
            sending.send_due, "interval", args=(post,), id="mail", name="mail",
            seconds=_MAIL_EVERY_S,
        )  # fmt: skip
    return scheduler


def _run(job: Job, engine: Engine, clock: Clock) -> None:
    job.run(engine, clock())
