"""How a theft is told (docs/api.md)."""

from typing import Any

from portal.thefts.models import Theft


def theft_json(theft: Theft) -> dict[str, Any]:
    """`T` of docs/api.md."""
    return {"id": theft.id, "opened": theft.opened, "closed": theft.closed}
