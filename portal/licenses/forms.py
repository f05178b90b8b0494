"""What comes in and goes out about licenses (docs/api.md)."""

from typing import Annotated, Any

from pydantic import Field

from portal.forms import Form
from portal.licenses.operations import Holding
from portal.licenses.seating import Seating


class ClaimForm(Form):
    """A license key, however it was typed."""

    key: Annotated[str, Field(min_length=1, max_length=40)]


def license_json(held: Holding, here: Seating) -> dict[str, Any]:
    """`License` of docs/api.md."""
    return {
        "tier": held.tier.name,
        "state": held.license.state.value,
        "until": held.license.valid_until,
        "seats": here.seats,
        "laptops": [
            {"device": row.device_id.hex(), "seat": row.slot if here.has_seat(row) else None,
             "since": row.taken}
            for row in here.rows if row.device_id is not None
        ],
    }  # fmt: skip
