"""What may be looked at now, and when to look again. Nobody looks without a plan."""

from dataclasses import dataclass
from datetime import timedelta

from agent.consent import Consent
from licensing.lease import Lease
from shared.orders import Will

AT_HOME = ("address", "wifi", "location", "power", "heat", "disk", "posture")
ONLY_STOLEN = ("traceroute", "camera")
SENSORS = AT_HOME + ONLY_STOLEN
LAPSED = "license-over"
TEST_PICTURE = "test-picture"  # what a drill has in place of the cameras


@dataclass(frozen=True, slots=True)
class Plan:
    """`sensors` may be looked at, `refused` may not because the person at the laptop said no.

    `mandate_until` (ms) is None at home. `held` is why the cameras rest for now, or empty.
    """

    sensors: tuple[str, ...]
    why: str
    wait: timedelta
    mandate_until: int | None = None
    refused: tuple[str, ...] = ()
    held: str = ""


def make_plan(
    will: Will, consent: Consent, now: int, held: str = "", lease: Lease | None = None
) -> Plan:
    """The only maker of plans that may name the camera. `now` (ms) is now*: it does not go back
    when the clock does.

    Camera and traceroute take all three: orders that say stolen, a mandate that has not ended,
    and consent. The camera takes a fourth: that nothing holds it. A `lease` that is over ends
    hourly reports and no theft; one whose limit was passed makes a theft's reports rarer.
    """
    theft = will.theft
    if theft is None or now >= theft.ends:
        if lease and not lease.covers(max(now, lease.issued)):
            return Plan((), LAPSED, timedelta(seconds=will.watch_interval_s))
        allowed, refused = consent.divide(AT_HOME)
        return Plan(allowed, "hourly", timedelta(seconds=will.watch_interval_s), None, refused)
    asked = {"camera": theft.camera, "traceroute": theft.traceroute}
    allowed, refused = consent.divide(name for name in SENSORS if asked.get(name, True))
    held = held if "camera" in allowed else ""
    if held:
        allowed = tuple(name for name in allowed if name != "camera")
    wait = timedelta(seconds=max(theft.interval_s, lease.theft_every_s if lease else 0))
    return Plan(allowed, "stolen", wait, theft.ends, refused, held)


def drill_plan(will: Will, consent: Consent) -> Plan:
    """A theft rehearsed at home: no camera, but a test picture where one may be used in a theft."""
    agreed, refused = consent.divide(SENSORS)
    sensors = tuple(TEST_PICTURE if name == "camera" else name for name in agreed)
    return Plan(sensors, "drill", timedelta(seconds=will.watch_interval_s), None, refused)
