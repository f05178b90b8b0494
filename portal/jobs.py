"""What the portal does without being asked: forget what has ended, and send what waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from licensing.billing.provider import Provider
from portal.accounts import former_emails, notices, passkeys, sign_ins, throttle
from portal.audit import operations as audit
from portal.billing import bills, calls, details, events, reminders, shop
from portal.blobs import FileStore, Untouched
from portal.context import Clock
from portal.db import for_writing
from portal.devices import drills, pairing
from portal.devices import operations as devices
from portal.evidence import dropping, letting_go
from portal.mail import outbox, sending
from portal.mail.sending import Post
from portal.mail.settings import MailSettings
from portal.marketing import campaigns, consent, surveys
from portal.privacy import authority, breaches, closing, requests
from portal.privacy.closing import Eraser
from portal.privacy.ledger import Ledger, Unwritten
from portal.settings import Settings
from portal.site import counting
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
    Job("old evidence", timedelta(hours=6), letting_go.let_all_go),
    Job("commands", timedelta(hours=1), devices.purge_commands),
    Job("known browsers", timedelta(days=1), notices.purge),
    Job("lapsed drills", timedelta(hours=6), drills.tell_lapsed),
    Job("old mail", timedelta(hours=1), outbox.purge),
    Job("unconfirmed contacts", timedelta(hours=6), consent.purge),
    Job("survey answers", timedelta(days=1), surveys.unlink),
    Job("tracked reports", timedelta(days=1), tracked.purge),
    Job("payments waiting", timedelta(minutes=5), events.settle_waiting),
    Job("provider messages", timedelta(days=1), events.purge),
    Job("old invoices", timedelta(days=1), bills.purge),
    Job("old audit lines", timedelta(days=1), audit.purge),
    Job("rights requests", timedelta(days=1), requests.purge),
    Job("authority requests", timedelta(hours=6), authority.tidy),
    Job("old counts", timedelta(days=1), counting.purge),
    Job("old breaches", timedelta(days=1), breaches.purge),
)


_COUNTING = (Job("laptops in use", timedelta(days=1), counting.count_laptops),)
_MAIL_EVERY_S = 5


def of(settings: Settings, *, dry_run: bool = False) -> tuple[Job, ...]:
    """Every job, also those that know where this portal keeps things. A dry run leaves files be."""
    ledger = Unwritten(settings.data_dir) if dry_run else Ledger(settings.data_dir)
    blobs = Untouched(settings.blobs) if dry_run else FileStore(settings.blobs)
    erasing = closing.erasing(Eraser(settings.pepper, ledger))
    reminding = reminders.reminding(settings.licenses_since)
    return (
        *JOBS,
        *(_COUNTING if settings.counts else ()),
        Job("closed accounts", timedelta(hours=1), erasing),
        Job("dropped files", timedelta(hours=1), dropping.deleting(blobs)),
        Job("license reminders", timedelta(hours=12), reminding),
    )


def schedule(settings: Settings, engine: Engine, clock: Clock) -> BackgroundScheduler:
    """A scheduler with every job in it, not yet started; without a mail server nothing is sent.

    A machine that slept runs each job once when it wakes, however often it would have run.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None}
    )
    for job in of(settings):
        _add(scheduler, job, engine, clock)
    blobs = FileStore(settings.blobs)
    scheduler.add_job(blobs.sweep, "interval", days=1, id="uploads", name="uploads")
    if provider := shop.open_shop(settings.billing).provider:
        _bill(scheduler, provider, engine, clock)
        scheduler.add_job(
            details.ask_due, "interval", args=(engine, settings.billing, clock), id="VAT numbers",
            name="VAT numbers", seconds=details.EVERY.total_seconds(),
        )  # fmt: skip
    if settings.mail:
        advance = campaigns.advancing(settings.pepper)
        _add(scheduler, Job("campaigns", campaigns.EVERY, advance), engine, clock)
        post = post_of(settings, settings.mail, engine, clock)
        scheduler.add_job(
            sending.send_due, "interval", args=(post,), id="mail", name="mail",
            seconds=_MAIL_EVERY_S,
        )  # fmt: skip
    return scheduler


def _bill(scheduler: BackgroundScheduler, provider: Provider, engine: Engine, clock: Clock) -> None:
    """Ask the provider what is still to be asked, and look for what it told while we were away."""
    scheduler.add_job(
        calls.make_due, "interval", args=(engine, provider, clock), id="provider calls",
        name="provider calls", seconds=60,
    )  # fmt: skip
    catch_up = Job("reconciling", timedelta(hours=1), events.catching_up(provider))
    _add(scheduler, catch_up, engine, clock)


def _add(scheduler: BackgroundScheduler, job: Job, engine: Engine, clock: Clock) -> None:
    scheduler.add_job(
        _run, "interval", args=(job, engine, clock), id=job.name, name=job.name,
        seconds=job.every.total_seconds(),
    )  # fmt: skip


def post_of(settings: Settings, mail: MailSettings, engine: Engine, clock: Clock) -> Post:
    """The sender, with the gate that knows who still wants to be written to."""
    gate = campaigns.gate(settings.pepper, settings.public_url, mail.postal_address)
    return Post(engine, clock, mail, settings.public_url, gate)


def _run(job: Job, engine: Engine, clock: Clock) -> None:
    job.run(engine, clock())
