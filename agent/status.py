"""What the agent does just now, for whoever sits at the laptop: true from the first second."""

from typing import Any

from agent import durable
from agent.moment import Moment
from agent.outbox import LOOK_BACK_DAYS
from agent.parts import Parts
from agent.plan import LAPSED, Plan, make_plan
from agent.settings import Settings
from shared.encoding import from_json, to_json
from shared.errors import Malformed

NAME = "status.json"


def plan_now(parts: Parts, moment: Moment) -> Plan:
    will, now = parts.standing.orders.will, parts.standing.now(moment.t)
    held = parts.holds.why(will.theft, bool(parts.consent.usual), now) if will.theft else ""
    return make_plan(will, parts.consent, now, held, parts.lease.current)


def tell(
    parts: Parts, moment: Moment, problem: str | None = None, checked_in: bool = False
) -> None:
    """Rewrite what anybody may read. No place, no address, no key."""
    plan, theft = plan_now(parts, moment), parts.standing.orders.will.theft
    stolen = theft is not None and plan.mandate_until is not None
    before = read(parts.settings) or {}
    next_look = moment.t + round(parts.schedule.left(moment, plan).total_seconds() * 1000)
    write(parts.settings, {
        "t": moment.t,
        "paired": True,
        "owner": parts.device.fingerprint,
        "standing": "stolen" if stolen else "home",
        "stolen_since": theft.since if theft and stolen else None,
        "mandate_until": plan.mandate_until,
        "note": theft.note if theft and stolen else "",
        "notice_from": theft.since + theft.notice_after_s * 1000 if theft and stolen else None,
        "notice": stolen and theft is not None and theft.is_told(parts.standing.now(moment.t)),
        "held": plan.held,
        "usual": list(parts.consent.usual),
        "orders_serial": parts.standing.orders.serial,
        "agreed": list(parts.consent.sensors),
        "looks_at": list(plan.sensors),
        "refused": list(plan.refused),
        "positioning": parts.settings.positioning_host,
        "license": _license(parts, plan),
        "every_s": round(plan.wait.total_seconds()),
        "next_look": next_look,
        "waiting_records": len(parts.outbox.records()),
        "waiting_pictures": len(parts.outbox.media()),
        "waiting_bytes": parts.outbox.size(),
        "waiting_most": parts.world.limits.most,
        "look_back_days": LOOK_BACK_DAYS,
        "last_check_in": moment.t if checked_in else before.get("last_check_in"),
        "problem": problem,
    })  # fmt: skip


def _license(parts: Parts, plan: Plan) -> dict[str, Any] | None:
    lease = parts.lease.current
    if lease is None:
        return None
    over = plan.why == LAPSED
    return {"tier": lease.tier, "state": lease.state, "until": lease.expires, "over": over}


def tell_unpaired(settings: Settings, t: int, problem: str) -> None:
    write(settings, {"t": t, "paired": False, "problem": problem})


def write(settings: Settings, data: dict[str, Any]) -> None:
    durable.write(settings.public / NAME, to_json(data) + b"\n", mode=0o644)


def read(settings: Settings) -> dict[str, Any] | None:
    """The last word, None where there is none or it is damaged."""
    try:
        return from_json((settings.public / NAME).read_bytes())
    except (OSError, Malformed):
        return None
