"""The pages of an owner's laptops: the list, adding one, and one laptop.

They hold no evidence and no names: the owner's browser opens those (docs/api.md, "Devices").
"""

from flask import Blueprint, abort, render_template

from portal.frame import page_for_owner
from portal.guards import own_device
from portal.problems import Problem

blueprint = Blueprint("device_pages", __name__)


@blueprint.get("/devices")
@page_for_owner
def devices() -> str:
    return render_template("devices/devices.html")


@blueprint.get("/pair")
@page_for_owner
def pair() -> str:
    """The code stands behind # in the address, which no browser sends."""
    return render_template("devices/pair.html")


@blueprint.get("/devices/<hex16:device_id>")
@page_for_owner
def device(device_id: bytes) -> str:
    return _of_own("devices/device.html", device_id)


@blueprint.get("/devices/<hex16:device_id>/report")
@page_for_owner
def report(device_id: bytes) -> str:
    """The evidence report: made in the browser, printed by the browser."""
    return _of_own("evidence/report.html", device_id)


def _of_own(template: str, device_id: bytes) -> str:
    try:
        own_device(device_id)
    except Problem:
        abort(404)
    return render_template(template, device=device_id.hex())
