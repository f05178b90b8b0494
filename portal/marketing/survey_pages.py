"""Answer a survey: from its letter, without account, cookie or script. A look changes nothing."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.db import session
from portal.marketing import surveys, tokens
from portal.marketing.models import Campaign
from portal.marketing.surveys import Question
from portal.marketing.tokens import ANSWER, Ticket
from portal.problems import not_found

blueprint = Blueprint("surveys", __name__)


@blueprint.get("/s/<token>")
def look(token: str) -> str:
    ticket, survey = _survey(token)
    return render_template(
        "marketing/survey.html", token=token, question=Question(survey.question),
        given=surveys.given(session(), ticket), done=request.args.get("done"),
        most=surveys.MOST_TEXT,
    )  # fmt: skip


@blueprint.post("/s/<token>")
def answer(token: str) -> Response:
    ticket, survey = _survey(token)
    if "forget" in request.form:
        surveys.forget(session(), ticket)
        return redirect(url_for("surveys.look", token=token, done="gone"), 303)
    score, text = (request.form.get(name, "") for name in ("score", "text"))
    surveys.answer(session(), survey, ticket, score, text, context.now())
    return redirect(url_for("surveys.look", token=token, done="yes"), 303)


def _survey(token: str) -> tuple[Ticket, Campaign]:
    """Raises Problem not-found for whatever this portal has not asked."""
    ticket = tokens.read(context.services().settings.pepper, ANSWER, token)
    survey = surveys.asked(session(), ticket) if ticket else None
    if ticket is None or survey is None:
        raise not_found()
    return ticket, survey
