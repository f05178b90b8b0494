"""Runs the half of a sensor that may hang as a short-lived program, and ends it at its deadline."""

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.hosts import host
from shared.encoding import from_json, to_json
from shared.readings import Reason, Unread


class TimedOut(Exception):
    """The program had no answer at its deadline and was ended with everything it started."""


class Died(Exception):
    """The program ended by itself without an answer: a crash in a driver, for instance."""


def ask(module: str, request: dict[str, Any], deadline_s: float, work_dir: Path) -> bytes:
    """What the program says to this request; raises TimedOut or Died.

    The request goes through a pipe: arguments can be read by every account of the laptop, and a
    camera's address may hold a password.
    """
    child = subprocess.Popen(
        host.program(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=work_dir,
        process_group=0,
    )
    try:
        said, _ = child.communicate(to_json(request), timeout=deadline_s)
    except subprocess.TimeoutExpired:
        _end(child)
        raise TimedOut from None
    if child.returncode:
        raise Died
    return said


def ask_system(
    program: str, question: str, deadline_s: float, work_dir: Path
) -> dict[str, Any] | Unread:
    """What a program of agent/children says of the operating system, or why it says nothing."""
    request = {"question": question, "deadline_s": deadline_s}
    # The program stops by itself at the deadline and says what it has; one second is for that.
    return ask_for_reading(f"agent.children.{program}", request, deadline_s + 1, work_dir)


def ask_for_reading(
    module: str, request: dict[str, Any], deadline_s: float, work_dir: Path
) -> dict[str, Any] | Unread:
    """`ask`, for programs that answer with a reading."""
    try:
        said = from_json(ask(module, request, deadline_s, work_dir))
    except TimedOut:
        return Unread(Reason.TIMED_OUT, "No answer came in time.")
    except Died:
        return Unread(Reason.FAILED, "The program that asks ended without an answer.")
    return Unread(Reason(said["unread"]), said["detail"]) if "unread" in said else said


def _end(child: "subprocess.Popen[bytes]") -> None:
    host.end_group(child.pid)
    # A driver may hold its process beyond that; the report does not wait for that.
    with suppress(subprocess.TimeoutExpired):
        child.communicate(timeout=1)
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
