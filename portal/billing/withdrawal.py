"""“Withdraw from contract here”: a consumer's right to go back on a purchase, without signing in.

The answer is the same for everybody. Where email and invoice belong together and the time is not
over, the whole payment goes back, and a letter says that the withdrawal arrived.
"""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from licensing.refunds import Due, Ground
from portal.accounts import throttle
from portal.accounts.models import Account
from portal.accounts.visitors import Visitor
from portal.billing import purchases
from portal.billing.models import Bill
from portal.db import session
from portal.guards import visitor
from portal.mail import outbox
from portal.mail.outbox import Recipient
from portal.problems import Problem
from portal.words import language
from shared.vault import email_norm

blueprint = Blueprint("withdrawal", __name__)
_TYPED = throttle.Limit("withdraw", free=10, longest=timedelta(minutes=15))


@blueprint.get("/withdraw")
def form() -> str:
    return render_template("billing/withdraw.html", done="done" in request.args)


@blueprint.post("/withdraw")
def withdraw() -> Response:
    by = visitor()
    _slow_down(session(), by)
    take(session(), request.form.get("email", ""), request.form.get("number", ""), by.now)
    session().commit()
    return redirect(url_for("withdrawal.form", done="yes", lang=language()), 303)


def _slow_down(session: Session, by: Visitor) -> None:
    tries = (throttle.watch(_TYPED, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    throttle.count(session, tries, by.now)
    session.commit()


def take(session: Session, email: str, number: str, now: int) -> bool:
    """Whether a payment goes back by it. The caller commits."""
    bill = session.get(Bill, number.strip().upper())
    found = session.scalar(select(Account).where(Account.email_norm == email_norm(email)))
    if bill is None or found is None or bill.account != found.id:
        return False
    held = purchases.held(session, found, now)
    back = purchases.money_back(held, now)
    if not isinstance(back, Due) or back.ground is not Ground.WITHDRAWAL:
        return False
    try:
        purchases.refund(session, found, now)
    except Problem:
        return False
    to = Recipient(found.email_norm, found.language, found.id)
    outbox.put(session, to, "service/withdrawal", now, at=now)
    return True
