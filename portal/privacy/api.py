"""Closing an account over HTTP (docs/api.md, "Privacy")."""

from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from portal.accounts.forms import StepUp
from portal.db import session
from portal.forms import takes
from portal.guards import account, owner_required, visitor
from portal.privacy import closing

blueprint = Blueprint("privacy_api", __name__, url_prefix="/api/v1/account")


class ClosingForm(StepUp):
    """`days` until it is gone."""

    days: Annotated[int, Field(ge=closing.SOONEST.days, le=closing.LATEST.days)]


@blueprint.post("/closing")
@owner_required
@takes(ClosingForm)
def close(body: ClosingForm) -> dict[str, Any]:
    """Have the account erased on a day to come."""
    held = closing.close(session(), account(), body.login_verifier, body.days, visitor())
    return {"gone": held.gone}
