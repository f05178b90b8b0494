"""What this portal keeps of people: a page made of the schedule that the portal itself goes by."""

from flask import Blueprint, render_template

from portal.privacy import retention

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/privacy")
def show() -> str:
    return render_template("privacy/kept.html", kept=retention.of_people())
