"""Count by day, without a cookie and with nobody's key, where the operator wants it at all.

Whoever says Sec-GPC is not counted, nor an account that objected or rests. What is over and was
counted fewer than five times is deleted: it could point at somebody.
"""

from datetime import timedelta

from flask import Flask, Response, g, request
from sqlalchemy import Engine, and_, delete, func, select
from sqlalchemy.orm import Session

from portal import context
from portal.accounts.models import Account
from portal.db import for_writing, session
from portal.devices.models import Device
from portal.frame import signed_in
from portal.intake.store import DAY_MS
from portal.privacy.metrics import Metric
from portal.site.models import MetricCount
from portal.site.tally import Counted, Tally

LEAST = 5
_KEPT_DAYS = timedelta(days=25 * 30).days
_NAME = "tally"


def attach(app: Flask) -> None:
    """For an app whose settings say that it counts."""
    tally = app.extensions[_NAME] = Tally()

    @app.after_request
    def count(answer: Response) -> Response:
        if answer.status_code < 400 and request.headers.get("Sec-GPC") != "1":
            _count(tally, answer)
            if taken := tally.take(context.now()):
                _write(context.services().engine, taken)
        return answer


def _count(tally: Tally, answer: Response) -> None:
    """A page of nobody's, or what an owner does; a path with something in it is no page's name."""
    now, rule = context.now(), request.url_rule
    if request.method == "GET" and rule and not rule.arguments and answer.mimetype == "text/html":
        if not signed_in():
            browser = request.user_agent.string
            tally.look(rule.rule, request.remote_addr or "", browser, now)
    elif request.method == "POST" and g.get("account_id") and _may_be_counted(g.account_id):
        tally.use(request.blueprint or "", now)


def _may_be_counted(account_id: bytes) -> bool:
    found = session().get(Account, account_id)
    return found is not None and found.resting is None and found.uncounted is None


def _write(engine: Engine, taken: dict[Counted, int]) -> None:
    """In a transaction of its own: a number that fails must not undo what somebody did."""
    with Session(for_writing(engine)) as writing:
        for (day, metric, part), count in taken.items():
            _add(writing, day, metric, part, count)
        writing.commit()


def _add(writing: Session, day: int, metric: Metric, part: str, count: int) -> None:
    held = writing.get(MetricCount, (day, metric, part))
    if held is None:
        writing.add(MetricCount(day=day, metric=metric, part=part, count=count))
    else:
        held.count += count


def count_laptops(writing: Session, now: int) -> None:
    """The job: those heard from on the day that is over. Once a day is enough."""
    day = now // DAY_MS - 1
    begins = day * DAY_MS
    counted = and_(Account.resting.is_(None), Account.uncounted.is_(None))
    query = select(func.count()).select_from(Device).join(Account).where(
        counted, Device.last_heard >= begins
    )  # fmt: skip
    if writing.get(MetricCount, (day, Metric.LAPTOPS, "")) is None:
        _add(writing, day, Metric.LAPTOPS, "", writing.scalars(query).one())


def purge(writing: Session, now: int) -> None:
    """Small numbers of days that are over, and whatever is two years old."""
    today = now // DAY_MS
    small = (MetricCount.count < LEAST) & (MetricCount.day < today)
    writing.execute(delete(MetricCount).where(small | (MetricCount.day < today - _KEPT_DAYS)))


def shown(reading: Session, now: int) -> list[MetricCount]:
    """Of days that are over, newest first."""
    over = (MetricCount.day < now // DAY_MS) & (MetricCount.count >= LEAST)
    order = (MetricCount.day.desc(), MetricCount.metric, MetricCount.count.desc())
    return list(reading.scalars(select(MetricCount).where(over).order_by(*order)))
