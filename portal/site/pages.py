"""The pages that anybody may read, with or without a script."""

from flask import Blueprint, Response, render_template

from portal.assets import as_download
from portal.billing import words as billing_words
from portal.billing.shop import shop
from portal.licenses import words as license_words

blueprint = Blueprint("site_pages", __name__)


@blueprint.get("/")
def home() -> str:
    return render_template("site/home.html")


@blueprint.get("/how-it-works")
def how_it_works() -> str:
    return render_template("site/how_it_works.html")


@blueprint.get("/pricing")
def pricing() -> str:
    return render_template(
        "site/pricing.html", tiers=shop().tiers, words=billing_words, names=license_words
    )


@blueprint.get("/browser")
def browser() -> str:
    """Where check.ts sends browsers that lack what keys need."""
    return render_template("site/browser.html")


@blueprint.get("/verify.html")
def verifier() -> Response:
    """Opened from a disk it checks an evidence pack with nobody's help, this portal's least."""
    return as_download("verify.html")
