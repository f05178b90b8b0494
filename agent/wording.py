"""Status and journal in the words of whoever sits at the laptop."""

import time
from typing import Any

from agent.holds import WORDS as HELD
from agent.outbox import MIB

NAMES = {
    "address": "network addresses", "wifi": "Wi-Fi around", "location": "location",
    "power": "battery", "heat": "temperature", "disk": "free disk space",
    "posture": "protection", "traceroute": "way to the internet", "camera": "cameras",
    "test-picture": "a test picture in place of the cameras",
}  # fmt: skip
_WISHES = {
    "alarm": "sound an alarm", "message": "show a message", "lock": "lock the screens",
    "wipe": "empty folders", "report-now": "report at once",
    "drill": "rehearse a theft", "leave": "let the laptop go",
}  # fmt: skip
_WHAT = {
    "looked": "Looked at {at}; {pictures} pictures{cameras}. Why: {why}.",
    "orders": "Heard from the owner: orders {serial}, the laptop is now: {standing}.",
    "command": "{command}",
    "not-sent": "Could not send. {why}",
    "not-kept": "Could not keep a report. {why}",
    "paired": "Paired with its owner. Agreed to: {agreed}. {usual}",
    "consent-changed": "Consent was changed. Agreed to: {agreed}. {usual}",
    "usual-user": "Somebody who usually uses this laptop has unlocked it: no pictures until its "
    "owner, who hears of it, says anew that it is stolen.",
    "confirmed": "The owner heard that its usual user is back, and says that it is stolen.",
    "disputed": "Somebody here says that the laptop is theirs; the owner hears of it. {until}",
    "state-lost": "A file was damaged and set aside: {file}.",
    "forked": "The portal holds another continuation of the records. A new stretch has begun.",
    "orders-refused": "Refused orders that are not the owner's next ones ({code}).",
    "receipt-refused": "Refused a receipt that does not fit ({code}).",
    "command-refused": "Refused something that is no command ({code}).",
    "picture-refused": "The portal did not take a picture ({code}).",
    "removed": "The package was removed. The laptop stays paired, should it come back.",
    "lease-refused": "Refused a word on the license: {why}",
    "left": "Let go. Owner told: {owner_told}.",
}


class _Blank(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def journal_line(line: dict[str, Any]) -> str:
    what = str(line.get("what"))
    said = _Blank({name: _words(value) for name, value in line.items()})
    said["cameras"] = f" ({said['cameras']})" if line.get("cameras") else ""
    said["command"] = _command(line)
    said["usual"] = _usual(line)
    said["until"] = f"No pictures until {_time(line['until'])}." if line.get("until") else ""
    return f"{_time(line.get('t'))}  {_WHAT.get(what, what).format_map(said).strip()}"


def status_lines(said: dict[str, Any] | None) -> list[str]:
    if said is None:
        return ["The agent has not run here yet. Pair the laptop: homeward-agent enroll"]
    if not said.get("paired"):
        return [str(said.get("problem"))]
    lines = [_standing(said), *([said["note"]] if said["note"] else [])]
    lines += [
        f"It looks at: {looks_at(said)}.",
        *([f"Not agreed to: {_words(said['refused'])}."] if said["refused"] else []),
        *([f"No pictures just now: {HELD[said['held']]}."] if said.get("held") in HELD else []),
        *([words] if (words := _usual(said)) else []),
        *_positioning(said),
        *_license(said),
        f"Last at work: {_time(said['t'])}. Next look: {_time(said['next_look'])}.",
        f"Last contact: {_time(said['last_check_in'])}.",
        f"Waiting to be sent: {said['waiting_records']} records, "
        f"{said['waiting_pictures']} pictures, {said['waiting_bytes'] // 1024} KiB.",
        f"Kept sealed until they are sent: {said['waiting_most'] // MIB} MiB at most, the last "
        f"{said['look_back_days']} days longest.",
        f"Owner's fingerprint: {said['owner']}.",
    ]
    return [*lines, *([f"Trouble: {said['problem']}"] if said["problem"] else [])]


def looks_at(said: dict[str, Any]) -> str:
    return f"{_words(said['looks_at']) or 'nothing'}, every {said['every_s'] // 60} min"


def stolen_line(said: dict[str, Any]) -> str:
    return (
        f"The owner reported this laptop STOLEN on {_time(said['stolen_since'])}. What is listed "
        f"below is sent to the owner, until {_time(said['mandate_until'])} at the latest."
    )


def consent_lines(said: dict[str, Any] | None) -> list[str]:
    if not said or not said["paired"]:
        return ["Nobody has agreed to anything here: the laptop is not paired."]
    return [
        f"It may look at: {', '.join(said['agreed']) or 'nothing'}.",
        f"Who uses it besides its owner: {', '.join(said['usual']) or 'nobody'}.",
    ]


def _standing(said: dict[str, Any]) -> str:
    return stolen_line(said) if said["standing"] == "stolen" else "The laptop is at home."


def _usual(said: dict[str, Any]) -> str:
    names = said.get("usual")
    return f"Used by: {', '.join(names)}." if isinstance(names, list) and names else ""


def _command(line: dict[str, Any]) -> str:
    detail = f" ({str(line['detail']).replace('-', ' ')})" if line.get("detail") else ""
    if wish := line.get("wish"):
        return f"The owner asked to {_WISHES.get(wish, wish)}: {line.get('result')}{detail}."
    return f"A command was {line.get('result')}{detail}."


def _positioning(said: dict[str, Any]) -> list[str]:
    host = said.get("positioning")
    if not host or not {"wifi", "location"} <= set(said["looks_at"]):
        return []
    return [f"To find its place it tells {host} which Wi-Fi it hears."]


def _license(said: dict[str, Any]) -> list[str]:
    held = said.get("license")
    if not isinstance(held, dict):
        return []
    line = f"License: {held['tier']}, {held['state']}, known until {_time(held['until'])}."
    why = "This laptop has no seat of it" if held["state"] == "no-seat" else "The license is over"
    over = f"{why}: no hourly reports. Reported stolen, the laptop reports."
    return [line, *([over] if held["over"] else [])]


def _words(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(NAMES.get(str(name), str(name)) for name in value)
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _time(ms: Any) -> str:
    if not isinstance(ms, int):
        return "never"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms / 1000))
